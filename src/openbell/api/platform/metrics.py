"""Metrics: /v1/metrics/summary, the dashboard's overview."""

from typing import Annotated

from fastapi import Query
from pydantic import Field

from openbell.api.deps import Deps
from openbell.api.limits import Router
from openbell.api.platform.schemas import Answer, ModeFilter, Reach, figure_text, percent_text
from openbell.api.values import DecimalText, timestamp
from openbell.domain.instants import day_text
from openbell.domain.values import text_of
from openbell.services.performance import Performance, Period

router = Router(prefix="/v1/metrics", tag="metrics")

PeriodFilter = Annotated[Period, Query(description="Reporting period: 1m is one month here.")]


class EquityDay(Answer):
    """What the account was worth at the end of a UTC day, or is now."""

    date: str = Field(examples=["2026-01-01"])
    value: DecimalText = Field(examples=["100000.00"])


class MetricsData(Answer):
    """The overview. Percents are percents, the win rate is a fraction; a figure that cannot be said is 0."""

    total_pnl: DecimalText = Field(examples=["12345.67"])
    total_pnl_percent: DecimalText = Field(description="Time-weighted.", examples=["15.23"])
    sharpe_ratio: DecimalText = Field(description="Of daily returns, annualised, risk-free rate 0.", examples=["1.85"])
    max_drawdown: DecimalText = Field(description="Percent, at or below 0.", examples=["-8.45"])
    win_rate: DecimalText = Field(description="Fraction of closed trades with a profit.", examples=["0.58"])
    total_trades: int = Field(description="Trades closed in the period.", examples=[142])
    active_positions: int = Field(examples=[8])
    capital_deployed: DecimalText = Field(description="Bound by positions.", examples=["45000.00"])
    available_capital: DecimalText = Field(examples=["55000.00"])
    equity_curve: list[EquityDay]


class MetricsMeta(Answer):
    """What the figures cover, and their age: at most five seconds."""

    period: Period
    updated_at: str
    as_of: str


class MetricsAnswer(Answer):
    """Figures of a period."""

    data: MetricsData
    meta: MetricsMeta


@router.get("/summary")
async def get_summary(
    services: Deps, account_id: Reach, period: PeriodFilter = Period.MONTH, mode: ModeFilter = None
) -> MetricsAnswer:
    """Sum up the caller's account over all its strategies, or every account. Money paid in or out is no profit."""
    made = await services.performance.of(account_id, period=period, mode=mode)
    when = timestamp(made.as_of_ns)
    return MetricsAnswer(data=_data(made), meta=MetricsMeta(period=period, updated_at=when, as_of=when))


def _data(made: Performance) -> MetricsData:
    return MetricsData(
        total_pnl=text_of(made.total_pnl),
        total_pnl_percent=percent_text(made.total_pnl_percent),
        sharpe_ratio=figure_text(made.sharpe_ratio),
        max_drawdown=figure_text(made.max_drawdown),
        win_rate=figure_text(made.win_rate),
        total_trades=made.total_trades,
        active_positions=made.active_positions,
        capital_deployed=text_of(made.capital_deployed),
        available_capital=text_of(made.available_capital),
        equity_curve=[EquityDay(date=day_text(one.ts_ns), value=text_of(one.equity)) for one in made.equity_curve],
    )
