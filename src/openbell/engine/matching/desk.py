"""The desk of one symbol: its working orders and its market, whatever kind of data the market comes in."""

from collections.abc import Collection, Iterable, Iterator
from math import inf

from openbell.domain.market import Bar, BookDelta, BookSnapshot, MarketEvent, Quote, Timeframe, Trade
from openbell.domain.order import Side
from openbell.domain.values import Nanos, Price
from openbell.domain.venue import ModifyRequest
from openbell.engine.matching import bars, makers, takers
from openbell.engine.matching.floor import Floor
from openbell.engine.matching.profile import Queue
from openbell.engine.matching.reach import MANY, Reach
from openbell.engine.matching.visible import DataKind, opposite
from openbell.engine.matching.working import Working

_BAR, _TRADE, _QUOTE, _BOOK = DataKind.BAR, DataKind.TRADE, DataKind.QUOTE, DataKind.BOOK


class Desk:
    """Working orders of one symbol, oldest first."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor
        self._orders: dict[str, Working] = {}
        self._reach: Reach | None = None
        """The same orders by price, while there are many of them and quotes or books."""
        self._kind = DataKind.NONE
        self._timeframe: Timeframe | None = None

    def __contains__(self, order_id: str) -> bool:
        return order_id in self._orders

    @property
    def orders(self) -> Collection[object]:
        """The orders that work here, as a live view."""
        return self._orders

    @property
    def is_idle(self) -> bool:
        """Tell whether no order works here."""
        return not self._orders

    def add(self, order: Working, ts_ns: Nanos) -> None:
        """Take in an order; where the market can be seen it meets it now."""
        self._orders[order.order_id] = order
        if self._kind > _TRADE:
            self._arrive(order, ts_ns)
            self._settle(order)

    def cancel(self, order_id: str, ts_ns: Nanos, *, reason: str) -> None:
        """Cancel what is left of an order."""
        order = self._orders[order_id]
        self._floor.reporter.canceled(order, ts_ns, reason)
        self._settle(order)

    def modify(self, request: ModifyRequest, *, ts_ns: Nanos, priority: int) -> None:
        """Change an order. Only a smaller quantity alone keeps its place in the queue."""
        order = self._orders[request.order_id]
        refusal = self._refusal(order, request)
        if refusal:
            self._floor.reporter.refused_change(order.order_id, ts_ns, refusal)
            return
        same_prices = (order.limit_price, order.stop_price) == (request.limit_price, request.stop_price)
        keeps_place = same_prices and request.quantity <= order.quantity
        order.quantity, order.limit_price = request.quantity, request.limit_price
        order.stop_price = request.stop_price
        self._floor.reporter.modified(order, ts_ns)
        if not keeps_place:
            order.priority, order.sent_ns, order.is_fresh = priority, request.ts_ns, True
            self._orders[order.order_id] = self._orders.pop(order.order_id)
            if self._reach is not None:
                self._reach.drop(order.order_id)
            self._arrive(order, ts_ns)
            self._settle(order)

    def observe(self, event: MarketEvent) -> None:
        """Let the market move."""
        if type(event) is Bar:
            self._reach = None
            self._on_bar(event)
        elif type(event) is Trade:
            self._on_trade(event)
        else:
            self._on_market(event)  # type: ignore[arg-type]
        if self._reach is None and self._orders:
            self._sweep()

    def expire(self, ts_ns: Nanos) -> None:
        """End orders whose time ran out. Where bars fill, a bar ends them: it is seen only when it is over."""
        if self._kind is DataKind.BAR:
            return
        for order in self._due(ts_ns):
            self._floor.reporter.expired(order, order.expires_ns or ts_ns)
        self._reach = None
        self._sweep()

    def next_expiry(self, after_ns: Nanos) -> float:
        """Give when the next order after an instant runs out; infinity when none does."""
        times = (order.expires_ns for order in self._orders.values() if order.expires_ns is not None)
        return min((time for time in times if time > after_ns), default=inf)

    def _due(self, ts_ns: Nanos) -> Iterator[Working]:
        return (order for order in self._orders.values() if order.expires_ns is not None and order.expires_ns <= ts_ns)

    def _refusal(self, order: Working, request: ModifyRequest) -> str:
        if request.quantity <= order.filled:
            return "the new quantity is not above what has been filled"
        is_passive = order.post_only and not order.waits_for_trigger
        if is_passive and takers.would_take(order.side, request.limit_price, self._floor):
            return takers.POST_ONLY_WOULD_TAKE
        return ""

    def _arrive(self, order: Working, ts_ns: Nanos) -> None:
        if self._kind <= _TRADE:
            return
        if order.waits_for_trigger:
            self._trigger(order, self._reference(order), ts_ns)
        else:
            takers.meet(order, self._floor, ts_ns)

    def _on_bar(self, bar: Bar) -> None:
        if not bar.is_final or self._kind > _BAR:
            return
        if bar.timeframe is not self._timeframe:
            if self._timeframe is not None and bar.timeframe.length_ns > self._timeframe.length_ns:
                return
            self._timeframe = bar.timeframe
        self._kind = _BAR
        if not self._orders:
            return
        orders = list(self._orders.values())
        if len(orders) == 1 and bars.filled_at_open(orders[0], self._floor, bar):
            self._orders.clear()
            return
        span = bars.span_of(bar)
        self._set_last_session(orders, span)
        bars.match(orders, self._floor, span)
        end_ns = span.end_ns
        for order in orders:
            if order.is_over or order.expires_ns is None or order.expires_ns > end_ns or order.is_fresh:
                continue
            self._floor.reporter.expired(order, order.expires_ns or end_ns)

    def _set_last_session(self, orders: Iterable[Working], span: bars.Span) -> None:
        """Let a DAY order work through the session of the first bar that can fill it.

        Daily bars are stamped at midnight, and skip days that a 24/7 calendar has.
        """
        for order in orders:
            if order.expires_ns is not None and order.is_fresh and order.sent_ns <= span.start_ns:
                session = self._floor.instrument.calendar.next_session(span.start_ns)
                order.expires_ns = max(session.close_ns if session else 0, span.end_ns)

    def _on_trade(self, trade: Trade) -> None:
        self._kind = max(self._kind, _TRADE)
        self._floor.last_price = trade.price
        if not self._orders:
            return
        if self._kind is _TRADE:
            self._reach = None
            bars.match(list(self._orders.values()), self._floor, bars.span_of(trade))
            return
        price, orders = trade.price, self._few()
        if self._reach is not None:
            orders = self._reach.concerned({side: side.sign * price for side in Side}, dict.fromkeys(Side, price))
        makers.on_trade(orders, self._floor, trade)
        for order in orders:
            self._trigger(order, price, trade.ts_ns)
        self._settle_all(orders)

    def _on_market(self, event: Quote | BookSnapshot | BookDelta) -> None:
        kind = _QUOTE if type(event) is Quote else _BOOK
        self._kind = max(self._kind, kind)
        floor = self._floor
        if not self._orders:
            floor.market.update(event)
            return
        few = self._few()
        shown = makers.shown_by_order(few or self._near(), floor)
        floor.market.update(event)
        orders = few or self._near()
        makers.on_market(orders, floor, shown, event.ts_ns)
        for order in orders:
            if order.waits_for_trigger:
                self._trigger(order, self._reference(order), event.ts_ns)
            elif order.is_fresh and not order.is_over:
                takers.meet(order, floor, event.ts_ns)
        self._settle_all(orders)

    def _bounds(self) -> dict[Side, float]:
        """Give from which limit on, times its side's sign, the market as it stands can move an order, or fill it."""
        market, has_queue = self._floor.market, self._floor.profile.queue is not Queue.NONE
        bounds: dict[Side, float] = {}
        for side in Side:
            best = market.best(opposite(side))
            crossed = inf if best is None else side.sign * best[0]
            bounds[side] = min(crossed, market.seen_from(side)) if has_queue else crossed
        return bounds

    def _few(self) -> list[Working]:
        """Give all orders, by arrival; none where there are many: then they are known by their prices."""
        if self._reach is None and len(self._orders) > MANY:
            self._reach = Reach(self._orders.values())
        return list(self._orders.values()) if self._reach is None else []

    def _near(self) -> list[Working]:
        """Give those of many orders that the market as it stands can concern."""
        if self._reach is None:
            return []
        last = self._floor.last_price
        triggers = {side: last or self._best_price(opposite(side)) for side in Side}
        return self._reach.concerned(self._bounds(), triggers)

    def _settle_all(self, orders: Iterable[Working]) -> None:
        if self._reach is not None:
            for order in orders:
                self._settle(order)

    def _settle(self, order: Working) -> None:
        """Let an order go that is over; know one that has changed by what it is now."""
        if order.is_over:
            del self._orders[order.order_id]
            if self._reach is not None:
                self._reach.drop(order.order_id)
        elif self._reach is not None:
            self._reach.put(order)

    def _best_price(self, side: Side) -> Price | None:
        best = self._floor.market.best(side)
        return best[0] if best else None

    def _reference(self, order: Working) -> Price | None:
        """Give the price that triggers stops: of the last trade, or without trades what the order would pay."""
        if self._floor.last_price is not None:
            return self._floor.last_price
        return self._best_price(opposite(order.side))

    def _trigger(self, order: Working, price: Price | None, ts_ns: Nanos) -> None:
        if price is None or order.is_over or not order.waits_for_trigger:
            return
        sign = order.side.sign
        if sign * price >= sign * (order.stop_price or 0):
            self._floor.reporter.triggered(order, ts_ns)
            takers.meet(order, self._floor, ts_ns)

    def _sweep(self) -> None:
        if not self._orders:
            return
        over = [order_id for order_id, order in self._orders.items() if order.is_over]
        for order_id in over:
            del self._orders[order_id]
