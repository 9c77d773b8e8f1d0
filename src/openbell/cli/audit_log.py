"""The audit log of a data directory, whether its server runs or not: read from the file, added to beside the server."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection, NullPool, create_engine
from sqlalchemy.exc import DBAPIError

from openbell.adapters.secrets import UnsafeKey, signing_key
from openbell.adapters.sql.audit import audit_page, check_chain
from openbell.adapters.sql.chain import AuditChain
from openbell.adapters.sql.connect import DATABASE_NAME, connect_reader, connect_writer
from openbell.adapters.sql.database import AUDIT_KEY_FILE
from openbell.cli.console import ExitCode, fail
from openbell.domain.audit import AuditCheck, AuditEntry, AuditRow
from openbell.ports import AuditFilter

T = TypeVar("T")


def check(data_dir: Path) -> AuditCheck:
    """Verify the whole chain."""
    key = _key(data_dir)
    return _read(data_dir, lambda connection: check_chain(connection, key))


def rows(data_dir: Path, *, actor: str | None, action: str | None, limit: int) -> list[AuditRow]:
    """List rows, newest first."""
    wanted = AuditFilter(actor_id=actor, action=action, limit=limit)
    return _read(data_dir, lambda connection: audit_page(connection, wanted).rows)


def add(data_dir: Path, entry: AuditEntry) -> None:
    """Add an entry; a server that runs goes on after it."""
    with closing(connect_writer(data_dir / DATABASE_NAME)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        AuditChain(connection, _key(data_dir)).write([entry])
        connection.execute("COMMIT")


def _key(data_dir: Path) -> bytes:
    path = data_dir / AUDIT_KEY_FILE
    if not path.exists():
        fail(f"{path} is not there: without the key that seals the audit log nothing can be said about it")
    try:
        return signing_key(path)
    except UnsafeKey as problem:
        fail(str(problem))


def _read(data_dir: Path, work: Callable[[Connection], T]) -> T:
    path = data_dir / DATABASE_NAME
    if not path.exists():
        fail(f"{data_dir} holds no data yet: start the server once, or name another directory with --data-dir")
    engine = create_engine("sqlite://", creator=lambda: connect_reader(path), poolclass=NullPool)
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql("BEGIN")
            return work(connection)
    except (DBAPIError, sqlite3.Error) as problem:
        fail(f"the audit log cannot be read: {problem}", ExitCode.UNAVAILABLE)
    finally:
        engine.dispose()
