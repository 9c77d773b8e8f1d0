"""A PostgreSQL database: its lease, its writing connection, its readers.

A connection that is lost is made again. What was being committed then is found out by asking: the session that wrote
is over once its lock can be taken again, and the journal's last number tells whether the commit came through.
"""

import threading
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import Future
from contextlib import ExitStack, suppress
from functools import partial
from typing import Any, TypeVar

import structlog
from sqlalchemy import URL, Connection, Dialect, NullPool, func, make_url, select
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.exc import TimeoutError as PoolExhausted
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from openbell.adapters.sql import postgres_lease
from openbell.adapters.sql.courier import Courier
from openbell.adapters.sql.migrate import packaged_migrations
from openbell.adapters.sql.postgres_schema import migrate_postgres
from openbell.adapters.sql.projection import Projection
from openbell.adapters.sql.schema import journal
from openbell.adapters.sql.statements import Row
from openbell.adapters.sql.storage import READERS
from openbell.domain.events import Recorded
from openbell.ports import Unavailable

CONNECT_SECONDS_MAX = 5.0
COMMAND_SECONDS_MAX = 10.0
"""A statement that takes longer is given up: the server or the way to it is gone."""
RETRY_SECONDS = (0.05, 0.1, 0.2, 0.5, 1.0)
"""Waits between attempts to connect again; the last one repeats."""
PASSING_CLASSES = frozenset({"08", "40", "53", "57"})
"""SQLSTATE classes of what passes: connections, conflicts, resources (a full disk), somebody's intervention."""

_OUTAGES = (DBAPIError, OSError, TimeoutError, PoolExhausted)
_LAST_SEQ = select(func.max(journal.c.seq))

T = TypeVar("T")
_log = structlog.get_logger(__name__)


class PostgresRaw:
    """Text run on the connection in use (statements.Raw)."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @property
    def dialect(self) -> Dialect:
        """The driver's own spelling."""
        return self._connection.dialect

    def run_many(self, statement: str, rows: Sequence[Row]) -> None:
        """Run a statement for every row."""
        self._connection.exec_driver_sql(statement, [tuple(row) for row in rows])

    def first(self, statement: str, values: Row) -> Row | None:
        """Give the first row of a query."""
        return self._connection.exec_driver_sql(statement, tuple(values)).first()


class PostgresPen:
    """The connection that writes (storage.Pen). Raises DatabaseInUse or DatabaseTooNew when it is made."""

    def __init__(self, courier: Courier, engine: AsyncEngine) -> None:
        self._courier = courier
        self._engine = engine
        self._hurry = threading.Event()
        self._connection: AsyncConnection | None = None
        self._projection: Projection | None = None
        self._epoch = 0
        self.stalled = ""
        try:
            self._epoch = self._wait(self._transaction(_begin, is_fenced=False))
        except BaseException:
            self.close()
            raise

    def append(self, records: Sequence[Recorded]) -> None:
        """Write records and what follows from them, however long the server takes to come back."""
        attempt = 0
        while True:
            try:
                if attempt == 0 or not self._is_written(records[-1].seq):
                    self._wait(self._transaction(partial(self._write, records)))
            except _OUTAGES as problem:
                if not _passes(problem) or self._hurry.is_set():
                    raise
                self._rest(problem, attempt)
                attempt += 1
            else:
                self._recovered()
                return

    def run(self, work: Callable[[Connection], T]) -> T:
        """Run changes of a store. Raises Unavailable while the server does not answer."""
        try:
            return self._wait(self._transaction(work))
        except _OUTAGES as problem:
            if not _passes(problem):
                raise
            self._drop()
            raise Unavailable(f"the database did not take a change: {_said(problem)}") from problem

    def hurry(self) -> None:
        """Give up at the next failure."""
        self._hurry.set()

    def close(self) -> None:
        """End the session, and with it the lease."""
        self._drop()
        self._wait(self._engine.dispose())

    def _write(self, records: Sequence[Recorded], connection: Connection) -> None:
        if self._projection is None:
            self._projection = Projection(PostgresRaw(connection))
        self._projection.write(records)

    def _is_written(self, seq: int) -> bool:
        """Find out what became of a commit that was never answered."""
        last_seq = self._wait(self._transaction(lambda connection: connection.execute(_LAST_SEQ).scalar()))
        return (last_seq or 0) >= seq

    async def _transaction(self, work: Callable[[Connection], T], *, is_fenced: bool = True) -> T:
        if self._connection is None:
            await self._connect()
        connection = self._connection
        assert connection is not None  # noqa: S101 - made in the line above
        async with connection.begin():
            if is_fenced:
                await connection.run_sync(postgres_lease.check, self._epoch)
            return await connection.run_sync(work)

    async def _connect(self) -> None:
        """Begin a session and take its lock."""
        connection = await self._engine.connect()
        try:
            async with connection.begin():
                await connection.run_sync(postgres_lease.lock_or_refuse)
        except BaseException:
            await connection.close()
            raise
        self._connection = connection

    def _rest(self, problem: Exception, attempt: int) -> None:
        if not self.stalled:
            _log.error("database_lost", reason=_said(problem))
        self.stalled = f"the database does not answer: {_said(problem)}"
        self._drop()
        self._hurry.wait(RETRY_SECONDS[min(attempt, len(RETRY_SECONDS) - 1)])

    def _recovered(self) -> None:
        if self.stalled:
            _log.warning("database_back")
            self.stalled = ""

    def _drop(self) -> None:
        """Forget the session, and what was remembered of rows that may not have been written."""
        self._projection = None
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(*_OUTAGES):
                self._wait(_discard(connection))

    def _wait(self, work: Coroutine[Any, Any, T]) -> T:
        return self._courier.send(work).result()


