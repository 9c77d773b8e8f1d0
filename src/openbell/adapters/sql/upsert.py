"""Insert or else: the one statement whose spelling the databases do not share."""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from importlib import import_module
from typing import Any, cast

from sqlalchemy import Connection, Dialect, Table
from sqlalchemy.dialects import sqlite

from openbell.adapters.sql.statements import compiled


def insert_or_replace(connection: Connection, table: Table, row: Mapping[str, Any]) -> None:
    """Insert a row, or give the row that has its primary key these values."""
    insert = _insert(connection)(table).values(row)
    keys = [column.name for column in table.primary_key]
    changed = {name: insert.excluded[name] for name in row if name not in keys}
    connection.execute(insert.on_conflict_do_update(index_elements=keys, set_=changed))


@lru_cache
def replace_text(table: Table, dialect: Dialect, *, changed: tuple[str, ...] = ()) -> str:
    """Give the text of `insert_or_replace`, its values in the order of the columns.

    A row that is there already gets new values for all of its columns, or for those that are named.
    """
    insert = _insert_of(dialect)(table)
    keys = [column.name for column in table.primary_key]
    names = changed or [column.name for column in table.columns if column.name not in keys]
    values = {name: insert.excluded[name] for name in names}
    return compiled(insert.on_conflict_do_update(index_elements=keys, set_=values), dialect)


def insert_or_leave(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows; those whose primary key is there already change nothing."""
    connection.execute(_insert(connection)(table).on_conflict_do_nothing(), list(rows))


def _insert(connection: Connection) -> Callable[[Table], sqlite.Insert]:
    return _insert_of(connection.dialect)


def _insert_of(dialect: Dialect) -> Callable[[Table], sqlite.Insert]:
    if dialect.name == "sqlite":
        return sqlite.insert
    # Importing this dialect takes longer than starting the rest of the database does: only who uses it waits for it.
    return cast("Callable[[Table], sqlite.Insert]", import_module("sqlalchemy.dialects.postgresql").insert)
