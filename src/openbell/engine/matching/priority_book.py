"""A price-time priority order book between orders of our own making: the textbook exchange."""

from bisect import bisect_left, insort
from collections.abc import Iterator
from enum import StrEnum

import msgspec

from openbell.domain.market import Level
from openbell.domain.order import Side
from openbell.domain.values import Price, Quantity

_OPPOSITE = {Side.BUY: Side.SELL, Side.SELL: Side.BUY}


class Condition(StrEnum):
    """How much of an order must trade, and when. AON rests until all of it can trade at once."""

    NONE = "NONE"
    IOC = "IOC"
    FOK = "FOK"
    AON = "AON"


_FILL_ALL = frozenset({Condition.FOK, Condition.AON})
_RESTS = frozenset({Condition.NONE, Condition.AON})
_AON = Condition.AON


class BookOrder(msgspec.Struct, kw_only=True, gc=False):
    """One order. Without a limit it is a market order; with a stop it waits for a trade at or beyond the stop."""

    order_id: str
    side: Side
    quantity: Quantity
    limit: Price | None = None
    stop: Price | None = None
    condition: Condition = Condition.NONE


class Match(msgspec.Struct, frozen=True, gc=False):
    """One trade between an incoming and a resting order, at the resting order's price."""

    incoming_id: str
    resting_id: str
    quantity: Quantity
    price: Price


class RestingSide:
    """The resting orders of one side, by price and then by time.

    Prices are kept in order, best last and asks negated, so that an order near the best moves few of them; the orders
    of a level stand in a dict, which keeps their order and lets one go without looking for it.
    """

    __slots__ = ("_keys", "_levels", "_places", "_sign")

    def __init__(self, side: Side) -> None:
        self._sign = side.sign
        self._keys: list[int] = []
        self._levels: dict[int, dict[str, BookOrder]] = {}
        self._places: dict[str, int] = {}

    def rest(self, order: BookOrder, price: Price) -> None:
        """Take in an order, behind all others at its price."""
        key = self._sign * price
        level = self._levels.get(key)
        if level is None:
            level = self._levels[key] = {}
            insort(self._keys, key)
        level[order.order_id] = order
        self._places[order.order_id] = key

    def drop(self, order_id: str) -> bool:
        """Let an order go; False when it is not here."""
        key = self._places.pop(order_id, None)
        if key is None:
            return False
        level = self._levels[key]
        del level[order_id]
        if not level:
            del self._levels[key]
            del self._keys[bisect_left(self._keys, key)]
        return True

    def reaches(self, limit: Price | None) -> bool:
        """Tell whether an order of the other side with this limit may trade at the best price here."""
        return bool(self._keys) and (limit is None or self._keys[-1] >= self._sign * limit)

    def walk(self, limit: Price | None = None) -> Iterator[BookOrder]:
        """Yield the orders from the best, up to the worst price that an order with this limit trades at."""
        bound = None if limit is None else self._sign * limit
        for key in reversed(self._keys):
            if bound is not None and key < bound:
                return
            yield from self._levels[key].values()


class PriorityBook:
    """Orders by price, then by time of arrival."""

    def __init__(self) -> None:
        self.last_price: Price | None = None
        self._resting = {side: RestingSide(side) for side in Side}
        self._sides = tuple(self._resting.values())
        self._stops: list[BookOrder] = []

    def add(self, order: BookOrder) -> list[Match]:
        """Match an order and rest or drop what is left of it; stops that its trades reach follow, oldest first."""
        if order.stop is not None and not self._is_reached(order):
            self._stops.append(order)
            return []
        matches = self._enter(order)
        while self._stops and (stop := self._next_stop()) is not None:
            matches += self._enter(stop)
        return matches

    def cancel(self, order_id: str) -> bool:
        """Take an order out; False when it is not there."""
        for side in self._sides:
            if side.drop(order_id):
                return True
        for stop in self._stops:
            if stop.order_id == order_id:
                self._stops.remove(stop)
                return True
        return False

    def depth(self, side: Side) -> list[Level]:
        """Give the total quantity at each price, best first; orders that trade whole or not at all are left out."""
        levels: dict[Price, Quantity] = {}
        for order in self._resting[side].walk():
            if order.condition is not _AON:
                price = order.limit or 0
                levels[price] = levels.get(price, 0) + order.quantity
        return list(levels.items())

    def _enter(self, order: BookOrder) -> list[Match]:
        against = self._resting[_OPPOSITE[order.side]]
        pieces, left = self._pieces(order, against) if against.reaches(order.limit) else ([], order.quantity)
        if left and pieces and order.condition in _FILL_ALL:
            pieces = []
        matches = [self._trade(order, resting, quantity) for resting, quantity in pieces] if pieces else []
        if order.quantity and order.limit is not None and order.condition in _RESTS:
            self._resting[order.side].rest(order, order.limit)
        return matches

    @staticmethod
    def _pieces(order: BookOrder, against: RestingSide) -> tuple[list[tuple[BookOrder, Quantity]], Quantity]:
        """Give what an order would trade with now, and what would be left of it; nothing is changed."""
        pieces: list[tuple[BookOrder, Quantity]] = []
        left = order.quantity
        for resting in against.walk(order.limit):
            if left == 0:
                break
            if resting.condition is _AON and resting.quantity > left:
                continue
            quantity = min(left, resting.quantity)
            pieces.append((resting, quantity))
            left -= quantity
        return pieces, left

    def _trade(self, order: BookOrder, resting: BookOrder, quantity: Quantity) -> Match:
        price = resting.limit or 0
        order.quantity -= quantity
        resting.quantity -= quantity
        self.last_price = price
        if resting.quantity == 0:
            self._resting[resting.side].drop(resting.order_id)
        return Match(order.order_id, resting.order_id, quantity, price)

    def _is_reached(self, order: BookOrder) -> bool:
        if self.last_price is None or order.stop is None:
            return False
        return order.side.sign * self.last_price >= order.side.sign * order.stop

    def _next_stop(self) -> BookOrder | None:
        for stop in self._stops:
            if self._is_reached(stop):
                self._stops.remove(stop)
                return stop
        return None
