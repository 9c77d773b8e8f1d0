"""How many sockets somebody may have open: counted per user, or address, and path."""

from collections import Counter

import msgspec

from openbell.domain.access import Role


class ConnectionLimits(msgspec.Struct, frozen=True, kw_only=True):
    """Open sockets a user may have on one path; admins run dashboards and load tests and get more."""

    per_user: int = 3
    per_admin: int = 100
    per_address: int = 20
    """For callers nobody knows, by network address: several pages of a browser, or an office behind one address."""
    total: int = 10_000


class Turnstile:
    """Lets so many through at a time."""

    def __init__(self, limits: ConnectionLimits | None = None) -> None:
        self._limits = limits or ConnectionLimits()
        self._open: Counter[tuple[str, str]] = Counter()

    def enter(self, user_id: str, path: str, *, role: Role | None) -> bool:
        """Count a connection in; False when there are as many as may be. Each entry needs one `leave`.

        Without a role, `user_id` is the address of somebody unknown.
        """
        limit = self._limits.per_admin if role is Role.ADMIN else self._limits.per_user
        if role is None:
            limit = self._limits.per_address
        if self._open[user_id, path] >= limit or self._open.total() >= self._limits.total:
            return False
        self._open[user_id, path] += 1
        return True

    def leave(self, user_id: str, path: str) -> None:
        """Count a connection out."""
        self._open[user_id, path] -= 1
        if self._open[user_id, path] <= 0:
            del self._open[user_id, path]
