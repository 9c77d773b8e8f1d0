"""Runs in processes of this machine: a few warm ones that take turns, so that what one does touches no other."""

import asyncio
import contextlib
import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from openbell.adapters.compute.worker import Finished, Message, OnPart, Progress, Refused, TooLong, Work, Worker
from openbell.domain.run import BacktestRequest
from openbell.ports import RunFailed

__all__ = ["LocalCompute", "OnPart", "Work"]

RUNS_PER_WORKER = 50
"""Runs after which a process is replaced: what it may have leaked goes with it."""
IDLE_S = 120.0
"""Time without a run after which a process goes and gives its memory back."""
RUN_SECONDS_MAX = 3_600.0
STOPPED = "the worker stopped without an answer"


class _Run:
    """A run from start to the reading of its result."""

    def __init__(self, run_id: str, request: BacktestRequest, on_progress: Callable[[str, float], None]) -> None:
        self.run_id = run_id
        self.request = request
        self.on_progress = on_progress
        self.loop = asyncio.get_running_loop()
        self.outcome: asyncio.Future[dict[str, Any]] = self.loop.create_future()
        self.lock = threading.Lock()
        self.worker: Worker | None = None
        self.is_cancelled = False


class LocalCompute:
    """Implements `ports.Compute` with at most `slots` processes at a time; further runs wait their turn.

    A process that dies fails its run and is replaced; cancelling a run ends its process.
    """

    def __init__(
        self,
        work: Work,
        *,
        workers: int | None = None,
        run_seconds_max: float = RUN_SECONDS_MAX,
        runs_per_worker: int = RUNS_PER_WORKER,
        idle_s: float = IDLE_S,
    ) -> None:
        self._work = work
        self.slots = workers or max(1, (os.cpu_count() or 2) - 1)
        self._run_seconds_max = run_seconds_max
        self._runs_per_worker = runs_per_worker
        self._idle_s = idle_s
        # Each thread does nothing but wait for its process.
        self._threads = ThreadPoolExecutor(max_workers=self.slots, thread_name_prefix="run")
        self._runs: dict[str, _Run] = {}
        self._resting: list[Worker] = []
        self._lock = threading.Lock()

    def start(self, run_id: str, request: BacktestRequest, on_progress: Callable[[str, float], None]) -> None:
        """Begin a run, or queue it; progress 0..1 arrives on the event loop, a first 0 when it is under way."""
        run = _Run(run_id, request, on_progress)
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
            if run.worker is not None:
                run.worker.kill()
        run.outcome.cancel()

    def close(self) -> None:
        """Stop every run and let threads and processes end."""
        for run_id in list(self._runs):
            self.cancel(run_id)
        self._threads.shutdown(wait=True, cancel_futures=True)
        for worker in self._resting:
            worker.close()
        self._resting.clear()

    def _attend(self, run: _Run) -> None:
        """Follow one run in a worker process, from a thread."""
        message: Message | None = None
        while message is None:
            worker, is_fresh = self._worker()
            with run.lock:
                if run.is_cancelled:
                    self._rest(worker)
                    return
                run.worker = worker
            message, was_begun = self._followed(run, worker)
            with run.lock:
                run.worker = None
            if message is not None and not run.is_cancelled:
                self._rest(worker)
            else:
                ending = worker.close()
                # One that had rested may have gone in the meantime: that is not the run's doing.
                if is_fresh or was_begun or run.is_cancelled:
                    message = message or Refused(ending or STOPPED)
        _on_loop(run, _settle, run, message)

    def _worker(self) -> tuple[Worker, bool]:
        """Give a resting process, or a fresh one and True."""
        with self._lock:
            if self._resting:
                return self._resting.pop(), False
        return Worker(self._work, idle_s=self._idle_s), True

    def _rest(self, worker: Worker) -> None:
        """Keep a process for the next run, unless it has had enough of them."""
        if worker.runs >= self._runs_per_worker or worker.is_killed:
            worker.close()
            return
        with self._lock:
            self._resting.append(worker)

    def _followed(self, run: _Run, worker: Worker) -> tuple[Message | None, bool]:
        """Pass progress on until the run ends, and say whether it began; None when its process ended without a word."""
        was_begun = False
        if not worker.give(run.request):
            return None, was_begun
        ends = time.perf_counter() + self._run_seconds_max
        try:
            while isinstance(message := worker.hear(timeout_s=ends - time.perf_counter()), Progress):
                was_begun = True
                _on_loop(run, run.on_progress, run.run_id, message.part)
        except TooLong:
            worker.kill()
            return Refused(f"it took longer than {self._run_seconds_max:g} s, the longest a run may take"), was_begun
        return message, was_begun


def _on_loop(run: _Run, call: Callable[..., None], *arguments: object) -> None:
    # The loop closes when the server stops; nobody waits for the run then.
    with contextlib.suppress(RuntimeError):
        run.loop.call_soon_threadsafe(call, *arguments)


def _settle(run: _Run, message: Message | None) -> None:
    if run.outcome.done():
        return
    if isinstance(message, Finished):
        run.outcome.set_result(message.result)
    else:
        run.outcome.set_exception(RunFailed(message.reason if isinstance(message, Refused) else STOPPED))
