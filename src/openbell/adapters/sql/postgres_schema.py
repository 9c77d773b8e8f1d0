"""The numbered steps of the schema in PostgreSQL's spelling: the only place where they differ.

A step is written once, for SQLite. Whole numbers become 64-bit ones, amounts NUMERIC, and text sorts by its bytes as it
does in SQLite, whatever the locale of the database.
"""

import re

from sqlalchemy import Connection, inspect

from openbell.adapters.sql.migrate import Migration, missing_steps

_SPELLING = (
    (re.compile(r"--[^\n]*"), ""),
    (re.compile(r"\)\s*(?:(?:WITHOUT ROWID|STRICT)\s*,?\s*)+;"), ");"),
    (re.compile(r"json_extract\(CAST\(body AS TEXT\), '\$\.(\w+)'\)"), r"(convert_from(body, 'UTF8')::json ->> '\1')"),
    (re.compile(r"\bINTEGER\b"), "BIGINT"),
    (re.compile(r"\bANY\b"), "NUMERIC"),
    (re.compile(r"\bBLOB\b"), "BYTEA"),
    (re.compile(r"\bTEXT\b"), 'TEXT COLLATE "C"'),
)
_VERSIONS = "CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL)"


def spelled(statement: str) -> str:
    """Give a statement of a migration as PostgreSQL wants it."""
    for pattern, instead in _SPELLING:
        statement = pattern.sub(instead, statement)
    return statement


def migrate_postgres(connection: Connection, migrations: tuple[Migration, ...]) -> int:
    """Apply what is missing within the transaction under way, and give how many steps that were.

    Raises DatabaseTooNew when the database is ahead of this release.
    """
    connection.exec_driver_sql(_VERSIONS)
    applied = connection.exec_driver_sql("SELECT version, name FROM schema_version").all()
    missing = missing_steps({row[0]: row[1] for row in applied}, migrations)
    for migration in missing:
        for statement in migration.statements:
            connection.exec_driver_sql(spelled(statement).replace("%", "%%"))
        connection.exec_driver_sql("INSERT INTO schema_version VALUES ($1, $2)", (migration.version, migration.name))
    return len(missing)


def has_schema(connection: Connection) -> bool:
    """Tell whether a database was ever used."""
    return inspect(connection).has_table("schema_version")
