"""What every place that computes runs has in common: runs that wait their turn, and their results on the event loop."""

import asyncio
import contextlib
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from openbell.adapters.compute.worker import Finished, Message, Refused
from openbell.domain.run import BacktestRequest
from openbell.ports import RunFailed

STOPPED = "the worker stopped without an answer"


class FollowedRun:
    """A run from start to the reading of its result."""

    def __init__(self, run_id: str, request: BacktestRequest, on_progress: Callable[[str, float], None]) -> None:
        self.run_id = run_id
        self.request = request
        self.outcome: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self.lock = threading.Lock()
        self.stop: Callable[[], object] | None = None
        """Ends the computation from any thread; None while there is nothing to end. Change it under the lock."""
        self.is_cancelled = False
        self._loop = asyncio.get_running_loop()
        self._on_progress = on_progress

    def progressed(self, part: float) -> None:
        """Tell how far it is, from any thread."""
        self._on_loop(self._on_progress, self.run_id, part)

    def settle(self, message: Message | None) -> None:
        """Give the result or the reason why there is none, from any thread."""
        self._on_loop(self._settle, message)

    def _settle(self, message: Message | None) -> None:
        if self.outcome.done():
            return
        if isinstance(message, Finished):
            self.outcome.set_result(message.result)
        else:
            self.outcome.set_exception(RunFailed(message.reason if isinstance(message, Refused) else STOPPED))

    def _on_loop(self, call: Callable[..., None], *arguments: object) -> None:
        # The loop closes when the server stops; nobody waits for the run then.
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(call, *arguments)


class FollowingCompute(ABC):
    """Implements `ports.Compute` with at most `slots` runs at a time, each followed from a thread that only waits."""

    def __init__(self, *, slots: int) -> None:
        self.slots = slots
        self._threads = ThreadPoolExecutor(max_workers=slots, thread_name_prefix="run")
        self._runs: dict[str, FollowedRun] = {}

    def start(self, run_id: str, request: BacktestRequest, on_progress: Callable[[str, float], None]) -> None:
        """Begin a run, or queue it; progress 0..1 arrives on the event loop, a first 0 when it is under way."""
        run = FollowedRun(run_id, request, on_progress)
        self._runs[run_id] = run
        self._threads.submit(self._attend, run)

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
        with run.lock:
            run.is_cancelled = True
            if run.stop is not None:
                run.stop()
        run.outcome.cancel()

    def close(self) -> None:
        """Stop every run and let the threads end."""
        for run_id in list(self._runs):
            self.cancel(run_id)
        self._threads.shutdown(wait=True, cancel_futures=True)

    @abstractmethod
    def _attend(self, run: FollowedRun) -> None:
        """Follow one run to its end, from a thread."""
