"""Runs: start a backtest, follow it, cancel it, and read its result."""

import asyncio
from collections.abc import Callable
from typing import Any

import msgspec

from openbell.domain.run import BacktestRequest, Run, RunStatus
from openbell.domain.values import NANOS_PER_SECOND, Nanos
from openbell.ports import Catalog, Clock, Compute, Dataset, Page, RunFailed, RunStore, Unavailable

START_UP_NS = 2 * NANOS_PER_SECOND
"""What a run takes beside its bars: a worker process, imports, the tear sheet."""
BARS_PER_SECOND_FIRST = 100_000.0
"""Speed assumed before the first run of this process has been measured."""
LIVE_RUNS_MAX = 100
"""Runs that may be queued or under way at the same time."""


NO_RUNS = Page(rows=[], total=0)
"""What is listed where there can be none."""


class TooManyRuns(Unavailable):
    """The queue of runs is full."""


class UnknownDataset(msgspec.Struct, frozen=True):
    """No recorded data for a run; `known` is what there is."""

    wanted: str
    known: tuple[str, ...]


class Runs:
    """Backtests of everybody; `owner_id` is whose may be seen, None is everybody's."""

    def __init__(
        self,
        *,
        store: RunStore,
        compute: Compute,
        catalog: Catalog,
        clock: Clock,
        new_id: Callable[[], str],
        on_change: Callable[[Run], None],
    ) -> None:
        self._store = store
        self._compute = compute
        self._catalog = catalog
        self._clock = clock
        self._new_id = new_id
        self._on_change = on_change
        self._live: dict[str, Run] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._bars_per_second = BARS_PER_SECOND_FIRST

    def dataset(self, wanted: str) -> Dataset | UnknownDataset:
        """Find recorded bars by dataset id or symbol."""
        found = self._catalog.dataset(wanted)
        if found is not None:
            return found
        return UnknownDataset(wanted, tuple(one.dataset_id for one in self._catalog.datasets()))

    async def start(self, request: BacktestRequest, *, owner_id: str, strategy_id: str) -> Run:
        """Queue a backtest; returns at once with an estimate of its end. Raises TooManyRuns."""
        if len(self._live) >= LIVE_RUNS_MAX:
            raise TooManyRuns(f"{LIVE_RUNS_MAX} runs are queued or under way; wait for one or cancel one")
        now = self._clock.now_ns()
        run = Run(
            run_id=self._new_id(),
            owner_id=owner_id,
            strategy_id=strategy_id,
            request=request,
            created_ns=now,
            estimated_ns=now + self._estimate_ns(request),
        )
        await self._store.save(run)
        self._live[run.run_id] = run
        self._compute.start(run.run_id, request, self._progressed)
        self._tasks[run.run_id] = asyncio.create_task(self._follow(run))
        self._on_change(run)
        return run

    async def get(self, run_id: str, *, owner_id: str | None) -> Run | None:
        """Give a run with its result; None also for somebody else's."""
        run = self._live.get(run_id) or await self._store.run(run_id)
        return run if run is not None and owner_id in (None, run.owner_id) else None

    async def list(
        self,
        *,
        owner_id: str | None,
        strategy_id: str | None,
        statuses: frozenset[RunStatus] | None,
        offset: int,
        limit: int,
    ) -> Page:
        """List runs, newest first, with the progress of live ones."""
        wanted: list[RunStatus | None] = [None] if statuses is None else [*sorted(statuses)]
        # The first rows of each status hold the first rows of their union, whatever their order.
        pages = [
            await self._store.runs(
                owner_id=owner_id, strategy_id=strategy_id, status=status, offset=0, limit=offset + limit
            )
            for status in wanted
        ]
        rows = sorted((run for page in pages for run in page.rows), key=lambda run: -run.created_ns)
        shown = [self._live.get(run.run_id, run) for run in rows[offset : offset + limit]]
        return Page(rows=shown, total=sum(page.total for page in pages))

    def uses(self, dataset_id: str) -> bool:
        """Tell whether a run that is queued or under way reads a dataset."""
        return any(run.request.dataset_id == dataset_id for run in self._live.values())

    def queue_position(self, run: Run) -> int | None:
        """Count the runs that will start before this one; None when it is not waiting."""
        if run.status is not RunStatus.QUEUED:
            return None
        waiting = [one.run_id for one in self._live.values() if one.status is RunStatus.QUEUED]
        return waiting.index(run.run_id) if run.run_id in waiting else 0

    async def cancel(self, run_id: str, *, owner_id: str | None) -> Run | None:
        """Stop a run; one that is over stays as it is."""
        run = await self.get(run_id, owner_id=owner_id)
        task = self._tasks.get(run_id)
        if run is not None and task is not None:
            self._compute.cancel(run_id)
            await asyncio.wait({task})
        return run

    async def recover(self) -> None:
        """Call runs that a restart cut off what they are: failed."""
        for status in (RunStatus.QUEUED, RunStatus.RUNNING):
            page = await self._store.runs(owner_id=None, strategy_id=None, status=status, offset=0, limit=1_000)
            for run in page.rows:
                if run.run_id not in self._live:
                    await self._end(
                        run, RunStatus.FAILED, error="the server was restarted while this run was under way"
                    )

    async def close(self) -> None:
        """Cancel what is under way and wait for it."""
        for run_id in list(self._tasks):
            self._compute.cancel(run_id)
        if self._tasks:
            await asyncio.wait(set(self._tasks.values()))

    async def _follow(self, run: Run) -> None:
        try:
            result = await self._compute.result(run.run_id)
        except RunFailed as failure:
            await self._end(run, RunStatus.FAILED, error=str(failure))
        except asyncio.CancelledError:
            await self._end(run, RunStatus.CANCELED, error="cancelled")
        else:
            await self._end(run, RunStatus.COMPLETED, result=result)
        finally:
            self._live.pop(run.run_id, None)
            self._tasks.pop(run.run_id, None)

    async def _end(self, run: Run, status: RunStatus, *, error: str = "", result: dict[str, Any] | None = None) -> None:
        run.status, run.error, run.result = status, error, result
        run.metrics = dict(result["metrics"]) if result is not None else {}
        run.completed_ns = self._clock.now_ns()
        run.progress = 1.0 if status is RunStatus.COMPLETED else run.progress
        if status is RunStatus.COMPLETED:
            self._learn_speed(run)
        await self._store.save(run)
        self._on_change(run)

    def _progressed(self, run_id: str, progress: float) -> None:
        run = self._live.get(run_id)
        if run is None or run.completed_ns is not None:
            return  # a last word from a run that is over
        now = self._clock.now_ns()
        if run.started_ns is None:
            run.started_ns, run.status = now, RunStatus.RUNNING
        run.progress = progress
        if progress > 0:
            run.estimated_ns = run.started_ns + round((now - run.started_ns) / progress)
        self._on_change(run)

    def _bars(self, request: BacktestRequest) -> float:
        """Estimate how many bars a run will read: its part of the dataset's time."""
        dataset = self._catalog.dataset(request.dataset_id)
        if dataset is None or dataset.end_ns <= dataset.start_ns:
            return 0.0
        start = max(request.start_ns or dataset.start_ns, dataset.start_ns)
        end = min(request.end_ns or dataset.end_ns, dataset.end_ns)
        return dataset.rows * max(0, end - start) / (dataset.end_ns - dataset.start_ns)

    def _estimate_ns(self, request: BacktestRequest) -> Nanos:
        """Time for this run and for all that are ahead of it, one after the other."""
        ahead = [self._bars(run.request) * (1 - run.progress) for run in self._live.values()]
        bars = sum(ahead) + self._bars(request)
        return START_UP_NS * (len(ahead) + 1) + round(bars / self._bars_per_second * NANOS_PER_SECOND)

    def _learn_speed(self, run: Run) -> None:
        """Move the assumed speed halfway to what was measured; short runs say nothing about it."""
        if run.started_ns is None or run.completed_ns is None:
            return
        took_s = (run.completed_ns - run.started_ns) / NANOS_PER_SECOND
        bars = self._bars(run.request)
        if took_s > 0.1 and bars > 0:
            self._bars_per_second = (self._bars_per_second + bars / took_s) / 2