class PostgresReads:
    """Pooled connections that cannot write (storage.Reads)."""

    def __init__(self, courier: Courier, engine: AsyncEngine) -> None:
        self._courier = courier
        self._engine = engine

    def submit(self, work: Callable[[Connection], T]) -> Future[T]:
        """Run queries within one transaction."""
        return self._courier.send(self._read(work))

    def close(self) -> None:
        """Close the connections."""
        self._courier.send(self._engine.dispose()).result()

    async def _read(self, work: Callable[[Connection], T]) -> T:
        try:
            return await self._once(work)
        except _OUTAGES as problem:
            if not _passes(problem):
                raise Unavailable(f"the database did not answer: {_said(problem)}") from problem
        # A pooled connection may be older than the server's last restart: asking again costs nothing.
        try:
            return await self._once(work)
        except _OUTAGES as problem:
            raise Unavailable(f"the database did not answer: {_said(problem)}") from problem

    async def _once(self, work: Callable[[Connection], T]) -> T:
        async with self._engine.connect() as connection:
            return await connection.run_sync(work)


class PostgresStorage:
    """One database (storage.Storage), held by the lease of the session that writes."""

    def __init__(self, url: URL) -> None:
        with ExitStack() as undo:
            self._courier = Courier("openbell-postgres")
            undo.callback(self._courier.close)
            self.pen = PostgresPen(self._courier, _engine(url, poolclass=NullPool))
            undo.callback(self.pen.close)
            reading = _engine(
                url,
                pool_size=READERS,
                max_overflow=0,
                pool_timeout=COMMAND_SECONDS_MAX,
                isolation_level="REPEATABLE READ",
                execution_options={"postgresql_readonly": True},
            )
            self.reads = PostgresReads(self._courier, reading)
            undo.pop_all()

    def close(self) -> None:
        """End the readers and the thread."""
        self.reads.close()
        self._courier.close()


def open_postgres(url: str) -> PostgresStorage:
    """Open the database at a URL, made or brought up to date as needed.

    Raises DatabaseInUse when another server writes to it, DatabaseTooNew when a later release wrote it, Unavailable
    when it cannot be reached.
    """
    try:
        return PostgresStorage(driver_url(url))
    except _OUTAGES as problem:
        raise Unavailable(f"the database at DATABASE_URL cannot be used: {_said(problem)}") from problem


def driver_url(url: str) -> URL:
    """Give the URL as the driver reads it: `sslmode` is called `ssl` there. Raises Unavailable for what is no URL."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise Unavailable("DATABASE_URL is not of the form postgresql://user:password@host:port/database") from None
    query = {("ssl" if name == "sslmode" else name): value for name, value in parsed.query.items()}
    return parsed.set(drivername="postgresql+asyncpg", query=query)


def _engine(url: URL, **options: Any) -> AsyncEngine:
    arguments = {
        "timeout": CONNECT_SECONDS_MAX,
        "command_timeout": COMMAND_SECONDS_MAX,
        # A database may have it off by default: what is acknowledged must be on its disk.
        "server_settings": {"application_name": "openbell", "synchronous_commit": "on"},
    }
    return create_async_engine(url, connect_args=arguments, **options)


def _begin(connection: Connection) -> int:
    migrate_postgres(connection, packaged_migrations())
    return postgres_lease.take(connection)


async def _discard(connection: AsyncConnection) -> None:
    await connection.invalidate()
    await connection.close()


def _passes(problem: BaseException) -> bool:
    """Tell an outage from a fault: one that passes by itself, and leaves nothing half done."""
    if not isinstance(problem, DBAPIError):
        return True
    state = getattr(problem.orig, "sqlstate", None)
    return problem.connection_invalidated or state is None or state[:2] in PASSING_CLASSES


def _said(problem: BaseException) -> str:
    cause = problem.orig if isinstance(problem, DBAPIError) else problem
    text = str(cause) or type(cause).__name__
    return text.rpartition(">: ")[2].splitlines()[0]
