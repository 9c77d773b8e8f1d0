"""ports.Journal: durable, in order, in groups, and halted for good by the first commit that fails."""

import asyncio

import pytest

from openbell.adapters.sql.journal import OutOfSequence
from openbell.ports import JournalFailed, Snapshot


async def test_what_was_acknowledged_is_read_back_as_it_was(reopen, script, durable):
    journal = reopen().journal
    for _ in range(3):
        script.place()
    assert await durable(journal, *script.records) is None
    assert list(reopen().journal.read(after_seq=0)) == script.records


async def test_reading_starts_after_a_place(database, script, durable):
    for _ in range(5):
        script.place()
    await durable(database.journal, *script.records)
    assert [recorded.seq for recorded in database.journal.read(after_seq=3)] == [4, 5]


async def test_many_appends_share_few_commits(database, script, durable):
    told = []
    for _ in range(1_000):
        database.journal.append([script.place()], told.append)
    assert await durable(database.journal, script.place()) is None
    assert len(told) == 1_000
    assert set(told) == {None}
    assert database.journal.commits < 500


async def test_callbacks_run_in_the_order_of_the_appends(database, script, durable):
    told = []
    for number in range(200):
        database.journal.append([script.place()], lambda _, number=number: told.append(number))
        if number % 20 == 0:
            await asyncio.sleep(0.002)
    await durable(database.journal, script.place())
    assert told == list(range(200))


async def test_a_gap_or_a_repeat_is_refused(database, script, durable):
    first, second, third = script.place(), script.place(), script.place()
    await durable(database.journal, first)
    for wrong in ([third], [first], [second, first]):
        with pytest.raises(OutOfSequence):
            database.journal.append(wrong, lambda _: None)
    assert await durable(database.journal, second, third) is None


async def test_closing_commits_what_waits(reopen, script):
    journal = reopen().journal
    journal.append([script.place()], lambda _: None)
    assert [recorded.seq for recorded in reopen().journal.read(after_seq=0)] == [1]


async def test_an_append_after_closing_fails(reopen, script, durable):
    database = reopen()
    database.close()
    assert isinstance(await durable(database.journal, script.place()), JournalFailed)


async def test_the_latest_snapshot_is_given(reopen, script, durable):
    journal = reopen().journal
    await durable(journal, script.place(), script.place())
    for seq in (1, 2):
        journal.save_snapshot(Snapshot(seq, f"hash{seq}", b"state" * seq))
    assert reopen().journal.load_snapshot() == Snapshot(2, "hash2", b"state" * 2)
