"""Connections to the SQLite file, with the settings that durability rests on."""

import sqlite3
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine

DATABASE_NAME = "openbell.db"
STATEMENTS_MAX = 256
"""Texts a connection keeps ready to run: inserts come in several lengths."""
BUSY_TIMEOUT_MS = 5_000
"""How long a statement waits for somebody else's lock: a backup or a person with a SQL shell."""

CHECKPOINT_PAGES = 4_000
"""Pages (4 KiB each) of write-ahead log that gather before they are moved into the file."""

CACHE_KIB = 65_536
"""Memory for pages that the writer comes back to: client order ids come in no order and touch pages all over."""


def connect_writer(path: Path) -> sqlite3.Connection:
    """Open the one connection that writes. A commit returns after the log has reached the disk."""
    connection = _connect(path)
    connection.execute("PRAGMA journal_mode=WAL")
    # NORMAL would lose acknowledged commits with a power cut.
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute(f"PRAGMA cache_size=-{CACHE_KIB}")
    connection.execute(f"PRAGMA wal_autocheckpoint={CHECKPOINT_PAGES}")
    return connection


def connect_reader(path: Path) -> sqlite3.Connection:
    """Open a connection that cannot write."""
    connection = _connect(path)
    connection.execute("PRAGMA query_only=ON")
    return connection


def engine_on(connect: Callable[[], sqlite3.Connection], options: Mapping[str, Any]) -> Engine:
    """Have statements run on connections of ours. What they were given, secrets among it, is in no error's text."""
    return create_engine("sqlite://", creator=connect, hide_parameters=True, **options)


def _connect(path: Path) -> sqlite3.Connection:
    # No isolation level: transactions begin where our own code says so.
    connection = sqlite3.connect(
        path,
        isolation_level=None,
        check_same_thread=False,
        timeout=BUSY_TIMEOUT_MS / 1_000,
        cached_statements=STATEMENTS_MAX,
    )
    connection.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
    return connection
