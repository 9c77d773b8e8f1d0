"""Returns of an equity series, their compounding, and the number of periods in a year.

An equity series is a sequence of `(ts_ns, value)` in time order: nanoseconds since the epoch (UTC) and the
account's value in its base currency. Returns are simple, not logarithmic, and fractions: 0.01 is one percent.
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Timestamps = NDArray[np.int64]
Series = Sequence[tuple[int, float]]

NS_PER_HOUR = 3_600_000_000_000
NS_PER_DAY = 24 * NS_PER_HOUR
EQUITY_DAYS_PER_YEAR = 252
CRYPTO_DAYS_PER_YEAR = 365
# Every day of the week gives 2/7 weekend days; markets that open on Sunday evening in UTC give 1/6.
_WEEKEND_SHARE_MIN = 0.2
_DAILY_SPACING_NS_MIN = 20 * NS_PER_HOUR
_DAILY_SPACING_NS_MAX = 4 * NS_PER_DAY


def finite_or_none(value: float) -> float | None:
    """Return the value as a float, or None where it is NaN or infinite."""
    return float(value) if math.isfinite(value) else None


def observed(returns: ArrayLike) -> Floats:
    """Return the returns that exist: NaN marks a period without one."""
    values = np.asarray(returns, dtype=np.float64)
    return values[~np.isnan(values)]


def columns(series: Series) -> tuple[Timestamps, Floats]:
    """Split an equity series into its time column and its value column."""
    count = len(series)
    times = np.fromiter((point[0] for point in series), dtype=np.int64, count=count)
    values = np.fromiter((point[1] for point in series), dtype=np.float64, count=count)
    return times, values


def simple_returns(equity: ArrayLike) -> Floats:
    """Return E[t] / E[t-1] - 1, one element fewer than the input.

    A period that starts with nothing or with debt has no return and is NaN.
    """
    values = np.asarray(equity, dtype=np.float64)
    before, after = values[:-1], values[1:]
    out = np.full(before.shape, np.nan)
    solvent = before > 0
    out[solvent] = after[solvent] / before[solvent] - 1.0
    return out


def cumulative_returns(returns: ArrayLike) -> Floats:
    """Return the compounded return up to each period: prod(1 + r) - 1."""
    return np.asarray(np.cumprod(1.0 + observed(returns)) - 1.0, dtype=np.float64)


def total_return(equity: ArrayLike) -> float | None:
    """Return last / first - 1 as a fraction, or None where there is no first value above zero."""
    values = np.asarray(equity, dtype=np.float64)
    if values.size == 0 or values[0] <= 0:
        return None
    return finite_or_none(float(values[-1] / values[0]) - 1.0)


def cagr(growth: float, *, periods: float, periods_per_year: float) -> float | None:
    """Return the compound annual growth rate, growth ** (periods_per_year / periods) - 1, as a fraction.

    `growth` is final value over initial value; `periods` counts the returns between them. A year is
    `periods_per_year` observations and not 365.25 days, as in empyrical.
    """
    if periods <= 0 or growth < 0:
        return None
    try:
        return finite_or_none(math.pow(growth, periods_per_year / periods) - 1.0)
    except OverflowError:
        return None


def daily_series(series: Series) -> list[tuple[int, float]]:
    """Resample to the last point of each UTC day, with its own time. Days without a point stay absent."""
    times, values = columns(series)
    if times.size == 0:
        return []
    days = times // NS_PER_DAY
    last = np.append(np.flatnonzero(days[1:] != days[:-1]), times.size - 1)
    return list(zip(times[last].tolist(), values[last].tolist(), strict=True))


def daily_returns(series: Series) -> Floats:
    """Return the simple return of each UTC day.

    The first day counts from the first point of the series where it has more than one, so that the whole of
    an intraday run is covered; a daily series of n points has n - 1 returns.
    """
    daily = daily_series(series)
    if not daily:
        return np.empty(0)
    values = [value for _, value in daily]
    if series[0][0] != daily[0][0]:
        values.insert(0, series[0][1])
    return simple_returns(values)


def days_per_year(times: ArrayLike) -> int:
    """Return 365 for a series that also has weekends, as crypto does, and 252 for one that rests on them."""
    days = np.unique(np.asarray(times, dtype=np.int64) // NS_PER_DAY)
    if days.size == 0:
        return EQUITY_DAYS_PER_YEAR
    weekday = (days + 3) % 7  # the epoch was a Thursday, which is 3
    weekend_share = float(np.mean(weekday >= 5))
    return CRYPTO_DAYS_PER_YEAR if weekend_share >= _WEEKEND_SHARE_MIN else EQUITY_DAYS_PER_YEAR


def periods_per_year(times: ArrayLike, *, trading_days: int | None = None) -> float:
    """Return how many bars of this spacing a year has, for annualising returns between them.

    Daily bars: `trading_days` (252 or 365, told from the weekends where it is not given). Intraday bars: that
    times the usual number of bars a day. Longer bars: calendar time, 365.25 days over the median spacing.
    """
    stamps = np.asarray(times, dtype=np.int64)
    per_year = days_per_year(stamps) if trading_days is None else trading_days
    if stamps.size < 2:
        return float(per_year)
    spacing = float(np.median(np.diff(stamps)))
    if spacing > _DAILY_SPACING_NS_MAX:
        return 365.25 * NS_PER_DAY / spacing
    if spacing >= _DAILY_SPACING_NS_MIN:
        return float(per_year)
    _, bars_a_day = np.unique(stamps // NS_PER_DAY, return_counts=True)
    return float(per_year * np.median(bars_a_day))
