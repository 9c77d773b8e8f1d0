"""What only PostgreSQL has: a lease on the database, a server that goes away, and steps written for another dialect."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import inspect

from openbell.adapters.sql import postgres_lease
from openbell.adapters.sql.courier import Courier
from openbell.adapters.sql.database import open_database
from openbell.adapters.sql.migrate import DatabaseTooNew
from openbell.adapters.sql.postgres_connect import driver_url
from openbell.adapters.sql.postgres_lease import DatabaseInUse
from openbell.adapters.sql.postgres_schema import spelled
from openbell.adapters.sql.schema import metadata
from openbell.ports import JournalFailed, Unavailable
from postgres_server import name_in
from waiting import WAIT_S, until


@pytest.fixture
def url(postgres_url):
    return postgres_url


@pytest.fixture
def behind(postgres, url):
    """Run SQL behind the back of whoever has this test's database open."""
    return lambda statement: postgres.sql(name_in(url), statement)


@pytest.fixture
def opened(url, tmp_path):
    database = open_database(tmp_path / "one", url=url)
    yield database
    database.close()


def shape(connection) -> dict:
    look = inspect(connection)
    return {
        table: (
            [(c["name"], str(c["type"]).removesuffix(' COLLATE "C"'), c["nullable"]) for c in look.get_columns(table)],
            look.get_pk_constraint(table)["constrained_columns"],
            sorted((i["name"], tuple(i["column_names"]), i["unique"]) for i in look.get_indexes(table)),
            [(k["constrained_columns"], k["referred_table"], k["options"]) for k in look.get_foreign_keys(table)],
        )
        for table in look.get_table_names()
        if table != "schema_version"
    }


async def test_the_same_steps_lead_to_the_described_tables(opened):
    made = await opened.read(shape)

    def work(connection):
        for table in metadata.sorted_tables[::-1]:
            connection.exec_driver_sql(f"DROP TABLE {table.name}")
        metadata.create_all(connection)
        connection.exec_driver_sql("INSERT INTO leases VALUES ('writer', 1, 'test')")
        return shape(connection)

    assert made == await opened.write(work)


def test_every_text_sorts_by_its_bytes(opened, behind):
    columns = "FROM information_schema.columns WHERE table_schema = 'public' AND data_type = 'text'"
    others = "AND collation_name IS DISTINCT FROM 'C' AND table_name <> 'schema_version'"
    assert int(behind(f"SELECT count(*) {columns}")) > 50
    assert behind(f"SELECT count(*) {columns} {others}") == "0"


def test_text_sorts_by_its_bytes_and_large_numbers_fit():
    columns = "a TEXT NOT NULL, b INTEGER, c ANY, d BLOB"
    step = f"-- why\nCREATE TABLE t (\n {columns},\n PRIMARY KEY (a)\n) WITHOUT ROWID, STRICT;"
    expected = 'CREATE TABLE t ( a TEXT COLLATE "C" NOT NULL, b BIGINT, c NUMERIC, d BYTEA, PRIMARY KEY (a) );'
    assert " ".join(spelled(step).split()) == expected


async def test_commits_reach_the_disk_before_they_are_told(opened):
    assert await opened.write(lambda c: c.exec_driver_sql("SHOW synchronous_commit").scalar()) == "on"


async def test_readers_cannot_write(opened):
    with pytest.raises(Unavailable, match="read-only"):
        await opened.read(lambda connection: connection.exec_driver_sql("DELETE FROM journal"))


def test_a_second_server_is_refused_by_name(opened, url, tmp_path):
    with pytest.raises(DatabaseInUse, match=r"in use by process \d+ on .*another DATABASE_URL"):
        open_database(tmp_path / "two", url=url)


def test_a_database_that_was_let_go_of_can_be_taken(opened, url, tmp_path, behind):
    opened.close()
    open_database(tmp_path / "two", url=url).close()
    assert behind("SELECT epoch FROM leases") == "2"


async def test_a_server_whose_lease_was_taken_over_writes_nothing_more(opened, behind, script, durable):
    assert await durable(opened.journal, script.place()) is None
    behind("UPDATE leases SET epoch = epoch + 1")
    failure = await durable(opened.journal, script.place())
    assert isinstance(failure, JournalFailed) and "taken over" in str(failure)
    with pytest.raises(Unavailable, match="taken over"):
        await opened.write(lambda connection: None)
    assert behind("SELECT count(*) FROM journal") == "1"


async def test_a_halt_leaves_nothing_of_the_group(opened, behind, script, durable):
    behind("ALTER TABLE journal ADD CHECK (seq <> 2)")
    assert isinstance(await durable(opened.journal, script.place(), script.place()), JournalFailed)
    assert isinstance(await durable(opened.journal, script.place()), JournalFailed)
    assert behind("SELECT count(*) FROM journal") == "0"


