"""What is followed to its end: a run, or a piece of one, and its result on the event loop."""

import asyncio
import contextlib
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

from openbell.adapters.compute.worker import Finished, Message, Refused, Task
from openbell.domain.run import BacktestRequest
from openbell.ports import RunFailed

STOPPED = "the worker stopped without an answer"


class Following(ABC):
    """What a worker is asked to do, from its start to the reading of its result."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self.lock = threading.Lock()
        self.stop: Callable[[], object] | None = None
        """Ends the computation from any thread; None while there is nothing to end. Change it under the lock."""
        self.is_cancelled = False
        self._ends_at: float | None = None

    def end(self) -> None:
        """End it at once, from any thread; one that waits never begins."""
        with self.lock:
            self.is_cancelled = True
            if self.stop is not None:
                self.stop()

    def ends_at(self, *, seconds_max: float) -> float:
        """Give when it has had its time, in seconds of the clock that only counts; it begins with the first asking."""
        if self._ends_at is None:
            self._ends_at = time.perf_counter() + seconds_max
        return self._ends_at

    @abstractmethod
    def progressed(self, part: float) -> None:
        """Tell how far it is, from any thread."""

    @abstractmethod
    def settle(self, message: Message | None) -> None:
        """Give the result or the reason why there is none, from any thread."""


class FollowedRun(Following):
    """A run as its owner sees it."""

    def __init__(self, run_id: str, request: BacktestRequest, on_progress: Callable[[str, float], None]) -> None:
        super().__init__(Task(request))
        self.run_id = run_id
        self.outcome: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._loop = asyncio.get_running_loop()
        self._on_progress = on_progress

    def progressed(self, part: float) -> None:
        """Tell how far it is, from any thread."""
        self._on_loop(self._tell, part)

    def settle(self, message: Message | None) -> None:
        """Give the result or the reason why there is none, from any thread."""
        self._on_loop(self._settle, message)

    def _tell(self, part: float) -> None:
        # Of a run in pieces one may fail while another begins: a run that has ended does not begin again.
        if not self.outcome.done():
            self._on_progress(self.run_id, part)

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
