"""A simulated order book: twenty levels a side round a moving best bid and ask."""

import random

from openbell.domain.instrument import Instrument
from openbell.domain.market import BookDelta, BookSnapshot, Level, Quote
from openbell.domain.order import Side
from openbell.domain.values import Nanos, Price, Quantity

LEVELS = 20
_SIZE_SPREAD = 0.7
_DEEPER = 0.12
"""Levels grow by this part of the first with each step from the best."""


class SimulatedBook:
    """Levels on the tick grid. Changes collect until they are taken as one delta."""

    def __init__(self, instrument: Instrument, *, gap: Price, size: Quantity, chance: random.Random) -> None:
        self._instrument = instrument
        self._gap = gap
        self._size = size
        self._chance = chance
        self._sides: dict[Side, dict[Price, Quantity]] = {Side.BUY: {}, Side.SELL: {}}
        self._changed: dict[Side, set[Price]] = {Side.BUY: set(), Side.SELL: set()}
        self._sequence = 0

    def best(self, side: Side) -> Price:
        """Give the best price of a side."""
        levels = self._sides[side]
        return max(levels) if side is Side.BUY else min(levels)

    def move(self, *, bid: Price, ask: Price) -> None:
        """Bring the best bid and ask to these prices and the depth to twenty levels behind them."""
        for side, best in ((Side.BUY, bid), (Side.SELL, ask)):
            levels = self._sides[side]
            for price in [price for price in levels if side.sign * price > side.sign * best]:
                self._set(side, price, 0)
            if best not in levels:
                self._set(side, best, self._draw_size(0))
            self._fill_up(side, best)

    def stir(self, side: Side) -> None:
        """Let somebody add to or cancel from a level, more likely near the best."""
        place = min(int(self._chance.expovariate(0.35)), LEVELS - 1)
        prices = sorted(self._sides[side], key=lambda price: -side.sign * price)
        if place < len(prices):
            self._set(side, prices[place], self._draw_size(place))

    def take(self, side: Side, quantity: Quantity) -> tuple[Price, Quantity]:
        """Trade against the best level of a side and give price and quantity, no more than the level had.

        The last level of a side is never used up.
        """
        price = self.best(side)
        there = self._sides[side][price]
        traded = min(quantity, there)
        if traded == there and len(self._sides[side]) == 1:
            self._set(side, price, self._draw_size(0))
        else:
            self._set(side, price, there - traded)
        return price, traded

    def snapshot(self, ts_ns: Nanos) -> BookSnapshot:
        """Give the whole book."""
        self._forget_changes()
        self._sequence += 1
        bids, asks = self._ordered(Side.BUY), self._ordered(Side.SELL)
        return BookSnapshot(self._instrument.symbol, ts_ns, self._sequence, bids, asks)

    def delta(self, ts_ns: Nanos) -> BookDelta | None:
        """Give what changed since the last time; None for nothing."""
        if not any(self._changed.values()):
            return None
        self._sequence += 1
        bids, asks = (
            tuple((price, self._sides[side].get(price, 0)) for price in sorted(self._changed[side])) for side in Side
        )
        self._forget_changes()
        return BookDelta(self._instrument.symbol, ts_ns, self._sequence, self._sequence, bids, asks)

    def quote(self, ts_ns: Nanos) -> Quote:
        """Give the best bid and ask."""
        bid, ask = self.best(Side.BUY), self.best(Side.SELL)
        return Quote(self._instrument.symbol, ts_ns, bid, self._sides[Side.BUY][bid], ask, self._sides[Side.SELL][ask])

    def _fill_up(self, side: Side, best: Price) -> None:
        levels, tick = self._sides[side], self._instrument.tick_size
        while len(levels) > LEVELS:
            self._set(side, min(levels) if side is Side.BUY else max(levels), 0)
        price = best
        while len(levels) < LEVELS:
            step = max(tick, self._chance.randint(1, 2 * (self._gap // tick) - 1 or 1) * tick)
            price -= side.sign * step
            if price <= 0:
                return
            if price not in levels:
                self._set(side, price, self._draw_size(abs(best - price) // max(self._gap, tick)))

    def _draw_size(self, place: int) -> Quantity:
        lot = self._instrument.lot_size
        size = self._chance.lognormvariate(0.0, _SIZE_SPREAD) * (1 + _DEEPER * min(place, LEVELS))
        return max(lot, int(self._size * size) // lot * lot)

    def _set(self, side: Side, price: Price, quantity: Quantity) -> None:
        if quantity:
            self._sides[side][price] = quantity
        else:
            self._sides[side].pop(price, None)
        self._changed[side].add(price)

    def _ordered(self, side: Side) -> tuple[Level, ...]:
        return tuple(sorted(self._sides[side].items(), key=lambda level: -side.sign * level[0]))

    def _forget_changes(self) -> None:
        for changed in self._changed.values():
            changed.clear()
