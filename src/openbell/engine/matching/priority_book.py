"""A price-time priority order book between orders of our own making: the textbook exchange."""

from collections.abc import Iterator
from enum import StrEnum

import msgspec

from openbell.domain.market import Level
from openbell.domain.order import Side
from openbell.domain.values import Price, Quantity


class Condition(StrEnum):
    """How much of an order must trade, and when. AON rests until all of it can trade at once."""

    NONE = "NONE"
    IOC = "IOC"
    FOK = "FOK"
    AON = "AON"


class BookOrder(msgspec.Struct, kw_only=True):
    """One order. Without a limit it is a market order; with a stop it waits for a trade at or beyond the stop."""

    order_id: str
    side: Side
    quantity: Quantity
    limit: Price | None = None
    stop: Price | None = None
    condition: Condition = Condition.NONE


class Match(msgspec.Struct, frozen=True):
    """One trade between an incoming and a resting order, at the resting order's price."""

    incoming_id: str
    resting_id: str
    quantity: Quantity
    price: Price


class PriorityBook:
    """Orders by price, then by time of arrival."""

    def __init__(self) -> None:
        self.last_price: Price | None = None
        self._resting: dict[Side, dict[Price, list[BookOrder]]] = {Side.BUY: {}, Side.SELL: {}}
        self._stops: list[BookOrder] = []
        self._sides: dict[str, Side] = {}

    def add(self, order: BookOrder) -> list[Match]:
        """Match an order and rest or drop what is left of it; stops that its trades reach follow, oldest first."""
        if order.stop is not None and not self._is_reached(order):
            self._stops.append(order)
            return []
        matches = self._enter(order)
        while (stop := self._next_stop()) is not None:
            matches += self._enter(stop)
        return matches

    def cancel(self, order_id: str) -> bool:
        """Take an order out; False when it is not there."""
        for stop in self._stops:
            if stop.order_id == order_id:
                self._stops.remove(stop)
                return True
        side = self._sides.get(order_id)
        if side is None:
            return False
        for level in self._resting[side].values():
            for order in level:
                if order.order_id == order_id:
                    self._remove(order, level)
                    return True
        return False

    def depth(self, side: Side) -> list[Level]:
        """Give the total quantity at each price, best first; orders that trade whole or not at all are left out."""
        levels = []
        for price in self._prices(side):
            orders = self._resting[side][price]
            quantity = sum(order.quantity for order in orders if order.condition is not Condition.AON)
            if quantity:
                levels.append((price, quantity))
        return levels

    def _enter(self, order: BookOrder) -> list[Match]:
        pieces = self._pieces(order)
        is_all = sum(quantity for _, quantity in pieces) == order.quantity
        if not is_all and order.condition in (Condition.FOK, Condition.AON):
            pieces = []
        matches = [self._trade(order, resting, quantity) for resting, quantity in pieces]
        if order.quantity and order.limit is not None and order.condition in (Condition.NONE, Condition.AON):
            self._resting[order.side].setdefault(order.limit, []).append(order)
            self._sides[order.order_id] = order.side
        return matches

    def _pieces(self, order: BookOrder) -> list[tuple[BookOrder, Quantity]]:
        """Give what an order would trade with now; nothing is changed."""
        pieces, left = [], order.quantity
        for resting in self._against(order):
            if left == 0:
                break
            if resting.condition is Condition.AON and resting.quantity > left:
                continue
            quantity = min(left, resting.quantity)
            pieces.append((resting, quantity))
            left -= quantity
        return pieces

    def _against(self, order: BookOrder) -> Iterator[BookOrder]:
        side = Side.SELL if order.side is Side.BUY else Side.BUY
        for price in self._prices(side):
            if order.limit is not None and order.side.sign * price > order.side.sign * order.limit:
                return
            yield from self._resting[side][price]

    def _trade(self, order: BookOrder, resting: BookOrder, quantity: Quantity) -> Match:
        price = resting.limit or 0
        order.quantity -= quantity
        resting.quantity -= quantity
        self.last_price = price
        if resting.quantity == 0:
            self._remove(resting, self._resting[resting.side][price])
        return Match(order.order_id, resting.order_id, quantity, price)

    def _remove(self, order: BookOrder, level: list[BookOrder]) -> None:
        level.remove(order)
        del self._sides[order.order_id]
        if not level:
            del self._resting[order.side][order.limit or 0]

    def _prices(self, side: Side) -> list[Price]:
        return sorted(self._resting[side], reverse=side is Side.BUY)

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
