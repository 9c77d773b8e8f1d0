"""A worker process: takes one run after the other over a pipe, and answers with progress and a result."""

import contextlib
import multiprocessing
import os
import signal
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

import msgspec

from openbell.domain.run import BacktestRequest
from openbell.ports import Divisible, RunFailed

OnPart = Callable[[float], None]
Work = Callable[[BacktestRequest, OnPart], dict[str, Any]] | Divisible
"""What a worker does with a request. It must pickle: it is sent to a fresh interpreter."""

NICENESS = 10
"""Workers step back behind the server, which has a market to follow."""
JOIN_TIMEOUT_S = 5.0
PROGRESS_STEP = 0.005
"""Part of a run between two words on its progress: the server has better things to do than to listen."""

_SPAWN = multiprocessing.get_context("spawn")


class Task(msgspec.Struct, frozen=True):
    """What a worker is asked: a run, a piece of one, or to join what the pieces gave."""

    request: BacktestRequest
    piece: tuple[int, int] | None = None
    """First and last (exclusive) of what is to be done of a run that is done in pieces."""
    parts: list[dict[str, Any]] | None = None
    """What all pieces gave, in order."""


class Progress(msgspec.Struct, frozen=True, tag="progress"):
    """Part done, 0 to 1; the first 0 says that the run was taken up."""

    part: float


class Finished(msgspec.Struct, frozen=True, tag="finished"):
    """The result."""

    result: dict[str, Any]


class Refused(msgspec.Struct, frozen=True, tag="refused"):
    """The run cannot be done, in a sentence for its owner."""

    reason: str


Message = Progress | Finished | Refused

_DECODER = msgspec.msgpack.Decoder(Message)


class TooLong(Exception):
    """A worker has not ended its run in the time it had."""


class Worker:
    """A process and our end of its pipe. It ends by itself after `idle_s` without a run."""

    def __init__(self, work: Work, *, idle_s: float) -> None:
        self._pipe, theirs = _SPAWN.Pipe()
        self._process = _SPAWN.Process(target=_serve, args=(theirs, work, idle_s), name="run worker", daemon=True)
        with theirs:
            self._process.start()
        self.runs = 0
        """Runs it was given."""
        self.is_killed = False

    def give(self, task: Task) -> bool:
        """Hand it a run or a piece of one; False when it is gone."""
        self.runs += 1
        try:
            self._pipe.send_bytes(msgspec.msgpack.encode(task))
        except OSError:
            return False
        return True

    def hear(self, *, timeout_s: float) -> Message | None:
        """Wait for its next word; None when it ended without one. Raises TooLong."""
        try:
            if not self._pipe.poll(max(0.0, timeout_s)):
                raise TooLong
            message: Message = _DECODER.decode(self._pipe.recv_bytes())
        except (EOFError, OSError):
            return None
        return message

    def kill(self) -> None:
        """End it at once, from any thread."""
        self.is_killed = True
        self._process.kill()

    def close(self) -> str:
        """Let go of it, and say how it ended: '' is as it should."""
        self._pipe.close()
        self._process.join(JOIN_TIMEOUT_S)
        code = self._process.exitcode
        if code is None:
            self._process.kill()
            self._process.join(JOIN_TIMEOUT_S)
        if code is not None and code < 0:
            return f"the worker was ended by {signal.Signals(-code).name}; it may have run out of memory"
        return "the worker stopped with an error; the server's log says where" if code else ""


def _serve(pipe: Connection, work: Work, idle_s: float) -> None:
    """Do runs in this process until the other end closes or nothing comes."""
    # Ctrl-C at the terminal reaches the whole group: the server decides what becomes of us.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.nice(NICENESS)

    def tell(message: Message) -> None:
        pipe.send_bytes(msgspec.msgpack.encode(message))

    # A server that is gone needs no answer.
    with contextlib.suppress(BrokenPipeError, ConnectionResetError, EOFError):
        while pipe.poll(idle_s):
            task = msgspec.msgpack.decode(pipe.recv_bytes(), type=Task)
            tell(Progress(0.0))
            try:
                outcome: Message = Finished(done(work, task, sparingly(tell)))
            except RunFailed as failure:
                outcome = Refused(str(failure))
            tell(outcome)


def done(work: Work, task: Task, on_part: OnPart) -> dict[str, Any]:
    """Do what is asked. Raises RunFailed."""
    if isinstance(work, Divisible):
        if task.piece is not None:
            return work.piece(task.request, task.piece, on_part)
        if task.parts is not None:
            return work.joined(task.request, task.parts, on_part)
    return work(task.request, on_part)


def sparingly(tell: Callable[[Message], None]) -> OnPart:
    """Give what tells progress in steps that are worth it."""
    told = 0.0

    def on_part(part: float) -> None:
        nonlocal told
        if part - told >= PROGRESS_STEP:
            told = part
            tell(Progress(part))

    return on_part
