"""Limits counted over several servers: a shared store says yes or no, this server's own count stands behind it.

Every request that the store lets through is counted here as well. So a store that comes back empty gives nobody a
second helping from this server, and while it is away this server's own limits hold: several servers then let through as
many times the limit at most. Going away and coming back are told, once each.
"""

import time
from collections.abc import Awaitable, Callable

import structlog

from openbell.ports import SharedWindows, Unavailable
from openbell.services.limiter import Limit, Limits, Verdict, name_of, verdict_of

RETRY_SECONDS = 1.0
"""How long a store that did not answer is left alone, so that requests do not wait for it one by one."""

OnOutage = Callable[[str], Awaitable[None]]
"""Told why the store is away, or '' when it is back."""

_log = structlog.get_logger(__name__)


class SharedLimiter:
    """A shared store with this server's own limits behind it (limiter.Limits)."""

    def __init__(
        self,
        shared: SharedWindows,
        own: Limits,
        *,
        on_outage: OnOutage,
        monotonic_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._shared = shared
        self._own = own
        self._on_outage = on_outage
        self._now_s = monotonic_s
        self._retry_at_s = 0.0
        self._is_away = False

    async def take(self, bucket: str, key: str, limit: Limit) -> Verdict:
        """Count one request, if both counts allow it."""
        shared = await self._ask(bucket, key, limit)
        if shared is not None and not shared.is_allowed:
            return shared
        own = await self._own.take(bucket, key, limit)
        return own if shared is None or not own.is_allowed else shared

    def take_now(self, bucket: str, key: str, limit: Limit) -> Verdict | None:  # noqa: ARG002 - as limiter.Limits
        """Count nothing: the store has to be asked."""
        return None

    def give_back(self, bucket: str, key: str) -> None:
        """Do nothing, as nothing was counted."""

    async def _ask(self, bucket: str, key: str, limit: Limit) -> Verdict | None:
        """Give the store's verdict; None while it is away."""
        if self._now_s() < self._retry_at_s:
            return None
        try:
            count = await self._shared.take(name_of(bucket, key), requests=limit.requests, period_ns=limit.period_ns)
        except Unavailable as outage:
            self._retry_at_s = self._now_s() + RETRY_SECONDS
            await self._changed(str(outage))
            return None
        await self._changed("")
        return verdict_of(bucket, limit, passed=count.passed, full_ns=count.full_ns, wait_ns=count.wait_ns)

    async def _changed(self, outage: str) -> None:
        if bool(outage) == self._is_away:
            return
        self._is_away = bool(outage)
        _log.warning("shared_limits", state="away" if outage else "back", reason=outage)
        try:
            await self._on_outage(outage)
        except Unavailable as problem:
            _log.warning("shared_limits_not_told", reason=str(problem))
