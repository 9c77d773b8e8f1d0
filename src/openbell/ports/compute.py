"""Work that takes long: runs, searches, models."""

from collections.abc import Callable
from typing import Any, Protocol, runtime_checkable

import numpy as np

from openbell.domain.model import Model
from openbell.domain.run import BacktestRequest, Run, RunStatus
from openbell.domain.strategy import ParameterValue
from openbell.domain.study import Training
from openbell.ports.history import Page

OnPart = Callable[[float], None]
"""Takes the part that is done, 0 to 1."""
PLAYED_PART = 0.98
"""Part of a study that its backtests are; the rest is the reckoning."""


class RunStore(Protocol):
    """Backtest runs and their results."""

    async def save(self, run: Run) -> None:
        """Insert or replace a run."""
        ...

    async def run(self, run_id: str) -> Run | None:
        """Give one run with its result."""
        ...

    async def runs(
        self, *, owner_id: str | None, strategy_id: str | None, status: RunStatus | None, offset: int, limit: int
    ) -> Page:
        """List runs, newest first, without their bulky results."""
        ...


class Compute(Protocol):
    """Where long calculations run: a local pool of processes, or a cluster."""

    slots: int
    """Runs that can be under way at the same time."""

    def start(self, run_id: str, request: BacktestRequest, on_progress: Callable[[str, float], None]) -> None:
        """Begin a run, or queue it; progress 0..1 arrives on the event loop, a first 0 when it is under way."""
        ...

    async def result(self, run_id: str) -> dict[str, Any]:
        """Wait for a run's result. Raises RunFailed with the reason, asyncio.CancelledError after `cancel`."""
        ...

    def cancel(self, run_id: str) -> None:
        """Stop a run; harmless when it is over."""
        ...

    def close(self) -> None:
        """Stop every run and let go of the machines; blocks until they are gone."""
        ...


@runtime_checkable
class Divisible(Protocol):
    """Work of which some runs can be done in pieces, by several workers, to the same result as in one go."""

    def __call__(self, request: BacktestRequest, on_progress: OnPart, /) -> dict[str, Any]:
        """Do a run in one go. Raises RunFailed."""
        ...

    def pieces(self, request: BacktestRequest, *, workers: int) -> list[tuple[int, int]]:
        """Divide a run for so many workers, as firsts and lasts (exclusive); fewer than two when it is done in one."""
        ...

    def piece(self, request: BacktestRequest, piece: tuple[int, int], on_progress: OnPart) -> dict[str, Any]:
        """Do one piece. Raises RunFailed."""
        ...

    def joined(self, request: BacktestRequest, parts: list[dict[str, Any]], on_progress: OnPart) -> dict[str, Any]:
        """Give the result of a run from what its pieces gave, in order. Raises RunFailed."""
        ...


class Searcher(Protocol):
    """Chooses which parameter sets of a study are tried."""

    def ask(self) -> dict[str, ParameterValue] | None:
        """Give the next set to try; None when there is no further one."""
        ...

    def tell(self, value: float | None) -> None:
        """Say how good the set asked for last was; None is a set that could not be tried."""
        ...


class Learner(Protocol):
    """Trains a classifier."""

    @property
    def name(self) -> str:
        """Library and version."""
        ...

    def fit(self, rows: np.ndarray, *, labels: np.ndarray, training: Training, seed: int) -> dict[str, Any]:
        """Train on rows of features (NaN is a gap) with labels 0 or 1; gives the trees as XGBoost's JSON."""
        ...


class ModelStore(Protocol):
    """Trained models. A model is named by its contents and never changes."""

    def save(self, model: Model) -> None:
        """Keep a model; one that is there already stays as it is."""
        ...

    def model(self, model_id: str) -> Model | None:
        """Give a model with its trees."""
        ...

    def models(self) -> list[Model]:
        """List models without their trees, newest first."""
        ...


class RunFailed(Exception):
    """A run ended with an error; the message is for its owner."""
