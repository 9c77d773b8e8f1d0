"""A strategy's returns beside a benchmark's: beta, alpha, correlation, tracking error, information ratio.

Both arguments are aligned: element i of each is the return of the same period. Pairs with a missing side are
left out.
"""

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike

from openbell.analytics.returns import (
    EQUITY_DAYS_PER_YEAR,
    NS_PER_DAY,
    Floats,
    Series,
    cagr,
    daily_series,
    finite_or_none,
    simple_returns,
)

_SAMPLE_MIN = 2


def aligned_daily(equity: Series, *, benchmark: Series) -> tuple[Floats, Floats]:
    """Return the last values of both on the UTC days that both have."""
    ours, theirs = _by_day(equity), _by_day(benchmark)
    days = sorted(ours.keys() & theirs.keys())
    return np.array([ours[day] for day in days]), np.array([theirs[day] for day in days])


def aligned_daily_returns(equity: Series, *, benchmark: Series) -> tuple[Floats, Floats]:
    """Return the daily returns of both over the UTC days that both have."""
    ours, theirs = aligned_daily(equity, benchmark=benchmark)
    return simple_returns(ours), simple_returns(theirs)


def _by_day(series: Series) -> Mapping[int, float]:
    return {ts_ns // NS_PER_DAY: value for ts_ns, value in daily_series(series)}


def _pairs(returns: ArrayLike, benchmark: ArrayLike) -> tuple[Floats, Floats] | None:
    ours = np.asarray(returns, dtype=np.float64)
    theirs = np.asarray(benchmark, dtype=np.float64)
    both = ~(np.isnan(ours) | np.isnan(theirs))
    return (ours[both], theirs[both]) if int(both.sum()) >= _SAMPLE_MIN else None


def beta(returns: ArrayLike, *, benchmark: ArrayLike) -> float | None:
    """Return cov(r, b) / var(b): how much of the benchmark's moves the strategy takes part in."""
    pairs = _pairs(returns, benchmark)
    if pairs is None:
        return None
    ours, theirs = pairs
    moves = theirs - theirs.mean()
    variance = float(moves @ moves)
    return None if variance == 0 else finite_or_none(float(moves @ (ours - ours.mean())) / variance)


def alpha(returns: ArrayLike, *, benchmark: ArrayLike, periods_per_year: float = EQUITY_DAYS_PER_YEAR) -> float | None:
    """Return Jensen's alpha a year as a fraction: (1 + mean(r - beta * b)) ** periods_per_year - 1, rf 0."""
    slope, pairs = beta(returns, benchmark=benchmark), _pairs(returns, benchmark)
    if slope is None or pairs is None:
        return None
    residual = float(np.mean(pairs[0] - slope * pairs[1]))
    return cagr(1.0 + residual, periods=1, periods_per_year=periods_per_year)


def correlation(returns: ArrayLike, *, benchmark: ArrayLike) -> float | None:
    """Return Pearson's correlation, from -1 to 1; None where either side never moves."""
    pairs = _pairs(returns, benchmark)
    if pairs is None:
        return None
    ours, theirs = (side - side.mean() for side in pairs)
    spread = math.sqrt(float(ours @ ours) * float(theirs @ theirs))
    return None if spread == 0 else finite_or_none(float(ours @ theirs) / spread)


def tracking_error(
    returns: ArrayLike, *, benchmark: ArrayLike, periods_per_year: float = EQUITY_DAYS_PER_YEAR
) -> float | None:
    """Return the annualised standard deviation (ddof=1) of r - b, a fraction."""
    pairs = _pairs(returns, benchmark)
    if pairs is None:
        return None
    return finite_or_none(float(np.std(pairs[0] - pairs[1], ddof=1)) * math.sqrt(periods_per_year))


def information_ratio(
    returns: ArrayLike, *, benchmark: ArrayLike, periods_per_year: float = EQUITY_DAYS_PER_YEAR
) -> float | None:
    """Return mean(r - b) * periods_per_year / tracking_error, which is annualised."""
    pairs = _pairs(returns, benchmark)
    error = tracking_error(returns, benchmark=benchmark, periods_per_year=periods_per_year)
    if pairs is None or not error:
        return None
    return finite_or_none(float(np.mean(pairs[0] - pairs[1])) * periods_per_year / error)


def capture(
    returns: ArrayLike, *, benchmark: ArrayLike, sign: int, periods_per_year: float = EQUITY_DAYS_PER_YEAR
) -> float | None:
    """Return the annual growth in the periods in which the benchmark rose (sign 1) or fell (-1) over the benchmark's.

    A fraction: 1.2 up is a fifth more than the benchmark, 0.8 down a fifth less of its losses.
    """
    pairs = _pairs(returns, benchmark)
    if pairs is None:
        return None
    chosen = sign * pairs[1] > 0
    ours, theirs = (
        cagr(float(np.prod(1.0 + side[chosen])), periods=int(chosen.sum()), periods_per_year=periods_per_year)
        for side in pairs
    )
    return None if ours is None or not theirs else finite_or_none(ours / theirs)


def batting_average(returns: ArrayLike, *, benchmark: ArrayLike) -> float | None:
    """Return the share of the periods in which the return was above the benchmark's, from 0 to 1."""
    pairs = _pairs(returns, benchmark)
    return None if pairs is None else float(np.mean(pairs[0] > pairs[1]))
