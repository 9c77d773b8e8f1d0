"""Studies: what may be asked of a strategy over recorded data beyond one backtest."""

from enum import StrEnum

import msgspec

from openbell.domain.strategy import ParameterValue

AXES_MAX = 6
AXIS_VALUES_MAX = 1_000
TRIALS_MAX = 10_000
"""Backtests within one study."""
WINDOWS_MAX = 50
SAMPLES_MAX = 100_000
FEATURES_MAX = 50
FOLDS_MAX = 50


class SearchMethod(StrEnum):
    """How parameter sets are chosen: all of them, by chance, or by what was learnt from earlier ones (TPE)."""

    GRID = "grid"
    RANDOM = "random"
    BAYESIAN = "bayesian"


class Axis(msgspec.Struct, frozen=True):
    """A parameter and the values it is tried with, in order."""

    name: str
    values: tuple[ParameterValue, ...]


class Search(msgspec.Struct, frozen=True, kw_only=True):
    """Which parameter sets are tried, and what makes one better than another."""

    axes: tuple[Axis, ...]
    method: SearchMethod = SearchMethod.GRID
    trials: int = 100
    """Sets tried by random and Bayesian search; a grid is tried whole."""
    objective: str = "sharpe_ratio"
    """Name of the metric that should be large."""

    @property
    def size(self) -> int:
        """Sets in the whole grid."""
        count = 1
        for axis in self.axes:
            count *= len(axis.values)
        return count

    @property
    def trial_count(self) -> int:
        """Sets that are tried at most; some combinations may not be valid."""
        return self.size if self.method is SearchMethod.GRID else min(self.trials, self.size)


class Sweep(msgspec.Struct, frozen=True, kw_only=True, tag="sweep"):
    """A backtest of every parameter set, with the odds that the best one is luck."""

    search: Search


class WalkForward(msgspec.Struct, frozen=True, kw_only=True, tag="walk_forward"):
    """In each window parameters are chosen on its first part and judged on the rest, which they have not seen."""

    search: Search
    windows: int = 5
    in_sample: float = 0.7
    """Part of each window that parameters are chosen on."""
    anchored: bool = False
    """Choose on everything before, in place of a stretch of constant length."""


class MonteCarlo(msgspec.Struct, frozen=True, kw_only=True, tag="monte_carlo"):
    """The backtest's trades in other orders and other selections: how much of its result was luck."""

    samples: int = 1_000
    confidence: float = 0.95


class Checks(msgspec.Struct, frozen=True, kw_only=True, tag="checks"):
    """Whether the strategy sees the future, and whether it decides otherwise when given more history."""

    cuts: int = 10
    """Places at which the future is cut off, and the past."""


class Training(msgspec.Struct, frozen=True, kw_only=True, tag="training"):
    """A model of whether the price will be higher `horizon` bars on, trained walk-forward."""

    name: str = ""
    """What people call it; versions of one name are listed together."""
    features: tuple[str, ...] = ("rsi_14", "macd", "volume_sma_20")
    horizon: int = 5
    """Bars ahead that are foretold."""
    least_return: float = 0.0
    """Return over the horizon from which a bar counts as one to be held."""
    folds: int = 5
    """Models trained one after the other, each on everything before what it is used on."""
    embargo: int = 5
    """Bars left out beyond the horizon between training and use."""
    trees: int = 100
    depth: int = 3
    learning_rate: float = 0.1


Study = Sweep | WalkForward | MonteCarlo | Checks | Training
