"""Which client order ids have been used, by heart: an order with a new one needs no look into the history.

A Bloom filter: of an id that was used it never says that it was not; of one in some seventy new ones it is not sure,
and those are looked up like any other. It takes two bytes an order, where the ids would take a hundred.
"""

from collections.abc import Sequence

from openbell.domain.events import OrderPlaced, Recorded
from openbell.domain.market import MarketEvent
from openbell.engine.state import State

_BITS_AN_ID = 16
_FIRST_CAPACITY = 1 << 15
_GROWTH = 4


class _Filter:
    """Ids up to a number, each by two bits that follow from one hash of 64."""

    __slots__ = ("_bits", "_mask", "room")

    def __init__(self, capacity: int) -> None:
        self.room = capacity
        self._bits = bytearray(capacity * _BITS_AN_ID // 8)
        self._mask = capacity * _BITS_AN_ID - 1

    def add(self, key: int) -> None:
        one, other, bits = key & self._mask, key >> 32 & self._mask, self._bits
        bits[one >> 3] |= 1 << (one & 7)
        bits[other >> 3] |= 1 << (other & 7)
        self.room -= 1

    def may_hold(self, key: int) -> bool:
        one, other, bits = key & self._mask, key >> 32 & self._mask, self._bits
        return bool(bits[one >> 3] & 1 << (one & 7) and bits[other >> 3] & 1 << (other & 7))


class UsedIds:
    """Hears of every order that is placed (ports.Publisher), and tells which ids are new (ports.ClientIds)."""

    def __init__(self, state: State) -> None:
        # A state that has forgotten orders has forgotten their ids: then all of them have to be looked up.
        self._knows_all = state.order_count == len(state.orders)
        self._capacity = _FIRST_CAPACITY
        self._filters = [_Filter(self._capacity)]
        for order in state.orders.values():
            self._add(order.account_id, order.client_order_id)

    def is_new(self, account_id: str, client_order_id: str) -> bool:
        """Tell whether an account has surely not used an id before."""
        if not self._knows_all:
            return False
        key = hash((account_id, client_order_id))
        return not any(one.may_hold(key) for one in self._filters)

    def events(self, records: Sequence[Recorded]) -> None:
        """Take note of ids that are on record now."""
        for recorded in records:
            event = recorded.event
            if type(event) is OrderPlaced and self._knows_all:
                self._add(event.account_id, event.client_order_id)

    def market(self, event: MarketEvent) -> None:
        """Prices use no ids."""

    def _add(self, account_id: str, client_order_id: str) -> None:
        if not self._filters[-1].room:
            self._capacity *= _GROWTH
            self._filters.append(_Filter(self._capacity))
        self._filters[-1].add(hash((account_id, client_order_id)))
