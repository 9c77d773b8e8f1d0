"""The connection that writes to PostgreSQL.

One that is lost is made again. What was being committed then is found out by asking: the session that wrote is over
once its lock can be taken again, and the journal's last number tells whether the commit came through.
"""

import threading
from collections.abc import Callable, Coroutine, Sequence
from contextlib import AsyncExitStack, ExitStack, suppress
from functools import partial
from typing import Any, TypeVar

import structlog
from sqlalchemy import Connection, Dialect, Table, func, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from openbell.adapters.sql import postgres_lease
from openbell.adapters.sql.answers import write_begun
from openbell.adapters.sql.chain import AuditChain
from openbell.adapters.sql.courier import Courier
from openbell.adapters.sql.migrate import packaged_migrations
from openbell.adapters.sql.postgres_connect import OUTAGES, passes, said
from openbell.adapters.sql.postgres_schema import migrate_postgres
from openbell.adapters.sql.projection import Projection
from openbell.adapters.sql.schema import journal
from openbell.adapters.sql.statements import Row, update_text
from openbell.domain.audit import AuditEntry
from openbell.domain.events import Recorded
from openbell.ports import BegunAnswer, Unavailable

RETRY_SECONDS = (0.05, 0.1, 0.2, 0.5, 1.0)
"""Waits between attempts to connect again; the last one repeats."""

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

    def insert_many(self, statement: str, rows: Sequence[Row]) -> None:
        """Run the insert of one row for every row: the driver sends them together."""
        self.run_many(statement, rows)

    def update_many(self, table: Table, changed: Sequence[str], rows: Sequence[Row]) -> None:
        """Change the rows with these primary keys: the driver sends them together."""
        (key,) = table.primary_key
        self.run_many(update_text(table, self.dialect, key=key.name, changed=tuple(changed)), rows)

    def exact(self, steps: int) -> int:
        """Give the number itself: NUMERIC has no limits."""
        return steps

    def run_many(self, statement: str, rows: Sequence[Row]) -> None:
        """Run a statement for every row."""
        self._connection.exec_driver_sql(statement, [tuple(row) for row in rows])

    def first(self, statement: str, values: Row) -> Row | None:
        """Give the first row of a query."""
        return self._connection.exec_driver_sql(statement, tuple(values)).first()


class PostgresPen:
    """The connection that writes (storage.Pen). Raises DatabaseInUse or DatabaseTooNew when it is made."""

    scarce = ""

    def __init__(self, courier: Courier, engine: AsyncEngine, audit_key: bytes) -> None:
        self._audit_key = audit_key
        self._courier = courier
        self._engine = engine
        self._hurry = threading.Event()
        self._connection: AsyncConnection | None = None
        self._projection: Projection | None = None
        self._epoch = 0
        self.stalled = ""
        with ExitStack() as undo:
            undo.callback(self.close)
            self._epoch = self._wait(self._transaction(_begin, is_fenced=False))
            undo.pop_all()

    def append(
        self, records: Sequence[Recorded], entries: Sequence[AuditEntry], begun: Sequence[BegunAnswer] = ()
    ) -> None:
        """Write records and what goes with them, however long the server takes to come back."""
        attempt = 0
        while True:
            try:
                if attempt == 0 or not (records and self._is_written(records[-1].seq)):
                    self._wait(self._transaction(partial(self._write, records, entries, begun)))
            except OUTAGES as problem:
                if not passes(problem) or self._hurry.is_set():
                    raise
                self._rest(problem, attempt)
                attempt += 1
            else:
                self._recovered()
                return

    def note(self, entries: Sequence[AuditEntry]) -> None:
        """Write audit entries alone."""
        self.run(partial(self._add, entries))

    def run(self, work: Callable[[Connection], T]) -> T:
        """Run changes of a store. Raises Unavailable while the server does not answer."""
        try:
            return self._wait(self._transaction(work))
        except OUTAGES as problem:
            if not passes(problem):
                raise
            self._drop()
            raise Unavailable(f"the database did not take a change: {said(problem)}") from problem

    def mend(self) -> None:
        """Nothing is put aside here: the server looks after its own disk."""

    def hurry(self) -> None:
        """Give up at the next failure."""
        self._hurry.set()

    def close(self) -> None:
        """End the session, and with it the lease."""
        self._drop()
        self._wait(self._engine.dispose())

    def _write(
        self,
        records: Sequence[Recorded],
        entries: Sequence[AuditEntry],
        begun: Sequence[BegunAnswer],
        connection: Connection,
    ) -> None:
        if self._projection is None:
            self._projection = Projection(PostgresRaw(connection))
        self._projection.write(records)
        self._add(entries, connection)
        write_begun(PostgresRaw(connection), begun)

    def _add(self, entries: Sequence[AuditEntry], connection: Connection) -> None:
        AuditChain(PostgresRaw(connection), self._audit_key).write(entries)

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
        async with AsyncExitStack() as undo:
            connection = await undo.enter_async_context(self._engine.connect())
            async with connection.begin():
                await connection.run_sync(self._lock)
            self._connection = connection
            undo.pop_all()

    def _lock(self, connection: Connection) -> None:
        """Take the session's lock: at a start or not at all, later as soon as the session that was lost has ended."""
        if not self._epoch:
            postgres_lease.lock_or_refuse(connection)
        elif not postgres_lease.lock(connection):
            postgres_lease.check(connection, self._epoch)
            raise TimeoutError("the session that was lost has not ended yet")

    def _rest(self, problem: Exception, attempt: int) -> None:
        if not self.stalled:
            _log.error("database_lost", reason=said(problem))
        self.stalled = f"the database does not answer: {said(problem)}"
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
            with suppress(*OUTAGES):
                self._wait(_discard(connection))

    def _wait(self, work: Coroutine[Any, Any, T]) -> T:
        return self._courier.send(work).result()


def _begin(connection: Connection) -> int:
    migrate_postgres(connection, packaged_migrations())
    return postgres_lease.take(connection)


async def _discard(connection: AsyncConnection) -> None:
    await connection.invalidate()
    await connection.close()
