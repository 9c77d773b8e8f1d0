"""A SQLite database in a data directory: its lock, its writer, its readers, and the stores on top."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection, QueuePool, create_engine
from sqlalchemy.exc import DBAPIError

from openbell.adapters.clock import SystemClock
from openbell.adapters.secrets import signing_key
from openbell.adapters.sql.access import SqlAccess
from openbell.adapters.sql.answers import SqlAnswers
from openbell.adapters.sql.approvals import SqlApprovals
from openbell.adapters.sql.audit import SqlAudit
from openbell.adapters.sql.candles import SqlCandles
from openbell.adapters.sql.connect import DATABASE_NAME, connect_reader, connect_writer
from openbell.adapters.sql.history import SqlHistory
from openbell.adapters.sql.journal import SqliteJournal
from openbell.adapters.sql.lock import DataDirectoryLock
from openbell.adapters.sql.mfa import SqlMfa
from openbell.adapters.sql.migrate import BACKUP_FOLDER, migrate, packaged_migrations
from openbell.adapters.sql.nonces import SqlNonces
from openbell.adapters.sql.runs import SqlRuns
from openbell.adapters.sql.sources import SqlSources
from openbell.adapters.sql.telemetry import SqlTelemetry
from openbell.adapters.sql.writer import BACKLOG_RECORDS_MAX, Writer
from openbell.ports import Clock, Unavailable

AUDIT_KEY_FILE = "audit.key"
"""Seals the end of the audit log; it lies beside the database and not in it."""
READERS = 4
"""Threads, each with a connection, that serve queries."""

T = TypeVar("T")


class Database:
    """Everything that is kept in one data directory. Made by `open_database`."""

    def __init__(self, path: Path, lock: DataDirectoryLock, clock: Clock, backlog_max: int) -> None:
        self._lock = lock
        audit_key = signing_key(path.with_name(AUDIT_KEY_FILE))
        self._writer = Writer(path, audit_key=audit_key, backlog_max=backlog_max)
        self._threads = ThreadPoolExecutor(READERS, thread_name_prefix="openbell-reader")
        self._engine = create_engine(
            "sqlite://", creator=lambda: connect_reader(path), poolclass=QueuePool, pool_size=READERS, max_overflow=0
        )
        self._is_open = True
        self.journal = SqliteJournal(path, self._writer)
        self.history = SqlHistory(self)
        self.access = SqlAccess(self)
        self.nonces = SqlNonces(self)
        self.mfa = SqlMfa(self)
        self.runs = SqlRuns(self)
        self.sources = SqlSources(self)
        self.candles = SqlCandles(self)
        self.answers = SqlAnswers(self, clock)
        self.telemetry = SqlTelemetry(self)
        self.audit = SqlAudit(self, self._writer, audit_key)
        self.approvals = SqlApprovals(self)

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Run queries in a reader's thread, all seeing one state of the database."""
        if not self._is_open:
            raise Unavailable("the database is closed")
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._read, work)

    def ask(self, work: Callable[[Connection], T]) -> T:
        """Run queries in the caller's own thread: for a start, before there is a loop to wait on."""
        return self._read(work)

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Run changes in the writer's thread as one transaction; durable on return."""
        return await asyncio.wrap_future(self._writer.run(work))

    def close(self) -> None:
        """Commit what waits, stop the threads, let go of the directory. Blocks until done; harmless when done twice."""
        if self._is_open:
            self._is_open = False
            self.journal.close()
            self._threads.shutdown()
            self._engine.dispose()
            self._lock.release()

    def _read(self, work: Callable[[Connection], T]) -> T:
        try:
            with self._engine.connect() as connection:
                connection.exec_driver_sql("BEGIN")
                return work(connection)
        except DBAPIError as problem:
            raise Unavailable(f"the database did not answer: {problem.orig}") from problem


def open_database(data_dir: Path, *, clock: Clock | None = None, backlog_max: int = BACKLOG_RECORDS_MAX) -> Database:
    """Open the database of a data directory, made or brought up to date as needed.

    Raises DataDirectoryInUse when another process has it, DatabaseTooNew when a later release wrote it, UnsafeKey when
    others can read the key of the audit log.
    """
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    with ExitStack() as undo:
        lock = DataDirectoryLock(data_dir)
        undo.callback(lock.release)
        path = data_dir / DATABASE_NAME
        with closing(connect_writer(path)) as connection:
            migrate(connection, packaged_migrations(), backup_dir=data_dir / BACKUP_FOLDER)
        database = Database(path, lock, clock or SystemClock(), backlog_max)
        undo.pop_all()
    return database
