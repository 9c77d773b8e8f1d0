"""Runs on a Ray cluster, or on a Ray of this machine (ports.Compute); it comes with the extra `ray`.

A run is a task that streams what a local worker would say over its pipe. The machines need Openbell installed and the
data directory under the same path.
"""

import importlib
import os
import queue
import threading
import time
from collections.abc import Iterator
from typing import Any

import msgspec

from openbell.adapters.compute.followed import STOPPED, Following
from openbell.adapters.compute.following import FollowingCompute
from openbell.adapters.compute.local import RUN_SECONDS_MAX, WORKERS, too_long
from openbell.adapters.compute.worker import Finished, Message, Progress, Refused, Task, Work, done, sparingly
from openbell.ports import RunFailed

MISSING = "compute = ray needs Ray: install the extra, pip install 'openbell[ray]'"
CLUSTER_SLOTS = 8
"""Workers that a cluster is asked for at the same time, unless told otherwise; it has a queue of its own."""
STORE_BYTES = 100 * 2**20
"""Memory that a Ray of this machine shares among its processes. Ray would take a third of the machine's for it, and
what runs give goes back a few kilobytes at a time."""
PATIENCE = {"health_check_timeout_ms": 30_000, "health_check_failure_threshold": 10}
"""A machine that is busy with runs lets Ray's own processes wait: Ray would take them for dead within half a minute."""

_MESSAGES = msgspec.msgpack.Decoder(Message)


class RayMissing(Exception):
    """Ray is not installed."""


class RayCompute(FollowingCompute):
    """Implements `ports.Compute`. Ray is started, or its cluster joined, by the first run.

    A Ray of this machine has as many workers as a local pool would; a cluster says itself how many it has.
    """

    def __init__(
        self, work: Work, *, address: str = "", workers: int | None = None, run_seconds_max: float = RUN_SECONDS_MAX
    ) -> None:
        super().__init__(work, slots=workers or (CLUSTER_SLOTS if address else WORKERS))
        try:
            self._ray: Any = importlib.import_module("ray")
        except ImportError as missing:
            raise RayMissing(MISSING) from missing
        self._address = address
        self._run_seconds_max = run_seconds_max
        self._starting = threading.Lock()

    def close(self) -> None:
        """Stop every run and leave the cluster; a Ray that was started here ends."""
        super().close()
        self._ray.shutdown()

    def _attend(self, run: Following) -> None:
        try:
            self._join()
        except (ConnectionError, RuntimeError, ValueError) as problem:
            run.settle(Refused(f"Ray cannot be reached: {problem}"))
            return
        task = self._ray.remote(_spoken).options(num_returns="streaming", max_retries=0, num_cpus=1)
        with run.lock:
            if run.is_cancelled:
                return
            spoken = task.remote(self._work, msgspec.msgpack.encode(run.task))
            run.stop = lambda: self._ray.cancel(spoken, force=True)
        run.settle(self._followed(run, spoken))

    def _join(self) -> None:
        with self._starting:
            if not self._ray.is_initialized():
                self._ray.init(**self._where(), log_to_driver=False, configure_logging=False)

    def _where(self) -> dict[str, Any]:
        if self._address:
            return {"address": self._address}
        # It would report its use to its makers.
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        limits = {"num_cpus": self.slots, "object_store_memory": STORE_BYTES, "_system_config": PATIENCE}
        return {"include_dashboard": False, **limits}

    def _followed(self, run: Following, spoken: Any) -> Message:
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
                ends = run.ends_at(seconds_max=self._run_seconds_max)
                run.progressed(message.part)
        except StopIteration:
            return Refused(STOPPED)
        except self._ray.exceptions.RayError as problem:
            return Refused(f"its worker on Ray ended: {type(problem).__name__}; Ray's log says more")


def _spoken(work: Work, task: bytes) -> Iterator[bytes]:
    """Do a run and yield what there is to say of it, as messages of a worker."""
    said: queue.SimpleQueue[Message | None] = queue.SimpleQueue()

    def do() -> None:
        try:
            said.put(Finished(done(work, msgspec.msgpack.decode(task, type=Task), sparingly(said.put))))
        except RunFailed as failure:
            said.put(Refused(str(failure)))
        finally:
            said.put(None)

    threading.Thread(target=do, daemon=True).start()
    yield msgspec.msgpack.encode(Progress(0.0))
    while (message := said.get()) is not None:
        yield msgspec.msgpack.encode(message)
