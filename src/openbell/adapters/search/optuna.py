"""Bayesian search with Optuna's tree-structured Parzen estimator (ports.Searcher); it comes with the extra `search`.

Source: Bergstra, Bardenet, Bengio and Kégl, "Algorithms for Hyper-Parameter Optimization" (2011).
"""

import importlib
import math
from typing import Any

from openbell.domain.strategy import ParameterValue
from openbell.domain.study import Search
from openbell.ports import RunFailed

MISSING = "Bayesian search needs Optuna: install the extra, pip install 'openbell[search]'"
REPEATS_MAX = 50
"""Sets in a row that were tried before, after which the search is taken to have found what it finds."""


class OptunaSearcher:
    """Learns from what was tried which values are worth trying next; no set is tried twice."""

    def __init__(self, search: Search, seed: int) -> None:
        try:
            self._optuna: Any = importlib.import_module("optuna")
        except ImportError as missing:
            raise RunFailed(MISSING) from missing
        self._optuna.logging.set_verbosity(self._optuna.logging.WARNING)
        sampler = self._optuna.samplers.TPESampler(seed=seed % 2**32)
        self._study = self._optuna.create_study(direction="maximize", sampler=sampler)
        self._search = search
        self._asked: Any = None
        self._values: dict[tuple[int, ...], float | None] = {}
        self._places: tuple[int, ...] = ()

    def ask(self) -> dict[str, ParameterValue] | None:
        """Give the next set to try; None when there is no further one."""
        for _ in range(REPEATS_MAX):
            if len(self._values) >= self._search.trial_count:
                return None
            self._asked = self._study.ask()
            # Values are in order, so their places are what there is to learn from.
            self._places = tuple(
                self._asked.suggest_int(axis.name, 0, len(axis.values) - 1) for axis in self._search.axes
            )
            if self._places not in self._values:
                return {
                    axis.name: axis.values[place] for axis, place in zip(self._search.axes, self._places, strict=True)
                }
            self._answer(self._values[self._places])
        return None

    def tell(self, value: float | None) -> None:
        """Say how good the set asked for last was; None is a set that could not be tried."""
        self._values[self._places] = value
        self._answer(value)

    def _answer(self, value: float | None) -> None:
        if value is None or not math.isfinite(value):
            self._study.tell(self._asked, state=self._optuna.trial.TrialState.FAIL)
        else:
            self._study.tell(self._asked, value)
