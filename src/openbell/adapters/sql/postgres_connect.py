"""Connections to PostgreSQL: how a URL is read, what is asked of the driver, and which of its errors pass."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.exc import TimeoutError as PoolExhausted
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from openbell.ports import Unavailable

CONNECT_SECONDS_MAX = 5.0
COMMAND_SECONDS_MAX = 10.0
"""A statement that takes longer is given up: the server or the way to it is gone."""
PASSING_CLASSES = frozenset({"08", "40", "53", "57"})
"""SQLSTATE classes of what passes: connections, conflicts, resources (a full disk), somebody's intervention."""

OUTAGES = (DBAPIError, OSError, TimeoutError, PoolExhausted)
"""What work on a connection may fail with."""


def driver_url(url: str) -> URL:
    """Give the URL as the driver reads it: `sslmode` is called `ssl` there. Raises Unavailable for what is no URL."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise Unavailable("DATABASE_URL is not of the form postgresql://user:password@host:port/database") from None
    query = {("ssl" if name == "sslmode" else name): value for name, value in parsed.query.items()}
    return parsed.set(drivername="postgresql+asyncpg", query=query)


def engine_for(url: URL, options: Mapping[str, Any]) -> AsyncEngine:
    """Make the engine of some connections; every one of them commits to the disk, and no error tells their values."""
    arguments = {
        "timeout": CONNECT_SECONDS_MAX,
        "command_timeout": COMMAND_SECONDS_MAX,
        # A database may have it off by default: what is acknowledged must be on its disk.
        "server_settings": {"application_name": "openbell", "synchronous_commit": "on"},
    }
    return create_async_engine(url, connect_args=arguments, hide_parameters=True, **options)


def passes(problem: BaseException) -> bool:
    """Tell an outage from a fault: one that passes by itself, and leaves nothing half done."""
    if not isinstance(problem, DBAPIError):
        return True
    state = getattr(problem.orig, "sqlstate", None)
    return problem.connection_invalidated or state is None or state[:2] in PASSING_CLASSES


def said(problem: BaseException) -> str:
    """Give what went wrong in a line, without statements or credentials."""
    cause = problem.orig if isinstance(problem, DBAPIError) else problem
    text = str(cause) or type(cause).__name__
    return text.rpartition(">: ")[2].splitlines()[0]
