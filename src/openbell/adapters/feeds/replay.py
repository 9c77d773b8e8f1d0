"""Recorded events as a feed: at the pace they happened, faster, or as fast as they are taken."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence

from openbell.adapters.feeds.pacing import Pacer
from openbell.domain.instrument import Instrument
from openbell.domain.market import Bar, MarketEvent
from openbell.domain.values import NANOS_PER_SECOND, Nanos
from openbell.ports import Clock

EVENTS_PER_TURN = 256
"""Without pacing, events yielded before the loop's other tasks have a turn."""

LAG_MAX_NS = 2 * NANOS_PER_SECOND
"""A paced replay that fell behind this much goes on from there instead of bursting."""


class ReplayFeed:
    """Yields events in the order given, each once. `speed` None leaves out the waiting, never an event."""

    def __init__(
        self,
        name: str,
        instruments: Sequence[Instrument],
        events: Iterable[MarketEvent],
        *,
        clock: Clock,
        speed: float | None = None,
    ) -> None:
        self.name = name
        self._instruments = tuple(instruments)
        self._events = events
        self._clock = clock
        self._speed = speed

    def instruments(self) -> Sequence[Instrument]:
        """List what the recording speaks of."""
        return self._instruments

    async def events(self) -> AsyncIterator[MarketEvent]:
        """Yield the recording; ends when it does."""
        pacer: Pacer | None = None
        for count, event in enumerate(self._events):
            if self._speed is not None:
                pacer = pacer or Pacer(self._clock, speed=self._speed, start_ns=known_ns(event))
                await _keep_pace(pacer, known_ns(event), self._speed)
            if count % EVENTS_PER_TURN == 0:
                await asyncio.sleep(0)
            yield event


def known_ns(event: MarketEvent) -> Nanos:
    """Give when an event is known: a bar at its end, anything else at its time."""
    return event.end_ns if isinstance(event, Bar) else event.ts_ns


async def _keep_pace(pacer: Pacer, ts_ns: Nanos, speed: float) -> None:
    if pacer.now_ns() - ts_ns > LAG_MAX_NS * max(speed, 1.0):
        pacer.restart_at(ts_ns)
    await pacer.wait_until(ts_ns)
