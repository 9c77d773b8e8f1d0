"""Real but small stand-ins for what stands behind the ports, kept in memory."""

import asyncio

import msgspec

from openbell.domain.access import ApiKey, Session, User
from openbell.domain.account import Account
from openbell.domain.commands import Command, OpenAccount
from openbell.domain.values import NANOS_PER_SECOND, Nanos
from openbell.ports import KeptBucket, Outcome, Unavailable


class MemoryAccess:
    """AccessStore in dictionaries."""

    def __init__(self):
        self.by_id: dict[str, User] = {}
        self.keys_by_id: dict[str, ApiKey] = {}
        self.by_session: dict[str, Session] = {}
        self.is_down = False

    async def add_user(self, user: User) -> None:
        for other in self.by_id.values():
            for field in ("email", "username"):
                if getattr(other, field).casefold() == getattr(user, field).casefold():
                    raise KeyError(field)
        self.by_id[user.user_id] = user

    async def user(self, user_id: str) -> User | None:
        if self.is_down:
            raise Unavailable("the database does not answer")
        return self.by_id.get(user_id)

    async def user_by_login(self, login: str) -> User | None:
        wanted = login.casefold()
        return next(
            (user for user in self.by_id.values() if wanted in (user.email.casefold(), user.username.casefold())), None
        )

    async def users(self) -> list[User]:
        return sorted(self.by_id.values(), key=lambda user: user.created_ns)

    async def update_user(self, user: User) -> None:
        self.by_id[user.user_id] = user

    async def delete_user(self, user_id: str) -> None:
        del self.by_id[user_id]
        self.keys_by_id = {i: key for i, key in self.keys_by_id.items() if key.user_id != user_id}
        self.by_session = {i: session for i, session in self.by_session.items() if session.user_id != user_id}

    async def add_key(self, key: ApiKey) -> None:
        self.keys_by_id[key.key_id] = key

    async def key_by_hash(self, secret_hash: str) -> ApiKey | None:
        return next((key for key in self.keys_by_id.values() if key.secret_hash == secret_hash), None)

    async def keys(self, user_id: str) -> list[ApiKey]:
        return [key for key in self.keys_by_id.values() if key.user_id == user_id]

    async def update_key(self, key: ApiKey) -> None:
        self.keys_by_id[key.key_id] = key

    async def add_session(self, session: Session) -> None:
        self.by_session[session.session_id] = session

    async def session(self, session_id: str) -> Session | None:
        if self.is_down:
            raise Unavailable("the database does not answer")
        return self.by_session.get(session_id)

    async def sessions(self, user_id: str) -> list[Session]:
        own = [session for session in self.by_session.values() if session.user_id == user_id]
        return sorted(own, key=lambda session: -session.created_ns)

    async def rotate_session(
        self, session_id: str, *, old_hash: str, new_hash: str, at_ns: Nanos, expires_ns: Nanos
    ) -> bool:
        session = self.by_session[session_id]
        if session.refresh_hash != old_hash:
            return False
        changes = {"refresh_hash": new_hash, "refreshed_ns": at_ns, "expires_ns": expires_ns}
        self.by_session[session_id] = msgspec.structs.replace(session, **changes)
        return True

    async def revoke_session(self, session_id: str, *, at_ns: Nanos) -> None:
        self.by_session[session_id] = msgspec.structs.replace(self.by_session[session_id], revoked_ns=at_ns)

    async def revoke_sessions(self, user_id: str, *, at_ns: Nanos) -> None:
        for session in list(self.by_session.values()):
            if session.user_id == user_id:
                await self.revoke_session(session.session_id, at_ns=at_ns)


class MemoryQuotas:
    """QuotaStore in a dictionary."""

    def __init__(self):
        self.by_name: dict[str, KeptBucket] = {}
        self.is_down = False
        self.saves = 0

    async def load(self, *, now_ns: Nanos) -> list[KeptBucket]:
        return [bucket for bucket in self.by_name.values() if bucket.expires_ns > now_ns]

    async def save(self, buckets, *, now_ns: Nanos) -> None:
        await asyncio.sleep(0)
        if self.is_down:
            raise Unavailable("the database does not answer")
        self.saves += 1
        self.by_name.update({bucket.name: bucket for bucket in buckets})


class SteppedClock:
    """A clock that moves when it is told to."""

    def __init__(self, now_ns: Nanos = 1_800_000_000 * NANOS_PER_SECOND):
        self.now = now_ns

    def now_ns(self) -> Nanos:
        return self.now

    def step(self, seconds: float) -> None:
        self.now += int(seconds * NANOS_PER_SECOND)


class AccountBook:
    """Trading and Views as far as users need them: opens accounts and remembers every command."""

    def __init__(self, clock: SteppedClock):
        self._clock = clock
        self.commands: list[Command] = []

    def now_ns(self) -> Nanos:
        return self._clock.now_ns()

    async def submit(self, command: Command) -> Outcome:
        self.commands.append(command)
        return Outcome()

    def account(self, account_id: str) -> Account | None:
        for command in self.commands:
            if isinstance(command, OpenAccount) and command.account_id == account_id:
                return Account(
                    account_id=account_id,
                    owner_id=command.owner_id,
                    mode=command.mode,
                    base_currency=command.base_currency,
                    opened_ns=command.ts_ns,
                    cash=dict(command.deposits),
                )
        return None


class FixedProbe:
    """A probe that says what it is told to say."""

    def __init__(self, name: str, **answer):
        self.name = name
        self.answer = answer or {"status": "healthy"}

    async def check(self):
        return self.answer


def counted(monkeypatch, target, name):
    """Note the calls of a method, which works as before; gives the notes."""
    calls, real = [], getattr(target, name)

    def call(*given, **named):
        calls.append(given)
        return real(*given, **named)

    monkeypatch.setattr(target, name, call)
    return calls
