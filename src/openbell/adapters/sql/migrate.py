"""Bringing a database to the schema of this release: numbered SQL files, each applied once and whole."""

import sqlite3
from contextlib import closing
from importlib.resources import files
from pathlib import Path

import msgspec

BACKUP_FOLDER = "backups"

_VERSIONS = """
CREATE TABLE IF NOT EXISTS schema_version (
    version INTEGER NOT NULL PRIMARY KEY,
    name TEXT NOT NULL
) STRICT
"""


class DatabaseTooNew(Exception):
    """A later release wrote this database; the message says which schema it has and what to do."""


class Migration(msgspec.Struct, frozen=True):
    """One step of the schema: `0001_first_schema.sql` is version 1."""

    version: int
    name: str
    statements: tuple[str, ...]


def packaged_migrations() -> tuple[Migration, ...]:
    """Give the migrations of this release in order."""
    folder = files("openbell.adapters.sql").joinpath("migrations", "sqlite")
    found = sorted((entry.name, entry.read_text("utf-8")) for entry in folder.iterdir() if entry.name.endswith(".sql"))
    return tuple(Migration(int(name[:4]), name.removesuffix(".sql")[5:], _statements(text)) for name, text in found)


def schema_version(connection: sqlite3.Connection) -> int:
    """Give the version of a database; 0 is an empty one."""
    known = connection.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'schema_version'")
    if known.fetchone() is None:
        return 0
    return int(connection.execute("SELECT coalesce(max(version), 0) FROM schema_version").fetchone()[0])


def migrate(connection: sqlite3.Connection, migrations: tuple[Migration, ...], *, backup_dir: Path) -> Path | None:
    """Apply what is missing, all of it or nothing, and give the path of the copy made before.

    A new database needs no copy and gives None, as does one that is up to date. Raises DatabaseTooNew when the
    database is ahead of this release.
    """
    latest = migrations[-1].version
    present = schema_version(connection)
    if present > latest:
        raise DatabaseTooNew(
            f"the database has schema version {present}, this release knows versions up to {latest}: "
            "start the newer release, or restore a backup made by this one"
        )
    missing = [one for one in migrations if one.version not in _applied(connection)]
    if not missing:
        return None
    copy = _back_up(connection, backup_dir / f"openbell-schema-{present}.db") if present else None
    connection.execute("BEGIN IMMEDIATE")
    try:
        connection.execute(_VERSIONS)
        for migration in missing:
            _apply(connection, migration)
    except sqlite3.Error:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")
    return copy


def _applied(connection: sqlite3.Connection) -> set[int]:
    if not schema_version(connection):
        return set()
    return {row[0] for row in connection.execute("SELECT version FROM schema_version")}


def _apply(connection: sqlite3.Connection, migration: Migration) -> None:
    for statement in migration.statements:
        connection.execute(statement)
    connection.execute("INSERT INTO schema_version VALUES (?, ?)", (migration.version, migration.name))


def _back_up(connection: sqlite3.Connection, target: Path) -> Path:
    target.parent.mkdir(mode=0o700, exist_ok=True)
    with closing(sqlite3.connect(target)) as copy:
        connection.backup(copy)
    return target


def _statements(text: str) -> tuple[str, ...]:
    """Split a script where statements end: scripts run at once would commit in between."""
    statements, pending = [], ""
    for line in text.splitlines(keepends=True):
        pending += line
        if sqlite3.complete_statement(pending):
            statements.append(pending.strip())
            pending = ""
    if pending.strip():
        raise ValueError(f"a migration ends in the middle of a statement: {pending.strip()[:80]}")
    return tuple(statements)
