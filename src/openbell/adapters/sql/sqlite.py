"""A SQLite database: its writing connection and its readers."""

import sqlite3
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from typing import TypeVar

import structlog
from sqlalchemy import Connection, NullPool, QueuePool, StaticPool
from sqlalchemy.exc import DBAPIError, IntegrityError

from openbell.adapters.sql.answers import write_begun
from openbell.adapters.sql.chain import AuditChain
from openbell.adapters.sql.connect import connect_reader, connect_writer, engine_on
from openbell.adapters.sql.migrate import BACKUP_FOLDER, migrate, packaged_migrations
from openbell.adapters.sql.projection import Projection
from openbell.adapters.sql.reserve import Reserve
from openbell.adapters.sql.sqlite_raw import SqliteRaw
from openbell.adapters.sql.storage import READERS, StorageFailed
from openbell.domain.audit import AuditEntry
from openbell.domain.events import Recorded
from openbell.ports import BegunAnswer, Unavailable

_DISK_FAILURES = frozenset({sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})

FULL_DISK_RETRY_SECONDS = 0.2

T = TypeVar("T")
_log = structlog.get_logger(__name__)


class SqlitePen:
    """The connection that writes (storage.Pen)."""

    def __init__(self, path: Path, audit_key: bytes, reserve: Reserve) -> None:
        self._raw = connect_writer(path)
        self._reserve = reserve
        self._hurry = threading.Event()
        self.stalled = ""
        self._engine = engine_on(lambda: self._raw, {"poolclass": StaticPool})
        self._connection = self._engine.connect()
        self._projection = Projection(SqliteRaw(self._raw))
        self._chain = AuditChain(SqliteRaw(self._raw), audit_key)

    @property
    def scarce(self) -> str:
        """Why only the most necessary should be written."""
        return "" if self._reserve.is_held else "the disk is full, or nearly so: free some space and trading goes on"

    def append(
        self, records: Sequence[Recorded], entries: Sequence[AuditEntry], begun: Sequence[BegunAnswer] = ()
    ) -> None:
        """Write records and what goes with them, however long the disk stays full or somebody else writes.

        Any other error is for good.
        """
        while True:
            try:
                self._append(records, entries, begun)
            except sqlite3.Error as problem:
                if self._hurry.is_set() or not (_is_full(problem) or _is_locked(problem)):
                    raise
                self._let_pass(problem)
            else:
                self._recovered()
                return

    def mend(self) -> None:
        """Put space aside again when there is some."""
        if not self._reserve.is_held and self._reserve.hold():
            _log.warning("disk_has_room_again")

    def _append(self, records: Sequence[Recorded], entries: Sequence[AuditEntry], begun: Sequence[BegunAnswer]) -> None:
        with ExitStack() as undo:
            undo.callback(self._undo)
            self._raw.execute("BEGIN IMMEDIATE")
            self._projection.write(records)
            self._chain.write(entries)
            write_begun(SqliteRaw(self._raw), begun)
            self._raw.execute("COMMIT")
            undo.pop_all()

    def note(self, entries: Sequence[AuditEntry]) -> None:
        """Write audit entries alone."""
        self.run(lambda _: self._chain.write(entries))

    def run(self, work: Callable[[Connection], T]) -> T:
        """Run changes of a store. Raises StorageFailed when the disk itself failed."""
        try:
            return self._run(work)
        except (DBAPIError, sqlite3.Error) as problem:
            if not _is_full(problem) or not self._reserve.give():
                raise _seen_by_caller(problem) from problem
        return self.run(work)

    def _run(self, work: Callable[[Connection], T]) -> T:
        self._raw.execute("BEGIN IMMEDIATE")
        with self._connection.begin():
            return work(self._connection)

    def _undo(self) -> None:
        with suppress(sqlite3.Error):
            self._raw.rollback()
        # What it remembers of orders may not have been written.
        self._projection = Projection(SqliteRaw(self._raw))

    def _let_pass(self, problem: sqlite3.Error) -> None:
        """Free space or wait a moment: what was met leaves no trace of a commit, so the same one may be tried again."""
        if _is_locked(problem):
            if not self.stalled:
                _log.error("database_locked", reason=str(problem))
            self.stalled = f"another program holds the database: {problem}"
            return  # having tried was waiting
        if self._reserve.give():
            _log.error("disk_full", reason=str(problem))
            return
        self.stalled = f"the disk is full: {problem}"
        self._hurry.wait(FULL_DISK_RETRY_SECONDS)

    def _recovered(self) -> None:
        if self.stalled:
            _log.warning("database_takes_records_again")
            self.stalled = ""

    def hurry(self) -> None:
        """Give up at the next failure."""
        self._hurry.set()

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()
        self._engine.dispose()


