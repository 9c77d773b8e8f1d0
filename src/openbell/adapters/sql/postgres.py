"""A PostgreSQL database: the connection that writes, those that read, and a way in beside a running server."""

from collections.abc import Callable, Mapping
from concurrent.futures import Future
from contextlib import ExitStack
from functools import partial
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, NullPool
from sqlalchemy.ext.asyncio import AsyncEngine

from openbell.adapters.sql.courier import Courier
from openbell.adapters.sql.postgres_connect import COMMAND_SECONDS_MAX, OUTAGES, driver_url, engine_for, passes, said
from openbell.adapters.sql.postgres_lease import wait_for_turn
from openbell.adapters.sql.postgres_pen import PostgresPen
from openbell.adapters.sql.postgres_schema import has_schema
from openbell.adapters.sql.storage import READERS
from openbell.ports import Unavailable

_ONE_STATE = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
_READING = {
    "pool_size": READERS,
    "max_overflow": 0,
    "pool_timeout": COMMAND_SECONDS_MAX,
    "isolation_level": "REPEATABLE READ",
    "execution_options": {"postgresql_readonly": True},
}

T = TypeVar("T")


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
        except OUTAGES as problem:
            if not passes(problem):
                raise Unavailable(f"the database did not answer: {said(problem)}") from problem
        # A pooled connection may be older than the server's last restart: asking again costs nothing.
        try:
            return await self._once(work)
        except OUTAGES as problem:
            raise Unavailable(f"the database did not answer: {said(problem)}") from problem

    async def _once(self, work: Callable[[Connection], T]) -> T:
        async with self._engine.connect() as connection:
            return await connection.run_sync(work)


class PostgresStorage:
    """One database (storage.Storage), held by the lease of the session that writes."""

    def __init__(self, url: URL, audit_key: bytes) -> None:
        with ExitStack() as undo:
            self._courier = Courier("openbell-postgres")
            undo.callback(self._courier.close)
            self.pen = PostgresPen(self._courier, engine_for(url, {"poolclass": NullPool}), audit_key)
            undo.callback(self.pen.close)
            self.reads = PostgresReads(self._courier, engine_for(url, _READING))
            undo.pop_all()

    def close(self) -> None:
        """End the readers and the thread."""
        self.reads.close()
        self._courier.close()


class BesidePostgres:
    """Runs the stores' work beside the server that writes the journal (runner.Runner)."""

    def __init__(self, url: str) -> None:
        self._engine = engine_for(driver_url(url), {"poolclass": NullPool})

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Run queries, all seeing one state of the database."""
        return await self._run(work, _ONE_STATE)

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Run changes as one transaction, between those of a server that runs."""
        return await self._run(partial(_in_turn, work), {})

    async def _run(self, work: Callable[[Connection], T], options: Mapping[str, Any]) -> T:
        try:
            async with self._engine.connect() as connection:
                await connection.execution_options(**options)
                async with connection.begin():
                    return await connection.run_sync(work)
        except OUTAGES as problem:
            raise Unavailable(f"the database did not answer: {said(problem)}") from problem


def _in_turn(work: Callable[[Connection], T], connection: Connection) -> T:
    if has_schema(connection):
        wait_for_turn(connection)
    return work(connection)


def open_postgres(url: str, audit_key: bytes) -> PostgresStorage:
    """Open the database at a URL, made or brought up to date as needed.

    Raises DatabaseInUse when another server writes to it, DatabaseTooNew when a later release wrote it, Unavailable
    when it cannot be reached.
    """
    try:
        return PostgresStorage(driver_url(url), audit_key)
    except OUTAGES as problem:
        raise Unavailable(f"the database at DATABASE_URL cannot be used: {said(problem)}") from problem
