"""Who may do what: users, keys, second factors, secrets, approvals and the audit log."""

from collections.abc import Awaitable, Sequence
from typing import Protocol

import msgspec

from openbell.domain.access import ApiKey, SecondFactor, Session, User
from openbell.domain.approval import Approval
from openbell.domain.audit import AuditCheck, AuditEntry
from openbell.domain.values import Nanos
from openbell.ports.history import Page


class AccessStore(Protocol):
    """Users, keys and sessions."""

    async def add_user(self, user: User) -> None:
        """Add a user. Raises KeyError naming `email` or `username` when taken."""
        ...

    async def user(self, user_id: str) -> User | None:
        """Give a user by id."""
        ...

    async def user_by_login(self, login: str) -> User | None:
        """Give a user by email or username, without regard to case."""
        ...

    async def users(self) -> list[User]:
        """List all users, oldest first."""
        ...

    async def update_user(self, user: User) -> None:
        """Replace a user's record."""
        ...

    async def delete_user(self, user_id: str) -> None:
        """Remove a user with their keys and sessions."""
        ...

    async def add_key(self, key: ApiKey) -> None:
        """Add an API key. Raises KeyError when its user is gone."""
        ...

    async def key_by_hash(self, secret_hash: str) -> ApiKey | None:
        """Give the key whose secret has this hash."""
        ...

    async def keys(self, user_id: str) -> list[ApiKey]:
        """List a user's keys."""
        ...

    async def update_key(self, key: ApiKey) -> None:
        """Replace a key's record (revocation)."""
        ...

    async def add_session(self, session: Session) -> None:
        """Add a session; of a user who is gone none is added."""
        ...

    async def session(self, session_id: str) -> Session | None:
        """Give a session."""
        ...

    async def sessions(self, user_id: str) -> list[Session]:
        """List a user's sessions, newest first, those that have ended included until they run out."""
        ...

    async def rotate_session(
        self, session_id: str, *, old_hash: str, new_hash: str, at_ns: Nanos, expires_ns: Nanos
    ) -> bool:
        """Swap the refresh hash, and set the end, if it still is the old one; False when it was used before."""
        ...

    async def revoke_session(self, session_id: str, *, at_ns: Nanos) -> None:
        """End a session."""
        ...

    async def revoke_sessions(self, user_id: str, *, at_ns: Nanos) -> None:
        """End all sessions of a user."""
        ...


class NonceStore(Protocol):
    """Nonces that signed requests have used up, remembered over a restart."""

    async def use(self, key_id: str, nonce: str, *, expires_ns: Nanos, now_ns: Nanos) -> bool:
        """Use a nonce up until it runs out; False when it was used before."""
        ...


class MfaStore(Protocol):
    """Second factors and recovery codes. What is used up is so at once for everybody, and after a restart."""

    async def factor(self, user_id: str) -> SecondFactor | None:
        """Give a user's second factor, enabled or waiting for its first code."""
        ...

    async def begin(self, factor: SecondFactor, *, code_hashes: Sequence[str]) -> bool:
        """Keep a factor that waits for its first code, in place of one that waited; False when one is enabled.

        Raises KeyError when its user is gone.
        """
        ...

    async def enable(self, user_id: str, *, step: int, at_ns: Nanos) -> bool:
        """Enable a waiting factor with its first code's step; False when it is enabled or the step was used."""
        ...

    async def use_step(self, user_id: str, *, step: int) -> bool:
        """Use up a time step of an enabled factor and all before it; False when that has been done."""
        ...

    async def use_recovery_code(self, user_id: str, *, code_hash: str, at_ns: Nanos) -> bool:
        """Use up a recovery code; False when there is none such that is unused."""
        ...

    async def recovery_codes_left(self, user_id: str) -> int:
        """Count the recovery codes that are unused."""
        ...

    async def remove(self, user_id: str) -> None:
        """Take a user's second factor away, with its recovery codes; harmless when there is none."""
        ...


class SealBroken(Exception):
    """Sealed bytes that were changed, belong elsewhere or were sealed under another key."""


class Vault(Protocol):
    """Keeps secrets that must be read again. What was sealed in one context opens in no other."""

    def seal(self, plain: bytes, *, context: str) -> bytes:
        """Encrypt."""
        ...

    def unseal(self, sealed: bytes, *, context: str) -> bytes:
        """Decrypt. Raises SealBroken."""
        ...


class AuditFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which rows of the audit log to list, newest first; None does not restrict. Times are [from, to)."""

    actor_id: str | None = None
    action: str | None = None
    from_ns: Nanos | None = None
    to_ns: Nanos | None = None
    offset: int = 0
    limit: int = 20
    cursor: str = ""


class AuditTrail(Protocol):
    """The audit log: rows are added and read, never changed."""

    def append(self, entry: AuditEntry) -> Awaitable[None]:
        """Queue an entry at once, with the commit that is due; durable once awaited. Raises Unavailable."""
        ...

    async def rows(self, wanted: AuditFilter) -> Page:
        """List rows, newest first."""
        ...

    async def check(self) -> AuditCheck:
        """Verify the whole chain."""
        ...


class ApprovalStore(Protocol):
    """Approvals of a change of mode."""

    async def add(self, approval: Approval) -> None:
        """Keep a request."""
        ...

    async def approval(self, approval_id: str) -> Approval | None:
        """Give a request."""
        ...

    async def by_code(self, code_hash: str) -> Approval | None:
        """Give the request that a code was issued for."""
        ...

    async def latest(self, *, limit: int) -> list[Approval]:
        """List requests, newest first."""
        ...

    async def approve(self, approval_id: str, *, by: str, at_ns: Nanos, code_hash: str) -> bool:
        """Record who approved; False when somebody did before."""
        ...

    async def use(self, approval_id: str, *, at_ns: Nanos) -> bool:
        """Use an approval up; False when it was used before."""
        ...
