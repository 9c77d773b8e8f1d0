"""Bars of recorded data and the corporate actions that they are adjusted for, as the platform writes and reads them."""

from datetime import date
from typing import Annotated, Any

from fastapi import Query
from pydantic import Field

from openbell.api.asking import Ask
from openbell.api.platform.schemas import Answer, CountMeta
from openbell.api.values import DecimalText, Steps, timestamp
from openbell.domain.dataset import ACTIONS_MAX, SHARES_MAX, ActionKind, Adjustment, CorporateAction
from openbell.domain.values import text_of
from openbell.services.datasets import BarPage

Adjusted = Annotated[
    Adjustment,
    Query(description="none: prices as they were traded; splits: adjusted for splits; all: for dividends as well."),
]


class BarRow(Answer):
    """One bar: `timestamp` is when it opens."""

    timestamp: str
    open: DecimalText
    high: DecimalText
    low: DecimalText
    close: DecimalText
    volume: DecimalText


class BarsData(Answer):
    """Bars of one dataset, oldest first."""

    dataset_id: str
    symbol: str
    timeframe: str
    adjustment: Adjustment = Field(description="What prices and volumes are adjusted for.")
    bars: list[BarRow]


class BarsMeta(Answer):
    """Whether there are more."""

    count: int
    has_more: bool = Field(description="With a start: there are later bars; without: there are earlier ones.")
    next_start: str | None = Field(description="Give it as `start` for the next bars.")


class BarsAnswer(Answer):
    """Bars."""

    data: BarsData
    meta: BarsMeta


class ActionItem(Ask):
    """A split or a cash dividend."""

    ex_date: date = Field(description="First day of trading without it.")
    kind: ActionKind
    new_shares: int = Field(1, ge=1, le=SHARES_MAX, description="Of a split: shares after it …")
    old_shares: int = Field(1, ge=1, le=SHARES_MAX, description="… for so many before it.")
    amount: Steps = Field(0, description="Of a dividend: cash per share.", examples=["0.24"])


class ActionsRequest(Ask):
    """All corporate actions of a dataset; what was there before is replaced."""

    actions: list[ActionItem] = Field(max_length=ACTIONS_MAX)


class ActionData(Answer):
    """A split or a cash dividend."""

    ex_date: str
    kind: ActionKind
    new_shares: int
    old_shares: int
    amount: DecimalText


class ActionsAnswer(Answer):
    """Corporate actions of a dataset, by date."""

    data: list[ActionData]
    meta: CountMeta


def bars_document(page: BarPage, adjustment: Adjustment) -> dict[str, Any]:
    """Write bars as BarsAnswer describes them; made of plain values, for thousands of them are asked for at once."""
    bars = page.bars
    times = [timestamp(ts) for ts in bars.ts_ns.tolist()]
    columns = (bars.open, bars.high, bars.low, bars.close, bars.volume)
    texts = ([text_of(steps) for steps in column.tolist()] for column in columns)
    names = ("timestamp", "open", "high", "low", "close", "volume")
    rows = [dict(zip(names, row, strict=True)) for row in zip(times, *texts, strict=True)]
    next_start = None if page.next_start_ns is None else timestamp(page.next_start_ns)
    data = {
        "dataset_id": page.dataset.dataset_id,
        "symbol": page.dataset.symbol,
        "timeframe": page.timeframe,
        "adjustment": adjustment,
        "bars": rows,
    }
    return {"data": data, "meta": {"count": len(rows), "has_more": page.has_more, "next_start": next_start}}


def action_data(action: CorporateAction) -> ActionData:
    """Write a corporate action."""
    return ActionData(
        ex_date=action.ex_date.isoformat(),
        kind=action.kind,
        new_shares=action.new_shares,
        old_shares=action.old_shares,
        amount=text_of(action.amount),
    )
