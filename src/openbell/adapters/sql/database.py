"""Everything that is kept, over whichever database it is kept in."""

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import ExitStack
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar, cast

from sqlalchemy import Connection

from openbell.adapters.clock import SystemClock
from openbell.adapters.secrets import signing_key
from openbell.adapters.sql.access import SqlAccess
from openbell.adapters.sql.answers import SqlAnswers
from openbell.adapters.sql.approvals import SqlApprovals
from openbell.adapters.sql.audit import SqlAudit
from openbell.adapters.sql.candles import SqlCandles
from openbell.adapters.sql.connect import DATABASE_NAME
from openbell.adapters.sql.history import SqlHistory
from openbell.adapters.sql.journal import SqlJournal
from openbell.adapters.sql.lock import DataDirectoryLock
from openbell.adapters.sql.mfa import SqlMfa
from openbell.adapters.sql.nonces import SqlNonces
from openbell.adapters.sql.quotas import SqlQuotas
from openbell.adapters.sql.runner import Runner
from openbell.adapters.sql.runs import SqlRuns
from openbell.adapters.sql.sources import SqlSources
from openbell.adapters.sql.sqlite import BesideSqlite, open_sqlite
from openbell.adapters.sql.sqlite_raw import SqliteRaw
from openbell.adapters.sql.statements import Raw
from openbell.adapters.sql.storage import Storage
from openbell.adapters.sql.telemetry import SqlTelemetry
from openbell.adapters.sql.unfinished import refuse_unfinished
from openbell.adapters.sql.writer import BACKLOG_RECORDS_MAX, Writer
from openbell.ports import Clock, Unavailable

AUDIT_KEY_FILE = "audit.key"
"""Seals the end of the audit log; it lies beside the data and not in the database."""

SQLITE = "sqlite:///"
POSTGRESQL = ("postgresql://", "postgres://", "postgresql+asyncpg://")

T = TypeVar("T")


class DriverMissing(Exception):
    """This installation cannot speak to the database that was asked for; the message says what to install."""


class Database:
    """The stores and what they run on (runner.Runner). Made by `open_database`."""

    def __init__(self, storage: Storage, *, clock: Clock, audit_key: bytes, backlog_max: int) -> None:
        self._reads = storage.reads
        self._end = ExitStack()
        self._writer = Writer(storage.pen, backlog_max=backlog_max)
        self._is_open = True
        self.journal = SqlJournal(storage.reads, self._writer)
        self.history = SqlHistory(self)
        self.access = SqlAccess(self)
        self.nonces = SqlNonces(self)
        self.mfa = SqlMfa(self)
        self.runs = SqlRuns(self)
        self.sources = SqlSources(self)
        self.candles = SqlCandles(self)
        self.answers = SqlAnswers(self, clock)
        self.quotas = SqlQuotas(self)
        self.telemetry = SqlTelemetry(self)
        self.audit = SqlAudit(self, self._writer, audit_key)
        self.approvals = SqlApprovals(self)

    def ends_with(self, end: ExitStack) -> None:
        """Say what is to be let go of once everything is written."""
        self._end = end

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Run queries away from the loop, all seeing one state of the database."""
        if not self._is_open:
            raise Unavailable("the database is closed")
        return await asyncio.wrap_future(self._reads.submit(work))

    def ask(self, work: Callable[[Connection], T]) -> T:
        """Run queries and wait for them: for a start, before there is a loop that could."""
        return self._reads.submit(work).result()

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Run changes in the writer's thread as one transaction; durable on return."""
        return await asyncio.wrap_future(self._writer.run(work))

    def close(self) -> None:
        """Commit what waits, stop the threads, let others in. Blocks until done; harmless when done twice."""
        if self._is_open:
            self._is_open = False
            self.journal.close()
            self._end.close()


def open_database(
    data_dir: Path, *, url: str = "", clock: Clock | None = None, backlog_max: int = BACKLOG_RECORDS_MAX
) -> Database:
    """Open the database of a data directory, or the PostgreSQL one at a URL, made or brought up to date as needed.

    Raises StoreInUse when another process has it, DatabaseTooNew when a later release wrote it, Unavailable when nobody
    answers at the URL or a restore was interrupted, DriverMissing, UnsafeKey when others can read the audit log's key.
    """
    path = file_of(data_dir, url)
    with ExitStack() as end:
        # A file that lies elsewhere is held as well: two servers with two data directories may name it, or link to it.
        for folder in sorted({data_dir.resolve(), path.resolve().parent}):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            end.callback(DataDirectoryLock(folder).release)
        refuse_unfinished(data_dir)
        audit_key = signing_key(path.with_name(AUDIT_KEY_FILE))
        storage = _postgres(url, audit_key) if is_postgres(url) else open_sqlite(path, audit_key)
        end.callback(storage.close)
        database = Database(storage, clock=clock or SystemClock(), audit_key=audit_key, backlog_max=backlog_max)
        database.ends_with(end.pop_all())
    return database


def is_postgres(url: str) -> bool:
    """Tell whether a URL leads to PostgreSQL."""
    return url.startswith(POSTGRESQL)


def file_of(data_dir: Path, url: str) -> Path:
    """Give the file that holds the database, unless that is in PostgreSQL."""
    return Path(url.removeprefix(SQLITE)).absolute() if url.startswith(SQLITE) else data_dir.absolute() / DATABASE_NAME


def beside_server(data_dir: Path, url: str) -> Runner:
    """Give a way to the tables of a database that a running server has open. Raises DriverMissing."""
    if not is_postgres(url):
        return BesideSqlite(file_of(data_dir, url))
    _check_driver()
    return cast("Runner", _driver("postgres").BesidePostgres(url))


def raw_of(connection: Connection) -> Raw:
    """Give a connection as texts are run on it."""
    if connection.dialect.name == "sqlite":
        return SqliteRaw(cast("sqlite3.Connection", connection.connection.driver_connection))
    return cast("Raw", _driver("postgres_pen").PostgresRaw(connection))


def _check_driver() -> None:
    try:
        import_module("asyncpg")
    except ImportError:
        raise DriverMissing("PostgreSQL needs one more package: pip install 'openbell[postgres]'") from None


def _postgres(url: str, audit_key: bytes) -> Storage:
    _check_driver()
    return cast("Storage", _driver("postgres").open_postgres(url, audit_key))


def _driver(name: str) -> Any:
    """Give a module of ours for PostgreSQL: what it imports would be an eighth of every other server's start."""
    return import_module(f"openbell.adapters.sql.{name}")
