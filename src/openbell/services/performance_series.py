"""What a performance report says over time: its curve, its drawdowns, rolling figures, months and years."""

import math
from collections.abc import Sequence

import msgspec
import numpy as np

from openbell.analytics import rolling
from openbell.analytics.benchmark import aligned_daily
from openbell.analytics.drawdown import drawdown_series, largest_drawdowns
from openbell.analytics.metrics import METRICS, Metric
from openbell.analytics.months import monthly_returns, yearly_returns
from openbell.analytics.returns import NS_PER_DAY, Timestamps, columns, daily_series, simple_returns
from openbell.domain.values import Money, Nanos
from openbell.services.performance_reports import PerformanceReport

POINTS_MAX = 5_000
"""Points of a series in one answer; of a longer one the last so many."""
DRAWDOWNS_SHOWN = 5


class CurvePoint(msgspec.Struct, frozen=True, kw_only=True):
    """The last value of an interval. Growth and the benchmark's count from the start, as fractions."""

    ts_ns: Nanos
    equity: Money
    change: float | None
    """Time-weighted, against the point before."""
    growth: float | None
    drawdown: float
    benchmark_growth: float | None


class Fall(msgspec.Struct, frozen=True, kw_only=True):
    """A drawdown: a fraction below zero, and when it began, was deepest and ended; None while it has not."""

    depth: float
    peak_ns: Nanos
    trough_ns: Nanos
    recovery_ns: Nanos | None
    length_days: float


class RollingPoint(msgspec.Struct, frozen=True, kw_only=True):
    """Figures of the days up to this one: return and volatility are fractions, NaN is what cannot be said."""

    ts_ns: Nanos
    change: float
    volatility: float
    sharpe: float
    sortino: float
    beta: float


class YearOfMonths(msgspec.Struct, frozen=True, kw_only=True):
    """The returns of a year's months, None without data, and of the year, as fractions."""

    year: int
    months: Sequence[float | None]
    total: float


def metrics_of(report: PerformanceReport) -> list[tuple[Metric, float | int | None]]:
    """Give every metric of the catalogue that a report has."""
    return [(one, report.metrics[one.name]) for one in METRICS if one.name in report.metrics]


def curve_of(report: PerformanceReport, *, interval_ns: Nanos) -> list[CurvePoint]:
    """Give the last point of each interval; drawdowns look at every point, shown or not."""
    if not report.record.equity:
        return []
    times, units = columns(report.units)
    intervals = times // interval_ns
    kept = np.append(np.flatnonzero(intervals[1:] != intervals[:-1]), times.size - 1)
    changes = simple_returns(np.append(units[0], units[kept]))
    growth = units / units[0] - 1.0 if units[0] > 0 else np.full(units.shape, np.nan)
    depths, beside = drawdown_series(units), _beside(report, times[kept])
    points = zip(kept.tolist(), changes.tolist(), beside, strict=True)
    return [
        CurvePoint(
            ts_ns=int(times[place]),
            equity=report.record.equity[place].equity,
            change=change,
            growth=float(growth[place]),
            drawdown=float(depths[place]),
            benchmark_growth=other,
        )
        for place, change, other in list(points)[-POINTS_MAX:]
    ]


def falls_of(report: PerformanceReport) -> list[Fall]:
    """Give the deepest drawdowns, the deepest first."""
    times, values = columns(report.units)
    return [
        Fall(
            depth=fall.depth,
            peak_ns=int(times[fall.peak]),
            trough_ns=int(times[fall.trough]),
            recovery_ns=None if fall.recovery is None else int(times[fall.recovery]),
            length_days=int(times[fall.end] - times[fall.peak]) / NS_PER_DAY,
        )
        for fall in largest_drawdowns(values, count=DRAWDOWNS_SHOWN)
    ]


def rolling_of(report: PerformanceReport, *, window: int) -> list[RollingPoint]:
    """Give rolling figures of daily returns, one a day from the first full window on."""
    times, values = columns(daily_series(report.units))
    returns, per_year = simple_returns(values), report.days_per_year
    days = times[window:].tolist()
    found = zip(
        days,
        rolling.rolling_return(returns, window=window).tolist(),
        rolling.rolling_volatility(returns, window=window, periods_per_year=per_year).tolist(),
        rolling.rolling_sharpe(returns, window=window, periods_per_year=per_year).tolist(),
        rolling.rolling_sortino(returns, window=window, periods_per_year=per_year).tolist(),
        _rolling_beta(report, window, days),
        strict=True,
    )
    names = RollingPoint.__struct_fields__
    return [RollingPoint(**dict(zip(names, row, strict=True))) for row in list(found)[-POINTS_MAX:]]


def years_of(report: PerformanceReport) -> list[YearOfMonths]:
    """Give the returns of months and years, the newest year first."""
    months, years = monthly_returns(report.units), yearly_returns(report.units)
    return [
        YearOfMonths(year=year, months=[months.get((year, month)) for month in range(1, 13)], total=total)
        for year, total in sorted(years.items(), reverse=True)
    ]


def _rolling_beta(report: PerformanceReport, window: int, days: Sequence[Nanos]) -> list[float]:
    """Give beta by day over the last common days; NaN where there is no benchmark or not enough of it."""
    if report.benchmark is None:
        return [math.nan] * len(days)
    ours, theirs = aligned_daily(report.units, benchmark=report.benchmark.points)
    own, other = (
        {ts_ns // NS_PER_DAY for ts_ns, _ in daily_series(one)} for one in (report.units, report.benchmark.points)
    )
    slopes = rolling.rolling_beta(simple_returns(ours), benchmark=simple_returns(theirs), window=window)
    by_day = dict(zip(sorted(own & other)[window:], slopes.tolist(), strict=True))
    return [by_day.get(ts_ns // NS_PER_DAY, math.nan) for ts_ns in days]


def _beside(report: PerformanceReport, times: Timestamps) -> list[float | None]:
    """Give the benchmark's growth at each instant: its latest value against that at the start."""
    if report.benchmark is None or not len(report.benchmark.points):
        return [None] * times.size
    known, values = columns(report.benchmark.points)
    first = max(int(known.searchsorted(report.units[0][0], side="right")) - 1, 0)
    places = known.searchsorted(times, side="right") - 1
    return [None if place < first else float(values[place] / values[first] - 1.0) for place in places.tolist()]
