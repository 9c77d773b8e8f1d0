"""Search without learning: every set of a grid, or a choice of them by chance. Who learns is an adapter."""

from collections.abc import Callable, Iterator

import numpy as np

from openbell.domain.strategy import ParameterValue
from openbell.domain.study import Search, SearchMethod
from openbell.ports import RunFailed, Searcher

OpenSearcher = Callable[[Search, int], Searcher]
"""Makes a searcher that learns, for a search and a seed. Raises RunFailed where it is not installed."""


class Listed:
    """Sets that are known beforehand, by their number in the grid."""

    def __init__(self, search: Search, *, numbers: Iterator[int]) -> None:
        self._search = search
        self._numbers = numbers

    def ask(self) -> dict[str, ParameterValue] | None:
        """Give the next set to try; None when there is no further one."""
        number = next(self._numbers, None)
        return None if number is None else numbered(self._search, number)

    def tell(self, value: float | None) -> None:
        """Nothing is learnt from it."""


def numbered(search: Search, number: int) -> dict[str, ParameterValue]:
    """Give a set of the grid by its number; the last axis changes fastest."""
    chosen: dict[str, ParameterValue] = {}
    for axis in reversed(search.axes):
        number, place = divmod(number, len(axis.values))
        chosen[axis.name] = axis.values[place]
    return {axis.name: chosen[axis.name] for axis in search.axes}


def searcher_of(search: Search, *, seed: int, learning: OpenSearcher | None) -> Searcher:
    """Give who chooses the sets. Raises RunFailed where Bayesian search is not there."""
    if search.method is SearchMethod.GRID:
        return Listed(search, numbers=iter(range(search.size)))
    if search.method is SearchMethod.RANDOM:
        return Listed(search, numbers=iter(_drawn(search, seed)))
    if learning is None:
        raise RunFailed("Bayesian search is not available here")
    return learning(search, seed)


def _drawn(search: Search, seed: int) -> list[int]:
    """Draw numbers without repeating one."""
    draws = np.random.default_rng(seed)
    count = search.trial_count
    if search.size <= 4 * count:
        return [int(number) for number in draws.permutation(search.size)[:count]]
    drawn: dict[int, None] = {}
    while len(drawn) < count:
        drawn[int(draws.integers(0, search.size))] = None
    return list(drawn)
