"""Positions and portfolios as the platform writes them."""

from enum import StrEnum
from typing import Annotated

from fastapi import Query
from pydantic import Field

from openbell.api.platform.schemas import AgeMeta, Answer, PageMeta, optional_text, percent_text
from openbell.api.values import DecimalText, timestamp
from openbell.domain.account import Mode
from openbell.domain.instrument import AssetClass
from openbell.domain.values import text_of
from openbell.services.portfolio import HoldingDetail, Summary
from openbell.services.valuations import Holding

CONTRACT_TYPES = {AssetClass.EQUITY: "STOCK"}
"""The platform's word where it is not our own."""


class Resolution(StrEnum):
    """Spacing of a history: the last value of each interval is shown. 1m is one minute here."""

    M1 = "1m"
    M5 = "5m"
    M15 = "15m"
    H1 = "1h"
    D1 = "1d"


ResolutionFilter = Annotated[Resolution, Query(description="Spacing: 1m is one minute here.")]


class PositionData(Answer):
    """A position at the current mark, amounts in the instrument's currency."""

    position_id: str
    strategy_id: str
    symbol: str = Field(examples=["AAPL"])
    contract_type: str = Field(description="STOCK, CRYPTO, INDEX, PERPETUAL or FUTURE.", examples=["STOCK"])
    side: str = Field(description="LONG or SHORT.")
    quantity: DecimalText = Field(description="Negative when short.", examples=["100.00"])
    average_entry_price: DecimalText = Field(examples=["150.25"])
    current_price: DecimalText | None = Field(description="The mark; null before there is one.", examples=["155.80"])
    unrealized_pnl: DecimalText = Field(examples=["555.00"])
    unrealized_pnl_pct: DecimalText = Field(description="Percent of the cost.", examples=["3.69"])
    realized_pnl: DecimalText = Field(description="Taken so far, before fees.")
    fees: DecimalText
    market_value: DecimalText = Field(examples=["15580.00"])
    currency: str = Field(examples=["USD"])
    mode: Mode
    opened_at: str = Field(examples=["2026-01-20T14:30:00Z"])
    days_held: int = Field(description="Whole days of 24 hours.", examples=[5])


class PositionsMeta(PageMeta, AgeMeta):
    """Where the page lies, the sum over the whole list, and when it was so."""

    total_unrealized_pnl: DecimalText = Field(examples=["1234.56"])


class PositionsAnswer(Answer):
    """A page of positions, oldest first."""

    data: list[PositionData]
    meta: PositionsMeta


class EntryOrder(Answer):
    """A fill that built the position."""

    order_id: str
    filled_at: str
    quantity: DecimalText
    price: DecimalText


class RiskMetricsData(Answer):
    """Stop and target by the strategy's percents; null where it has none."""

    stop_loss_price: DecimalText | None = Field(examples=["147.25"])
    take_profit_price: DecimalText | None = Field(examples=["157.76"])
    max_loss: DecimalText | None = Field(examples=["-300.00"])
    max_profit: DecimalText | None = Field(examples=["751.00"])


class PositionDetail(PositionData):
    """A position with what built it and where it would be closed."""

    entry_orders: list[EntryOrder]
    risk_metrics: RiskMetricsData


class PositionAnswer(Answer):
    """One position."""

    data: PositionDetail


class PortfolioData(Answer):
    """An account in one line, in its base currency."""

    account_id: str
    mode: Mode
    currency: str = Field(examples=["USD"])
    total_value: DecimalText = Field(description="Cash and positions at the mark.", examples=["100000.00"])
    cash: DecimalText = Field(examples=["55000.00"])
    positions_value: DecimalText = Field(examples=["45000.00"])
    positions_count: int = Field(examples=[8])
    total_pnl: DecimalText = Field(description="Value less everything paid in.")
    total_pnl_percent: DecimalText = Field(examples=["15.23"])
    unrealized_pnl: DecimalText
    realized_pnl: DecimalText = Field(description="After fees.")
    fees: DecimalText
    day_pnl: DecimalText = Field(description="Since the start of the UTC day.")
    deposits: DecimalText
    as_of: str


class PortfolioAnswer(Answer):
    """A portfolio."""

    data: PortfolioData
    meta: AgeMeta


class HistoryPoint(Answer):
    """What a portfolio was worth at an instant."""

    timestamp: str
    total_value: DecimalText


class HistoryMeta(PageMeta, AgeMeta):
    """Where the page lies, how the series is spaced, and when its last value was so."""

    resolution: Resolution


class HistoryAnswer(Answer):
    """A page of the value's history, oldest first."""

    data: list[HistoryPoint]
    meta: HistoryMeta


def position_data(holding: Holding) -> PositionData:
    """Write a position."""
    position, instrument = holding.position, holding.instrument
    return PositionData(
        position_id=position.position_id,
        strategy_id=position.strategy_id,
        symbol=position.symbol,
        contract_type=CONTRACT_TYPES.get(instrument.asset_class, instrument.asset_class),
        side="LONG" if position.quantity > 0 else "SHORT",
        quantity=text_of(position.quantity),
        average_entry_price=text_of(holding.average_entry_price),
        current_price=optional_text(holding.current_price),
        unrealized_pnl=text_of(holding.unrealized_pnl),
        unrealized_pnl_pct=percent_text(holding.unrealized_pnl_percent),
        realized_pnl=text_of(position.realized_pnl),
        fees=text_of(position.fees),
        market_value=text_of(holding.market_value),
        currency=instrument.currency,
        mode=holding.mode,
        opened_at=timestamp(position.opened_ns),
        days_held=holding.days_held,
    )


def position_detail(detail: HoldingDetail) -> PositionDetail:
    """Write a position with its entries and its risk."""
    risk = detail.risk
    return PositionDetail(
        **position_data(detail.holding).model_dump(),
        entry_orders=[
            EntryOrder(
                order_id=fill.order_id,
                filled_at=timestamp(fill.ts_ns),
                quantity=text_of(fill.quantity),
                price=text_of(fill.price),
            )
            for fill in detail.entries
        ],
        risk_metrics=RiskMetricsData(
            stop_loss_price=optional_text(risk.stop_loss_price),
            take_profit_price=optional_text(risk.take_profit_price),
            max_loss=optional_text(risk.max_loss),
            max_profit=optional_text(risk.max_profit),
        ),
    )


def portfolio_data(summary: Summary) -> PortfolioData:
    """Write an account's summary."""
    return PortfolioData(
        account_id=summary.account_id,
        mode=summary.mode,
        currency=summary.currency,
        total_value=text_of(summary.total_value),
        cash=text_of(summary.cash),
        positions_value=text_of(summary.positions_value),
        positions_count=summary.positions_count,
        total_pnl=text_of(summary.total_pnl),
        total_pnl_percent=percent_text(summary.total_pnl_percent),
        unrealized_pnl=text_of(summary.unrealized_pnl),
        realized_pnl=text_of(summary.realized_pnl),
        fees=text_of(summary.fees),
        day_pnl=text_of(summary.day_pnl),
        deposits=text_of(summary.deposits),
        as_of=timestamp(summary.as_of_ns),
    )
