"""Users, keys and sessions (ports.AccessStore)."""

from typing import Any, TypeVar
from unicodedata import normalize

import msgspec
from sqlalchemy import ColumnElement, Connection, RowMapping, Table, delete, insert, or_, select, update

from openbell.adapters.sql.runner import Runner
from openbell.adapters.sql.schema import api_keys, sessions, users
from openbell.domain.access import ApiKey, Session, User
from openbell.domain.values import Nanos

T = TypeVar("T", User, ApiKey, Session)


class SqlAccess:
    """Who may sign in, and with what."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner

    async def add_user(self, user: User) -> None:
        """Add a user. Raises KeyError naming `email` or `username` when taken."""

        def work(connection: Connection) -> None:
            _refuse_taken(connection, user)
            connection.execute(insert(users).values(_user_row(user)))

        await self._runner.write(work)

    async def user(self, user_id: str) -> User | None:
        """Give a user by id."""
        return await self._one(users, User, users.c.user_id == user_id)

    async def user_by_login(self, login: str) -> User | None:
        """Give a user by email or username, without regard to case or to how its letters are encoded."""
        key, as_typed = _login_key(login), login.strip().casefold()
        found = None if key == as_typed else await self._by_key(as_typed)  # as earlier versions kept it
        return found or await self._by_key(key)

    async def users(self) -> list[User]:
        """List all users, oldest first."""
        statement = select(users).order_by(users.c.created_ns, users.c.user_id)
        return await self._runner.read(
            lambda connection: [_read(User, row) for row in connection.execute(statement).mappings()]
        )

    async def update_user(self, user: User) -> None:
        """Replace a user's record. Raises KeyError naming `email` or `username` when taken by another."""

        def work(connection: Connection) -> None:
            _refuse_taken(connection, user)
            connection.execute(update(users).where(users.c.user_id == user.user_id).values(_user_row(user)))

        await self._runner.write(work)

    async def delete_user(self, user_id: str) -> None:
        """Remove a user; the foreign keys take along their keys and sessions."""
        await self._change(delete(users).where(users.c.user_id == user_id))

    async def add_key(self, key: ApiKey) -> None:
        """Add an API key. Raises KeyError when its user is gone."""

        def work(connection: Connection) -> None:
            if not has_user(connection, key.user_id):
                raise KeyError(key.user_id)
            connection.execute(insert(api_keys).values(_key_row(key)))

        await self._runner.write(work)

    async def key_by_hash(self, secret_hash: str) -> ApiKey | None:
        """Give the key whose secret has this hash."""
        return await self._one(api_keys, ApiKey, api_keys.c.secret_hash == secret_hash)

    async def keys(self, user_id: str) -> list[ApiKey]:
        """List a user's keys, oldest first."""
        statement = (
            select(api_keys).where(api_keys.c.user_id == user_id).order_by(api_keys.c.created_ns, api_keys.c.key_id)
        )
        return await self._runner.read(
            lambda connection: [_read(ApiKey, row) for row in connection.execute(statement).mappings()]
        )

    async def update_key(self, key: ApiKey) -> None:
        """Replace a key's record (revocation)."""
        await self._change(update(api_keys).where(api_keys.c.key_id == key.key_id).values(_key_row(key)))

    async def add_session(self, session: Session) -> None:
        """Add a session; those that have run out by its start are dropped. Of a user who is gone none is added."""

        def work(connection: Connection) -> None:
            connection.execute(delete(sessions).where(sessions.c.expires_ns < session.created_ns))
            if has_user(connection, session.user_id):
                connection.execute(insert(sessions).values(msgspec.structs.asdict(session)))

        await self._runner.write(work)

    async def session(self, session_id: str) -> Session | None:
        """Give a session."""
        return await self._one(sessions, Session, sessions.c.session_id == session_id)

    async def sessions(self, user_id: str) -> list[Session]:
        """List a user's sessions, newest first, those that have ended included until they run out."""
        newest = (sessions.c.created_ns.desc(), sessions.c.session_id)
        statement = select(sessions).where(sessions.c.user_id == user_id).order_by(*newest)
        return await self._runner.read(
            lambda connection: [_read(Session, row) for row in connection.execute(statement).mappings()]
        )

    async def rotate_session(
        self, session_id: str, *, old_hash: str, new_hash: str, at_ns: Nanos, expires_ns: Nanos
    ) -> bool:
        """Swap the refresh hash, and set the end, if it still is the old one; False when it was used or is over."""
        statement = (
            update(sessions)
            .where(
                sessions.c.session_id == session_id,
                sessions.c.refresh_hash == old_hash,
                sessions.c.revoked_ns.is_(None),
            )
            .values(refresh_hash=new_hash, refreshed_ns=at_ns, expires_ns=expires_ns)
        )
        return await self._change(statement) == 1

    async def revoke_session(self, session_id: str, *, at_ns: Nanos) -> None:
        """End a session; one that has ended keeps the time it had."""
        await self._change(
            update(sessions)
            .where(sessions.c.session_id == session_id, sessions.c.revoked_ns.is_(None))
            .values(revoked_ns=at_ns)
        )

    async def revoke_sessions(self, user_id: str, *, at_ns: Nanos) -> None:
        """End all sessions of a user; those that have ended keep the time they had."""
        await self._change(
            update(sessions)
            .where(sessions.c.user_id == user_id, sessions.c.revoked_ns.is_(None))
            .values(revoked_ns=at_ns)
        )

    async def _change(self, statement: Any) -> int:
        """Run one statement durably and give the number of rows it touched."""
        changed: int = await self._runner.write(lambda connection: connection.execute(statement).rowcount)
        return changed

    async def _by_key(self, key: str) -> User | None:
        return await self._one(users, User, or_(users.c.email_key == key, users.c.username_key == key))

    async def _one(self, table: Table, kind: type[T], where: ColumnElement[bool]) -> T | None:
        def work(connection: Connection) -> T | None:
            row = connection.execute(select(table).where(where)).mappings().first()
            return None if row is None else _read(kind, row)

        return await self._runner.read(work)


