"""Runs: start one, follow it, cancel it, do it again, and read its result."""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any
from uuid import UUID

import msgspec
import structlog

from openbell.domain.run import BacktestRequest, Run, RunStatus
from openbell.ports import Catalog, Clock, Compute, Dataset, Page, RunFailed, RunStore, Unavailable
from openbell.services.answers import id_of_request, is_kept
from openbell.services.run_pace import RunPace

log = structlog.get_logger(__name__)

LIVE_RUNS_MAX = 500
"""Runs of everybody that may be queued or under way at the same time."""
LIVE_RUNS_PER_OWNER_MAX = 20
ATTEMPTS_MAX = 3
"""Times a run is begun: one that three restarts cut off may be what ended the server."""
UNFINISHED = (RunStatus.QUEUED, RunStatus.RUNNING)
RETRY_S = 1.0
"""Time between two tries to keep the end of a run while the store does not answer."""
CANCEL_WITHIN_S = 10.0
"""How long a cancel waits for the end to be kept; it holds whether or not."""

NO_RUNS = Page(rows=[], total=0)
"""What is listed where there can be none."""


class TooManyRuns(Unavailable):
    """The queue of runs is full."""


class QueueFull(msgspec.Struct, frozen=True):
    """The owner has as many runs queued or under way as one may have."""

    limit: int


class NotFailed(msgspec.Struct, frozen=True):
    """A run that has not failed cannot be done again; `status` is where it stands."""

    status: RunStatus


class UnknownDataset(msgspec.Struct, frozen=True):
    """No recorded data for a run; `known` is what there is."""

    wanted: str
    known: tuple[str, ...]


