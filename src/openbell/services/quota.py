"""How often a caller may ask: the table of limits by route.

Rules name a bucket; requests are counted by bucket and caller. Rules of several contracts that name one bucket share
its count, so that changing over to another contract gains nothing: everything that sends an order names `orders`.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence

import msgspec

from openbell.domain.access import Role
from openbell.services.limiter import Limit, Limiter, Limits, Verdict
from openbell.services.neighbours import neighbourhood

ADMIN_FACTOR = 10
DIGEST_BYTES = 16

RESERVED = "reserved"
LOGIN = "login"
SOCKETS = "sockets"
ORDERS = "orders"

PATHS_MAX = 4_096
PATH_LENGTH_MAX = 128
"""Paths whose rule is remembered, and their length: callers may make them up, and as long as a head may be."""


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """Requests that share a bucket: by method (empty is any) and path prefix. No limit means a reserved road."""

    bucket: str
    path: str
    ending: str = ""
    """What a path ends with beside its prefix: an act on any one of what is there."""
    methods: frozenset[str] = frozenset()
    limit: Limit | None

    def covers(self, method: str, path: str) -> bool:
        """Tell whether a request falls under this rule; a prefix ends at a slash or at the end."""
        if self.methods and method not in self.methods:
            return False
        if not path.startswith(self.path) or not path.endswith(self.ending):
            return False
        return len(path) == len(self.path) or self.path.endswith("/") or path[len(self.path)] == "/"


_READS = frozenset({"GET", "HEAD"})
_CHANGES = frozenset({"POST", "PUT", "PATCH"})

DEFAULT_RULES: tuple[Rule, ...] = (
    # Ways to stop trading or to leave are never in a queue behind other requests.
    Rule(bucket=RESERVED, path="/v1/controls/kill-switch", limit=None),
    Rule(bucket=RESERVED, path="/v1/controls/cancel-all", limit=None),
    Rule(bucket=RESERVED, path="/api/v1/control/emergency-stop", limit=None),
    # Renewed every few seconds by whoever uses it: ten a minute would fire it.
    Rule(bucket="cancel-after", path="/v1/controls/cancel-after", limit=Limit(100)),
    Rule(bucket=RESERVED, path="/v1/orders", methods=frozenset({"DELETE"}), limit=None),
    Rule(bucket=RESERVED, path="/v1/auth/logout", limit=None),
    Rule(bucket=RESERVED, path="/v1/sessions", methods=frozenset({"DELETE"}), limit=None),
    Rule(bucket=RESERVED, path="/api/risk/emergency-stop", limit=None),
    Rule(bucket=RESERVED, path="/api/orders", methods=frozenset({"DELETE"}), limit=None),
    Rule(bucket=RESERVED, path="/api/auth/logout", limit=None),
    # Signing in is counted per address and name by the route itself; this stops a flood of invented names.
    Rule(bucket="auth-flood", path="/v1/auth/login", limit=Limit(100)),
    Rule(bucket="auth-flood", path="/v1/auth/refresh", limit=Limit(100)),
    Rule(bucket="reserved", path="/api/v1/health", limit=None),
    Rule(bucket="reserved", path="/api/v1/orders", methods=frozenset({"DELETE"}), limit=None),
    Rule(bucket="reserved", path="/api/v1/auth/logout", limit=None),
    Rule(bucket="auth-flood", path="/api/v1/auth", limit=Limit(100)),
    Rule(bucket="reads", path="/v1", methods=_READS, limit=Limit(100)),
    # A run that is to stop holds a process; one that is done again is a run like any other.
    Rule(bucket=RESERVED, path="/v1/runs", ending="/cancel", methods=frozenset({"POST"}), limit=None),
    Rule(bucket="runs", path="/v1/runs", methods=frozenset({"POST"}), limit=Limit(5)),
    Rule(bucket="uploads", path="/v1/catalog", methods=frozenset({"POST"}), limit=Limit(20)),
    Rule(bucket="controls", path="/v1/controls", limit=Limit(10)),
    Rule(bucket="reads", path="/api/v1/control", methods=_READS, limit=Limit(100)),
    Rule(bucket="controls", path="/api/v1/control", limit=Limit(10)),
    Rule(bucket=ORDERS, path="/v1/orders", methods=_CHANGES, limit=Limit(100)),
    Rule(bucket="strategies", path="/v1/strategies", limit=Limit(50)),
    Rule(bucket="writes", path="/v1", limit=Limit(100)),
    # A bucket is shared by all contracts: asking through another one gains nothing.
    Rule(bucket="reads", path="/api/v1", methods=_READS, limit=Limit(100)),
    Rule(bucket=ORDERS, path="/api/v1/orders", methods=_CHANGES, limit=Limit(100)),
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
    Rule(bucket=ORDERS, path="/api/orders", methods=_CHANGES, limit=Limit(100)),
    Rule(bucket=ORDERS, path="/api/positions", methods=_CHANGES, limit=Limit(100)),
    Rule(bucket="trading", path="/api/orders", limit=Limit(100)),
    Rule(bucket="trading", path="/api/positions", limit=Limit(100)),
    Rule(bucket="trading", path="/api/trades", limit=Limit(100)),
    Rule(bucket="risk", path="/api/risk", limit=Limit(100)),
)
"""The documents' numbers; the first rule that covers a request counts."""

