"""Finding out what became of orders: a venue is asked about one in doubt at once, and about all of them now and then.

Nothing is ever sent again because an answer is missing. Asking can be repeated: a report that says nothing new changes
nothing.
"""

import asyncio

import structlog

from openbell.domain.order import Order, OrderStatus
from openbell.domain.values import NANOS_PER_SECOND, Nanos
from openbell.domain.venue import (
    VenueCanceled,
    VenueFilled,
    VenueRejected,
    VenueReport,
    VenueSilent,
    VenueStands,
)
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

_SKEW_NS: Nanos = 10 * NANOS_PER_SECOND
"""How far a venue's clock may be off ours without an order that has just ended being overlooked."""

_ABOUT_WORK = (VenueStands, VenueRejected)
"""What an answer says about the moment it was given: that an order works, or is not known."""
_UNANSWERED = frozenset({OrderStatus.SUBMITTED, OrderStatus.PENDING_CANCEL, OrderStatus.PENDING_MODIFY})


class Reconciler:
    """Asks one venue on behalf of an engine."""

    def __init__(self, *, engine: LiveEngine, core: Core, venue: Venue) -> None:
        self._engine = engine
        self._core = core
        self._venue = venue
        self._since_ns: Nanos = core.state.ts_ns - int(SWEEP_SECONDS) * NANOS_PER_SECOND - _SKEW_NS
        """Orders that ended from here on have not been asked about since."""

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
        """Ask about every open order, and the latest that ended, before anything is sent after a start.

        Raises Unavailable when the venue does not answer: nothing may be traded before it has.
        """
        await self._ask_beside_ended(self._open_orders())

    async def ask_about_doubts(self) -> int:
        """Ask about orders whose last request went unanswered, and give the number of reports that came back."""
        orders, doubts = self._core.state.orders, self._engine.doubts
        doubts -= {order_id for order_id in doubts if order_id not in orders or not orders[order_id].in_doubt}
        return await self._ask([orders[order_id] for order_id in sorted(doubts)])

    async def ask_about_all(self) -> int:
        """Ask about every open order but those with a request that may still be answered, and those that ended since.

        Raises Unavailable when the venue does not answer.
        """
        now_ns = self._engine.now_ns()
        return await self._ask_beside_ended([order for order in self._open_orders() if _may_be_asked(order, now_ns)])

    async def _ask_beside_ended(self, orders: list[Order]) -> int:
        """Ask about orders, and once more about each that ended in part: the report of a fill before may be lost."""
        asked_ns = self._engine.now_ns()
        ended = [
            order
            for order in self._core.state.orders.values()
            if not order.is_open
            and order.submitted_ns is not None
            and order.status is not OrderStatus.FILLED
            and self._since_ns <= order.updated_ns <= asked_ns + _SKEW_NS
        ]
        count = await self._ask(orders + ended)
        self._since_ns = asked_ns - _SKEW_NS
        return count

    def _open_orders(self) -> list[Order]:
        """List what may be at the venue: it cannot know what waits here, for its entry, the journal or its turn."""
        unsent = self._engine.unsent
        orders = self._core.state.orders.values()
        return [o for o in orders if o.is_open and o.status is not OrderStatus.NEW and o.order_id not in unsent]

    async def _ask(self, orders: list[Order]) -> int:
        if not orders:
            return 0
        asked = {order.order_id: order.copied() for order in orders}
        # An answer is as old as its question: what has happened to an order meanwhile, it does not know.
        asked_ns = self._engine.now_ns()
        reports = await self._venue.reconcile(orders)
        known = self._core.state.orders
        moved = {order_id for order_id, before in asked.items() if known.get(order_id) != before}
        for report in reports:
            before = asked.get(report.order_id)
            if before is None or isinstance(report, VenueFilled):
                self._engine.take(report)
            elif not isinstance(report, _ABOUT_WORK) or report.order_id not in moved:
                self._take(report, before, asked_ns)
        return len(reports)

    def _take(self, report: VenueReport, before: Order, asked_ns: Nanos) -> None:
        """Take an answer about an order that is as it was when it was asked about, or say what it comes to."""
        order_id, ts_ns, order = report.order_id, self._engine.now_ns(), self._core.state.orders.get(report.order_id)
        if not before.is_open:
            # How it ended is known; that it works nevertheless is news.
            if isinstance(report, VenueStands):
                self._engine.take(report)
        elif isinstance(report, VenueRejected) and not _is_settled(before.updated_ns, asked_ns):
            self._engine.take(VenueSilent(order_id=order_id, ts_ns=ts_ns, reason="the venue does not know it yet"))
        elif isinstance(report, VenueRejected) and order is not None and order.is_open and order.filled_quantity:
            # It was there once, so it was not rejected; but nothing of it works any more.
            self._engine.take(VenueCanceled(order_id=order_id, ts_ns=ts_ns, reason="the venue no longer knows it"))
        else:
            self._engine.take(report)


def _may_be_asked(order: Order, now_ns: Nanos) -> bool:
    return order.in_doubt or order.status not in _UNANSWERED or _is_settled(order.updated_ns, now_ns)


def _is_settled(updated_ns: Nanos, now_ns: Nanos) -> bool:
    """Tell whether a change of an order is long past, be it by a clock that was ahead and has been put right since."""
    return abs(now_ns - updated_ns) >= UNKNOWN_SECONDS * NANOS_PER_SECOND
