"""Value at risk and expected shortfall of a profit-and-loss sample, by two named methods.

Losses are positive numbers in the sample's unit: a VaR of 100 at 0.95 means that in one period of twenty at least 100
are lost. None where the sample is too small to say.
"""

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike

from openbell.analytics.distribution import conditional_value_at_risk, value_at_risk
from openbell.analytics.returns import observed

SAMPLE_MIN = 20
"""Periods below which a five-percent tail is one observation at most, and nothing is said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tail:
    """What the bad end of a sample costs: the loss at its edge (VaR), and the average loss beyond (CVaR)."""

    var: float
    cvar: float


def historical_tail(profits: ArrayLike, *, confidence: float) -> Tail | None:
    """Read the tail off the sample itself: the (1 - confidence) percentile and the mean at or below it."""
    values = observed(profits)
    edge, beyond = (
        value_at_risk(values, confidence=confidence),
        conditional_value_at_risk(values, confidence=confidence),
    )
    if values.size < SAMPLE_MIN or edge is None or beyond is None:
        return None
    return Tail(var=max(-edge, 0.0), cvar=max(-beyond, 0.0))


def parametric_tail(profits: ArrayLike, *, confidence: float) -> Tail | None:
    """Take the sample as normal with mean zero: z sigma, and sigma phi(z) / (1 - confidence) beyond.

    With profits that are sums of worth times return this is the variance-covariance method, as the variance of the sum
    is the quadratic form of the covariances. The mean of a day is too small beside its noise to be estimated.
    """
    values = observed(profits)
    if values.size < SAMPLE_MIN:
        return None
    sigma = float(np.std(values, ddof=1))
    normal = NormalDist()
    z = normal.inv_cdf(confidence)
    return Tail(var=z * sigma, cvar=normal.pdf(z) / (1.0 - confidence) * sigma)
