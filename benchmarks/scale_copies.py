"""Orders copied within a database: a buy and a sell with all that was written of them, under names of their own.

Nothing of the product runs here. The database is closed, and written without a log, since nobody needs it if that
fails.
"""

import sqlite3
from pathlib import Path

PAIR_EVENTS = 8
"""Events of a buy and a sell that filled at once."""
CHUNK_PAIRS = 100_000
CACHE_KB = 200_000

_COUNT = "WITH RECURSIVE pair(n) AS (SELECT :begin UNION ALL SELECT n + 1 FROM pair WHERE n < :end)"
_TABLES = {"journal": "seq", "orders": "placed_seq", "fills": "fill_seq"}
_NUMBERS = {
    "seq": f"{PAIR_EVENTS} * n",
    "account_seq": f"{PAIR_EVENTS} * n",
    "placed_seq": f"{PAIR_EVENTS} * n",
    "fill_seq": f"{PAIR_EVENTS} * n",
    "ts_ns": "n",
    "created_ns": "n",
    "updated_ns": "n",
}
"""What is added to a column for the n-th pair."""
_NAMES = frozenset({"order_id", "client_order_id", "fill_id", "venue_fill_id", "body"})
"""Columns in which an order is named."""


def copy_pairs(path: Path, pairs: int, *, orders: int, seq: int, account_seq: int) -> None:
    """Add so many pairs after those there are: `orders` so far, the last of which was a sell, and `seq` events."""
    assert seq == account_seq, "the numbers of one account are those of the journal"
    with sqlite3.connect(path, isolation_level=None) as store:
        for pragma in ("journal_mode = OFF", "synchronous = OFF", f"cache_size = -{CACHE_KB}", "temp_store = MEMORY"):
            store.execute(f"PRAGMA {pragma}").fetchall()
        for table, key in _TABLES.items():
            store.execute(
                f"CREATE TEMP TABLE {table}_model AS SELECT *, ({key} - :last - 1) / 4 AS is_sell,"
                f" printf('%012d', :orders - 1 + ({key} - :last - 1) / 4) AS name"
                f" FROM main.{table} WHERE {key} > :last",
                {"last": seq - PAIR_EVENTS, "orders": orders},
            )
        for begin in range(1, pairs + 1, CHUNK_PAIRS):
            bounds = {"begin": begin, "end": min(begin + CHUNK_PAIRS - 1, pairs), "orders": orders}
            store.execute("BEGIN")
            for table, key in _TABLES.items():
                columns = [row[1] for row in store.execute(f"PRAGMA main.table_info({table})")]
                values = ", ".join(_value(column) for column in columns)
                store.execute(
                    f"{_COUNT} INSERT INTO main.{table} ({', '.join(columns)})"
                    f" SELECT {values} FROM pair CROSS JOIN {table}_model ORDER BY n, {key}",
                    bounds,
                )
            store.execute("COMMIT")
        store.execute("PRAGMA journal_mode = WAL").fetchall()
    store.close()


def _value(column: str) -> str:
    if column in _NUMBERS:
        return f"{column} + {_NUMBERS[column]}"
    if column not in _NAMES:
        return column
    named = "printf('%012d', :orders + 2 * n - 1 + is_sell)"
    if column == "client_order_id":
        return f"'mine-' || {named}"
    text = f"CAST({column} AS TEXT)" if column == "body" else column
    renamed = f"replace({text}, name, {named})"
    return f"CAST({renamed} AS BLOB)" if column == "body" else renamed
