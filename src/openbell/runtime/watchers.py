"""Those who wait until no request for an order is under way."""

import asyncio
from collections import defaultdict

from openbell.domain.order import OrderStatus
from openbell.runtime.views import LiveViews

UNDER_WAY = frozenset({OrderStatus.SUBMITTED, OrderStatus.PENDING_CANCEL, OrderStatus.PENDING_MODIFY})


class Watchers:
    """Woken from what is committed, by order."""

    def __init__(self, views: LiveViews) -> None:
        self._views = views
        self._waiting: dict[str, list[asyncio.Future[None]]] = defaultdict(list)

    async def settled(self, order_id: str, *, timeout_s: float) -> None:
        """Wait until no request for the order is under way, or the time is over."""
        if not self._is_under_way(order_id):
            return
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[order_id].append(waiter)
        await asyncio.wait([waiter], timeout=timeout_s)
        waiter.cancel()

    def wake(self) -> None:
        """Wake those whose order has settled. Called after the views have moved on."""
        if not self._waiting:
            return
        for order_id in [order_id for order_id in self._waiting if not self._is_under_way(order_id)]:
            for waiter in self._waiting.pop(order_id):
                if not waiter.done():
                    waiter.set_result(None)

    def _is_under_way(self, order_id: str) -> bool:
        order = self._views.order(order_id)
        return order is not None and order.status in UNDER_WAY
