"""Rolling figures: what volatility, Sharpe, Sortino and beta were over the last so many periods, at each of them."""

import math

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import ArrayLike

from openbell.analytics.returns import EQUITY_DAYS_PER_YEAR, Floats

# As in `ratios`: a deviation this small is rounding noise of a constant series.
_NOISE = 1e-14


def rolling_volatility(returns: ArrayLike, *, window: int, periods_per_year: float = EQUITY_DAYS_PER_YEAR) -> Floats:
    """Return std(r, ddof=1) * sqrt(P) of each window as a fraction; one value for each full window."""
    windows = _windows(returns, window)
    return np.asarray(np.std(windows, axis=1, ddof=1) * math.sqrt(periods_per_year), dtype=np.float64)


def rolling_sharpe(returns: ArrayLike, *, window: int, periods_per_year: float = EQUITY_DAYS_PER_YEAR) -> Floats:
    """Return the annualised Sharpe ratio of each window; NaN where nothing moved."""
    windows = _windows(returns, window)
    spread = np.std(windows, axis=1, ddof=1)
    return _ratio(np.mean(windows, axis=1), spread) * math.sqrt(periods_per_year)


def rolling_sortino(returns: ArrayLike, *, window: int, periods_per_year: float = EQUITY_DAYS_PER_YEAR) -> Floats:
    """Return the annualised Sortino ratio of each window; NaN where nothing was lost."""
    windows = _windows(returns, window)
    downside = np.sqrt(np.mean(np.minimum(windows, 0.0) ** 2, axis=1))
    return _ratio(np.mean(windows, axis=1), downside) * math.sqrt(periods_per_year)


def rolling_return(returns: ArrayLike, *, window: int) -> Floats:
    """Return the compounded return of each window as a fraction."""
    return np.asarray(np.prod(1.0 + _windows(returns, window), axis=1) - 1.0, dtype=np.float64)


def rolling_beta(returns: ArrayLike, *, benchmark: ArrayLike, window: int) -> Floats:
    """Return cov(r, b) / var(b) of each window; NaN where the benchmark stood still."""
    ours, theirs = _windows(returns, window), _windows(benchmark, window)
    moves = theirs - theirs.mean(axis=1, keepdims=True)
    own = ours - ours.mean(axis=1, keepdims=True)
    return _ratio(np.sum(moves * own, axis=1), np.sum(moves**2, axis=1), noise=0.0)


def _windows(returns: ArrayLike, window: int) -> Floats:
    values = np.asarray(returns, dtype=np.float64)
    if values.size < window:
        return np.empty((0, window))
    return np.asarray(sliding_window_view(values, window))


def _ratio(part: Floats, whole: Floats, noise: float = _NOISE) -> Floats:
    out = np.full(part.shape, np.nan)
    moved = whole > noise
    out[moved] = part[moved] / whole[moved]
    return out
