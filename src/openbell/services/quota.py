"""How often a caller may ask: an exact limiter and the table of limits by route."""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import msgspec

from openbell.domain.access import Role
from openbell.domain.values import NANOS_PER_SECOND, Nanos

BUCKETS_MAX = 100_000
"""Buckets kept in memory; full ones are dropped first, as forgetting those changes nothing."""

ADMIN_FACTOR = 10

PATHS_MAX = 4_096
"""Paths whose rule is remembered."""


class Limit(msgspec.Struct, frozen=True):
    """So many requests in so many seconds; all of them may come at once."""

    requests: int
    period_s: int = 60


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """Requests that share a bucket: by method (empty is any) and path prefix. No limit means a reserved road."""

    bucket: str
    path: str
    methods: frozenset[str] = frozenset()
    limit: Limit | None

    def covers(self, method: str, path: str) -> bool:
        """Tell whether a request falls under this rule; a prefix ends at a slash or at the end."""
        if self.methods and method not in self.methods:
            return False
        if not path.startswith(self.path):
            return False
        return len(path) == len(self.path) or self.path.endswith("/") or path[len(self.path)] == "/"


_READS = frozenset({"GET", "HEAD"})
_CHANGES = frozenset({"POST", "PUT", "PATCH"})

DEFAULT_RULES: tuple[Rule, ...] = (
    # Ways to stop trading or to leave are never in a queue behind other requests.
    Rule(bucket="reserved", path="/v1/controls/kill-switch", limit=None),
    Rule(bucket="reserved", path="/v1/controls/cancel-all", limit=None),
    Rule(bucket="reserved", path="/api/v1/control/emergency-stop", limit=None),
    # Renewed every few seconds by whoever uses it: ten a minute would fire it.
    Rule(bucket="cancel-after", path="/v1/controls/cancel-after", limit=Limit(100)),
    Rule(bucket="reserved", path="/v1/orders", methods=frozenset({"DELETE"}), limit=None),
    Rule(bucket="reserved", path="/v1/auth/logout", limit=None),
    Rule(bucket="reserved", path="/api/risk/emergency-stop", limit=None),
    Rule(bucket="reserved", path="/api/orders", methods=frozenset({"DELETE"}), limit=None),
    Rule(bucket="reserved", path="/api/auth/logout", limit=None),
    # Signing in is counted per address and name by the route itself; this stops a flood of invented names.
    Rule(bucket="auth-flood", path="/v1/auth/login", limit=Limit(100)),
    Rule(bucket="auth-flood", path="/v1/auth/refresh", limit=Limit(100)),
    Rule(bucket="reserved", path="/api/v1/health", limit=None),
    Rule(bucket="reserved", path="/api/v1/orders", methods=frozenset({"DELETE"}), limit=None),
    Rule(bucket="reserved", path="/api/v1/auth/logout", limit=None),
    Rule(bucket="auth-flood", path="/api/v1/auth", limit=Limit(100)),
    Rule(bucket="reads", path="/v1", methods=_READS, limit=Limit(100)),
    Rule(bucket="runs", path="/v1/runs", methods=frozenset({"POST"}), limit=Limit(5)),
    Rule(bucket="controls", path="/v1/controls", limit=Limit(10)),
    Rule(bucket="reads", path="/api/v1/control", methods=_READS, limit=Limit(100)),
    Rule(bucket="controls", path="/api/v1/control", limit=Limit(10)),
    Rule(bucket="orders", path="/v1/orders", methods=_CHANGES, limit=Limit(100)),
    Rule(bucket="strategies", path="/v1/strategies", limit=Limit(50)),
    Rule(bucket="writes", path="/v1", limit=Limit(100)),
    # A bucket is shared by all contracts: asking through another one gains nothing.
    Rule(bucket="reads", path="/api/v1", methods=_READS, limit=Limit(100)),
    Rule(bucket="orders", path="/api/v1/orders", methods=_CHANGES, limit=Limit(100)),
    Rule(bucket="writes", path="/api/v1", limit=Limit(100)),
    # New sockets; the integration guide's clients open two a page and come back with backoff.
    Rule(bucket="sockets-market", path="/ws/market-data", limit=Limit(60)),
    Rule(bucket="sockets-trading", path="/ws/trading", limit=Limit(60)),
    # The terminal's numbers. Orders and strategies are counted together with those that come by /v1.
    Rule(bucket="auth-flood", path="/api/auth/login", limit=Limit(100)),
    Rule(bucket="authentication", path="/api/auth", limit=Limit(10)),
    Rule(bucket="market-data", path="/api/instruments", limit=Limit(1_000)),
    Rule(bucket="market-data", path="/api/market-data", limit=Limit(1_000)),
    Rule(bucket="strategies", path="/api/strategies", limit=Limit(50)),
    Rule(bucket="orders", path="/api/orders", methods=_CHANGES, limit=Limit(100)),
    Rule(bucket="orders", path="/api/positions", methods=_CHANGES, limit=Limit(100)),
    Rule(bucket="trading", path="/api/orders", limit=Limit(100)),
    Rule(bucket="trading", path="/api/positions", limit=Limit(100)),
    Rule(bucket="trading", path="/api/trades", limit=Limit(100)),
    Rule(bucket="risk", path="/api/risk", limit=Limit(100)),
)
"""The documents' numbers; the first rule that covers a request counts."""

