"""One instrument of the simulated market: its price moves, its book follows, people trade."""

import random
from math import exp, sqrt

from openbell.adapters.feeds.depth import SimulatedBook
from openbell.adapters.feeds.listings import Listing
from openbell.adapters.feeds.volatility import Volatility, student_t
from openbell.domain.instrument import Instrument
from openbell.domain.market import MarketEvent, Quote, Trade
from openbell.domain.order import Side
from openbell.domain.values import NANOS_PER_SECOND, SCALE, Nanos, Price

STEP_NS = NANOS_PER_SECOND // 4
"""Grain of the simulation: each instrument acts at most once in a step."""

GAP_SECONDS_MAX = 4 * 3600.0
"""A night or a pause moves the price like this much trading at most."""

_ACTIVITY = 0.5
"""Chance of a book change in a step without trades."""
_TRADES_PER_SECOND = 0.4
_EXCITEMENT_PER_TRADE, _EXCITEMENT_DECAY_S = 0.5, 1.0
_TRADES_PER_STEP_MAX = 6
_TRADE_SIZE_SPREAD = 1.0
_SAME_SIDE_AGAIN = 0.65
_IMPACT = 0.1
"""Part of the spread that a trade moves the price for good."""
_BOOK_SIZE = 12
"""Size of a level near the best, in median trades."""
_BASIS_POINT = 1e-4


class Street:
    """Everything that happens around one instrument, deterministic by its random source."""

    def __init__(
        self, instrument: Instrument, *, listing: Listing, price: Price, start_ns: Nanos, chance: random.Random
    ) -> None:
        self.instrument = instrument
        self._listing = listing
        self._chance = chance
        self._price = price / SCALE
        self._volatility = Volatility(listing.annual_volatility, chance=chance)
        gap = max(1, round(price * listing.level_gap_bps * _BASIS_POINT / instrument.tick_size))
        size = int(listing.trade_size * _BOOK_SIZE * SCALE)
        self._book = SimulatedBook(instrument, gap=gap * instrument.tick_size, size=size, chance=chance)
        self._session = instrument.calendar.next_session(start_ns)
        self._last_ns = start_ns
        self._excitement = 0.0
        self._side = Side.BUY
        self._trades = 0
        self._trade_prefix = f"{start_ns // NANOS_PER_SECOND}-"
        self._quote: Quote | None = None

    def opens_ns(self, ts_ns: Nanos) -> Nanos | None:
        """Give when the instrument next trades: at once while open; None when never."""
        if self._session is None or ts_ns >= self._session.close_ns:
            self._session = self.instrument.calendar.next_session(ts_ns)
        return None if self._session is None else max(ts_ns, self._session.open_ns)

    def step(self, start_ns: Nanos, class_shock: float) -> list[MarketEvent]:
        """Live through one step and give what was seen of it, in order of time; nothing while closed."""
        if self.opens_ns(start_ns) != start_ns:
            return []
        self._move(start_ns + STEP_NS, class_shock)
        if self._quote is None:
            return self._open_book(start_ns)
        events = self._trade(start_ns)
        if events or self._chance.random() < _ACTIVITY:
            self._book.move(**self._target(start_ns))
            for _ in range(self._chance.randint(1, 3)):
                self._book.stir(self._chance.choice((Side.BUY, Side.SELL)))
        changed_ns = start_ns + self._chance.randrange(STEP_NS * 4 // 5, STEP_NS - 1)
        delta = self._book.delta(changed_ns)
        if delta is not None:
            events.append(delta)
            events += self._new_quote(changed_ns)
        return events

    def _open_book(self, ts_ns: Nanos) -> list[MarketEvent]:
        self._book.move(**self._target(ts_ns))
        self._quote = self._book.quote(ts_ns)
        return [self._book.snapshot(ts_ns), self._quote]

    def _move(self, end_ns: Nanos, class_shock: float) -> None:
        seconds = min((end_ns - self._last_ns) / NANOS_PER_SECOND, GAP_SECONDS_MAX)
        self._last_ns = end_ns
        share = self._listing.market_share
        shock = sqrt(share) * class_shock + sqrt(1 - share) * student_t(self._chance)
        self._price *= exp(self._volatility.move(shock, ts_ns=end_ns, seconds=seconds))

    def _target(self, ts_ns: Nanos) -> dict[str, Price]:
        """Give the best bid and ask that the price asks for: the livelier it is, the wider they stand."""
        tick = self.instrument.tick_size
        spread = max(1, round(self._spread(ts_ns) * SCALE / tick))
        bid = max(1, round(self._price * SCALE / tick - spread / 2))
        return {"bid": bid * tick, "ask": (bid + spread) * tick}

    def _spread(self, ts_ns: Nanos) -> float:
        widening = 0.6 + 0.4 * self._volatility.level(ts_ns)
        return self._price * self._listing.spread_bps * _BASIS_POINT * widening

    def _trade(self, start_ns: Nanos) -> list[MarketEvent]:
        """Let people trade: a self-exciting process (Hawkes, 1971), livelier when the price is."""
        seconds = STEP_NS / NANOS_PER_SECOND
        self._excitement *= exp(-seconds / _EXCITEMENT_DECAY_S)
        intensity = _TRADES_PER_SECOND * max(0.7, min(self._volatility.level(start_ns), 4.0)) + self._excitement
        times: list[Nanos] = []
        waited = self._chance.expovariate(intensity)
        while waited < seconds and len(times) < _TRADES_PER_STEP_MAX:
            times.append(start_ns + int(waited * 0.8 * NANOS_PER_SECOND))
            waited += self._chance.expovariate(intensity)
        self._excitement += _EXCITEMENT_PER_TRADE * len(times)
        return [self._print(ts_ns) for ts_ns in times]

    def _print(self, ts_ns: Nanos) -> Trade:
        if self._chance.random() > _SAME_SIDE_AGAIN:
            self._side = Side.SELL if self._side is Side.BUY else Side.BUY
        lot = self.instrument.lot_size
        units = self._listing.trade_size * self._chance.lognormvariate(0.0, _TRADE_SIZE_SPREAD)
        wanted = max(lot, int(units * SCALE) // lot * lot)
        price, quantity = self._book.take(Side.SELL if self._side is Side.BUY else Side.BUY, wanted)
        self._price += self._side.sign * _IMPACT * self._spread(ts_ns)
        self._trades += 1
        trade_id = f"{self._trade_prefix}{self._trades}"
        return Trade(self.instrument.symbol, ts_ns, price, quantity, self._side.sign, trade_id)

    def _new_quote(self, ts_ns: Nanos) -> list[MarketEvent]:
        quote = self._book.quote(ts_ns)
        before, self._quote = self._quote, quote
        if before is not None and (before.bid, before.bid_quantity, before.ask, before.ask_quantity) == (
            quote.bid,
            quote.bid_quantity,
            quote.ask,
            quote.ask_quantity,
        ):
            return []
        return [quote]
