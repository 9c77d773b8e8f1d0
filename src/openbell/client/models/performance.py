"""How trading went: returns, drawdowns, metrics, and where the profit came from. Percents are percents."""

from datetime import datetime
from decimal import Decimal

import msgspec


class PerformancePoint(msgspec.Struct, frozen=True):
    """The last value of an interval; percents but the first count from the start of the period."""

    timestamp: datetime
    equity: Decimal
    return_pct: Decimal | None
    """Time-weighted, against the point before."""
    cumulative_return_pct: Decimal | None
    drawdown_pct: Decimal | None
    benchmark_return_pct: Decimal | None


class Drawdown(msgspec.Struct, frozen=True):
    """A fall from a peak until it was reached again, or until now."""

    depth_pct: Decimal | None
    peak_at: datetime
    trough_at: datetime
    recovered_at: datetime | None
    length_days: Decimal | None


class Performance(msgspec.Struct, frozen=True, kw_only=True):
    """A record over time; `summary` has the headline metrics by name, None where nothing can be said."""

    summary: dict[str, Decimal | None]
    starting_equity: Decimal
    ending_equity: Decimal
    net_deposits: Decimal
    total_pnl: Decimal
    equity_curve: tuple[PerformancePoint, ...]
    drawdowns: tuple[Drawdown, ...]


class Metric(msgspec.Struct, frozen=True, kw_only=True):
    """One metric with how it is worked out; of unit `percent` 18.45 is 18.45 %, of `fraction` 0.58 is 58 %."""

    name: str
    label: str
    value: Decimal | None
    unit: str
    group: str
    formula: str
    annualisation: str
    source: str
    meaning: str


class RollingPoint(msgspec.Struct, frozen=True):
    """Figures of the days up to and including this one; None where nothing moved."""

    date: str
    return_pct: Decimal | None
    volatility_pct: Decimal | None
    sharpe_ratio: Decimal | None
    sortino_ratio: Decimal | None
    beta: Decimal | None


class Rolling(msgspec.Struct, frozen=True):
    """Rolling figures, one a day from the first full window on."""

    window_days: int
    points: tuple[RollingPoint, ...]


class Year(msgspec.Struct, frozen=True):
    """A year's returns: twelve months, None without data, and the whole."""

    year: int
    months: tuple[Decimal | None, ...]
    total: Decimal | None


class Profit(msgspec.Struct, frozen=True, kw_only=True):
    """A profit and the parts that add up to it, to the last digit; costs are below zero."""

    total: Decimal
    price: Decimal
    fees: Decimal
    slippage: Decimal
    funding: Decimal
    starting_equity: Decimal
    net_deposits: Decimal
    ending_equity: Decimal


class ProfitPart(msgspec.Struct, frozen=True, kw_only=True):
    """A part of the profit; `unattributed` is what no other part explains."""

    key: str
    total: Decimal
    price: Decimal
    fees: Decimal
    slippage: Decimal
    funding: Decimal
    trades: int
    win_rate: Decimal | None
    fills: int


class Breakdown(msgspec.Struct, frozen=True):
    """A profit by what it is split by; its parts add up to the total."""

    by: str
    rows: tuple[ProfitPart, ...]
    total: Decimal
