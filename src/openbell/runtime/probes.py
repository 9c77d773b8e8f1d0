"""Truthful looks at the parts of a running system: each asks the part itself."""

import time
from collections.abc import Mapping
from typing import Any

from openbell.domain.account import Mode
from openbell.domain.values import NANOS_PER_SECOND
from openbell.ports import Clock, History, Journal, Market, SharedCache, SharedWindows, Unavailable, Venue
from openbell.runtime.live import LiveEngine

STALE_SECONDS = 30
"""A live feed silent for longer is degraded."""
SLOW_DATABASE_MS = 250


class DatabaseProbe:
    """Asks the database for an answer and takes the time."""

    name = "database"

    def __init__(self, *, history: History, journal: Journal) -> None:
        self._history = history
        self._journal = journal

    async def check(self) -> Mapping[str, Any]:
        """Give the status and the latency of one query, and what keeps the database from being written to."""
        started = time.perf_counter_ns()
        try:
            await self._history.ping()
        except Unavailable as outage:
            return {"status": "unhealthy", "detail": str(outage)}
        latency_ms = (time.perf_counter_ns() - started) // 1_000_000
        if trouble := self._journal.stalled or self._journal.scarce:
            return {"status": "unhealthy", "detail": trouble, "latency_ms": latency_ms}
        return {"status": "degraded" if latency_ms > SLOW_DATABASE_MS else "healthy", "latency_ms": latency_ms}


class FeedProbe:
    """Looks at how long ago the market was last heard of."""

    name = "data_feed"

    def __init__(self, *, market: Market, clock: Clock, feed_name: str) -> None:
        self._market = market
        self._clock = clock
        self._feed_name = feed_name
        self._started_ns = clock.now_ns()

    async def check(self) -> Mapping[str, Any]:
        """Give the status, the time of the last event in nanoseconds and its age."""
        updated_ns = self._market.updated_ns()
        # A feed that has just been started is given as long to speak as one that has fallen silent.
        heard_ns = self._started_ns if updated_ns is None else updated_ns
        staleness = max(0, (self._clock.now_ns() - heard_ns) // NANOS_PER_SECOND)
        return {
            "status": "degraded" if staleness > STALE_SECONDS else "healthy",
            "feed": self._feed_name,
            "last_update": updated_ns,
            "staleness_seconds": staleness,
        }


class BrokerProbe:
    """Tells whether orders can go out, and where to."""

    name = "broker_connection"

    def __init__(self, *, engine: LiveEngine, venue: Venue, mode: Mode) -> None:
        self._engine = engine
        self._venue = venue
        self._mode = mode

    async def check(self) -> Mapping[str, Any]:
        """Give the status, the venue's name and the kind of money it trades."""
        halted = self._engine.halted
        seen = {"broker": self._venue.name, "mode": self._mode.value}
        return {"status": "unhealthy", "detail": halted, **seen} if halted else {"status": "healthy", **seen}


class RedisProbe:
    """Asks the shared store for an answer. Without it each server works for itself: degraded, never unhealthy."""

    name = "redis"

    def __init__(self, shared: SharedWindows | SharedCache) -> None:
        self._shared = shared

    async def check(self) -> Mapping[str, Any]:
        """Give the status and the latency of one question."""
        started = time.perf_counter_ns()
        try:
            await self._shared.ping()
        except Unavailable as outage:
            return {"status": "degraded", "detail": f"{outage}; this server counts rate limits for itself"}
        return {"status": "healthy", "latency_ms": (time.perf_counter_ns() - started) // 1_000_000}
