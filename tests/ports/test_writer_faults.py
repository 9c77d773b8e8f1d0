"""The one thread that writes outlives whoever asked it and left, and values that no database takes."""

import asyncio
import threading
from contextlib import asynccontextmanager

from openbell.domain.audit import AuditEntry
from openbell.ports import AuditFilter
from waiting import until


def entry(subject: str) -> AuditEntry:
    texts = dict.fromkeys(("role", "credential", "contract", "client_ip", "request_id", "action", "outcome"), "")
    return AuditEntry(ts_ns=1, actor_id="somebody", subject=subject, detail="{}", **texts)


@asynccontextmanager
async def busy(database):
    """Keep the writer busy with a change of a store."""
    begun, go_on = threading.Event(), threading.Event()

    def hold(_):
        begun.set()
        go_on.wait()

    holding = asyncio.ensure_future(database.write(hold))
    await until(begun.is_set)
    try:
        yield
    finally:
        go_on.set()
        await holding


async def given_up(waiting: asyncio.Future) -> None:
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)


async def test_an_entry_that_nobody_waits_for_any_more_is_kept_and_stops_nobody(database, script, durable):
    async with busy(database):
        await given_up(database.audit.append(entry("alone")))
    await database.write(lambda _: None)
    async with busy(database):
        placed = asyncio.ensure_future(durable(database.journal, script.place()))
        await until(lambda: database.journal.backlog)
        await given_up(database.audit.append(entry("beside an order")))
    assert await placed is None and database.journal.failure is None
    kept = await database.audit.rows(AuditFilter())
    assert [row.entry.subject for row in kept.rows] == ["beside an order", "alone"]
