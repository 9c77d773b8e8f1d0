"""The security side of `openbell doctor`: who can read what, which keys are stale, what production would refuse."""

import asyncio
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography import x509
from sqlalchemy import Connection, select
from sqlalchemy.exc import DatabaseError

from openbell.adapters.clock import SystemClock
from openbell.adapters.sql.database import beside_server, file_of, is_postgres
from openbell.adapters.sql.schema import api_keys, second_factors, users
from openbell.cli.check import OK, WARNING, WRONG, Check
from openbell.config.safety import Environment, unsafe
from openbell.domain.access import Role
from openbell.domain.values import NANOS_PER_SECOND, Nanos
from openbell.ports import Unavailable

if TYPE_CHECKING:
    from openbell.config import Settings

RENEW_DAYS = 30
"""How long before its end a certificate should be replaced."""


def examine_security(settings: "Settings", *, config_file: Path | None = None) -> Iterator[Check]:
    """Look at everything, one after the other."""
    yield private(settings, config_file)
    yield combinations(settings)
    if settings.tls_certificate_file is not None:
        yield certificate(settings.tls_certificate_file)
    if is_postgres(settings.database_url) or file_of(settings.data_dir, settings.database_url).exists():
        yield from access(settings)


def private(settings: "Settings", config_file: Path | None) -> Check:
    """Look whether others on this machine can read the data or the settings."""
    kept = [settings.data_dir, settings.tls_key_file, config_file, *sorted(settings.data_dir.glob("*.db*"))]
    open_to_others = [path for path in kept if path is not None and path.exists() and path.stat().st_mode & 0o077]
    if not open_to_others:
        return Check(name="private files", status=OK, detail="data, keys and settings are their owner's alone")
    fix = "; ".join(f"chmod {'700' if path.is_dir() else '600'} {path}" for path in open_to_others)
    return Check(name="private files", status=WARNING, detail="others can read or enter some files", fix=fix)


def combinations(settings: "Settings") -> Check:
    """Say what a start in production would be refused for."""
    if settings.environment is Environment.PRODUCTION:
        return Check(name="settings", status=OK, detail="safe for production")
    as_production = settings.model_copy(update={"environment": Environment.PRODUCTION})
    problems = list(unsafe(as_production))
    if not problems:
        return Check(name="settings", status=OK, detail="development; production would take them as well")
    fix = "before ENVIRONMENT=production: " + "; ".join(problems)
    return Check(name="settings", status=WARNING, detail=f"{len(problems)} that production refuses", fix=fix)


def certificate(path: Path) -> Check:
    """Look at the end of the certificate's time."""
    try:
        end = x509.load_pem_x509_certificate(path.read_bytes()).not_valid_after_utc
    except (OSError, ValueError) as problem:
        return Check(name="certificate", status=WRONG, detail=str(problem), fix=f"put a PEM certificate at {path}")
    left = end - datetime.fromtimestamp(SystemClock().now_ns() // NANOS_PER_SECOND, UTC)
    detail = f"good until {end:%Y-%m-%d}"
    if left <= timedelta(0):
        return Check(name="certificate", status=WRONG, detail=f"ended on {end:%Y-%m-%d}", fix="renew it")
    if left <= timedelta(days=RENEW_DAYS):
        return Check(name="certificate", status=WARNING, detail=detail, fix="renew it")
    return Check(name="certificate", status=OK, detail=detail)


def access(settings: "Settings") -> Iterator[Check]:
    """Look at keys that have ended and are still there, and at admins with a password alone."""
    tables = beside_server(settings.data_dir, settings.database_url)
    now = SystemClock().now_ns()
    try:
        ended, bare = asyncio.run(tables.read(lambda connection: (_ended(connection, now), _bare_admins(connection))))
    except (Unavailable, DatabaseError, sqlite3.Error, OSError):
        yield Check(name="access", status=WARNING, detail="users and keys cannot be read", fix="see the database check")
        return
    if ended:
        fix = "; ".join(f"openbell keys revoke {key_id}" for key_id in ended)
        yield Check(name="keys", status=WARNING, detail=f"{len(ended)} have ended and are not revoked", fix=fix)
    else:
        yield Check(name="keys", status=OK, detail="none that has ended")
    is_exposed = settings.environment is Environment.PRODUCTION or not settings.is_loopback
    if bare and is_exposed:
        fix = "have them set up a second factor: until then a password or a stolen session is enough"
        yield Check(name="second factors", status=WARNING, detail=f"none: {', '.join(bare)}", fix=fix)
    else:
        yield Check(name="second factors", status=OK, detail=f"{len(bare)} admins without one")


def _ended(connection: Connection, now_ns: Nanos) -> list[str]:
    keys = api_keys.c
    ended = select(keys.key_id).where(keys.revoked_ns.is_(None), keys.expires_ns <= now_ns).order_by(keys.key_id)
    return list(connection.execute(ended).scalars())


def _bare_admins(connection: Connection) -> list[str]:
    enabled = select(second_factors.c.user_id).where(second_factors.c.enabled_ns.is_not(None))
    bare = select(users.c.username).where(
        users.c.role == Role.ADMIN.value, users.c.is_active.is_(True), users.c.user_id.not_in(enabled)
    )
    return sorted(connection.execute(bare).scalars())
