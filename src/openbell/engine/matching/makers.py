"""Orders that rest: their place in the queue, and what reaches them."""

from collections.abc import Iterable

from openbell.domain.fill import Liquidity
from openbell.domain.market import Trade
from openbell.domain.order import Side
from openbell.domain.values import Nanos, Price, Quantity
from openbell.engine.matching.floor import Floor, is_within
from openbell.engine.matching.profile import Depth, Queue
from openbell.engine.matching.visible import opposite
from openbell.engine.matching.working import Working

_NO_QUEUE = Queue.NONE
_SIDES = tuple(Side)


def on_trade(orders: Iterable[Working], floor: Floor, trade: Trade) -> None:
    """Fill resting orders by a public trade: those it went through, and those it reached in the queue.

    One trade fills no more than its own quantity of ours.
    """
    makers = [order for order in orders if order.is_maker]
    for side in Side:
        ours = sorted((order for order in makers if order.side is side), key=_price_priority)
        filled = 0
        for order in ours:
            reached = _reached(order, trade, floor.profile.queue)
            if reached is None:
                continue
            quantity = order.remaining
            if floor.profile.depth is Depth.VISIBLE:
                quantity = min(quantity, floor.whole_lots(reached - filled))
            if quantity:
                _fill(order, floor, quantity=quantity, ts_ns=trade.ts_ns)
                filled += quantity


def on_market(orders: Iterable[Working], floor: Floor, before: dict[str, Quantity | None], ts_ns: Nanos) -> None:
    """Move resting orders up as their levels shrink, and fill those the other side has come to.

    `before` is what the market showed at each order's price before this change.
    """
    market, queue = floor.market, floor.profile.queue
    # What is taken of a level does not move it: the best prices stay what they are while our orders trade.
    best = {side: market.best(opposite(side)) for side in _SIDES}
    for order in orders:
        if not order.is_maker:
            continue
        if queue is not _NO_QUEUE:
            shown = market.quantity_at(order.side, order.limit_price or 0)
            if shown is not None:
                _requeue(order, before.get(order.order_id), shown, queue)
        first = best[order.side]
        if first is not None and is_within(order.side, first[0], order.limit_price):
            _cross(order, floor, ts_ns)


def shown_by_order(orders: Iterable[Working], floor: Floor) -> dict[str, Quantity | None]:
    """Give what the market shows at the price of each resting order: nothing where queues do not count."""
    if floor.profile.queue is _NO_QUEUE:
        return {}
    return {
        order.order_id: floor.market.quantity_at(order.side, order.limit_price or 0)
        for order in orders
        if order.is_maker
    }


def _price_priority(order: Working) -> Price:
    return -order.side.sign * (order.limit_price or 0)


def _reached(order: Working, trade: Trade, queue: Queue) -> Quantity | None:
    """Give how much of a trade gets past the queue to an order, maybe less than nothing; None when it does not."""
    side, limit = order.side, order.limit_price or 0
    if side.sign * trade.price < side.sign * limit:
        return trade.quantity
    if trade.price != limit or trade.aggressor == side.sign:
        return None
    if queue is Queue.NONE:
        return trade.quantity
    if order.ahead is None:
        return None
    reached = trade.quantity - order.ahead
    order.ahead = max(0, -reached)
    order.traded_since += trade.quantity
    return reached


def _requeue(order: Working, before: Quantity | None, now: Quantity, queue: Queue) -> None:
    if order.ahead is None or before is None:
        order.ahead = now if order.ahead is None else min(order.ahead, now)
        return
    if now < before:
        cancels = max(0, before - now - order.traded_since)
        order.traded_since = max(0, order.traded_since - (before - now))
        if queue is Queue.PROPORTIONAL:
            order.ahead -= order.ahead * cancels // before
    order.ahead = min(order.ahead, now)


def _cross(order: Working, floor: Floor, ts_ns: Nanos) -> None:
    """Fill an order at its price from what the other side now offers there or better."""
    against = opposite(order.side)
    for price, available in list(_within_reach(order, floor)):
        quantity = order.remaining
        if floor.profile.depth is Depth.VISIBLE:
            quantity = min(quantity, floor.whole_lots(available))
            if quantity:
                floor.market.take(against, price=price, quantity=quantity)
        if quantity:
            _fill(order, floor, quantity=quantity, ts_ns=ts_ns)
        if order.is_over:
            return


def _within_reach(order: Working, floor: Floor) -> Iterable[tuple[Price, Quantity]]:
    for price, available in floor.market.levels(opposite(order.side)):
        if not is_within(order.side, price, order.limit_price):
            return
        yield price, available


def _fill(order: Working, floor: Floor, *, quantity: Quantity, ts_ns: Nanos) -> None:
    floor.reporter.filled(
        order,
        quantity=quantity,
        price=order.limit_price or 0,
        liquidity=Liquidity.MAKER,
        ts_ns=ts_ns,
        kind=floor.market.kind,
    )
