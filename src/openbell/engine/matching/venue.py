"""The simulated venue: our orders against a recorded, simulated or live market. Deterministic, and without a clock."""

from collections.abc import Collection, Mapping
from heapq import heappop, heappush
from math import inf

from openbell.domain.calendar import Session
from openbell.domain.instrument import Instrument
from openbell.domain.market import Bar, MarketEvent
from openbell.domain.order import Order, OrderStatus, TimeInForce
from openbell.domain.values import Nanos
from openbell.domain.venue import Admitted, CancelRequest, ModifyRequest, VenueRefusedChange, VenueReport, VenueRequest
from openbell.engine.matching import working
from openbell.engine.matching.desk import Desk
from openbell.engine.matching.fees import FeeSchedule
from openbell.engine.matching.floor import Floor
from openbell.engine.matching.opening import Opening
from openbell.engine.matching.profile import FillProfile
from openbell.engine.matching.reporter import Reporter
from openbell.engine.matching.visible import DataKind, VisibleMarket

ORDER_IDS_MAX = 200_000
"""Order ids remembered so that a repeated request does nothing; past it the older half of those that ended goes."""

_PENDING = (OrderStatus.PENDING_MODIFY, OrderStatus.PENDING_CANCEL)
_DAY = TimeInForce.DAY
_NOT_WORKING = "the order is not working at the venue"


