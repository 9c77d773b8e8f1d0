"""The simulated market: a seeded generator of events, and the feed that lets it run in real time."""

import asyncio
import random
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence

from openbell.adapters.feeds.listings import listing_of
from openbell.adapters.feeds.pacing import Pacer
from openbell.adapters.feeds.street import STEP_NS, Street
from openbell.adapters.feeds.volatility import student_t
from openbell.domain.instrument import Instrument
from openbell.domain.market import MarketEvent
from openbell.domain.values import NANOS_PER_SECOND, Nanos, Price
from openbell.ports import Clock

CATCH_UP_MAX_NS = 2 * NANOS_PER_SECOND
"""After a stall this much market time is made up for at most; the rest is left out."""

LATE_START_NS = NANOS_PER_SECOND // 100
"""A market that starts later than this leaves out what it missed and begins with its next step."""


class SimulatedMarket:
    """Trades, quotes and books of some instruments: the same events again for the same seed, start and prices.

    Instruments of one asset class share a part of their moves. `last_prices` lets a market go on where an earlier one
    stopped.
    """

    def __init__(
        self,
        instruments: Sequence[Instrument],
        *,
        seed: int,
        start_ns: Nanos,
        last_prices: Mapping[str, Price] | None = None,
    ) -> None:
        self.instruments = tuple(instruments)
        self.now_ns = start_ns - start_ns % STEP_NS
        prices = last_prices or {}
        classes = sorted({instrument.asset_class for instrument in instruments})
        self._class_chances = {kind: random.Random(f"{seed}:{start_ns}:{kind}") for kind in classes}  # noqa: S311
        self._streets = [
            Street(
                instrument,
                listing=(listing := listing_of(instrument)),
                price=prices.get(instrument.symbol, listing.start_price),
                start_ns=self.now_ns,
                chance=random.Random(f"{seed}:{start_ns}:{instrument.symbol}"),  # noqa: S311
            )
            for instrument in instruments
        ]

    def step(self) -> list[MarketEvent]:
        """Live through the next quarter of a second and give its events in order of time.

        While everything is closed a step leads to the next opening, without events.
        """
        start_ns = self.now_ns
        opens = [opens for street in self._streets if (opens := street.opens_ns(start_ns)) is not None]
        if not opens or min(opens) > start_ns:
            self.now_ns = max(min(opens, default=start_ns) // STEP_NS * STEP_NS, start_ns + STEP_NS)
            return []
        self.now_ns = start_ns + STEP_NS
        shocks = {kind: student_t(chance) for kind, chance in self._class_chances.items()}
        events: list[MarketEvent] = []
        for street in self._streets:
            events += street.step(start_ns, shocks[street.instrument.asset_class])
        events.sort(key=_time_of)
        return events

    def events(self, *, until_ns: Nanos) -> Iterator[MarketEvent]:
        """Yield events up to an instant, as fast as they can be made."""
        while self.now_ns < until_ns:
            yield from self.step()

    def skip_to(self, ts_ns: Nanos) -> None:
        """Leave out what would happen until an instant. Prices jump as after a night; book numbers stay contiguous."""
        self.now_ns = max(self.now_ns, ts_ns - ts_ns % STEP_NS)


class SimulatedFeed:
    """Runs a simulated market against the clock, `speed` times as fast as time."""

    name = "simulated"

    def __init__(self, market: SimulatedMarket, *, clock: Clock, speed: float = 1.0) -> None:
        self._market = market
        self._clock = clock
        self._speed = speed

    def instruments(self) -> Sequence[Instrument]:
        """List what is traded."""
        return self._market.instruments

    async def events(self) -> AsyncIterator[MarketEvent]:
        """Yield events when they are due, without end."""
        market, now_ns = self._market, self._clock.now_ns()
        # A market that begins about now goes by the clock itself: an event's time is the time at which it comes.
        is_now = 0 <= now_ns - market.now_ns <= CATCH_UP_MAX_NS
        if is_now and now_ns - market.now_ns > LATE_START_NS:
            market.skip_to(now_ns + STEP_NS)
        pacer = Pacer(self._clock, speed=self._speed, start_ns=now_ns if is_now else market.now_ns)
        while True:
            if pacer.now_ns() - market.now_ns > CATCH_UP_MAX_NS * max(self._speed, 1.0):
                market.skip_to(pacer.now_ns())
            for event in market.step():
                await pacer.wait_until(event.ts_ns)
                yield event
            await pacer.wait_until(market.now_ns)
            # At high speed nothing above may have waited; others must have their turn all the same.
            await asyncio.sleep(0)


def _time_of(event: MarketEvent) -> Nanos:
    return event.ts_ns
