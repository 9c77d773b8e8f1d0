"""The Sharpe ratio with its doubts: for short and skewed series, and for the best of many trials.

Sharpe ratios here are those of one period, not annualised. Sources: Bailey and López de Prado, "The Sharpe Ratio
Efficient Frontier" (2012) for the probabilistic one, "The Deflated Sharpe Ratio" (2014) for the deflated one.
"""

import math
from collections.abc import Sequence
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike

_NORMAL = NormalDist()
_EULER_GAMMA = 0.5772156649015329


def probabilistic_sharpe(returns: ArrayLike, *, threshold: float = 0.0) -> float | None:
    """Return the probability that the true Sharpe ratio is above a threshold (the same period as the returns).

    Φ((s − t) √(n − 1) / √(1 − g s + (k − 1)/4 s²)) with the sample's skew g and kurtosis k (3 for a normal). None
    for fewer than three returns or without variance.
    """
    sample = np.asarray(returns, dtype=np.float64)
    if sample.size < 3 or (deviation := float(sample.std(ddof=1))) <= 1e-15:
        return None
    sharpe = float(sample.mean()) / deviation
    standard = (sample - sample.mean()) / float(sample.std())
    skew, kurtosis = float(np.mean(standard**3)), float(np.mean(standard**4))
    spread = 1.0 - skew * sharpe + (kurtosis - 1.0) / 4.0 * sharpe**2
    if spread <= 0:
        return None
    return _NORMAL.cdf((sharpe - threshold) * math.sqrt(sample.size - 1) / math.sqrt(spread))


def expected_best_sharpe(variance: float, *, trials: int) -> float:
    """Return the Sharpe ratio to be expected of the best of independent trials that are all worth nothing.

    √V ((1 − γ) Φ⁻¹(1 − 1/N) + γ Φ⁻¹(1 − 1/(N e))), with the variance V of the trials' ratios and Euler's γ.
    """
    if trials < 2 or variance <= 0:
        return 0.0
    first = _NORMAL.inv_cdf(1.0 - 1.0 / trials)
    second = _NORMAL.inv_cdf(1.0 - 1.0 / (trials * math.e))
    return math.sqrt(variance) * ((1.0 - _EULER_GAMMA) * first + _EULER_GAMMA * second)


def deflated_sharpe(returns: ArrayLike, *, sharpes: Sequence[float]) -> float | None:
    """Return the probability that the best of several trials has skill, given the Sharpe ratios of all trials.

    `returns` are the best trial's. None where it cannot be said.
    """
    variance = float(np.var(sharpes, ddof=1)) if len(sharpes) > 1 else 0.0
    return probabilistic_sharpe(returns, threshold=expected_best_sharpe(variance, trials=len(sharpes)))