async def test_a_connection_broken_off_loses_and_doubles_nothing(opened, behind, script, durable):
    for _ in range(5):
        records = [script.place() for _ in range(20)]
        waiting = [asyncio.ensure_future(durable(opened.journal, record)) for record in records]
        await asyncio.sleep(0.002)
        behind("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
        assert await asyncio.gather(*waiting) == [None] * 20
    assert [one.seq for one in opened.journal.read(after_seq=0)] == list(range(1, 101))
    assert behind("SELECT count(*) FROM orders") == "100"


async def test_a_session_that_has_not_ended_is_waited_for(opened, behind, script, durable):
    key = postgres_lease.LOCK_KEY
    ghost = asyncio.create_task(asyncio.to_thread(behind, f"SELECT pg_advisory_lock({key}), pg_sleep(1)"))
    await asyncio.sleep(0.2)
    behind("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query NOT LIKE '%pg_sleep%'")
    assert await durable(opened.journal, script.place()) is None
    await ghost
    assert behind("SELECT count(*) FROM journal") == "1"


async def test_while_the_database_is_away_changes_are_refused_at_once(postgres, opened, script, durable):
    await asyncio.to_thread(postgres.stop)
    waiting = asyncio.ensure_future(durable(opened.journal, script.place()))
    await until(lambda: opened.journal.stalled)
    with pytest.raises(Unavailable, match="does not answer"):
        await opened.write(lambda connection: None)
    await asyncio.to_thread(postgres.start)
    assert await waiting is None


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT])
async def test_a_restart_under_load_loses_nothing_and_is_over_soon(postgres, opened, script, durable, how):
    for _ in range(20):
        assert await durable(opened.journal, script.place()) is None
    waiting = [asyncio.ensure_future(durable(opened.journal, script.place())) for _ in range(50)]
    await asyncio.sleep(0.01)
    await asyncio.to_thread(postgres.stop, how)
    waiting += [asyncio.ensure_future(durable(opened.journal, script.place())) for _ in range(50)]
    await until(lambda: "does not answer" in opened.journal.stalled)
    with pytest.raises(Unavailable):
        await opened.history.ping()
    await asyncio.to_thread(postgres.start)
    assert await asyncio.wait_for(asyncio.gather(*waiting), WAIT_S) == [None] * 100
    assert not opened.journal.stalled
    await opened.history.ping()
    assert [one.seq for one in opened.journal.read(after_seq=0)] == list(range(1, 121))


async def test_a_stop_while_the_database_is_away_does_not_hang(postgres, url, script, tmp_path):
    database = open_database(tmp_path / "one", url=url)
    postgres.stop()
    told = []
    database.journal.append([script.place()], told.append)
    await asyncio.sleep(0.2)
    await asyncio.wait_for(asyncio.to_thread(database.close), 60)
    postgres.start()
    await asyncio.sleep(0.01)
    assert [type(failure) for failure in told] == [JournalFailed]


def test_a_newer_database_is_refused(opened, url, behind, tmp_path):
    opened.close()
    behind("INSERT INTO schema_version VALUES (99, 'future')")
    with pytest.raises(DatabaseTooNew, match=r"version 99.*newer release"):
        open_database(tmp_path / "one", url=url)


def test_a_database_that_cannot_be_reached_is_said_without_its_password(tmp_path):
    for url in ("postgresql://u:hunter2@127.0.0.1:1/x", "postgresql://u:hunter2@host:port/x"):
        with pytest.raises(Unavailable) as refused:
            open_database(tmp_path / "one", url=url)
        assert "DATABASE_URL" in str(refused.value) and "hunter2" not in str(refused.value)


def test_urls_are_read_as_people_write_them():
    assert driver_url("postgres://u@h/d?sslmode=require").query == {"ssl": "require"}
    assert driver_url("postgresql+asyncpg://u@h:5433/d").drivername == "postgresql+asyncpg"


def test_without_the_driver_the_server_says_what_to_install(tmp_path):
    program = (
        "import sys; sys.modules['asyncpg'] = None; from pathlib import Path\n"
        "from openbell.adapters.sql.database import DriverMissing, open_database\n"
        "try: open_database(Path(sys.argv[1]), url='postgresql://x/y')\n"
        "except DriverMissing as problem: print(problem)"
    )
    command = [sys.executable, "-c", program, str(tmp_path)]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2] / "src")}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    assert "openbell[postgres]" in done.stdout


def test_work_given_to_a_courier_is_answered_to_any_thread():
    courier = Courier("test")

    async def answer():
        return 42

    assert courier.send(answer()).result() == 42
    courier.close()
