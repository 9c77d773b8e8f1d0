"""Text run on SQLite's own driver. Rows go in by the dozen: every call lets go of the interpreter and waits for it."""

import sqlite3
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import chain
from typing import Any

from sqlalchemy import Dialect, Table
from sqlalchemy.dialects import sqlite

from openbell.adapters.sql.schema import INTEGER_MAX, exact
from openbell.adapters.sql.statements import Row

DIALECT = sqlite.dialect(paramstyle="qmark")
ROWS_MAX = 64
"""Rows that one call takes. Smaller numbers of them go by powers of two, so that few texts serve all."""
_VALUES = " VALUES ("


class SqliteRaw:
    """The driver's own connection (statements.Raw)."""

    dialect: Dialect = DIALECT

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def insert_many(self, statement: str, rows: Sequence[Row]) -> None:
        """Run the insert of one row for all of them, in as few calls as there may be."""
        for part in _parts(rows):
            text = _widened(statement, len(part))
            try:
                self._connection.execute(text, list(chain.from_iterable(part)))
            except OverflowError:
                # Amounts past 64 bits are kept as text. They are rare, and looking for them costs more than the row.
                self._connection.execute(text, [_exact(value) for value in chain.from_iterable(part)])

    def update_many(self, table: Table, changed: Sequence[str], rows: Sequence[Row]) -> None:
        """Change many rows in as few calls as there may be, each found by its address."""
        self.insert_many(_update_text(table, tuple(changed)), rows)

    def exact(self, steps: int) -> int | str:
        """Give a number up to 64 bits, text beyond."""
        return steps if -INTEGER_MAX <= steps <= INTEGER_MAX else str(steps)

    def run_many(self, statement: str, rows: Sequence[Row]) -> None:
        """Run a statement for every row."""
        self._connection.executemany(statement, rows)

    def first(self, statement: str, values: Row) -> Row | None:
        """Give the first row of a query."""
        found: Row | None = self._connection.execute(statement, values).fetchone()
        return found


def _parts(rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    """Cut rows into lengths that are powers of two."""
    begin, left = 0, len(rows)
    while left:
        length = min(ROWS_MAX, 1 << (left.bit_length() - 1))
        yield rows[begin : begin + length]
        begin, left = begin + length, left - length


@lru_cache
def _widened(statement: str, rows: int) -> str:
    """Give the text that inserts so many rows where a statement inserts one."""
    begin = statement.index(_VALUES) + len(_VALUES) - 1
    end = statement.index(")", begin) + 1
    return statement[:begin] + ", ".join([statement[begin:end]] * rows) + statement[end:]


@lru_cache
def _update_text(table: Table, changed: tuple[str, ...]) -> str:
    """Give the update of one row, spelled so that it can be widened to many."""
    (key,) = table.primary_key
    new = ", ".join(f"{name} = new.column{place}" for place, name in enumerate(changed, start=1))
    values = ", ".join("?" * (len(changed) + 1))
    found = f"{key.name} = new.column{len(changed) + 1}"
    return f"UPDATE {table.name} SET {new} FROM ( VALUES ({values})) AS new WHERE {found}"  # noqa: S608 - our own names


def _exact(value: Any) -> Any:
    return exact(value) if type(value) is int else value
