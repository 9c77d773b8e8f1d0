"""Limits that survive a restart: what was counted is written down behind the requests, never far behind.

Changed buckets are written every 200 ms. A bucket that has more than a tenth of its limit unwritten makes its next
request wait for a write: a server that is killed gives back at most a tenth of a limit, rounded down, and nothing at
all of a limit under ten, such as that on starting runs.
"""

import asyncio

import structlog

from openbell.ports import Clock, QuotaStore, Unavailable
from openbell.services.limiter import Limit, Limiter, Verdict

KEEP_SECONDS = 0.2
UNKEPT_SHARE = 10
"""One in so many requests of a limit may be unwritten."""
WRITE_SECONDS_MAX = 1.0
"""A store that takes longer is not waited for again until it has answered."""

_log = structlog.get_logger(__name__)


class KeptLimiter:
    """A limiter in memory with a store behind it (limiter.Limits)."""

    def __init__(self, limiter: Limiter, *, store: QuotaStore, clock: Clock) -> None:
        self._limiter = limiter
        self._store = store
        self._clock = clock
        self._writing = asyncio.Lock()
        self._is_failing = False

    async def take(self, bucket: str, key: str, limit: Limit) -> Verdict:
        """Count one request; when much of the bucket is unwritten, answer after a write."""
        verdict = self._limiter.count(bucket, key, limit)
        if verdict.is_allowed and self._limiter.unkept(bucket, key) > limit.requests // UNKEPT_SHARE:
            await self._caught_up()
        return verdict

    def take_now(self, bucket: str, key: str, limit: Limit) -> Verdict | None:
        """Count one request; None, and nothing counted, where it is over or would wait for a write."""
        if self._limiter.unkept(bucket, key) >= limit.requests // UNKEPT_SHARE:
            return None
        return self._limiter.take_now(bucket, key, limit)

    def give_back(self, bucket: str, key: str) -> None:
        """Take back the latest request, which nobody can have kept yet."""
        self._limiter.give_back(bucket, key)

    async def restore(self) -> None:
        """Take up what was kept. Raises Unavailable."""
        now_ns = self._clock.now_ns()
        self._limiter.restore(await self._store.load(now_ns=now_ns), now_ns)

    async def run(self) -> None:
        """Write behind, for ever."""
        while True:
            await asyncio.sleep(KEEP_SECONDS)
            await self.keep()

    async def keep(self) -> None:
        """Write what changed. While the store is down limits still hold in memory: it is logged, nobody waits."""
        # Whoever waits here for the lock finds that the one before wrote their change too, or writes for all.
        async with self._writing:
            now_ns = self._clock.now_ns()
            changed = self._limiter.changed(now_ns)
            if not changed:
                return
            try:
                async with asyncio.timeout(WRITE_SECONDS_MAX):
                    await self._store.save(changed, now_ns=now_ns)
            except (Unavailable, TimeoutError) as outage:
                self._limiter.not_kept()
                if not self._is_failing:
                    _log.warning("limits_not_kept", reason=str(outage) or "the store is slow")
                self._is_failing = True
            else:
                self._limiter.kept()
                self._is_failing = False

    async def _caught_up(self) -> None:
        if not self._is_failing:
            await self.keep()
