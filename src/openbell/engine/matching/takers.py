"""Orders that take: they walk the visible market at once."""

from openbell.domain.fill import Liquidity
from openbell.domain.market import Level
from openbell.domain.order import Side, TimeInForce
from openbell.domain.values import Nanos, Price
from openbell.engine.matching.floor import Floor, is_within, slipped
from openbell.engine.matching.profile import Depth, Queue
from openbell.engine.matching.visible import DataKind, opposite
from openbell.engine.matching.working import Working

POST_ONLY_WOULD_TAKE = "post-only order would have taken"


_NONE, _UNLIMITED, _FOK, _TAKER = DataKind.NONE, Depth.UNLIMITED, TimeInForce.FOK, Liquidity.TAKER


def limit_of(order: Working) -> Price | None:
    """Give the worst price an order may trade at; None for a market order."""
    return order.limit_price if order.order_type.has_limit else None


def would_take(side: Side, limit: Price | None, floor: Floor) -> bool:
    """Tell whether an order would trade at once."""
    best = floor.market.best(opposite(side))
    return best is not None and is_within(side, best[0], limit)


def plan(order: Working, floor: Floor) -> list[Level]:
    """Give the pieces an order takes at once; nothing is changed.

    Beyond the book's depth a market order pays slippage on the last price. A single quote says nothing of the depth
    behind it, so there a limit order goes on as well, as far as its limit.
    """
    side, limit, against = order.side, limit_of(order), opposite(order.side)
    best = floor.market.best(against)
    if best is None or not is_within(side, best[0], limit):
        return []
    if floor.profile.depth is _UNLIMITED:
        return [(best[0], order.quantity - order.filled)]
    pieces: list[Level] = []
    left, worst = order.remaining, best[0]
    for price, available in floor.market.levels(against):
        if left == 0 or not is_within(side, price, limit):
            break
        quantity = min(left, floor.whole_lots(available))
        if quantity:
            pieces.append((price, quantity))
            left -= quantity
        worst = price
    if left and (limit is None or floor.market.kind is DataKind.QUOTE):
        beyond = slipped(side, worst, slippage=floor.profile.slippage, tick_size=floor.instrument.tick_size)
        if is_within(side, beyond, limit):
            pieces.append((beyond, left))
    return pieces


def meet(order: Working, floor: Floor, ts_ns: Nanos) -> None:
    """Let a fresh order meet the market: it takes what it may, and then rests, ends, or waits for a first price."""
    if floor.market.kind is _NONE:
        return
    if order.post_only and would_take(order.side, order.limit_price, floor):
        floor.reporter.rejected(order, ts_ns, POST_ONLY_WOULD_TAKE)
        return
    pieces = plan(order, floor)
    if order.time_in_force is _FOK and sum(quantity for _, quantity in pieces) != order.remaining:
        floor.reporter.canceled(order, ts_ns, "FOK: not all of it could be filled at once")
        return
    _take(order, pieces, floor, ts_ns)
    if order.is_over:
        return
    if order.time_in_force is TimeInForce.IOC:
        floor.reporter.canceled(order, ts_ns, "IOC: the rest could not be filled at once")
    elif order.order_type.has_limit:
        rest(order, floor)


def rest(order: Working, floor: Floor) -> None:
    """Put a limit order at the end of the queue at its price."""
    order.is_fresh = False
    order.traded_since = 0
    shown = floor.market.quantity_at(order.side, order.limit_price or 0)
    order.ahead = 0 if floor.profile.queue is Queue.NONE else shown


def _take(order: Working, pieces: list[Level], floor: Floor, ts_ns: Nanos) -> None:
    against, kind = opposite(order.side), floor.market.kind
    is_limited = floor.profile.depth is not _UNLIMITED
    for price, quantity in pieces:
        if is_limited:
            floor.market.take(against, price=price, quantity=quantity)
        floor.reporter.filled(order, quantity=quantity, price=price, liquidity=_TAKER, ts_ns=ts_ns, kind=kind)
