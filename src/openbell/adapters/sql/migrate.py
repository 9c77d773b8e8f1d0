"""Bringing a database to the schema of this release: numbered SQL files, each applied once and whole."""

import sqlite3
from collections.abc import Mapping
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


class SchemaUnlike(DatabaseTooNew):
    """The steps a database has gone through are no beginning of this release's; the message names the first."""


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
    present = schema_version(connection)
    missing = missing_steps(_applied(connection), migrations)
    if not missing:
        return None
    copy = _back_up(connection, backup_dir / f"openbell-schema-{present}.db") if present else None
    connection.execute("BEGIN IMMEDIATE")
    try:
        connection.execute(_VERSIONS)
        for migration in missing:
            _apply(connection, migration)
    except sqlite3.Error:
        # A full disk has ended the transaction already, and to end it twice would hide why.
        connection.rollback()
        raise
    connection.execute("COMMIT")
    return copy


def missing_steps(applied: Mapping[int, str], migrations: tuple[Migration, ...]) -> tuple[Migration, ...]:
    """Give the steps that a database has yet to go through; `applied` has the names of the others by version.

    Raises DatabaseTooNew, or SchemaUnlike where a step was passed over, or is another one than this release's: what
    came after it may not fit, and nothing is guessed.
    """
    latest = migrations[-1].version
    if applied and max(applied) > latest:
        raise DatabaseTooNew(
            f"the database has schema version {max(applied)}, this release knows versions up to {latest}: "
            "start the newer release, or restore a backup made by this one"
        )
    for place, (version, name) in enumerate(sorted(applied.items())):
        due = migrations[place]
        if (version, name) != (due.version, due.name):
            raise SchemaUnlike(
                f"the database has schema step {version} ({name}) where this release has step {due.version} "
                f"({due.name}): a build between releases made it; restore a backup made before that, or begin anew"
            )
    return migrations[len(applied) :]


def _applied(connection: sqlite3.Connection) -> dict[int, str]:
    if not schema_version(connection):
        return {}
    return dict(connection.execute("SELECT version, name FROM schema_version").fetchall())


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
