"""ports.Journal when things break: the first failed commit halts, damaged snapshots are passed over."""

import asyncio
import sqlite3
from contextlib import closing

import pytest

from openbell.domain.events import OrderSubmitted
from openbell.ports import JournalFailed, Snapshot, Unavailable
from waiting import until

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def change(tmp_path, statement: str) -> None:
    """Change the file behind the database's back."""
    with closing(sqlite3.connect(tmp_path / "data" / "openbell.db", isolation_level=None)) as connection:
        connection.execute(statement)


@pytest.fixture
def refuses_second(database, tmp_path):
    """A database in which record 2 cannot be written."""
    change(
        tmp_path,
        "CREATE TRIGGER fault BEFORE INSERT ON journal WHEN NEW.seq = 2 BEGIN SELECT RAISE(ABORT, 'fault'); END",
    )
    return database


async def test_a_failed_commit_halts_and_leaves_nothing(refuses_second, script, durable, tmp_path):
    journal = refuses_second.journal
    assert await durable(journal, script.place()) is None
    assert isinstance(await durable(journal, script.place(), script.place()), JournalFailed)
    change(tmp_path, "DROP TRIGGER fault")
    assert isinstance(await durable(journal, script.place()), JournalFailed), "never retried"
    assert isinstance(journal.failure, JournalFailed)
    assert [recorded.seq for recorded in journal.read(after_seq=0)] == [1]


async def test_all_that_waits_is_told_of_a_failure_in_order(refuses_second, script, durable):
    told = []
    await durable(refuses_second.journal, script.place())
    for number in range(50):
        refuses_second.journal.append([script.place()], lambda failure, n=number: told.append((n, type(failure))))
    await durable(refuses_second.journal, script.place())
    assert told == [(number, JournalFailed) for number in range(50)]


async def test_a_halted_journal_still_lets_people_read(refuses_second, script, durable):
    await durable(refuses_second.journal, script.place())
    await durable(refuses_second.journal, script.place())
    assert (await refuses_second.history.order("o1")).order_id == "o1"
    assert await refuses_second.history.order("o2") is None


async def fill_the_disk(database) -> None:
    await database.write(lambda connection: connection.exec_driver_sql("PRAGMA max_page_count = 1"))


async def stalled_by(database, *records):
    """Append what does not fit, and wait until the journal says that it waits."""
    told = []
    database.journal.append(records, told.append)
    while not database.journal.stalled:  # noqa: ASYNC110 - the writer's thread sets it
        await asyncio.sleep(0.01)
    return told


async def test_a_full_disk_makes_appends_wait_and_says_so(database, script):
    await fill_the_disk(database)
    told = await stalled_by(database, *(script.place() for _ in range(2_000)))
    assert "full" in database.journal.stalled and "full" in database.journal.scarce
    assert told == [], "neither durable nor refused: it waits"
    assert list(database.journal.read(after_seq=0)) == []


async def test_what_waits_for_a_full_disk_is_refused_at_the_end(database, script):
    await fill_the_disk(database)
    told = await stalled_by(database, *(script.place() for _ in range(2_000)))
    database.close()
    await asyncio.sleep(0)
    assert [type(failure) for failure in told] == [JournalFailed]


async def test_after_a_restart_a_journal_goes_on_where_it_was_durable(reopen, script, durable):
    database = reopen()
    await durable(database.journal, script.place())
    await fill_the_disk(database)
    lost = [script.place() for _ in range(2_000)]
    await stalled_by(database, *lost)
    assert await durable(reopen().journal, *lost) is None


async def test_an_event_of_an_unknown_order_halts(database, script, durable):
    failure = await durable(database.journal, script.record(OrderSubmitted(order_id="nobody")))
    assert "nobody" in str(failure)


async def test_more_than_the_backlog_is_refused_and_what_waits_is_still_committed(reopen, script, durable):
    journal, told = reopen(backlog_max=10).journal, []
    journal.append([script.place() for _ in range(10)], told.append)
    refused = await durable(journal, script.place())
    assert isinstance(refused, JournalFailed) and "wait for their commit" in str(refused)
    await until(lambda: told)
    assert told == [None] and await durable(journal, script.place()) == refused


async def test_a_callback_that_raises_does_not_keep_others_from_hearing(database, script, durable):
    problems = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: problems.append(context["exception"]))
    database.journal.append([script.place()], lambda _: 1 / 0)
    assert await durable(database.journal, script.place()) is None
    assert [type(problem) for problem in problems] == [ZeroDivisionError]


async def test_a_damaged_snapshot_falls_back_to_the_one_before(reopen, script, durable, tmp_path):
    journal = reopen().journal
    await durable(journal, *(script.place() for _ in range(3)))
    for seq in (1, 2, 3):
        journal.save_snapshot(Snapshot(seq, f"hash{seq}", b"state" * seq))
    reopen()
    change(tmp_path, "UPDATE snapshots SET body = x'00' WHERE seq = 3")
    assert reopen().journal.load_snapshot() == Snapshot(2, "hash2", b"statestate")
    change(tmp_path, "UPDATE snapshots SET body = x'00'")
    assert reopen().journal.load_snapshot() is None


async def test_two_snapshots_are_kept(reopen, script, durable, tmp_path):
    journal = reopen().journal
    await durable(journal, *(script.place() for _ in range(5)))
    for seq in range(1, 6):
        journal.save_snapshot(Snapshot(seq, "hash", b"state"))
    reopen()
    with closing(sqlite3.connect(tmp_path / "data" / "openbell.db")) as connection:
        assert connection.execute("SELECT seq FROM snapshots ORDER BY seq").fetchall() == [(4,), (5,)]


async def test_a_snapshot_ahead_of_the_journal_is_not_kept(reopen, script, durable):
    journal = reopen().journal
    await durable(journal, script.place())
    journal.save_snapshot(Snapshot(2, "hash", b"state"))
    assert reopen().journal.load_snapshot() is None


async def test_commits_reach_the_disk_before_they_are_told(database):
    pragma = await database.write(lambda connection: connection.exec_driver_sql("PRAGMA synchronous").scalar())
    mode = await database.write(lambda connection: connection.exec_driver_sql("PRAGMA journal_mode").scalar())
    assert (pragma, mode) == (2, "wal"), "2 is FULL"


async def test_readers_cannot_write(database):
    with pytest.raises(Unavailable, match="readonly"):
        await database.read(lambda connection: connection.exec_driver_sql("DELETE FROM journal"))


async def test_a_closed_database_is_unavailable(database):
    database.close()
    with pytest.raises(Unavailable):
        await database.history.ping()
    with pytest.raises(Unavailable):
        await database.write(lambda connection: None)
