"""How long runs take: from the length of their data and the speed that runs of their sort were seen to have."""

from collections.abc import Iterable

from openbell.domain.run import BacktestRequest, Run
from openbell.domain.study import Checks, MonteCarlo, Sweep, Training, WalkForward
from openbell.domain.values import NANOS_PER_SECOND, Nanos
from openbell.ports import Catalog

START_UP_S = 1.5
"""What a run takes beside its bars: a worker process, imports, the result."""
BARS_PER_SECOND_FIRST = 100_000.0
"""Speed assumed of a sort of run before one has been measured."""
MEASURED_S_MIN = 0.1
"""Runs shorter than this say nothing about speed."""

Sort = tuple[str, str]
"""What runs of about one speed have in common: kind of strategy and study."""


class RunPace:
    """Knows the speed of each sort of run, in bars a second, start-up apart."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._speeds: dict[Sort, float] = {}
        self._start_up_s = START_UP_S

    def estimate_ns(self, request: BacktestRequest, *, ahead: Iterable[Run], slots: int) -> Nanos:
        """Time until a run is over that has to wait for those ahead of it."""
        waits = [self._seconds(run.request) * (1 - run.progress) for run in ahead]
        # With fewer runs ahead than slots this one begins at once.
        wait = sum(waits) / slots if len(waits) >= slots else 0.0
        return round((wait + self._seconds(request)) * NANOS_PER_SECOND)

    def learn(self, run: Run) -> None:
        """Take in how long a completed run took; the newest counts half."""
        if run.started_ns is None or run.completed_ns is None:
            return
        took_s = (run.completed_ns - run.started_ns) / NANOS_PER_SECOND
        bars = self._bars(run.request)
        if bars > 0 and took_s > MEASURED_S_MIN:
            sort = _sort(run.request)
            measured = bars / took_s
            self._speeds[sort] = (self._speeds.get(sort, measured) + measured) / 2

    def _seconds(self, request: BacktestRequest) -> float:
        return self._start_up_s + self._bars(request) / self._speeds.get(_sort(request), BARS_PER_SECOND_FIRST)

    def _bars(self, request: BacktestRequest) -> float:
        """Estimate how many bars a run will read, every time that it reads one: its part of the dataset's time."""
        dataset = self._catalog.dataset(request.dataset_id)
        if dataset is None or dataset.end_ns <= dataset.start_ns:
            return 0.0
        start = max(request.start_ns or dataset.start_ns, dataset.start_ns)
        end = min(request.end_ns or dataset.end_ns, dataset.end_ns)
        part = max(0, end - start) / (dataset.end_ns - dataset.start_ns)
        length = dataset.timeframe.length_ns if dataset.timeframe is not None and request.is_joined else None
        joined = 1.0 if length is None else length / request.timeframe.length_ns
        return dataset.rows * part * joined * passes(request)


def passes(request: BacktestRequest) -> int:
    """Count how often a run reads its data, about."""
    match request.study:
        case Sweep(search=search) | WalkForward(search=search):
            return max(1, search.trial_count)
        case Checks(cuts=cuts):
            return 3 * cuts + 1
        case Training(folds=folds):
            return folds + 1
        case MonteCarlo() | None:
            return 1


def _sort(request: BacktestRequest) -> Sort:
    return request.kind, type(request.study).__name__
