"""Carries a feed into the engine, and keeps its clock where the feed is the clock."""

import asyncio
from collections.abc import Callable

import structlog

from openbell.domain.market import Bar, MarketEvent
from openbell.domain.values import NANOS_PER_SECOND, Nanos
from openbell.ports import Clock, Feed
from openbell.runtime.live import LiveEngine

log = structlog.get_logger(__name__)

TIMER_SECONDS = 0.25
"""How often a live engine is told the time."""


def known_ns(event: MarketEvent) -> Nanos:
    """Give the instant at which an event could first be known: a bar's end, anything else's own time."""
    return event.end_ns if isinstance(event, Bar) else event.ts_ns


async def run_live(feed: Feed, engine: LiveEngine) -> None:
    """Feed events as they come, for ever."""
    async for event in feed.events():
        engine.observe(event)


async def run_timer(engine: LiveEngine, clock: Clock) -> None:
    """Tell the engine the time, for ever."""
    while True:
        engine.advance(clock.now_ns())
        await asyncio.sleep(TIMER_SECONDS)


async def run_replay(feed: Feed, engine: LiveEngine, *, move_clock: Callable[[Nanos], None]) -> int:
    """Feed a recording to its end and give the number of events.

    Time is the recording's. Orders caused by one event reach the venue before the next event is fed, so that a
    replay at any speed trades like the same recording in a backtest.
    """
    count, next_second = 0, 0
    async for event in feed.events():
        now = known_ns(event)
        move_clock(now)
        engine.observe(event)
        if now >= next_second:
            engine.advance(now)
            next_second = now + NANOS_PER_SECOND
        await engine.quiet()
        count += 1
    await engine.drained()
    log.info("replay finished", feed=feed.name, events=count)
    return count
