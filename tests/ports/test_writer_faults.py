"""The one thread that writes outlives those who asked it and left, and those who write beside it."""

import asyncio
import sqlite3
import threading
from contextlib import asynccontextmanager, closing

import pytest

from openbell.adapters.sql import connect
from openbell.adapters.sql.chain import AuditChain
from openbell.adapters.sql.database import AUDIT_KEY_FILE, beside_server, raw_of
from openbell.adapters.sql.queued import GROUP_RECORDS_MAX
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


async def test_a_command_that_writes_beside_the_server_halts_nothing(database, database_url, script, durable, tmp_path):
    assert await durable(database.journal, script.place()) is None
    key, wrote, go_on = (tmp_path / "data" / AUDIT_KEY_FILE).read_bytes(), threading.Event(), threading.Event()

    def command(connection) -> None:
        AuditChain(raw_of(connection), key).write([entry("command")])
        wrote.set()
        go_on.wait()

    beside = beside_server(tmp_path / "data", database_url)
    running = asyncio.create_task(asyncio.to_thread(lambda: asyncio.run(beside.write(command))))
    await until(wrote.is_set)
    told = asyncio.get_running_loop().create_future()
    database.journal.append([script.place()], told.set_result, entry=entry("server"))
    await asyncio.sleep(0.2)
    go_on.set()
    await running
    assert await told is None
    kept = (await database.audit.rows(AuditFilter())).rows
    assert [row.entry.subject for row in kept] == ["server", "command"]
    assert (await database.audit.check()).problem == ""


async def test_what_gathers_while_nobody_can_write_is_committed_in_parts(database, script, durable):
    whole, told = [script.place() for _ in range(GROUP_RECORDS_MAX + 1)], []
    async with busy(database):
        database.journal.append(whole, told.append)
        for _ in range(GROUP_RECORDS_MAX // 500):
            some = [script.place() for _ in range(501)]
            database.journal.append(some, told.append, entry=entry("some"))
        last = asyncio.ensure_future(durable(database.journal, script.place()))
        await until(lambda: database.journal.backlog == len(script.records))
        noted = database.audit.append(entry("noted"))
    assert await last is None and database.journal.commits == 3
    assert told == [None] * 5 and database.journal.backlog == 0
    await noted
    assert len((await database.audit.rows(AuditFilter())).rows) == 5


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_file_that_somebody_else_holds_is_waited_for(monkeypatch, reopen, script, durable, tmp_path):
    monkeypatch.setattr(connect, "BUSY_TIMEOUT_MS", 20)
    journal = reopen().journal
    with closing(sqlite3.connect(tmp_path / "data" / "openbell.db", isolation_level=None)) as shell:
        shell.execute("BEGIN IMMEDIATE")
        waiting = asyncio.ensure_future(durable(journal, script.place()))
        await until(lambda: "another program" in journal.stalled)
        assert journal.scarce == "" and not waiting.done()
        shell.execute("ROLLBACK")
    assert await waiting is None and journal.stalled == ""
    assert await durable(journal, script.place()) is None
    assert [record.seq for record in journal.read(after_seq=0)] == [1, 2]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_an_end_while_somebody_else_holds_the_file_does_not_hang(monkeypatch, reopen, script, tmp_path):
    monkeypatch.setattr(connect, "BUSY_TIMEOUT_MS", 20)
    database, told = reopen(), []
    with closing(sqlite3.connect(tmp_path / "data" / "openbell.db", isolation_level=None)) as shell:
        shell.execute("BEGIN IMMEDIATE")
        database.journal.append([script.place()], told.append)
        await until(lambda: database.journal.stalled)
        await asyncio.to_thread(database.close)
    await until(lambda: told)
    assert "locked" in str(told[0])
