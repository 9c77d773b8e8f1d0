"""The shape of a set of returns: tails, moments, historical value at risk, steadiness.

Moments are population moments (not corrected for bias); percentiles interpolate linearly between
observations.
"""

from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike

from openbell.analytics.returns import finite_or_none, observed

_SAMPLE_MIN = 2


def _standardised_moment(returns: ArrayLike, *, order: int) -> float | None:
    values = observed(returns)
    if values.size < _SAMPLE_MIN or float(np.ptp(values)) == 0:
        return None
    centred = values - np.mean(values)
    variance = np.mean(centred**2)
    return finite_or_none(float(np.mean(centred**order) / variance ** (order / 2)))


def skew(returns: ArrayLike) -> float | None:
    """Return the third standardised moment: below zero where the large moves are losses."""
    return _standardised_moment(returns, order=3)


def kurtosis(returns: ArrayLike) -> float | None:
    """Return the fourth standardised moment less 3, so that a normal distribution has 0."""
    moment = _standardised_moment(returns, order=4)
    return None if moment is None else moment - 3.0


def tail_ratio(returns: ArrayLike) -> float | None:
    """Return |95th percentile| / |5th percentile|: above 1 where the good tail is the longer one."""
    values = observed(returns)
    if values.size == 0:
        return None
    low, high = np.percentile(values, [5, 95])
    return None if low == 0 else finite_or_none(float(abs(high) / abs(low)))


def value_at_risk(returns: ArrayLike, *, confidence: float = 0.95) -> float | None:
    """Return the historical VaR as a return (a loss is negative): the (1 - confidence) percentile."""
    values = observed(returns)
    if values.size == 0:
        return None
    return finite_or_none(float(np.percentile(values, 100.0 * (1.0 - confidence))))


def conditional_value_at_risk(returns: ArrayLike, *, confidence: float = 0.95) -> float | None:
    """Return the mean of the returns at or below the VaR: what a bad period costs on average."""
    values = observed(returns)
    threshold = value_at_risk(values, confidence=confidence)
    if threshold is None:
        return None
    # The percentile of a flat tail may round to just below its observations.
    tail = values[values <= threshold]
    return finite_or_none(float(np.mean(tail))) if tail.size else threshold


def parametric_value_at_risk(returns: ArrayLike, *, confidence: float = 0.95) -> float | None:
    """Return the VaR if returns were normal, as a return: mean - z * std(ddof=1)."""
    values = observed(returns)
    if values.size < _SAMPLE_MIN:
        return None
    z = NormalDist().inv_cdf(confidence)
    return finite_or_none(float(np.mean(values)) - z * float(np.std(values, ddof=1)))


def stability(returns: ArrayLike) -> float | None:
    """Return R squared of a straight line through the cumulative log returns: 1 is steady growth."""
    values = observed(returns)
    if values.size < _SAMPLE_MIN or bool(np.any(values <= -1.0)):
        return None
    path = np.cumsum(np.log1p(values))
    time = np.arange(path.size, dtype=np.float64)
    time -= time.mean()
    path = path - path.mean()
    spread = (time @ time) * (path @ path)
    return None if spread == 0 else finite_or_none(float((time @ path) ** 2 / spread))