class Runs:
    """Runs of everybody; `owner_id` is whose may be seen, None is everybody's."""

    def __init__(
        self,
        *,
        store: RunStore,
        compute: Compute,
        catalog: Catalog,
        clock: Clock,
        new_id: Callable[[], str],
        on_change: Callable[[Run], None],
        per_owner_max: int = LIVE_RUNS_PER_OWNER_MAX,
    ) -> None:
        self._store = store
        self._compute = compute
        self._catalog = catalog
        self._clock = clock
        self._new_id = new_id
        self._on_change = on_change
        self._per_owner_max = per_owner_max
        self._live: dict[str, Run] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._begun: dict[str, asyncio.Task[None]] = {}
        self._pace = RunPace(catalog)
        self._is_closing = False

    def dataset(self, wanted: str) -> Dataset | UnknownDataset:
        """Find recorded bars by dataset id or symbol."""
        found = self._catalog.dataset(wanted)
        if found is not None:
            return found
        return UnknownDataset(wanted, tuple(one.dataset_id for one in self._catalog.datasets()))

    async def start(
        self, request: BacktestRequest, *, owner_id: str, strategy_id: str, retry_of: str = ""
    ) -> Run | QueueFull:
        """Queue a run; returns at once with an estimate of its end. Raises TooManyRuns.

        One that was queued before the answer to the same request was lost is given again.
        """
        named = id_of_request()
        made = await self.get(str(UUID(named)), owner_id=owner_id) if named else None
        if made is not None and is_kept(made_ns=made.created_ns, now_ns=self._clock.now_ns()):
            return made
        if len(self._live) >= LIVE_RUNS_MAX:
            raise TooManyRuns(f"{LIVE_RUNS_MAX} runs are queued or under way; wait for one or cancel one")
        if sum(run.owner_id == owner_id for run in self._live.values()) >= self._per_owner_max:
            return QueueFull(self._per_owner_max)
        now = self._clock.now_ns()
        run = Run(
            run_id=str(UUID(named)) if named and made is None else self._new_id(),
            owner_id=owner_id,
            strategy_id=strategy_id,
            request=request,
            created_ns=now,
            estimated_ns=now + self._estimate_ns(request),
            retry_of=retry_of,
        )
        # It counts from here on, so that many asked for at once cannot slip past the limit.
        self._live[run.run_id] = run
        with contextlib.ExitStack() as undo:
            undo.callback(self._live.pop, run.run_id)
            await self._store.save(run)
            undo.pop_all()
        self._begin(run)
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
        if run is None or task is None:
            return run
        self._compute.cancel(run_id)
        await asyncio.wait({task}, timeout=CANCEL_WITHIN_S)
        return await self.get(run_id, owner_id=owner_id)

    async def retry(self, run_id: str, *, owner_id: str | None) -> Run | QueueFull | NotFailed | None:
        """Do a run again that failed or was cancelled, as a new one. Raises TooManyRuns."""
        run = await self.get(run_id, owner_id=owner_id)
        if run is None:
            return None
        if run.status not in (RunStatus.FAILED, RunStatus.CANCELED):
            return NotFailed(run.status)
        return await self.start(run.request, owner_id=run.owner_id, strategy_id=run.strategy_id, retry_of=run_id)

    async def recover(self) -> None:
        """Take up again what a restart cut off, oldest first; what was cut off too often has failed."""
        left: list[Run] = []
        for status in UNFINISHED:
            page = await self._store.runs(owner_id=None, strategy_id=None, status=status, offset=0, limit=LIVE_RUNS_MAX)
            left += page.rows
        for run in sorted(left, key=lambda run: run.created_ns):
            if run.attempts >= ATTEMPTS_MAX:
                reason = f"the server was restarted {run.attempts} times while this run was under way"
                await self._end(run, RunStatus.FAILED, error=reason)
                continue
            run.status, run.progress, run.started_ns = RunStatus.QUEUED, 0.0, None
            run.estimated_ns = self._clock.now_ns() + self._estimate_ns(run.request)
            self._live[run.run_id] = run
            self._begin(run)

    async def close(self) -> None:
        """Stop what is under way; the next start takes it up again."""
        self._is_closing = True
        for run_id in list(self._tasks):
            self._compute.cancel(run_id)
        if self._tasks:
            await asyncio.wait(set(self._tasks.values()))
        await asyncio.to_thread(self._compute.close)

    def _begin(self, run: Run) -> None:
        self._compute.start(run.run_id, run.request, self._progressed)
        self._tasks[run.run_id] = asyncio.create_task(self._follow(run))
        self._on_change(run)

    async def _follow(self, run: Run) -> None:
        try:
            result = await self._compute.result(run.run_id)
        except RunFailed as failure:
            await self._end(run, RunStatus.FAILED, error=str(failure))
        except asyncio.CancelledError:
            if self._is_closing:
                await self._put_back(run)
            else:
                await self._end(run, RunStatus.CANCELED, error="cancelled")
        else:
            await self._end(run, RunStatus.COMPLETED, result=result)
        finally:
            self._live.pop(run.run_id, None)
            self._tasks.pop(run.run_id, None)
            self._begun.pop(run.run_id, None)

    async def _put_back(self, run: Run) -> None:
        """Leave a run for the next start; that it was cut off in good order does not count as an attempt."""
        await self._kept(run)
        if run.status is RunStatus.RUNNING:
            run.status, run.attempts = RunStatus.QUEUED, run.attempts - 1
            await self._store.save(run)

    async def _end(self, run: Run, status: RunStatus, *, error: str = "", result: dict[str, Any] | None = None) -> None:
        ended = msgspec.structs.replace(
            run,
            status=status,
            error=error,
            result=result,
            metrics=dict(result["metrics"]) if result is not None else {},
            completed_ns=self._clock.now_ns(),
            progress=1.0 if status is RunStatus.COMPLETED else run.progress,
        )
        await self._kept(run)
        # Nobody sees an end that a crash could take back.
        await self._save(ended)
        if status is RunStatus.COMPLETED:
            self._pace.learn(ended)
        self._live.pop(run.run_id, None)
        self._on_change(ended)

    async def _save(self, ended: Run) -> None:
        """Keep an end, however long the store is gone: it may have taken hours. Raises Unavailable at a stop."""
        while True:
            try:
                await self._store.save(ended)
            except Unavailable as outage:
                if self._is_closing:
                    raise
                log.warning("end of a run not kept yet", run_id=ended.run_id, reason=str(outage))
                await asyncio.sleep(RETRY_S)
            else:
                return

    def _progressed(self, run_id: str, progress: float) -> None:
        run = self._live.get(run_id)
        if run is None:
            return  # a last word from a run that is over
        now = self._clock.now_ns()
        if run.started_ns is None:
            self._started(run)
        started = run.started_ns or now
        run.progress = progress
        if progress > 0:
            run.estimated_ns = started + round((now - started) / progress)
        self._on_change(run)

    def _started(self, run: Run) -> None:
        run.started_ns, run.status = self._clock.now_ns(), RunStatus.RUNNING
        run.attempts += 1
        # Kept now, so that a run that takes the server down with it is not begun for ever.
        self._begun[run.run_id] = asyncio.create_task(self._store.save(msgspec.structs.replace(run)))

    async def _kept(self, run: Run) -> None:
        """Wait until it is kept that a run was begun: what is kept afterwards must stay."""
        begun = self._begun.get(run.run_id)
        if begun is not None:
            await asyncio.wait({begun})
            if not begun.cancelled() and (problem := begun.exception()) is not None:
                log.warning("beginning of a run not kept", run_id=run.run_id, reason=str(problem))

    def _estimate_ns(self, request: BacktestRequest) -> int:
        return self._pace.estimate_ns(request, ahead=self._live.values(), slots=self._compute.slots)
