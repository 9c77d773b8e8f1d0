"""The audit log of a data directory, whether its server runs or not: read from the file, added to beside the server."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection

from openbell.adapters.secrets import UnsafeKey, signing_key
from openbell.adapters.sql.audit import audit_page, check_chain
from openbell.adapters.sql.chain import AuditChain
from openbell.adapters.sql.database import AUDIT_KEY_FILE, beside_server, file_of, is_postgres, raw_of
from openbell.cli.console import ExitCode, fail
from openbell.cli.options import settings_of
from openbell.domain.audit import AuditCheck, AuditEntry, AuditRow
from openbell.ports import AuditFilter, Unavailable

T = TypeVar("T")


def check(data_dir: Path) -> AuditCheck:
    """Verify the whole chain."""
    key = _key(data_dir)
    return _read(data_dir, lambda connection: check_chain(connection, key))


def rows(data_dir: Path, *, actor: str | None, action: str | None, limit: int) -> list[AuditRow]:
    """List rows, newest first."""
    wanted = AuditFilter(actor_id=actor, action=action, limit=limit)
    return _read(data_dir, lambda connection: audit_page(connection, wanted).rows)


async def add(data_dir: Path, entry: AuditEntry) -> None:
    """Add an entry; a server that runs goes on after it."""
    key = _key(data_dir)
    tables = beside_server(data_dir, settings_of().database_url)
    await tables.write(lambda connection: AuditChain(raw_of(connection), key).write([entry]))


def _key(data_dir: Path) -> bytes:
    path = data_dir / AUDIT_KEY_FILE
    if not path.exists():
        fail(f"{path} is not there: without the key that seals the audit log nothing can be said about it")
    try:
        return signing_key(path)
    except UnsafeKey as problem:
        fail(str(problem))


def _read(data_dir: Path, work: Callable[[Connection], T]) -> T:
    url = settings_of().database_url
    if not is_postgres(url) and not file_of(data_dir, url).exists():
        fail(f"{data_dir} holds no data yet: start the server once, or name another directory with --data-dir")

    async def read() -> T:
        return await beside_server(data_dir, url).read(work)

    try:
        return asyncio.run(read())
    except Unavailable as problem:
        fail(f"the audit log cannot be read: {problem}", ExitCode.UNAVAILABLE)
