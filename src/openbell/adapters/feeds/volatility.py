"""How a simulated price moves: volatility that clusters, fat tails, hours that are busier than others."""

import random
from math import exp, log, pi, sin, sqrt

from openbell.domain.values import NANOS_PER_SECOND, Nanos

SECONDS_PER_YEAR = 365 * 86_400
DEGREES_OF_FREEDOM = 5
"""Of the Student t shocks: fat tails whose fourth moment, just, exists."""

SHOCK_MAX = 12.0
"""Largest shock in standard deviations: the price may jump, but not to nowhere."""

_GARCH_SHOCK, _GARCH_MEMORY = 0.04, 0.95
_REGIME_HALF_LIFE_S = 1_200.0
_REGIME_SPREAD = 0.5
_INTRADAY_SWING = 0.25
_T_SCALE = sqrt((DEGREES_OF_FREEDOM - 2) / DEGREES_OF_FREEDOM)


def student_t(chance: random.Random) -> float:
    """Draw a Student t shock of variance 1, cut off at `SHOCK_MAX`."""
    chi_square = chance.gammavariate(DEGREES_OF_FREEDOM / 2, 2.0)
    shock = chance.gauss(0.0, 1.0) * sqrt(DEGREES_OF_FREEDOM / max(chi_square, 1e-9)) * _T_SCALE
    return max(-SHOCK_MAX, min(SHOCK_MAX, shock))


class Volatility:
    """Volatility of one instrument, in three factors.

    A GARCH(1,1) variance of mean 1 (Bollerslev, 1986) lets shocks echo for a minute, a mean-reverting logarithm moves
    between calm and busy regimes over tens of minutes, and a daily wave makes some hours livelier.
    """

    def __init__(self, annual: float, *, chance: random.Random) -> None:
        self._per_root_second = annual / sqrt(SECONDS_PER_YEAR)
        self._chance = chance
        self._variance = 1.0
        self._regime = chance.gauss(0.0, _REGIME_SPREAD)

    def level(self, ts_ns: Nanos) -> float:
        """Give the present volatility as a multiple of the usual one."""
        day_part = ts_ns / NANOS_PER_SECOND % 86_400 / 86_400
        wave = 1.0 + _INTRADAY_SWING * sin(2 * pi * day_part)
        return sqrt(self._variance) * exp(self._regime - _REGIME_SPREAD**2) * wave

    def move(self, shock: float, *, ts_ns: Nanos, seconds: float) -> float:
        """Give the log return of a stretch of time for a shock of variance 1, and let the shock echo."""
        change = self._per_root_second * sqrt(seconds) * self.level(ts_ns) * shock
        echo = 1.0 - _GARCH_SHOCK - _GARCH_MEMORY
        self._variance = echo + (_GARCH_SHOCK * shock * shock + _GARCH_MEMORY) * self._variance
        pull = seconds * log(2.0) / _REGIME_HALF_LIFE_S
        self._regime *= exp(-pull)
        self._regime += _REGIME_SPREAD * sqrt(1 - exp(-2 * pull)) * self._chance.gauss(0.0, 1.0)
        return change
