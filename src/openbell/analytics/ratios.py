"""Return against risk, from periodic simple returns.

Conventions: `periods_per_year` defaults to 252; the risk-free rate is 0 unless given, as a fraction per
period; the sample deviation divides by n - 1; NaN periods are left out. A ratio whose risk is zero is None.
The definitions agree with empyrical-reloaded 0.7.
"""

import math
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike

from openbell.analytics.returns import EQUITY_DAYS_PER_YEAR, Floats, finite_or_none, observed

# Returns carry rounding noise near 1e-16; a spread below this is a constant series, not a risk.
_NOISE_ABSOLUTE = 1e-14
_NOISE_RELATIVE = 1e-12
_SAMPLE_MIN = 2


def _above_noise(risk: float, values: Floats) -> bool:
    return risk > _NOISE_ABSOLUTE + _NOISE_RELATIVE * float(np.max(np.abs(values)))


def reward_to_risk(reward: float, *, risk: float, risk_free: float = 0.0) -> float | None:
    """Return (reward - risk_free) / risk, all in the same unit and for the same length of time.

    This is Sharpe's ratio (1966) where risk is the standard deviation, and Sortino's where it is the downside
    deviation.
    """
    if risk == 0:
        return None
    return finite_or_none((reward - risk_free) / risk)


def sharpe(
    returns: ArrayLike, *, risk_free: float = 0.0, periods_per_year: float = EQUITY_DAYS_PER_YEAR
) -> float | None:
    """Return the annualised Sharpe ratio: mean(r - rf) / std(r, ddof=1) * sqrt(periods_per_year)."""
    values = observed(returns)
    if values.size < _SAMPLE_MIN:
        return None
    deviation = float(np.std(values, ddof=1))
    if not _above_noise(deviation, values):
        return None
    ratio = reward_to_risk(float(np.mean(values)), risk=deviation, risk_free=risk_free)
    return None if ratio is None else ratio * math.sqrt(periods_per_year)


def volatility(returns: ArrayLike, *, periods_per_year: float = EQUITY_DAYS_PER_YEAR) -> float | None:
    """Return the annualised standard deviation as a fraction: std(r, ddof=1) * sqrt(periods_per_year)."""
    values = observed(returns)
    if values.size < _SAMPLE_MIN:
        return None
    return finite_or_none(float(np.std(values, ddof=1)) * math.sqrt(periods_per_year))


def downside_risk(
    returns: ArrayLike, *, required: float = 0.0, periods_per_year: float = EQUITY_DAYS_PER_YEAR
) -> float | None:
    """Return the annualised downside deviation as a fraction.

    sqrt(mean(min(r - required, 0) ** 2)) over all periods, the winning ones included as zero, times
    sqrt(periods_per_year) (Sortino and van der Meer, 1991).
    """
    values = observed(returns)
    if values.size == 0:
        return None
    shortfall = np.minimum(values - required, 0.0)
    return finite_or_none(math.sqrt(float(np.mean(shortfall**2)) * periods_per_year))


def sortino(
    returns: ArrayLike, *, required: float = 0.0, periods_per_year: float = EQUITY_DAYS_PER_YEAR
) -> float | None:
    """Return the annualised Sortino ratio: mean(r - required) * periods_per_year / downside_risk."""
    values = observed(returns)
    downside = downside_risk(values, required=required, periods_per_year=periods_per_year)
    if downside is None or not _above_noise(downside, values):
        return None
    reward = (float(np.mean(values)) - required) * periods_per_year
    return reward_to_risk(reward, risk=downside)


def calmar(annual_return: float | None, *, max_drawdown: float | None) -> float | None:
    """Return annual_return / |max_drawdown|, both fractions (Young, 1991, over the whole history)."""
    if annual_return is None or max_drawdown is None or max_drawdown >= 0:
        return None
    return finite_or_none(annual_return / -max_drawdown)


def omega(
    returns: ArrayLike,
    *,
    required_annual: float = 0.0,
    periods_per_year: float = EQUITY_DAYS_PER_YEAR,
) -> float | None:
    """Return the Omega ratio: gains above the threshold over losses below it (Keating and Shadwick, 2002).

    The threshold per period is (1 + required_annual) ** (1 / periods_per_year) - 1. None where nothing was
    lost.
    """
    threshold = math.pow(1.0 + required_annual, 1.0 / periods_per_year) - 1.0
    excess = observed(returns) - threshold
    losses = -float(np.sum(excess[excess < 0]))
    if losses == 0:
        return None
    return finite_or_none(float(np.sum(excess[excess > 0])) / losses)


def gain_to_pain(returns: ArrayLike) -> float | None:
    """Return the sum of all returns over the size of the sum of the losing ones (Schwager, 2012, there of months)."""
    values = observed(returns)
    losses = -float(np.sum(values[values < 0]))
    return None if losses == 0 else finite_or_none(float(np.sum(values)) / losses)


def probabilistic_sharpe(returns: ArrayLike, *, benchmark_ratio: float = 0.0) -> float | None:
    """Return the probability, from 0 to 1, that the true Sharpe ratio is above a given one (a period's, not a year's).

    Phi((SR - SR*) sqrt(n - 1) / sqrt(1 - g3 SR + (g4 - 1) / 4 SR ** 2)) with the ratio, skew g3 and kurtosis g4 of one
    period (Bailey and Lopez de Prado, 2012).
    """
    values = observed(returns)
    ratio = sharpe(values, periods_per_year=1)
    if ratio is None:
        return None
    standard = (values - np.mean(values)) / np.std(values)
    third, fourth = float(np.mean(standard**3)), float(np.mean(standard**4))
    spread = 1.0 - third * ratio + (fourth - 1.0) / 4.0 * ratio**2
    if not spread > 0:
        return None
    return NormalDist().cdf((ratio - benchmark_ratio) * math.sqrt(values.size - 1) / math.sqrt(spread))
