"""Which of many working orders a change of the market can concern: those by price that are near it.

To go through all of them at every quote is cheapest while they are few, and takes 50 ms when there are a hundred
thousand. Whatever is given here is a little more than what is concerned, in the order of arrival, and is gone through
as all of them would be: so nothing comes out differently.
"""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Iterator
from math import inf

from openbell.domain.order import Side
from openbell.domain.values import Price
from openbell.engine.matching.working import Working

MANY = 64
"""With no more orders than this, all of them are gone through."""

Place = tuple[int, int]
"""A price times the sign of its side, and a number that grows with arrival."""


class Reach:
    """Working orders of one symbol by price. An order that changed has to be put in again."""

    def __init__(self, orders: Iterable[Working]) -> None:
        self._limits: dict[Side, list[Place]] = {side: [] for side in Side}
        self._stops: dict[Side, list[Place]] = {side: [] for side in Side}
        self._others: list[Place] = []
        """Those that meet the market at its next change, whatever it is."""
        self._orders: dict[int, Working] = {}
        self._found: dict[str, tuple[list[Place], Place]] = {}
        self._count = 0
        for order in orders:
            self.put(order)

    def put(self, order: Working) -> None:
        """Take an order in, or take note that it has changed; it keeps its place among the others."""
        found = self._found.get(order.order_id)
        if found is None:
            self._count += 1
            number = self._count
            self._orders[number] = order
        else:
            number = found[1][1]
        ranked, key = self._rank(order)
        place = (key, number)
        if found is not None:
            if found[0] is ranked and found[1] == place:
                return
            del found[0][bisect_left(found[0], found[1])]
        insort(ranked, place)
        self._found[order.order_id] = (ranked, place)

    def drop(self, order_id: str) -> None:
        """Let an order go, that has ended or is about to arrive anew; harmless when it never rested."""
        found = self._found.pop(order_id, None)
        if found is None:
            return
        ranked, place = found
        del ranked[bisect_left(ranked, place)]
        del self._orders[place[1]]

    def concerned(self, bounds: dict[Side, float], triggers: dict[Side, Price | None]) -> list[Working]:
        """Give orders by arrival: limits at a bound or better, stops that a price triggers, and all new ones.

        A bound is a price times the side's sign.
        """
        return [self._orders[number] for number in sorted(number for _, number in self._near(bounds, triggers))]

    def _near(self, bounds: dict[Side, float], triggers: dict[Side, Price | None]) -> Iterator[Place]:
        yield from self._others
        for side, ranked in self._limits.items():
            yield from ranked[bisect_left(ranked, (bounds[side], 0)) :]
        for side, ranked in self._stops.items():
            price = triggers[side]
            if price is not None:
                yield from ranked[: bisect_right(ranked, (side.sign * price, inf))]

    def _rank(self, order: Working) -> tuple[list[Place], int]:
        side = order.side
        if order.waits_for_trigger:
            return self._stops[side], side.sign * (order.stop_price or 0)
        if order.is_maker:
            return self._limits[side], side.sign * (order.limit_price or 0)
        return self._others, 0