SOCKETS_LIMIT = Limit(5)
"""New connections of a user on one path."""

LOGIN_LIMIT = Limit(10)
"""Attempts to sign in as one user from one address, over all contracts."""

_LIMIT = re.compile(r"([1-9]\d{0,4})/(?:([1-9]\d{0,4})s|(s|min|h))", re.ASCII)
_SECONDS = {"s": 1, "min": 60, "h": 3_600}


class InvalidLimits(ValueError):
    """A table of limits that cannot be used; the message names the bucket and what there is."""


class Table(msgspec.Struct, frozen=True):
    """All limits in force: rules by route, the first that covers a request counts; and attempts to sign in."""

    rules: tuple[Rule, ...] = DEFAULT_RULES
    login: Limit = LOGIN_LIMIT
    sockets: Limit = SOCKETS_LIMIT

    def limit_of(self, bucket: str) -> Limit | None:
        """Give the limit of a bucket by its name."""
        return next((rule.limit for rule in self.rules if rule.bucket == bucket), None)


def table_of(given: Mapping[str, str], *, rules: Sequence[Rule] = DEFAULT_RULES) -> Table:
    """Give the table with some limits changed: bucket → `100/min`, `5/s`, `9/h`, `20/30s`. Raises InvalidLimits."""
    changed = {bucket: _limit(bucket, text) for bucket, text in given.items()}
    known = {rule.bucket for rule in rules if rule.limit is not None} | {LOGIN, SOCKETS}
    for bucket in changed.keys() - known:
        why = "is never limited" if bucket == RESERVED else f"is no bucket; there are {', '.join(sorted(known))}"
        raise InvalidLimits(f"rate limits: {bucket!r} {why}")
    replaced = [
        msgspec.structs.replace(rule, limit=changed[rule.bucket]) if rule.bucket in changed else rule for rule in rules
    ]
    return Table(tuple(replaced), changed.get(LOGIN, LOGIN_LIMIT), changed.get(SOCKETS, SOCKETS_LIMIT))


def _limit(bucket: str, text: str) -> Limit:
    found = _LIMIT.fullmatch(text.replace(" ", ""))
    if found is None:
        raise InvalidLimits(f"rate limits: {bucket} = {text!r} is no limit; write 100/min, 5/s, 1000/h or 20/30s")
    return Limit(int(found[1]), int(found[2]) if found[2] else _SECONDS[found[3]])


class Counted(msgspec.Struct, frozen=True):
    """A request that may pass; no verdict where none is counted."""

    verdict: Verdict | None = None


UNLIMITED = Counted()


