"""Runs on a Ray cluster, or on a Ray of this machine (ports.Compute); it comes with the extra `ray`.

A run is a task that streams what a local worker would say over its pipe. The machines need Openbell installed and the
data directory under the same path.
"""

import importlib
import queue
import threading
import time
from collections.abc import Iterator
from typing import Any

import msgspec

from openbell.adapters.compute.following import STOPPED, FollowedRun, FollowingCompute
from openbell.adapters.compute.local import RUN_SECONDS_MAX, too_long
from openbell.adapters.compute.worker import Finished, Message, Progress, Refused, Work, sparingly
from openbell.domain.run import BacktestRequest
from openbell.ports import RunFailed

MISSING = "compute = ray needs Ray: install the extra, pip install 'openbell[ray]'"
SLOTS = 8
"""Runs that are handed to the cluster at the same time, unless told otherwise; it has a queue of its own."""

_MESSAGES = msgspec.msgpack.Decoder(Message)


class RayMissing(Exception):
    """Ray is not installed."""


class RayCompute(FollowingCompute):
    """Implements `ports.Compute`. Ray is started, or its cluster joined, by the first run."""

    def __init__(
        self, work: Work, *, address: str = "", workers: int | None = None, run_seconds_max: float = RUN_SECONDS_MAX
    ) -> None:
        super().__init__(slots=workers or SLOTS)
        try:
            self._ray: Any = importlib.import_module("ray")
        except ImportError as missing:
            raise RayMissing(MISSING) from missing
        self._work = work
        self._address = address
        self._run_seconds_max = run_seconds_max
        self._starting = threading.Lock()

    def close(self) -> None:
        """Stop every run and leave the cluster; a Ray that was started here ends."""
        super().close()
        self._ray.shutdown()

    def _attend(self, run: FollowedRun) -> None:
        try:
            self._join()
        except (ConnectionError, RuntimeError, ValueError) as problem:
            run.settle(Refused(f"Ray cannot be reached: {problem}"))
            return
        task = self._ray.remote(_spoken).options(num_returns="streaming", max_retries=0, num_cpus=1)
        with run.lock:
            if run.is_cancelled:
                return
            spoken = task.remote(self._work, msgspec.msgpack.encode(run.request))
            run.stop = lambda: self._ray.cancel(spoken, force=True)
        run.settle(self._followed(run, spoken))

    def _join(self) -> None:
        with self._starting:
            if not self._ray.is_initialized():
                where = {"address": self._address} if self._address else {"include_dashboard": False}
                self._ray.init(**where, log_to_driver=False, configure_logging=False)

    def _followed(self, run: FollowedRun, spoken: Any) -> Message:
        """Pass progress on until the run ends; a run's time begins with its first word."""
        ends: float | None = None
        try:
            while True:
                left = None if ends is None else max(0.0, ends - time.perf_counter())
                if not self._ray.wait([spoken], timeout=left)[0]:
                    self._ray.cancel(spoken, force=True)
                    return Refused(too_long(self._run_seconds_max))
                message: Message = _MESSAGES.decode(self._ray.get(next(spoken)))
                if not isinstance(message, Progress):
                    return message
                ends = ends or time.perf_counter() + self._run_seconds_max
                run.progressed(message.part)
        except StopIteration:
            return Refused(STOPPED)
        except self._ray.exceptions.RayError as problem:
            return Refused(f"its worker on Ray ended: {type(problem).__name__}; Ray's log says more")


def _spoken(work: Work, request: bytes) -> Iterator[bytes]:
    """Do a run and yield what there is to say of it, as messages of a worker."""
    said: queue.SimpleQueue[Message | None] = queue.SimpleQueue()

    def do() -> None:
        try:
            said.put(Finished(work(msgspec.msgpack.decode(request, type=BacktestRequest), sparingly(said.put))))
        except RunFailed as failure:
            said.put(Refused(str(failure)))
        finally:
            said.put(None)

    threading.Thread(target=do, daemon=True).start()
    yield msgspec.msgpack.encode(Progress(0.0))
    while (message := said.get()) is not None:
        yield msgspec.msgpack.encode(message)
