"""Start-up: the snapshot is a short cut, the events decide."""

import msgspec
import pytest

from openbell.adapters.sql.database import open_database
from openbell.domain.account import Mode
from openbell.domain.commands import MoveCash, OpenAccount
from openbell.domain.values import SCALE
from openbell.engine.core import Core, CoreSettings
from openbell.engine.state import state_hash
from openbell.runtime.recovery import recover, snapshot_of


@pytest.fixture
async def kept(tmp_path):
    """A journal with some history, and the state it leads to."""
    database = open_database(tmp_path)
    core = Core(CoreSettings(instruments={}))
    commands = [
        OpenAccount(
            ts_ns=1, account_id="a", owner_id="o", mode=Mode.PAPER, base_currency="USD", deposits={"USD": SCALE}
        ),
        *(MoveCash(ts_ns=n, account_id="a", currency="USD", amount=n * SCALE) for n in range(2, 30)),
    ]
    for command in commands:
        database.journal.append(core.step(command).records, lambda failure: None)
    yield database, core.state
    database.close()


async def flushed(database):
    await database.write(lambda connection: None)


async def test_the_journal_alone_leads_to_the_state(kept):
    database, state = kept
    await flushed(database)
    recovered = recover(database.journal)
    assert (state_hash(recovered.state), recovered.snapshot_seq) == (state_hash(state), 0)


async def test_a_snapshot_shortens_the_way_to_the_same_state(kept):
    database, state = kept
    database.journal.save_snapshot(snapshot_of(state))
    await flushed(database)
    recovered = recover(database.journal)
    assert (state_hash(recovered.state), recovered.replayed) == (state_hash(state), 0)


@pytest.mark.parametrize("change", [{"state_hash": "of another version"}, {"body": b"{"}])
async def test_a_snapshot_that_reads_differently_gives_way_to_the_events(kept, change):
    database, state = kept
    database.journal.save_snapshot(msgspec.structs.replace(snapshot_of(state), **change))
    await flushed(database)
    recovered = recover(database.journal)
    assert (state_hash(recovered.state), recovered.snapshot_seq) == (state_hash(state), 0)
