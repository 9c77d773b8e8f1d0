"""What every place that computes runs has in common: runs that wait their turn, whole or in pieces."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Any

import structlog

from openbell.adapters.compute.followed import FollowedRun, Following
from openbell.adapters.compute.pieces import DividedRun
from openbell.adapters.compute.worker import Refused, Work
from openbell.domain.run import BacktestRequest
from openbell.ports import Divisible

log = structlog.get_logger(__name__)


class FollowingCompute(ABC):
    """Implements `ports.Compute` with at most `slots` workers busy, each followed from a thread that only waits.

    A run that can be done in pieces has them done beside one another, on all workers but one: that one is for others.
    """

    def __init__(self, work: Work, *, slots: int) -> None:
        self.slots = slots
        self._work = work
        self._threads = ThreadPoolExecutor(max_workers=slots, thread_name_prefix="run")
        self._runs: dict[str, FollowedRun] = {}

    def start(self, run_id: str, request: BacktestRequest, on_progress: Callable[[str, float], None]) -> None:
        """Begin a run, or queue it; progress 0..1 arrives on the event loop, a first 0 when it is under way."""
        run = FollowedRun(run_id, request, on_progress)
        self._runs[run_id] = run
        at_once = self.slots - 1
        pieces = (
            self._work.pieces(request, workers=at_once) if isinstance(self._work, Divisible) and at_once > 1 else []
        )
        if len(pieces) > 1:
            DividedRun(run, pieces, at_once=at_once, submit=self._hand_over)
        else:
            self._hand_over(run)

    async def result(self, run_id: str) -> dict[str, Any]:
        """Wait for a run's result. Raises RunFailed with the reason, asyncio.CancelledError after `cancel`."""
        try:
            return await self._runs[run_id].outcome
        finally:
            self._runs.pop(run_id, None)

    def cancel(self, run_id: str) -> None:
        """Stop a run at once; harmless when it is over."""
        run = self._runs.get(run_id)
        if run is None:
            return
        run.end()
        run.outcome.cancel()

    def close(self) -> None:
        """Stop every run and let the threads end."""
        for run_id in list(self._runs):
            self.cancel(run_id)
        self._threads.shutdown(wait=True, cancel_futures=True)

    def _hand_over(self, run: Following) -> None:
        self._threads.submit(self._attend, run).add_done_callback(partial(_seen_to_its_end, run))

    @abstractmethod
    def _attend(self, run: Following) -> None:
        """Follow a run, or a piece of one, to its end, from a thread."""


def _seen_to_its_end(run: Following, attended: Future[None]) -> None:
    """Settle what could not be followed: no process to be had, no descriptors left. Else it would never end."""
    if attended.cancelled():
        return
    problem = attended.exception()
    if problem is not None:
        log.error("run not followed", reason=repr(problem))
        run.settle(Refused(f"it could not be worked on: {type(problem).__name__}; the server's log says why"))
