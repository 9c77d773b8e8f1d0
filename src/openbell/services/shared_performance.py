"""Performance that several servers work out once: kept where all of them find it, for as long as one would keep it."""

import time
from collections.abc import Awaitable, Callable

import msgspec

from openbell.domain.account import Mode
from openbell.domain.values import Nanos
from openbell.ports import SharedCache, Unavailable
from openbell.services.performance import CACHE_NS, Performance, PerformanceFigures, Period

RETRY_SECONDS = 5.0
"""Time for which a store that did not answer is not asked again."""

_encode = msgspec.json.encode
_decode = msgspec.json.Decoder(Performance).decode


class SharedPerformances:
    """Performance that is asked of a store first; without it, or with rubbish in it, each server works by itself."""

    def __init__(
        self,
        own: PerformanceFigures,
        *,
        cache: SharedCache,
        now_ns: Callable[[], Nanos],
        monotonic_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._own = own
        self._cache = cache
        self._now_ns = now_ns
        self._monotonic_s = monotonic_s
        self._asks_from_s = 0.0

    async def of(
        self,
        account_id: str | None,
        *,
        strategy_id: str | None = None,
        period: Period = Period.ALL,
        mode: Mode | None = None,
    ) -> Performance:
        """Give the performance of an account, or of one strategy in it, at most as old as its own would be."""
        name = f"performance:{_encode([account_id, strategy_id, period, mode]).decode()}"
        kept = await self._found(name)
        if kept is not None:
            return kept
        made = await self._own.of(account_id, strategy_id=strategy_id, period=period, mode=mode)
        left_ns = CACHE_NS - (self._now_ns() - made.as_of_ns)
        await self._asked(lambda: self._cache.put(name, _encode(made), ttl_ns=left_ns))
        return made

    async def _found(self, name: str) -> Performance | None:
        value = await self._asked(lambda: self._cache.get(name))
        if value is None:
            return None
        try:
            kept = _decode(value)
        except msgspec.MsgspecError:
            return None  # of another release, or nobody's: it runs out by itself
        return kept if 0 <= self._now_ns() - kept.as_of_ns < CACHE_NS else None

    async def _asked(self, ask: Callable[[], Awaitable[bytes | None]]) -> bytes | None:
        """Ask the store, unless it did not answer just before; None where it does not."""
        if self._monotonic_s() < self._asks_from_s:
            return None
        try:
            return await ask()
        except Unavailable:
            self._asks_from_s = self._monotonic_s() + RETRY_SECONDS
            return None
