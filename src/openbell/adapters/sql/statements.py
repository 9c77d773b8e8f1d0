"""SQL text for the writer thread: compiled once from the tables, run without any layer in between."""

import sqlite3
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ClauseElement, Table, bindparam, insert, update
from sqlalchemy.dialects import sqlite

_DIALECT = sqlite.dialect(paramstyle="qmark")


def compiled(statement: ClauseElement) -> str:
    """Give the text of a statement with `?` in the order in which its parameters stand."""
    return str(statement.compile(dialect=_DIALECT))


def insert_text(table: Table) -> str:
    """Give the insert of one row, its values in the order of the columns."""
    return compiled(insert(table))


def update_text(table: Table, *, key: str, changed: Sequence[str]) -> str:
    """Give the update of one row by key: first the changed values in the order of the table, then the key."""
    values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in changed}
    return compiled(update(table).where(table.c[key] == bindparam("wanted")).values(values))


def run_many(connection: sqlite3.Connection, statement: str, rows: Sequence[tuple[Any, ...]]) -> None:
    """Run a statement for every row; nothing for none."""
    if rows:
        connection.executemany(statement, rows)
