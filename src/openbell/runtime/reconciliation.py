"""Finding out what became of orders: a venue is asked about one in doubt at once, and about all of them now and then.

Nothing is ever sent again because an answer is missing. Asking can be repeated: a report that says nothing new changes
nothing.
"""

import asyncio

import structlog

from openbell.domain.order import Order, OrderStatus
from openbell.domain.values import NANOS_PER_SECOND, Nanos
from openbell.domain.venue import VenueCanceled, VenueRejected, VenueSilent
from openbell.engine.core import Core
from openbell.ports import Unavailable, Venue
from openbell.runtime.live import LiveEngine

log = structlog.get_logger(__name__)

ASK_SECONDS = 0.5
"""Time between two looks for orders in doubt."""
SWEEP_SECONDS = 30.0
"""Time between two questions about every open order: reports may be lost without anybody noticing."""
UNKNOWN_SECONDS = 5
"""A venue that does not know an order is believed after so long: the order may still be on its way there."""

_UNANSWERED = frozenset({OrderStatus.SUBMITTED, OrderStatus.PENDING_CANCEL, OrderStatus.PENDING_MODIFY})


class Reconciler:
    """Asks one venue on behalf of an engine."""

    def __init__(self, *, engine: LiveEngine, core: Core, venue: Venue) -> None:
        self._engine = engine
        self._core = core
        self._venue = venue

    async def run(self) -> None:
        """Ask for ever; a venue that does not answer is asked again."""
        loop = asyncio.get_running_loop()
        next_sweep = loop.time() + SWEEP_SECONDS
        while True:
            await asyncio.sleep(ASK_SECONDS)
            is_sweep = loop.time() >= next_sweep
            if is_sweep:
                next_sweep = loop.time() + SWEEP_SECONDS
            try:
                await (self.ask_about_all() if is_sweep else self.ask_about_doubts())
            except Unavailable as outage:
                log.warning("venue does not say what became of orders", venue=self._venue.name, reason=str(outage))

    async def settle(self) -> None:
        """Ask about every open order before anything is sent after a start.

        Raises Unavailable when the venue does not answer: nothing may be traded before it has.
        """
        await self._ask(self._open_orders())

    async def ask_about_doubts(self) -> int:
        """Ask about orders whose last request went unanswered, and give the number of reports that came back."""
        orders, doubts = self._core.state.orders, self._engine.doubts
        doubts -= {order_id for order_id in doubts if order_id not in orders or not orders[order_id].in_doubt}
        return await self._ask([orders[order_id] for order_id in sorted(doubts)])

    async def ask_about_all(self) -> int:
        """Ask about every open order but those with a request that may still be answered.

        Raises Unavailable when the venue does not answer.
        """
        now_ns = self._engine.now_ns()
        return await self._ask([order for order in self._open_orders() if _may_be_asked(order, now_ns)])

    def _open_orders(self) -> list[Order]:
        """List what may be at the venue: it cannot know what waits here, for its entry, the journal or its turn."""
        unsent = self._engine.unsent
        orders = self._core.state.orders.values()
        return [o for o in orders if o.is_open and o.status is not OrderStatus.NEW and o.order_id not in unsent]

    async def _ask(self, orders: list[Order]) -> int:
        if not orders:
            return 0
        asked = {order.order_id: order for order in orders}
        changed_ns = {order.order_id: order.updated_ns for order in orders}
        reports, now_ns = await self._venue.reconcile(orders), self._engine.now_ns()
        for report in reports:
            order = asked.get(report.order_id)
            if isinstance(report, VenueRejected) and not _is_settled(changed_ns.get(report.order_id, 0), now_ns):
                reason = "the venue does not know it yet"
                self._engine.take(VenueSilent(order_id=report.order_id, ts_ns=now_ns, reason=reason))
            elif isinstance(report, VenueRejected) and order is not None and order.is_open and order.filled_quantity:
                # It was there once, so it was not rejected; but nothing of it works any more.
                reason = "the venue no longer knows it"
                self._engine.take(VenueCanceled(order_id=report.order_id, ts_ns=now_ns, reason=reason))
            else:
                self._engine.take(report)
        return len(reports)


def _may_be_asked(order: Order, now_ns: Nanos) -> bool:
    return order.in_doubt or order.status not in _UNANSWERED or _is_settled(order.updated_ns, now_ns)


def _is_settled(updated_ns: Nanos, now_ns: Nanos) -> bool:
    return now_ns - updated_ns >= UNKNOWN_SECONDS * NANOS_PER_SECOND