SOCKETS_LIMIT = Limit(5)
"""New connections of a user on one path."""
LOGIN_LIMIT = Limit(10)
"""Attempts to sign in for one name from one address."""


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What the limiter says to one request. Times are in seconds, rounded up; `reset_s` is when the bucket is full."""

    is_allowed: bool
    bucket: str
    limit: int
    period_s: int
    remaining: int
    reset_s: int
    retry_after_s: int


class QuotaStore(Protocol):
    """Where limits survive a restart: bucket → wall-clock nanoseconds at which it is full again."""

    def load(self) -> Mapping[str, Nanos]:
        """Give what was kept."""
        ...

    def save(self, full_at: Mapping[str, Nanos]) -> None:
        """Replace what is kept."""
        ...


class Limiter:
    """Generic cell rate algorithm: each bucket is one instant, at which it would be full again.

    A request moves that instant on by period/limit, and is refused when it would lie more than a period ahead. There is
    no await inside, so that on one event loop the count is exact however many ask at once. Time is monotonic: setting
    the clock gives nobody a fresh quota.
    """

    def __init__(self, *, monotonic_ns: Callable[[], int] = time.monotonic_ns) -> None:
        self._now = monotonic_ns
        self._full_at: dict[str, int] = {}

    def take(self, bucket: str, key: str, limit: Limit) -> Verdict:
        """Count one request of `key` against a bucket, if it is allowed."""
        now = self._now()
        name = f"{bucket}:{key}"
        period = limit.period_s * NANOS_PER_SECOND
        step = period // limit.requests
        full_at = max(self._full_at.get(name, 0), now)
        over = full_at + step - now - period
        if over > 0:
            return self._verdict(bucket, limit, ahead=full_at - now, wait=over)
        full_at += step
        if len(self._full_at) >= BUCKETS_MAX:
            self._forget_full(now)
        self._full_at[name] = full_at
        return self._verdict(bucket, limit, ahead=full_at - now, wait=0)

    def dump(self, now_ns: Nanos) -> dict[str, Nanos]:
        """Give the buckets that are not full, in wall-clock time, for a QuotaStore."""
        now = self._now()
        return {name: now_ns + at - now for name, at in self._full_at.items() if at > now}

    def restore(self, full_at: Mapping[str, Nanos], now_ns: Nanos) -> None:
        """Take up kept buckets after a restart."""
        now = self._now()
        self._full_at.update({name: now + at - now_ns for name, at in full_at.items() if at > now_ns})

    def _forget_full(self, now: int) -> None:
        self._full_at = {name: at for name, at in self._full_at.items() if at > now}
        # Still too many live buckets: the ones nearest to full lose least.
        surplus = len(self._full_at) - BUCKETS_MAX * 9 // 10
        if surplus > 0:
            for name in sorted(self._full_at, key=self._full_at.__getitem__)[:surplus]:
                del self._full_at[name]

    @staticmethod
    def _verdict(bucket: str, limit: Limit, *, ahead: int, wait: int) -> Verdict:
        step = limit.period_s * NANOS_PER_SECOND // limit.requests
        return Verdict(
            is_allowed=wait == 0,
            bucket=bucket,
            limit=limit.requests,
            period_s=limit.period_s,
            remaining=max(0, limit.requests - -(-ahead // step)),
            reset_s=math.ceil(ahead / NANOS_PER_SECOND),
            retry_after_s=math.ceil(wait / NANOS_PER_SECOND),
        )


class Quota:
    """The limits in force: which bucket a request belongs to, and whether it may pass."""

    def __init__(self, limiter: Limiter, *, rules: Sequence[Rule] = DEFAULT_RULES, login: Limit = LOGIN_LIMIT) -> None:
        self._limiter = limiter
        self._rules = tuple(rules)
        self._login = login
        self._found: dict[tuple[str, str], Rule | None] = {}

    def request(self, method: str, path: str, *, caller: str, role: Role | None) -> Verdict | None:
        """Count a request; None when it is on a reserved road or under no rule."""
        rule = self._rule(method, path)
        if rule is None or rule.limit is None:
            return None
        limit = rule.limit
        if role is Role.ADMIN:
            limit = Limit(limit.requests * ADMIN_FACTOR, limit.period_s)
        return self._limiter.take(rule.bucket, caller, limit)

    def _rule(self, method: str, path: str) -> Rule | None:
        """Find the first rule that covers a request; what was found is remembered for the next one alike."""
        key = (method, path)
        if key in self._found:
            return self._found[key]
        if len(self._found) >= PATHS_MAX:
            self._found.clear()
        rule = self._found[key] = next((rule for rule in self._rules if rule.covers(method, path)), None)
        return rule

    def login(self, *, client_ip: str, login: str) -> Verdict | None:
        """Count an attempt to sign in. The name alone is no key: else anybody could lock its owner out."""
        return self._limiter.take("login", f"{client_ip}|{login.casefold()[:128]}", self._login)

    def socket(self, *, user_id: str, path: str, role: Role | None) -> Verdict | None:
        """Count a new connection."""
        factor = ADMIN_FACTOR if role is Role.ADMIN else 1
        limit = Limit(SOCKETS_LIMIT.requests * factor, SOCKETS_LIMIT.period_s)
        return self._limiter.take("sockets", f"{user_id}|{path}", limit)


class NoQuota(Quota):
    """Limits switched off, for load tests on loopback."""

    def __init__(self) -> None:
        super().__init__(Limiter(), rules=())

    def login(self, *, client_ip: str, login: str) -> Verdict | None:  # noqa: ARG002 - same call as Quota's
        """Let everybody try."""
        return None

    def socket(self, *, user_id: str, path: str, role: Role | None) -> Verdict | None:  # noqa: ARG002 - same call as Quota's
        """Let everybody in."""
        return None
