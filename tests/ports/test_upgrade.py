"""An upgrade from an earlier schema, with data in it, ends in the state its events lead to, and keeps every figure."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from openbell.adapters.sql.connect import DATABASE_NAME
from openbell.adapters.sql.database import open_database
from openbell.adapters.sql.migrate import BACKUP_FOLDER, packaged_migrations, schema_version
from openbell.engine.state import state_hash
from openbell.runtime.recovery import recover, snapshot_of

DUMP = Path(__file__).parents[1] / "data" / "schema_7.sql"
STATE_HASH = "5ec394b20ee76f646b002de6d96a1179fa604226f749813d4c3df0d7b9da50c2"
"""What the journal in the dump folds to. It may change only where the state itself gains a field."""


@pytest.fixture
def earlier(tmp_path):
    """A data directory as the release with schema 7 left it."""
    with closing(sqlite3.connect(tmp_path / DATABASE_NAME)) as connection, connection:
        connection.executescript(DUMP.read_text("utf-8"))
    return tmp_path


def rows(folder, query):
    with closing(sqlite3.connect(folder / DATABASE_NAME)) as connection:
        return connection.execute(query).fetchall()


def recovered(folder):
    with closing(open_database(folder)) as database:
        state = recover(database.journal).state
        database.journal.save_snapshot(snapshot_of(state))
    return state


def test_a_recorded_journal_replays_to_the_stored_hash_and_a_restart_to_the_same(earlier):
    assert state_hash(recovered(earlier)) == STATE_HASH
    assert state_hash(recovered(earlier)) == STATE_HASH, "from the snapshot it wrote itself"
    with closing(sqlite3.connect(earlier / DATABASE_NAME)) as connection:
        assert schema_version(connection) == packaged_migrations()[-1].version
    assert list((earlier / BACKUP_FOLDER).iterdir()), "what was is kept beside it"


def test_every_figure_the_earlier_release_knew_is_still_there(earlier):
    ((body,),) = rows(earlier, "SELECT body FROM snapshots")
    listed = rows(earlier, "SELECT order_id, status, filled_quantity FROM orders ORDER BY order_id")
    state, was = recovered(earlier), json.loads(body)
    now = [(o.order_id, o.status.value, o.filled_quantity) for _, o in sorted(state.orders.items())]
    assert now == listed and len(listed) == 12
    for account_id, book in was["accounts"].items():
        ours = state.accounts[account_id]
        assert ours.account.cash == book["account"]["cash"]
        for name, one in book.get("ledgers", {}).items():
            held = {symbol: p["quantity"] for symbol, p in one.get("positions", {}).items()}
            assert {symbol: p.quantity for symbol, p in ours.ledgers[name].positions.items()} == held
    assert state.kill_switches.keys() == was["kill_switches"].keys() != set()
