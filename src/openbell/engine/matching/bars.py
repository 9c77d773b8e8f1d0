"""Filling orders from bars, and from trades where a market shows nothing else."""

from collections.abc import Collection, Iterable, Iterator

import msgspec

from openbell.domain.fill import Liquidity
from openbell.domain.instrument import AssetClass
from openbell.domain.market import Bar, Trade
from openbell.domain.order import OrderType, TimeInForce
from openbell.domain.values import Nanos, Price, Quantity, multiply
from openbell.engine.matching.floor import Floor, is_within, slipped
from openbell.engine.matching.profile import Depth
from openbell.engine.matching.takers import POST_ONLY_WOULD_TAKE
from openbell.engine.matching.visible import DataKind
from openbell.engine.matching.working import Working

_BAR, _TRADE = DataKind.BAR, DataKind.TRADE
_TAKER, _MAKER = Liquidity.TAKER, Liquidity.MAKER
_MARKET = OrderType.MARKET
_IMMEDIATE = frozenset({TimeInForce.IOC, TimeInForce.FOK})


class Span(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Prices over a stretch of time: a bar, or a single trade."""

    start_ns: Nanos
    end_ns: Nanos
    open: Price
    high: Price
    low: Price
    close: Price
    volume: Quantity
    kind: DataKind


class Touch(msgspec.Struct, frozen=True, gc=False):
    """Where a span reached an order: the price, whether right at the open, and whether the order takes there."""

    price: Price
    is_at_open: bool
    is_taker: bool


def span_of(event: Bar | Trade) -> Span:
    """Give the span of a bar or a trade."""
    if isinstance(event, Bar):
        return Span(
            start_ns=event.ts_ns,
            end_ns=event.end_ns,
            open=event.open,
            high=event.high,
            low=event.low,
            close=event.close,
            volume=event.volume,
            kind=_BAR,
        )
    price = event.price
    return Span(
        start_ns=event.ts_ns,
        end_ns=event.ts_ns,
        open=price,
        high=price,
        low=price,
        close=price,
        volume=event.quantity,
        kind=_TRADE,
    )


def filled_at_open(order: Working, floor: Floor, bar: Bar) -> bool:
    """Fill a lone market order where nothing stands between it and the open; False, and nothing done, elsewhere.

    It comes to what `match` does: all of it trades at the open, so that no path, no rest and no time in force matter.
    Nearly every order of a backtest is one.
    """
    profile = floor.profile
    is_held_back = order.sent_ns > bar.ts_ns or order.is_over or order.post_only
    if order.order_type is not _MARKET or is_held_back or profile.bar_participation is not None:
        return False
    left, price = order.quantity - order.filled, bar.open
    if left <= 0:
        return False
    if profile.slippage:
        price = slipped(order.side, price, slippage=profile.slippage, tick_size=floor.instrument.tick_size)
    floor.reporter.filled(order, quantity=left, price=price, liquidity=_TAKER, ts_ns=bar.ts_ns, kind=_BAR)
    order.is_fresh = False
    return True


def match(orders: Collection[Working], floor: Floor, span: Span) -> None:
    """Fill orders, by order of arrival, from a span that began after they were sent.

    Of an OCO group only one trades. Where a span reaches a stop and a limit of one group, nobody knows which came
    first, and it is taken to be the stop.
    """
    budget = _budget(floor, span)
    for order in orders:
        if order.sent_ns > span.start_ns or order.is_over:
            continue
        touch = touched(order, span)
        if touch is None:
            _pass_by(order, floor, span)
        elif not order.oco_group:
            budget = _execute(order, floor, span, touch, budget)
        elif not _comes_after_a_stop(order, orders, span, touch):
            before = order.filled
            budget = _execute(order, floor, span, touch, budget)
            if order.filled > before:
                _end_group(order, orders, floor, span)
        order.is_fresh = False


def _group_of(order: Working, orders: Iterable[Working]) -> Iterator[Working]:
    """Yield the other orders of an order's group that still work."""
    return (o for o in orders if o.oco_group == order.oco_group and o is not order and not o.is_over)


def _comes_after_a_stop(order: Working, orders: Iterable[Working], span: Span, touch: Touch) -> bool:
    """Tell whether a stop of its group may have been reached before an order was."""
    if touch.is_at_open or order.waits_for_trigger:
        return False
    group = _group_of(order, orders)
    return any(o.waits_for_trigger and o.sent_ns <= span.start_ns and touched(o, span) is not None for o in group)


def _end_group(order: Working, orders: Iterable[Working], floor: Floor, span: Span) -> None:
    """Let the others of a group go, one of which has traded: within a span no cancel could come in time."""
    for other in _group_of(order, orders):
        floor.reporter.canceled(other, span.end_ns, "")


def touched(order: Working, span: Span) -> Touch | None:
    """Tell where a span reaches an order; None where it certainly does not, or may not.

    Of the path inside a span only its ends are known: after a stop-limit's trigger the limit counts as reached when
    the trigger price allows it, or when the close proves that the price came back to it.
    """
    kind = order.order_type
    if kind.has_stop and not order.is_triggered:
        return _touched_by_stop(order, span)
    if not kind.has_limit:
        return Touch(span.open, True, True)  # noqa: FBT003 - fields by position
    limit = order.limit_price or 0
    if is_within(order.side, span.open, limit):
        if span.kind is _TRADE and not order.is_fresh:
            # Whoever sold below what we bid would have met our bid first: a better price is for those who come to it.
            return Touch(limit, is_at_open=True, is_taker=False)
        return Touch(span.open, is_at_open=True, is_taker=order.is_fresh)
    if is_within(order.side, span.low if order.side.sign > 0 else span.high, limit):
        return Touch(limit, is_at_open=False, is_taker=False)
    return None


def is_stop_reached(order: Working, span: Span) -> bool:
    """Tell whether a span reaches an order's stop price."""
    sign = order.side.sign
    farthest = span.high if sign > 0 else span.low
    return sign * farthest >= sign * (order.stop_price or 0)


def _touched_by_stop(order: Working, span: Span) -> Touch | None:
    if not is_stop_reached(order, span):
        return None
    side, stop, limit = order.side, order.stop_price or 0, order.limit_price or 0
    is_at_open = side.sign * span.open >= side.sign * stop
    price = span.open if is_at_open else stop
    if order.order_type is OrderType.STOP or is_within(side, price, limit):
        return Touch(price, is_at_open=is_at_open, is_taker=True)
    back = (span.low if side.sign > 0 else span.high) if is_at_open else span.close
    return Touch(limit, is_at_open=False, is_taker=False) if is_within(side, back, limit) else None


def _pass_by(order: Working, floor: Floor, span: Span) -> None:
    """Deal with an order that the span does not fill."""
    if order.waits_for_trigger:
        if not is_stop_reached(order, span):
            return
        floor.reporter.triggered(order, span.end_ns)
    if order.time_in_force in _IMMEDIATE:
        floor.reporter.canceled(order, span.start_ns, f"{order.time_in_force}: not at the first price")


def _execute(order: Working, floor: Floor, span: Span, touch: Touch, budget: Quantity | None) -> Quantity | None:
    """Fill an order where it was touched and give the rest of the budget."""
    ts_ns = span.start_ns if touch.is_at_open else span.end_ns
    kind, left, is_immediate = order.order_type, order.quantity - order.filled, order.time_in_force in _IMMEDIATE
    is_now = touch.is_at_open
    if kind.has_stop and not order.is_triggered:
        is_now = True
        floor.reporter.triggered(order, ts_ns)
    if order.post_only and touch.is_taker:
        floor.reporter.rejected(order, ts_ns, POST_ONLY_WOULD_TAKE)
        return budget
    quantity = left if budget is None else min(left, floor.whole_lots(budget))
    if is_immediate and (not is_now or (order.time_in_force is TimeInForce.FOK and quantity < left)):
        quantity = 0
    if quantity:
        price, slippage = touch.price, floor.profile.slippage
        if slippage and not kind.has_limit:
            price = slipped(order.side, price, slippage=slippage, tick_size=floor.instrument.tick_size)
        liquidity = _TAKER if touch.is_taker else _MAKER
        floor.reporter.filled(order, quantity=quantity, price=price, liquidity=liquidity, ts_ns=ts_ns, kind=span.kind)
    if is_immediate and not order.is_over:
        floor.reporter.canceled(order, ts_ns, f"{order.time_in_force}: the rest could not be filled at once")
    return None if budget is None else budget - quantity


def _budget(floor: Floor, span: Span) -> Quantity | None:
    """Give how much of the span's volume we may be; None without a cap. An index has no volume of its own."""
    if span.kind is _TRADE:
        return span.volume if floor.profile.depth is Depth.VISIBLE else None
    participation = floor.profile.bar_participation
    if participation is None or floor.instrument.asset_class is AssetClass.INDEX:
        return None
    return multiply(span.volume, participation)
