"""Performance as the platform shows it: figures as decimal text, null for what cannot be said."""

import msgspec
from pydantic import Field

from openbell.api.platform.schemas import Answer
from openbell.api.values import DecimalText
from openbell.domain.account import Mode
from openbell.services.performance_reports import PerformanceQuery
from openbell.services.profit import Split

Figure = DecimalText | None


class Filters(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked; `owner_id` is whose runs may be seen, None everybody's."""

    query: PerformanceQuery
    run_id: str | None
    owner_id: str | None


class PerformanceMeta(Answer):
    """What the figures cover, and their age."""

    start: str | None = Field(description="First point; null where there is none.")
    end: str | None
    strategy_id: str | None
    symbol: str | None
    mode: Mode | None
    run_id: str | None
    benchmark: str | None = Field(description="What was compared with, `dataset:…` or `market:…`.")
    currency: str = Field(examples=["USD"])
    days_per_year: int = Field(description="252, or 365 for a record that has weekends.", examples=[252])
    updated_at: str
    as_of: str


class PerformanceListMeta(PerformanceMeta):
    """The same beside a list that comes whole."""

    total_count: int


class CurveRow(Answer):
    """The last value of an interval. Percents count from the start of the period."""

    timestamp: str
    equity: DecimalText = Field(description="What the account was worth, money paid in included.")
    return_pct: Figure = Field(description="Time-weighted, against the point before.")
    cumulative_return_pct: Figure
    drawdown_pct: Figure = Field(description="Against the highest value so far, at or below 0.")
    benchmark_return_pct: Figure = Field(description="The benchmark's, from the start; null without one.")


class DrawdownRow(Answer):
    """A fall from a peak until it was reached again, or until now."""

    depth_pct: Figure
    peak_at: str
    trough_at: str
    recovered_at: str | None
    length_days: Figure


class PerformanceData(Answer):
    """A record over time."""

    summary: dict[str, Figure | int]
    starting_equity: DecimalText
    ending_equity: DecimalText
    net_deposits: DecimalText = Field(description="Paid in less paid out since the start: no profit.")
    total_pnl: DecimalText
    equity_curve: list[CurveRow]
    drawdowns: list[DrawdownRow] = Field(description="The deepest, the deepest first.")


class PerformanceAnswer(Answer):
    """Performance over time."""

    data: PerformanceData
    meta: PerformanceMeta


class MetricData(Answer):
    """One metric: `percent` 18.45 is 18.45 %, `fraction` 0.58 is 58 %."""

    name: str = Field(examples=["sharpe_ratio"])
    label: str = Field(examples=["Sharpe"])
    value: Figure | int = Field(description="Null where it cannot be said; counts are numbers.")
    unit: str = Field(examples=["ratio"])
    group: str = Field(examples=["Ratios"])
    formula: str = Field(examples=["mean(r) / std(r, n - 1) * sqrt(P)"])
    annualisation: str = Field(examples=["times sqrt(P)"])
    source: str = Field(examples=["Sharpe, 1966 and 1994"])
    meaning: str


class MetricListAnswer(Answer):
    """All metrics."""

    data: list[MetricData]
    meta: PerformanceListMeta


class RollingRow(Answer):
    """Figures of the days up to and including this one; null where nothing moved."""

    date: str
    return_pct: Figure
    volatility_pct: Figure
    sharpe_ratio: Figure
    sortino_ratio: Figure
    beta: Figure


class RollingData(Answer):
    """Rolling figures, one row a day from the first full window on."""

    window_days: int
    points: list[RollingRow]


class RollingAnswer(Answer):
    """Rolling figures."""

    data: RollingData
    meta: PerformanceMeta


class YearRow(Answer):
    """A year's returns in percent: twelve months, null without data, and the whole."""

    year: int
    months: list[Figure] = Field(min_length=12, max_length=12)
    total: Figure


class MonthlyAnswer(Answer):
    """Returns by month, the newest year first."""

    data: list[YearRow]
    meta: PerformanceListMeta


class ProfitData(Answer):
    """A profit and the four parts that add up to it, to the last digit; costs are below zero."""

    total: DecimalText
    price: DecimalText = Field(description="Moves of prices and exchange rates, at the marks.")
    fees: DecimalText
    slippage: DecimalText = Field(description="What fills paid against the mark they met.")
    funding: DecimalText = Field(description="0: no instrument here pays funding yet.")
    starting_equity: DecimalText
    net_deposits: DecimalText
    ending_equity: DecimalText


class ProfitAnswer(Answer):
    """An explained profit: starting equity + net deposits + total is the ending equity."""

    data: ProfitData
    meta: PerformanceMeta


class SplitRow(Answer):
    """A part of the profit. The row `unattributed` is what no other explains."""

    key: str = Field(examples=["sma_1"])
    total: DecimalText
    price: DecimalText
    fees: DecimalText
    slippage: DecimalText
    funding: DecimalText
    trades: int = Field(description="Trades closed in it.")
    win_rate: Figure
    fills: int


class SplitData(Answer):
    """A split of the profit; every column adds up to `total`'s."""

    by: Split
    rows: list[SplitRow]
    total: DecimalText


class BreakdownAnswer(Answer):
    """A split profit."""

    data: SplitData
    meta: PerformanceMeta
