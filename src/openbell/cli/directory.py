"""Users and keys of a data directory: of a stopped server in full, of a running one what needs no account to change."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path
from sqlite3 import Error as SqliteError
from typing import Any, TypeVar, cast

import msgspec

from openbell.adapters.clock import SystemClock
from openbell.adapters.secrets import UnsafeKey
from openbell.adapters.sql.access import SqlAccess
from openbell.adapters.sql.database import DriverMissing, beside_server, file_of, is_postgres, open_database
from openbell.adapters.sql.lock import StoreInUse
from openbell.adapters.sql.migrate import DatabaseTooNew
from openbell.cli.audit_log import add
from openbell.cli.console import ExitCode, fail
from openbell.cli.offline import OfflineTrading, RefusedTrading
from openbell.cli.options import settings_of
from openbell.domain.access import Principal, Role, Scope, User
from openbell.domain.audit import AuditEntry
from openbell.ports import Unavailable, Views
from openbell.services.keys import Keys
from openbell.services.passwords import Passwords
from openbell.services.principals import Principals
from openbell.services.refused import AccessRefused
from openbell.services.tokens import Tokens
from openbell.services.users import Users

T = TypeVar("T")

OPERATOR = Principal(user_id="operator", username="operator", role=Role.ADMIN, account_id="", scopes=frozenset(Scope))
"""Whoever may read and write the data directory may do what an admin may."""


class Directory(msgspec.Struct, frozen=True):
    """The access services of a data directory."""

    users: Users
    keys: Keys

    async def user(self, login: str) -> User:
        """Find a user by id, email or username. Ends the command when there is none."""
        wanted = login.casefold()
        everybody = await self.users.list()
        known = {name.casefold(): user for user in everybody for name in (user.user_id, user.email, user.username)}
        if wanted not in known:
            fail(f"there is no user {login}: `openbell users list` shows who there is")
        return known[wanted]


@asynccontextmanager
async def _opened(data_dir: Path, url: str) -> AsyncIterator[Directory]:
    clock = SystemClock()
    passwords = Passwords()
    with ExitStack() as closing:
        closing.callback(passwords.close)
        trading: OfflineTrading | RefusedTrading
        try:
            database = open_database(data_dir, url=url, clock=clock)
            closing.callback(database.close)
            store, trading = database.access, OfflineTrading(database.journal, clock)
        except StoreInUse:
            store, trading = SqlAccess(beside_server(data_dir, url)), RefusedTrading()
        # Nobody signs in here: the key of the tokens only has to be one.
        principals = Principals(store=store, clock=clock, tokens=Tokens(secrets.token_bytes(32), clock=clock))
        # Of the views, users ask for accounts alone.
        views = cast("Views", trading)
        yield Directory(
            users=Users(
                store=store, clock=clock, passwords=passwords, principals=principals, trading=trading, views=views
            ),
            keys=Keys(store=store, clock=clock, principals=principals),
        )


def in_directory(
    data_dir: Path,
    work: Callable[[Directory], Coroutine[Any, Any, T]],
    *,
    must_exist: bool = True,
    action: str = "",
    subject: str = "",
) -> T:
    """Do something with the users and keys of a data directory. Every refusal ends the command.

    What changes something names its action and subject for the audit log.
    """
    url = settings_of().database_url
    if must_exist and not is_postgres(url) and not file_of(data_dir, url).exists():
        fail(f"{data_dir} holds no data yet: start the server once, or name another directory with --data-dir")

    async def run() -> T:
        async with _opened(data_dir, url) as directory:
            return await work(directory)

    try:
        done = asyncio.run(run())
    except AccessRefused as refusal:
        fail(f"{refusal.field}: {refusal.message}" if refusal.field else refusal.message)
    except Unavailable as outage:
        fail(str(outage), ExitCode.UNAVAILABLE)
    except (DatabaseTooNew, DriverMissing, OSError) as problem:
        fail(str(problem))
    if action:
        note(data_dir, action, subject)
    return done


def note(data_dir: Path, action: str, subject: str) -> None:
    """Record in the audit log what an operator did; ends the command when the log does not take it."""
    try:
        asyncio.run(add(data_dir, _entry(action, subject)))
    except (SqliteError, Unavailable, UnsafeKey) as problem:
        fail(f"done, but the audit log did not take it: {problem}")


def _entry(action: str, subject: str) -> AuditEntry:
    return AuditEntry(
        ts_ns=SystemClock().now_ns(),
        actor_id=OPERATOR.user_id,
        role=OPERATOR.role.value,
        credential="",
        contract="cli",
        client_ip="",
        request_id="",
        action=action,
        subject=subject,
        outcome="done",
        detail="{}",
    )
