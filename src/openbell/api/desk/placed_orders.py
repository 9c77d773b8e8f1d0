"""The orders that a connection at /ws/trading has placed, as far as there is something left to cancel."""

import asyncio

from openbell.domain.access import Principal
from openbell.domain.order import Order
from openbell.services.orders import Orders

KEPT_MIN = 1_000
"""Orders from which on it is looked which of them are still open."""


class PlacedOrders:
    """What ends with its connection. Orders that have ended are let go, however many come on one connection."""

    def __init__(self, orders: Orders) -> None:
        self._orders = orders
        self._ids: dict[str, None] = {}
        self._look_at = KEPT_MIN

    def __len__(self) -> int:
        """Count the orders that are kept."""
        return len(self._ids)

    def add(self, order: Order) -> None:
        """Keep an order; from time to time let go of those that have ended."""
        self._ids[order.order_id] = None
        if len(self._ids) >= self._look_at:
            self._ids = dict.fromkeys(self._open())
            # Twice as many before the next look: it costs each order the same, however many stay open.
            self._look_at = max(KEPT_MIN, 2 * len(self._ids))

    async def cancel(self, caller: Principal) -> None:
        """Cancel those that are open; what comes of it is in the order's own words."""
        account_id, actor = caller.account_id, caller.user_id
        cancels = [self._orders.cancel(one, account_id=account_id, actor=actor) for one in self._open()]
        await asyncio.gather(*cancels, return_exceptions=True)

    def _open(self) -> list[str]:
        return [one for one in self._ids if self._orders.is_open(one)]