class Quota:
    """The limits in force: which bucket a request belongs to, and whether it may pass."""

    def __init__(
        self,
        limits: Limits,
        *,
        rules: Sequence[Rule] = DEFAULT_RULES,
        login: Limit = LOGIN_LIMIT,
        sockets: Limit = SOCKETS_LIMIT,
    ) -> None:
        self._limits = limits
        self._table = Table(tuple(rules), login, sockets)
        self._found: dict[tuple[str, str], Rule | None] = {}

    async def request(self, method: str, path: str, *, caller: str, role: Role | None) -> Verdict | None:
        """Count a request; None when it is on a reserved road or under no rule."""
        rule = self.rule(method, path)
        if rule is None or rule.limit is None:
            return None
        return await self._limits.take(rule.bucket, caller, _for(role, rule.limit))

    def request_now(self, method: str, path: str, *, caller: str, role: Role) -> Counted | None:
        """Count as `request` does, where that needs no waiting and is within the limit; else None, nothing counted."""
        rule = self.rule(method, path)
        if rule is None or rule.limit is None:
            return UNLIMITED
        verdict = self._limits.take_now(rule.bucket, caller, _for(role, rule.limit))
        return None if verdict is None else Counted(verdict)

    def give_back(self, method: str, path: str, *, caller: str) -> None:
        """Take back what `request_now` has just counted: the request will come to `request`."""
        rule = self.rule(method, path)
        if rule is not None and rule.limit is not None:
            self._limits.give_back(rule.bucket, caller)

    async def take(self, bucket: str, *, caller: str, role: Role) -> Verdict | None:
        """Count something that came another way, such as an order over a socket, against the same bucket."""
        limit = self._table.limit_of(bucket)
        return None if limit is None else await self._limits.take(bucket, caller, _for(role, limit))

    def passes_now(self, bucket: str, *, caller: str, role: Role) -> bool:
        """Count as `take` does, where that needs no waiting and is within the limit; else nothing is counted."""
        limit = self._table.limit_of(bucket)
        return limit is None or self._limits.take_now(bucket, caller, _for(role, limit)) is not None

    async def login(self, *, client_ip: str, subject: str) -> Verdict | None:
        """Count an attempt to sign in as a user, by whichever name and contract, or under a name nobody has.

        The user alone is no key: else anybody could lock them out from anywhere.
        """
        # What people type as their name may be their password: only its digest is remembered.
        who = hashlib.blake2b(
            f"{neighbourhood(client_ip)}|{subject.casefold()}".encode(), digest_size=DIGEST_BYTES
        ).hexdigest()
        return await self._limits.take(LOGIN, who, self._table.login)

    async def socket(self, *, user_id: str, path: str, role: Role | None) -> Verdict | None:
        """Count a new connection."""
        return await self._limits.take(SOCKETS, f"{user_id}|{path}", _for(role, self._table.sockets))

    def rule(self, method: str, path: str) -> Rule | None:
        """Find the first rule that covers a request; what was found is remembered for the next one alike."""
        key = (method, path)
        if key in self._found:
            return self._found[key]
        rule = next((rule for rule in self._table.rules if rule.covers(method, path)), None)
        if len(path) <= PATH_LENGTH_MAX:
            if len(self._found) >= PATHS_MAX:
                self._found.clear()
            self._found[key] = rule
        return rule


class NoQuota(Quota):
    """Limits switched off, for load tests on loopback."""

    def __init__(self) -> None:
        super().__init__(Limiter(), rules=())

    async def login(self, *, client_ip: str, subject: str) -> Verdict | None:  # noqa: ARG002 - same call as Quota's
        """Let everybody try."""
        return None

    async def socket(self, *, user_id: str, path: str, role: Role | None) -> Verdict | None:  # noqa: ARG002 - as Quota's
        """Let everybody in."""
        return None


def _for(role: Role | None, limit: Limit) -> Limit:
    return Limit(limit.requests * ADMIN_FACTOR, limit.period_s) if role is Role.ADMIN else limit
