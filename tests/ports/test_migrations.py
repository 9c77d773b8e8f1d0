"""The schema: one truth in the tables' description, reached from any version, never lost on the way."""

import sqlite3
from contextlib import closing

import pytest
from sqlalchemy import create_engine, inspect
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable

from openbell.adapters.codec import encode_event
from openbell.adapters.sql.database import open_database
from openbell.adapters.sql.migrate import (
    DatabaseTooNew,
    Migration,
    SchemaUnlike,
    migrate,
    missing_steps,
    packaged_migrations,
    schema_version,
)
from openbell.adapters.sql.schema import metadata
from openbell.domain.events import CashMoved


def shape(path) -> dict:
    """Columns, keys and indexes of every table but the list of versions."""
    engine = create_engine(f"sqlite:///{path}")
    look = inspect(engine)
    found = {
        table: (
            [(c["name"], str(c["type"]), c["nullable"]) for c in look.get_columns(table)],
            look.get_pk_constraint(table)["constrained_columns"],
            sorted((i["name"], tuple(i["column_names"]), i["unique"]) for i in look.get_indexes(table)),
            [(k["constrained_columns"], k["referred_table"], k["options"]) for k in look.get_foreign_keys(table)],
            look.get_table_options(table),
        )
        for table in look.get_table_names()
        if table != "schema_version"
    }
    engine.dispose()
    return found


@pytest.fixture
def connection(tmp_path):
    with closing(sqlite3.connect(tmp_path / "some.db", isolation_level=None)) as opened:
        yield opened


def test_migrations_lead_to_the_described_tables(connection, tmp_path):
    migrate(connection, packaged_migrations(), backup_dir=tmp_path)
    engine = create_engine(f"sqlite:///{tmp_path / 'described.db'}")
    metadata.create_all(engine)
    engine.dispose()
    assert shape(tmp_path / "some.db") == shape(tmp_path / "described.db")


def test_migrating_again_changes_nothing(connection, tmp_path):
    for _ in range(2):
        assert migrate(connection, packaged_migrations(), backup_dir=tmp_path) is None
    assert schema_version(connection) == packaged_migrations()[-1].version


def test_versions_are_numbered_upwards_from_one():
    versions = [m.version for m in packaged_migrations()]
    assert versions[0] == 1 and versions == sorted(set(versions))


def test_a_database_that_passed_over_a_step_is_refused_by_name_and_left_alone(connection, tmp_path):
    first, second, third = (Migration(n, f"m{n}", (f"CREATE TABLE t{n} (a INTEGER)",)) for n in (1, 2, 3))
    migrate(connection, (first, third), backup_dir=tmp_path)
    with pytest.raises(SchemaUnlike, match=r"step 3 \(m3\) where this release has step 2 \(m2\)"):
        migrate(connection, (first, second, third), backup_dir=tmp_path)
    assert connection.execute("SELECT name FROM sqlite_master WHERE name = 't2'").fetchone() is None


def test_a_step_of_the_same_number_and_another_name_is_refused():
    migrations = tuple(Migration(n, f"m{n}", ()) for n in (1, 2))
    with pytest.raises(SchemaUnlike, match="other"):
        missing_steps({1: "m1", 2: "other"}, migrations)
    assert missing_steps({1: "m1"}, migrations) == migrations[1:]


def test_an_upgrade_keeps_a_copy_of_what_was(connection, tmp_path):
    first = Migration(1, "first", ("CREATE TABLE t (a INTEGER)", "INSERT INTO t VALUES (7)"))
    second = Migration(2, "second", ("UPDATE t SET a = 8",))
    migrate(connection, (first,), backup_dir=tmp_path / "backups")
    copy = migrate(connection, (first, second), backup_dir=tmp_path / "backups")
    with closing(sqlite3.connect(copy)) as before:
        assert before.execute("SELECT a FROM t").fetchone() == (7,)
    assert connection.execute("SELECT a FROM t").fetchone() == (8,)


def test_a_failed_upgrade_leaves_the_database_as_it_was(connection, tmp_path):
    first = Migration(1, "first", ("CREATE TABLE t (a INTEGER)",))
    second = Migration(2, "second", ("INSERT INTO t VALUES (1)", "NOT SQL"))
    migrate(connection, (first,), backup_dir=tmp_path)
    with pytest.raises(sqlite3.OperationalError):
        migrate(connection, (first, second), backup_dir=tmp_path)
    assert schema_version(connection) == 1
    assert connection.execute("SELECT count(*) FROM t").fetchone() == (0,)


def test_an_upgrade_that_the_disk_has_no_room_for_says_so(connection, tmp_path):
    first = Migration(1, "first", ("CREATE TABLE t (a INTEGER)",))
    second = Migration(2, "second", ("CREATE TABLE u (a BLOB)", "INSERT INTO u VALUES (zeroblob(1000000))"))
    migrate(connection, (first,), backup_dir=tmp_path)
    connection.execute("PRAGMA max_page_count = 10")
    with pytest.raises(sqlite3.OperationalError, match="full"):
        migrate(connection, (first, second), backup_dir=tmp_path)
    assert schema_version(connection) == 1


def test_a_newer_database_is_refused_and_let_go(tmp_path):
    open_database(tmp_path).close()
    with closing(sqlite3.connect(tmp_path / "openbell.db")) as connection, connection:
        connection.execute("INSERT INTO schema_version VALUES (99, 'future')")
    for _ in range(2):  # the second time shows that the lock was released
        with pytest.raises(DatabaseTooNew, match=r"version 99.*newer release"):
            open_database(tmp_path)


def test_the_tables_can_be_written_for_postgresql():
    dialect = postgresql.dialect()
    for table in metadata.sorted_tables:
        text = str(CreateTable(table).compile(dialect=dialect))
        assert "ANY" not in text
        for index in table.indexes:
            assert str(CreateIndex(index).compile(dialect=dialect))


def test_what_was_paid_in_before_there_was_a_table_for_it_is_found_in_the_journal(connection, tmp_path):
    old = tuple(m for m in packaged_migrations() if m.version < 10)
    migrate(connection, old, backup_dir=tmp_path)
    event = CashMoved(
        account_id="acc", strategy_id="manual", currency="USD", amount=7, kind="DEPOSIT", base_amount=10**18
    )
    row = (4, 99, "acc", 1, "CashMoved", encode_event(event))
    connection.execute("INSERT INTO journal VALUES (?, ?, ?, ?, ?, ?)", row)
    migrate(connection, packaged_migrations(), backup_dir=tmp_path / "backups")
    kept = connection.execute("SELECT * FROM cash_flows").fetchall()
    assert kept == [("acc", "manual", 4, 99, "DEPOSIT", 10**18)]