class SqliteReads:
    """Threads, each with a connection that cannot write (storage.Reads)."""

    def __init__(self, path: Path) -> None:
        self._threads = ThreadPoolExecutor(READERS, thread_name_prefix="openbell-reader")
        pooled = {"poolclass": QueuePool, "pool_size": READERS, "max_overflow": 0}
        self._engine = engine_on(lambda: connect_reader(path), pooled)

    def submit(self, work: Callable[[Connection], T]) -> Future[T]:
        """Run queries in a reader's thread."""
        return self._threads.submit(self._read, work)

    def close(self) -> None:
        """Finish what is being read and end the threads."""
        self._threads.shutdown()
        self._engine.dispose()

    def _read(self, work: Callable[[Connection], T]) -> T:
        try:
            with self._engine.connect() as connection:
                connection.exec_driver_sql("BEGIN")
                return work(connection)
        except DBAPIError as problem:
            raise Unavailable(f"the database did not answer: {problem.orig}") from problem


class SqliteStorage:
    """One file (storage.Storage). Whoever opens it holds the lock of its directory."""

    def __init__(self, path: Path, audit_key: bytes) -> None:
        self.pen = SqlitePen(path, audit_key, Reserve(path.parent))
        self.reads = SqliteReads(path)

    def close(self) -> None:
        """End the readers."""
        self.reads.close()


class BesideSqlite:
    """Runs the stores' work on the file itself, beside the server that has it open (runner.Runner)."""

    def __init__(self, path: Path) -> None:
        self._engine = engine_on(lambda: connect_writer(path), {"poolclass": NullPool})

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Run queries."""
        return self._run(work, "BEGIN")

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Run changes as one transaction."""
        return self._run(work, "BEGIN IMMEDIATE")

    def _run(self, work: Callable[[Connection], T], begin: str) -> T:
        try:
            with self._engine.connect() as connection:
                connection.exec_driver_sql(begin)
                result = work(connection)
                connection.exec_driver_sql("COMMIT")
                return result
        except DBAPIError as problem:
            raise Unavailable(f"the database did not answer: {problem.orig}") from problem


def open_sqlite(path: Path, audit_key: bytes) -> SqliteStorage:
    """Open a file, made or brought up to date as needed. Raises DatabaseTooNew when a later release wrote it."""
    if not path.exists():
        # SQLite gives its log and its backups the mode that the file has.
        path.touch(mode=0o600)
    with closing(connect_writer(path)) as connection:
        migrate(connection, packaged_migrations(), backup_dir=path.parent / BACKUP_FOLDER)
    return SqliteStorage(path, audit_key)


def _is_full(problem: DBAPIError | sqlite3.Error) -> bool:
    return _code(problem) == sqlite3.SQLITE_FULL


def _is_locked(problem: sqlite3.Error) -> bool:
    return _code(problem) == sqlite3.SQLITE_BUSY


def _code(problem: BaseException | None) -> int:
    """Give the kind of a failure, without what it says in particular; 0 where the driver names none."""
    cause = problem.orig if isinstance(problem, DBAPIError) else problem
    return int(getattr(cause, "sqlite_errorcode", 0)) & 0xFF


def _seen_by_caller(problem: DBAPIError | sqlite3.Error) -> Exception:
    """Give what a store raises: outages as the port's exception, everything else as it is."""
    cause = problem.orig if isinstance(problem, DBAPIError) else problem
    if isinstance(problem, IntegrityError) or not isinstance(cause, sqlite3.Error):
        return problem
    said = f"the database did not take a change: {cause}"
    if _code(cause) in _DISK_FAILURES:
        return StorageFailed(said)
    return Unavailable(said)
