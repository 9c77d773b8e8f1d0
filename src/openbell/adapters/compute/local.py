"""Runs in processes of this machine: a few warm ones that take turns, so that what one does touches no other."""

import os
import threading
import time

from openbell.adapters.compute.followed import STOPPED, Following
from openbell.adapters.compute.following import FollowingCompute
from openbell.adapters.compute.worker import Message, OnPart, Progress, Refused, TooLong, Work, Worker

__all__ = ["LocalCompute", "OnPart", "Work"]

WORKERS = max(1, (os.cpu_count() or 2) - 1)
"""Workers unless told otherwise: a core is left to the server."""
RUNS_PER_WORKER = 50
"""Runs after which a process is replaced: what it may have leaked goes with it."""
IDLE_S = 120.0
"""Time without a run after which a process goes and gives its memory back."""
RUN_SECONDS_MAX = 3_600.0


class LocalCompute(FollowingCompute):
    """Implements `ports.Compute`. A process that dies fails its run and is replaced; cancelling ends its process."""

    def __init__(
        self,
        work: Work,
        *,
        workers: int | None = None,
        run_seconds_max: float = RUN_SECONDS_MAX,
        runs_per_worker: int = RUNS_PER_WORKER,
        idle_s: float = IDLE_S,
    ) -> None:
        super().__init__(work, slots=workers or WORKERS)
        self._run_seconds_max = run_seconds_max
        self._runs_per_worker = runs_per_worker
        self._idle_s = idle_s
        self._resting: list[Worker] = []
        self._lock = threading.Lock()

    def close(self) -> None:
        """Stop every run and let threads and processes end."""
        super().close()
        for worker in self._resting:
            worker.close()
        self._resting.clear()

    def _attend(self, run: Following) -> None:
        message: Message | None = None
        while message is None:
            worker, is_fresh = self._worker()
            with run.lock:
                if run.is_cancelled:
                    self._rest(worker)
                    return
                run.stop = worker.kill
            message, was_begun = self._followed(run, worker)
            with run.lock:
                run.stop = None
            if message is not None and not run.is_cancelled:
                self._rest(worker)
            else:
                ending = worker.close()
                # One that had rested may have gone in the meantime: that is not the run's doing.
                if is_fresh or was_begun or run.is_cancelled:
                    message = message or Refused(ending or STOPPED)
        run.settle(message)

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

    def _followed(self, run: Following, worker: Worker) -> tuple[Message | None, bool]:
        """Pass progress on until the run ends, and say whether it began; None when its process ended without a word."""
        was_begun = False
        if not worker.give(run.task):
            return None, was_begun
        ends = run.ends_at(seconds_max=self._run_seconds_max)
        try:
            while isinstance(message := worker.hear(timeout_s=ends - time.perf_counter()), Progress):
                was_begun = True
                run.progressed(message.part)
        except TooLong:
            worker.kill()
            return Refused(too_long(self._run_seconds_max)), was_begun
        return message, was_begun


def too_long(seconds: float) -> str:
    """Say that a run has had all the time there is for one."""
    return f"it took longer than {seconds:g} s, the longest a run may take"
