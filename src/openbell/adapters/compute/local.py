"""Backtests in processes of this machine: one process a run, so that cancelling or crashing one touches no other."""

import asyncio
import contextlib
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, Any

import msgspec

from openbell.domain.run import BacktestRequest
from openbell.ports import RunFailed

OnPart = Callable[[float], None]
Work = Callable[[BacktestRequest, OnPart], dict[str, Any]]
"""What a worker does with a request. It must pickle: it is sent to a fresh interpreter."""

if TYPE_CHECKING:
    from multiprocessing.context import SpawnProcess

NICENESS = 10
"""Workers step back behind the server, which has a market to follow."""
JOIN_TIMEOUT_S = 5.0


class Progress(msgspec.Struct, frozen=True, tag="progress"):
    """Part done, 0 to 1."""

    part: float


class Finished(msgspec.Struct, frozen=True, tag="finished"):
    """The result."""

    result: dict[str, Any]


class Refused(msgspec.Struct, frozen=True, tag="refused"):
    """The run cannot be done, in a sentence for its owner."""

    reason: str


Message = Progress | Finished | Refused


class _Run:
    """A run from start to the reading of its result."""

    def __init__(self, run_id: str, request: BacktestRequest, on_progress: Callable[[str, float], None]) -> None:
        self.run_id = run_id
        self.request = request
        self.on_progress = on_progress
        self.loop = asyncio.get_running_loop()
        self.outcome: asyncio.Future[dict[str, Any]] = self.loop.create_future()
        self.lock = threading.Lock()
        self.process: SpawnProcess | None = None
        self.is_cancelled = False


class LocalCompute:
    """Implements `ports.Compute` with at most `workers` processes at a time; further runs wait their turn."""

    def __init__(self, work: Work, *, workers: int | None = None) -> None:
        self._work = work
        self._spawn = multiprocessing.get_context("spawn")
        # Each thread does nothing but wait for its process.
        count = workers or max(1, (os.cpu_count() or 2) - 1)
        self._threads = ThreadPoolExecutor(max_workers=count, thread_name_prefix="backtest")
        self._runs: dict[str, _Run] = {}

    def start(self, run_id: str, request: BacktestRequest, on_progress: Callable[[str, float], None]) -> None:
        """Begin a backtest, or queue it; progress 0..1 arrives on the event loop, a first 0 when it is under way."""
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
            if run.process is not None:
                run.process.kill()
        run.outcome.cancel()

    def close(self) -> None:
        """Stop every run and let the threads end."""
        for run_id in list(self._runs):
            self.cancel(run_id)
        self._threads.shutdown(wait=True, cancel_futures=True)

    def _attend(self, run: _Run) -> None:
        """Follow one run in a worker process, from a thread."""
        ours, theirs = self._spawn.Pipe(duplex=False)
        with ours:
            with theirs, run.lock:
                if run.is_cancelled:
                    return
                run.process = self._spawn.Process(
                    target=_worker, args=(theirs, self._work, run.request), name=f"backtest {run.run_id}", daemon=True
                )
                run.process.start()
            _on_loop(run, run.on_progress, run.run_id, 0.0)
            message = _followed(run, ours)
        run.process.join(JOIN_TIMEOUT_S)
        _on_loop(run, _settle, run, message, run.process.exitcode)


def _followed(run: _Run, pipe: Connection) -> Finished | Refused | None:
    """Pass progress on until the run ends; None when its process ended without a word."""
    while True:
        try:
            message: Message = msgspec.msgpack.decode(pipe.recv_bytes(), type=Message)
        except (EOFError, OSError):
            return None
        if not isinstance(message, Progress):
            return message
        _on_loop(run, run.on_progress, run.run_id, message.part)


def _on_loop(run: _Run, call: Callable[..., None], *arguments: object) -> None:
    # The loop closes when the server stops; nobody waits for the run then.
    with contextlib.suppress(RuntimeError):
        run.loop.call_soon_threadsafe(call, *arguments)


def _settle(run: _Run, message: Finished | Refused | None, exit_code: int | None) -> None:
    if run.outcome.done():
        return
    if isinstance(message, Finished):
        run.outcome.set_result(message.result)
    elif isinstance(message, Refused):
        run.outcome.set_exception(RunFailed(message.reason))
    elif exit_code is not None and exit_code < 0:
        name = signal.Signals(-exit_code).name
        run.outcome.set_exception(RunFailed(f"the worker was ended by {name}; it may have run out of memory"))
    else:
        run.outcome.set_exception(RunFailed("the worker stopped with an error; the server's log says where"))


def _worker(pipe: Connection, work: Work, request: BacktestRequest) -> None:
    """Do one run in this process and report over the pipe."""
    # Ctrl-C at the terminal reaches the whole group: the server decides what becomes of us.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.nice(NICENESS)

    def tell(message: Message) -> None:
        pipe.send_bytes(msgspec.msgpack.encode(message))

    # A server that is gone needs no answer.
    with contextlib.suppress(BrokenPipeError):
        try:
            tell(Finished(work(request, lambda part: tell(Progress(part)))))
        except RunFailed as failure:
            tell(Refused(str(failure)))