def has_user(connection: Connection, user_id: str) -> bool:
    """Tell whether a user is there."""
    return connection.execute(select(users.c.user_id).where(users.c.user_id == user_id)).first() is not None


def has_live_key(connection: Connection, key_id: str) -> bool:
    """Tell whether a key is there and has not been revoked."""
    statement = select(api_keys.c.key_id).where(api_keys.c.key_id == key_id, api_keys.c.revoked_ns.is_(None))
    return connection.execute(statement).first() is not None


def _refuse_taken(connection: Connection, user: User) -> None:
    """Raise KeyError when a login would name two users; an email and a username are one space of names."""
    for field, key in (("email", _login_key(user.email)), ("username", _login_key(user.username))):
        same = or_(users.c.email_key == key, users.c.username_key == key)
        if connection.execute(select(users.c.user_id).where(same, users.c.user_id != user.user_id)).first():
            raise KeyError(field)


def _login_key(login: str) -> str:
    """Give what two ways of writing a login have in common: case, and letters put together or apart, do not count."""
    return normalize("NFKC", normalize("NFKC", login.strip()).casefold())


def _user_row(user: User) -> dict[str, Any]:
    keys = {"email_key": _login_key(user.email), "username_key": _login_key(user.username)}
    return {**msgspec.structs.asdict(user), **keys}


def _key_row(key: ApiKey) -> dict[str, Any]:
    lists = {"scopes": " ".join(sorted(key.scopes)), "allowed_networks": " ".join(key.allowed_networks)}
    return {**msgspec.structs.asdict(key), **lists}


def _read(kind: type[T], row: RowMapping) -> T:
    values = {name: row[name] for name in kind.__struct_fields__}
    for name in ("scopes", "allowed_networks"):
        if name in values:
            values[name] = values[name].split()
    return msgspec.convert(values, kind)