class SimulatedVenue:
    """Takes requests, sees the market and time pass, and answers with reports.

    All three must speak of one clock: requests carry the time of the market they were decided on.
    """

    def __init__(self, instruments: Mapping[str, Instrument], profile: FillProfile, fees: FeeSchedule) -> None:
        self._profile, self._latency_ns, self._fees = profile, profile.latency_ns, fees
        self._reporters = {
            symbol: Reporter(instrument, profile_name=profile.name, fees=fees)
            for symbol, instrument in instruments.items()
        }
        self._instruments = dict(instruments)
        self._desks = {symbol: self._desk(symbol) for symbol in instruments}
        self._symbols: dict[str, str] = {}
        self._symbols_max = ORDER_IDS_MAX
        self._sessions: dict[str, Session] = {}
        """The session last found, by symbol: the next order mostly falls into it."""
        self._under_way: list[tuple[Nanos, int, VenueRequest]] = []
        self._count = 0
        self._now_ns: Nanos = 0
        self._next_expiry_ns: float = inf

    def request(self, request: VenueRequest) -> list[VenueReport]:
        """Take a request; with latency it takes effect later. An order id that was there before changes nothing."""
        if type(request) is Admitted:
            if request.order_id in self._symbols:
                return []
            if request.symbol not in self._desks:
                raise KeyError(request.symbol)
            self._remember(request.order_id, request.symbol)
        self._count += 1
        if not self._latency_ns:
            return self._arrive(request, request.ts_ns)
        heappush(self._under_way, (request.ts_ns + self._latency_ns, self._count, request))
        return []

    def observe(self, event: MarketEvent) -> list[VenueReport]:
        """Let the market move. What is due before the event happens first."""
        desk = self._desks.get(event.symbol)
        if desk is None:
            return []
        if desk.is_idle and not self._under_way and self._next_expiry_ns == inf:
            # Most bars of a backtest end here.
            desk.observe(event)
            return []
        ts_ns = event.end_ns if type(event) is Bar else event.ts_ns
        if not self._under_way and ts_ns < self._next_expiry_ns and ts_ns >= self._now_ns:
            # Nothing is due: time alone goes on.
            self._now_ns = ts_ns
            desk.observe(event)
            return self._reporters[event.symbol].drain()
        reports = self.advance(ts_ns)
        desk.observe(event)
        return reports + self._reporters[event.symbol].drain()

    def advance(self, ts_ns: Nanos) -> list[VenueReport]:
        """Let time pass: requests arrive, and DAY orders end."""
        reports: list[VenueReport] = []
        while self._under_way and self._under_way[0][0] <= ts_ns:
            arrival_ns, _, request = heappop(self._under_way)
            if arrival_ns >= self._next_expiry_ns:
                reports += self._expire(arrival_ns)
            reports += self._arrive(request, arrival_ns)
        if ts_ns >= self._next_expiry_ns:
            reports += self._expire(ts_ns)
        self._now_ns = max(self._now_ns, ts_ns)
        return reports

    def restore(self, order: Order) -> list[VenueReport]:
        """Take an open order back after a restart, at the end of its queue, and report what the core is waiting for.

        A cancel that was asked for is carried out; a change that was asked for is refused. An order that the venue
        knows, or that was never sent, changes nothing: so a second pass reports nothing.
        """
        if self.knows(order.order_id) or not order.is_open or order.status is OrderStatus.NEW:
            return []
        self._remember(order.order_id, order.symbol)
        self._count += 1
        reporter, desk = self._reporters[order.symbol], self._desks[order.symbol]
        ts_ns = max(self._now_ns, order.updated_ns)
        sent_ns = order.submitted_ns or order.created_ns
        expires_ns = self._expiry(order.symbol, order.time_in_force, sent_ns)
        taken_back = working.from_order(order, sent_ns=sent_ns, priority=self._count, expires_ns=expires_ns)
        standing = order.resume_status if order.status in _PENDING else order.status
        if standing is OrderStatus.SUBMITTED:
            reporter.accepted(order.order_id, ts_ns)
        if order.status is OrderStatus.PENDING_MODIFY:
            reporter.refused_change(order.order_id, ts_ns, "the venue was restarted")
        if order.status is OrderStatus.PENDING_CANCEL:
            reporter.canceled(taken_back, ts_ns, "canceled on request")
        else:
            desk.add(taken_back, ts_ns)
        return reporter.drain()

    def orders(self, symbol: str) -> Collection[object]:
        """Give the orders that work in a symbol, as a live view: with none of them a bar changes nothing here."""
        return self._desks[symbol].orders

    @property
    def under_way(self) -> Collection[object]:
        """The requests that have not taken effect yet, as a live view."""
        return self._under_way

    def opening(self, symbol: str) -> Opening | None:
        """Give what lone market orders get at the open of a bar; None where an order may be late, or filled in part."""
        profile = self._profile
        if profile.latency_ns or profile.bar_participation is not None:
            return None
        instrument, model = self._instruments[symbol], self._reporters[symbol].model(DataKind.BAR)
        return Opening(instrument, slippage=profile.slippage, fees=self._fees, model=model)

    def knows(self, order_id: str) -> bool:
        """Tell whether an order was here since the venue started."""
        return order_id in self._symbols

    def _desk(self, symbol: str) -> Desk:
        return Desk(
            Floor(
                instrument=self._instruments[symbol],
                profile=self._profile,
                market=VisibleMarket(symbol),
                reporter=self._reporters[symbol],
            )
        )

    def _remember(self, order_id: str, symbol: str) -> None:
        self._symbols[order_id] = symbol
        if len(self._symbols) > self._symbols_max:
            known = self._symbols
            recent = len(known) - ORDER_IDS_MAX // 2
            # An order may work for months: those that came after it are forgotten all the same.
            self._symbols = {
                one: its for place, (one, its) in enumerate(known.items()) if place >= recent or one in self._desks[its]
            }
            # With very many at work, not again with every order.
            self._symbols_max = max(ORDER_IDS_MAX, len(self._symbols) + ORDER_IDS_MAX // 2)

    def _arrive(self, request: VenueRequest, ts_ns: Nanos) -> list[VenueReport]:
        if type(request) is Admitted:
            self._open(request, ts_ns)
            return self._reporters[request.symbol].drain()
        symbol = self._symbols.get(request.order_id, "")
        if symbol == "" or request.order_id not in self._desks[symbol]:
            return [VenueRefusedChange(order_id=request.order_id, ts_ns=ts_ns, reason=_NOT_WORKING)]
        if type(request) is CancelRequest:
            self._desks[symbol].cancel(request.order_id, ts_ns, reason="canceled on request")
        elif type(request) is ModifyRequest:
            self._desks[symbol].modify(request, ts_ns=ts_ns, priority=self._count)
        return self._reporters[symbol].drain()

    def _open(self, admitted: Admitted, ts_ns: Nanos) -> None:
        expires_ns = self._expiry(admitted.symbol, admitted.time_in_force, ts_ns)
        order = working.from_admitted(admitted, arrived_ns=ts_ns, priority=self._count, expires_ns=expires_ns)
        self._reporters[admitted.symbol].accepted(admitted.order_id, ts_ns)
        self._desks[admitted.symbol].add(order, ts_ns)

    def _expiry(self, symbol: str, time_in_force: TimeInForce, ts_ns: Nanos) -> Nanos | None:
        if time_in_force is not _DAY:
            return None
        session = self._sessions.get(symbol)
        if session is None or not session.open_ns <= ts_ns < session.close_ns:
            session = self._instruments[symbol].calendar.next_session(ts_ns)
            if session is None:
                return None
            self._sessions[symbol] = session
        closes_ns = session.close_ns
        self._next_expiry_ns = min(self._next_expiry_ns, closes_ns)
        return closes_ns

    def _expire(self, ts_ns: Nanos) -> list[VenueReport]:
        reports: list[VenueReport] = []
        for symbol, desk in self._desks.items():
            desk.expire(ts_ns)
            reports += self._reporters[symbol].drain()
        self._next_expiry_ns = min((desk.next_expiry(ts_ns) for desk in self._desks.values()), default=inf)
        return reports
