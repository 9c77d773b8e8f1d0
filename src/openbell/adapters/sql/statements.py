"""SQL text for the writer: compiled once from the tables, run without any layer in between."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Protocol

from sqlalchemy import ClauseElement, Dialect, Table, bindparam, insert, update

Row = Sequence[Any]


class Raw(Protocol):
    """Where such text is run: a connection of a database, under its own dialect, in the transaction under way."""

    @property
    def dialect(self) -> Dialect:
        """The spelling that the database understands."""
        ...

    def insert_many(self, statement: str, rows: Sequence[Row]) -> None:
        """Run the insert of one row for every row; amounts may be of any size."""
        ...

    def update_many(self, table: Table, changed: Sequence[str], rows: Sequence[Row]) -> None:
        """Give columns of the rows with these primary keys new values: each row has the values, then its key."""
        ...

    def exact(self, steps: int) -> int | str:
        """Give an amount of any size as the database takes it."""
        ...

    def run_many(self, statement: str, rows: Sequence[Row]) -> None:
        """Run a statement for every row, of which there is at least one."""
        ...

    def first(self, statement: str, values: Row) -> Row | None:
        """Give the first row of a query."""
        ...


def compiled(statement: ClauseElement, dialect: Dialect) -> str:
    """Give the text of a statement, its parameters by their place."""
    return str(statement.compile(dialect=dialect))


@lru_cache
def insert_text(table: Table, dialect: Dialect) -> str:
    """Give the insert of one row, its values in the order of the columns."""
    return compiled(insert(table), dialect)


@lru_cache
def update_text(table: Table, dialect: Dialect, *, key: str, changed: tuple[str, ...]) -> str:
    """Give the update of one row by key: first the changed values in the order of the table, then the key."""
    values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in changed}
    return compiled(update(table).where(table.c[key] == bindparam("wanted")).values(values), dialect)
