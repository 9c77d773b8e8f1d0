"""The one thread that writes: whatever waits when it comes round goes into one commit, then everybody is told."""

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import TypeVar

import msgspec
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from openbell.adapters.sql.queued import Append, Note, Task, in_groups, run_callbacks, settle
from openbell.adapters.sql.storage import Pen, StorageFailed
from openbell.domain.audit import AuditEntry
from openbell.domain.events import Recorded
from openbell.ports import BegunAnswer, JournalFailed, OnDurable, Unavailable

BACKLOG_RECORDS_MAX = 200_000
"""Records that may wait for their commit; more means that the disk has stopped answering."""
MEND_SECONDS = 0.5

T = TypeVar("T")

# What a commit, or work on a store, may fail with: the database, or data that it cannot take.
_FAILURES = (
    sqlite3.Error,
    SQLAlchemyError,
    Unavailable,
    OSError,
    msgspec.MsgspecError,
    ArithmeticError,
    AttributeError,
    LookupError,
    TypeError,
    ValueError,
)


class Writer:
    """Owns the writing connection. Appends and audit entries are committed in groups, in order; store work after them.

    The first append that does not become durable halts all later ones, for what was decided after it rests on it.
    Store work goes on, unless the disk itself failed.
    """

    def __init__(self, pen: Pen, *, backlog_max: int = BACKLOG_RECORDS_MAX) -> None:
        self._pen = pen
        self._backlog_max = backlog_max
        self._queue: SimpleQueue[list[Append] | Note | Task | None] = SimpleQueue()
        self._gathered: list[Append] = []
        """Appends of this turn of the loop: handed over together, as every hand-over wakes the thread."""
        self._gate = threading.Lock()
        self._is_open = True
        self._failure: JournalFailed | None = None
        self._overflow: JournalFailed | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._queued = 0
        self._served = 0
        self.commits = 0
        """Groups committed so far."""
        self._thread = threading.Thread(target=self._serve, name="openbell-writer", daemon=True)
        self._thread.start()

    @property
    def backlog(self) -> int:
        """Records that wait for their commit. Whoever decides should stop taking orders long before the limit."""
        return self._queued - self._served

    @property
    def stalled(self) -> str:
        """Why appends have to wait; '' while they do not."""
        return self._pen.stalled

    @property
    def scarce(self) -> str:
        """Why only what ends trading should be appended; '' while there is room for all."""
        return self._pen.scarce

    @property
    def failure(self) -> JournalFailed | None:
        """Why appends are halted; None while they are not."""
        return self._failure or self._overflow

    def append(
        self,
        records: Sequence[Recorded],
        on_durable: OnDurable,
        *,
        begun: BegunAnswer | None = None,
        entry: AuditEntry | None = None,
    ) -> None:
        """Queue records; the callback runs on the running loop, in the order of the calls.

        When too many wait, these and all from then on fail at once; what is queued is still committed.
        """
        loop = self._loop = asyncio.get_running_loop()
        if self._overflow is None and self.backlog + len(records) > self._backlog_max:
            self._overflow = JournalFailed(f"{self.backlog} records wait for their commit: the disk is too slow")
        if self._overflow is not None:
            loop.call_soon(on_durable, self._overflow)
            return
        with self._gate:
            if self._is_open:
                self._queued += len(records)
                if not self._gathered:
                    loop.call_soon(self._hand_over)
                self._gathered.append(Append(records, on_durable, begun, entry))
                return
        loop.call_soon(on_durable, self._failure)

    def note(self, entry: AuditEntry) -> Future[None]:
        """Queue an audit entry for the next commit; the future is done once it is durable."""
        future: Future[None] = Future()
        with self._gate:
            if self._is_open:
                self._put(Note(entry, future))
                return future
        future.set_exception(Unavailable("the database is closed"))
        return future

    def run(self, work: Callable[[Connection], T]) -> Future[T]:
        """Queue work on a store; the future is done once it is durable, or failed and without a trace."""
        future: Future[T] = Future()
        if self.stalled:
            future.set_exception(Unavailable(self.stalled))
            return future
        with self._gate:
            if self._is_open:
                self._put(Task(work, future))
                return future
        future.set_exception(Unavailable("the database is closed"))
        return future

    def close(self) -> None:
        """Commit what waits, then let go of the file. Blocks until that is done."""
        self._pen.hurry()
        with self._gate:
            self._put(None)
        self._thread.join()

    def _hand_over(self) -> None:
        with self._gate:
            self._put()

    def _put(self, *further: Note | Task | None) -> None:
        """Queue what was gathered, then anything further. Called with the gate held."""
        if self._gathered:
            self._queue.put(self._gathered)
            self._gathered = []
        for one in further:
            self._queue.put(one)

    # ------------------------------------------------------------ on the writer's thread

    def _serve(self) -> None:
        try:
            while self._serve_group():
                pass
        finally:
            self._end()

    def _serve_group(self) -> bool:
        """Serve everything that waits; False once the end was asked for."""
        waiting = self._first()
        with suppress(Empty):
            while True:
                waiting.append(self._queue.get_nowait())
        appends = [append for entry in waiting if isinstance(entry, list) for append in entry]
        notes = [entry for entry in waiting if isinstance(entry, Note)]
        if appends:
            notes = self._serve_appends(appends, notes)
        if notes:
            self._serve_notes(notes)
        for entry in waiting:
            if isinstance(entry, Task):
                self._serve_task(entry)
        return None not in waiting

    def _first(self) -> list[list[Append] | Note | Task | None]:
        """Wait for something to do; while room is scarce, look every so often whether that is over."""
        while self._pen.scarce:
            self._pen.mend()
            with suppress(Empty):
                return [self._queue.get(timeout=MEND_SECONDS)]
        return [self._queue.get()]

    def _serve_appends(self, appends: Sequence[Append], notes: list[Note]) -> list[Note]:
        """Commit what waits, its notes at the end of it, and give those that are still to be kept."""
        groups = list(in_groups(appends))
        for group in groups:
            if self._failure is None:
                self._commit(group, notes if group is groups[-1] else [])
            self._served += sum(len(entry.records) for entry in group)
            self._tell(group, self._failure)
        if self._failure is None:
            settle(notes, None)
            return []
        return notes

    def _serve_notes(self, notes: Sequence[Note]) -> None:
        try:
            self._pen.note([note.entry for note in notes])
        except _FAILURES as problem:
            settle(notes, Unavailable(f"the audit log did not take an entry: {problem}"))
        else:
            settle(notes, None)

    def _commit(self, appends: Sequence[Append], notes: Sequence[Note]) -> None:
        records = [recorded for entry in appends for recorded in entry.records]
        begun = [entry.begun for entry in appends if entry.begun is not None]
        entries = [entry.entry for entry in appends if entry.entry is not None]
        try:
            self._pen.append(records, entries + [note.entry for note in notes], begun)
            self.commits += 1
        except _FAILURES as problem:
            self._halt(problem)

    def _serve_task(self, task: Task) -> None:
        if not task.future.set_running_or_notify_cancel():
            return
        try:
            result = self._pen.run(task.work)
        except _FAILURES as problem:
            if isinstance(problem, StorageFailed):
                self._halt(problem)
            task.future.set_exception(problem)
        else:
            task.future.set_result(result)

    def _halt(self, problem: BaseException) -> None:
        self._failure = self._failure or JournalFailed(f"a commit did not become durable: {problem!r}")

    def _tell(self, appends: Sequence[Append], failure: JournalFailed | None) -> None:
        """Run the callbacks of a group on the loop; nobody is left to be told once that is closed."""
        if self._loop is not None:
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(run_callbacks, [entry.on_durable for entry in appends], failure)

    def _end(self) -> None:
        with self._gate:
            self._is_open = False
            self._put()
            self._failure = self._failure or JournalFailed("the journal is closed")
            with suppress(Empty):
                while True:
                    entry = self._queue.get_nowait()
                    if isinstance(entry, list):
                        self._tell(entry, self._failure)
                    elif entry is not None:
                        settle([entry], Unavailable("the database is closed"))
        self._pen.close()
