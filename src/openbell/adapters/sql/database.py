"""Everything that is kept, over whichever database it is kept in."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection

from openbell.adapters.clock import SystemClock
from openbell.adapters.sql.access import SqlAccess
from openbell.adapters.sql.answers import SqlAnswers
from openbell.adapters.sql.candles import SqlCandles
from openbell.adapters.sql.history import SqlHistory
from openbell.adapters.sql.journal import SqlJournal
from openbell.adapters.sql.lock import DataDirectoryLock
from openbell.adapters.sql.quotas import SqlQuotas
from openbell.adapters.sql.runs import SqlRuns
from openbell.adapters.sql.sqlite import open_sqlite
from openbell.adapters.sql.storage import Storage
from openbell.adapters.sql.writer import BACKLOG_RECORDS_MAX, Writer
from openbell.ports import Clock, Unavailable

POSTGRESQL = ("postgresql://", "postgres://", "postgresql+asyncpg://")

T = TypeVar("T")


class Database:
    """The stores and what they run on (runner.Runner). Made by `open_database`."""

    def __init__(self, storage: Storage, *, clock: Clock, backlog_max: int) -> None:
        self._storage = storage
        self._writer = Writer(storage.pen, backlog_max=backlog_max)
        self._is_open = True
        self.journal = SqlJournal(storage.reads, self._writer)
        self.history = SqlHistory(self)
        self.access = SqlAccess(self)
        self.runs = SqlRuns(self)
        self.candles = SqlCandles(self)
        self.answers = SqlAnswers(self, clock)
        self.quotas = SqlQuotas(self)

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Run queries away from the loop, all seeing one state of the database."""
        if not self._is_open:
            raise Unavailable("the database is closed")
        return await asyncio.wrap_future(self._storage.reads.submit(work))

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Run changes in the writer's thread as one transaction; durable on return."""
        return await asyncio.wrap_future(self._writer.run(work))

    def close(self) -> None:
        """Commit what waits, stop the threads, let others in. Blocks until done; harmless when done twice."""
        if self._is_open:
            self._is_open = False
            self.journal.close()
            self._storage.close()


def open_database(
    data_dir: Path, *, url: str = "", clock: Clock | None = None, backlog_max: int = BACKLOG_RECORDS_MAX
) -> Database:
    """Open the database of a data directory, or the PostgreSQL one at a URL, made or brought up to date as needed.

    Raises StoreInUse when another process has it, DatabaseTooNew when a later release wrote it, Unavailable when
    nobody answers at the URL.
    """
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = DataDirectoryLock(data_dir)
    storage: Storage
    if url.startswith(POSTGRESQL):
        # Imported here: the driver is an extra that only servers with PostgreSQL install.
        from openbell.adapters.sql.postgres import open_postgres  # noqa: PLC0415

        storage = open_postgres(url, lock)
    else:
        storage = open_sqlite(data_dir, lock)
    return Database(storage, clock=clock or SystemClock(), backlog_max=backlog_max)
