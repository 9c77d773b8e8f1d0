"""A venue somewhere else, across a link that fails in every way a link can; it keeps the truth to compare with."""

import random
from collections import defaultdict
from collections.abc import Sequence

from openbell.domain import venue as v
from openbell.domain.order import Order
from openbell.engine.matching.venue import SimulatedVenue
from openbell.ports import Unavailable

FAULTS = (
    "lost request",
    "lost answer",
    "late request",
    "silent answer",
    "dropped reports",
    "duplicates",
    "reordered",
    "late reports",
    "garbage",
    "refused",
    "no answer to questions",
    "everything",
)
CHANCE = 0.4
LATE_MOVES_MAX = 4
_ENDS = (v.VenueCanceled, v.VenueExpired, v.VenueRejected)


class RemoteVenue:
    """Implements ports.Venue over a simulated exchange. `fault` names what goes wrong; '' is a link that works."""

    name = "remote"

    def __init__(self, exchange: SimulatedVenue, *, chance: random.Random) -> None:
        self._exchange = exchange
        self._chance = chance
        self._sink = None
        self._late: list[list] = []
        self._held: list[v.VenueReport] = []
        self.story: dict[str, list[v.VenueReport]] = defaultdict(list)
        self.received: list[v.VenueRequest] = []
        self.fault = ""

    def connect(self, sink) -> None:
        self._sink = sink

    async def send(self, request: v.VenueRequest) -> None:
        fault = self._now("lost request", "lost answer", "late request", "silent answer", "refused")
        if fault in ("lost request", "refused"):
            raise Unavailable(f"{fault}: connection reset")
        if fault == "late request":
            self._late.append([LATE_MOVES_MAX, request])
            raise Unavailable("timed out; it is on its way")
        reports = self._take_in(request)
        if fault == "lost answer":
            raise Unavailable("connection closed before the answer")
        if fault != "silent answer":
            self._tell(reports)

    def observe(self, event) -> None:
        self._tell(self._noted(self._exchange.observe(event)))

    def advance(self, ts_ns: int) -> None:
        self._tell(self._noted(self._exchange.advance(ts_ns)))

    async def reconcile(self, orders: Sequence[Order]) -> Sequence[v.VenueReport]:
        """Say how each order stands: what it is now, every fill, and how it ended."""
        if self._now("no answer to questions"):
            raise Unavailable("503")
        return [report for order in orders for report in self.standing(order)]

    def standing(self, order: Order) -> list[v.VenueReport]:
        story = [r for r in self.story.get(order.order_id, []) if not isinstance(r, v.VenueRefusedChange)]
        if not story:
            return [v.VenueRejected(order_id=order.order_id, ts_ns=order.updated_ns, reason="unknown to the venue")]
        fills = [r for r in story if isinstance(r, v.VenueFilled)]
        ended = [r for r in story if isinstance(r, _ENDS)][-1:]
        values = self._values(order.order_id, story)
        if ended or sum(fill.quantity for fill in fills) >= values["quantity"]:
            return [v.VenueModified(order_id=order.order_id, ts_ns=story[-1].ts_ns, **values), *fills, *ended]
        return [*fills, v.VenueStands(order_id=order.order_id, ts_ns=story[-1].ts_ns, **values)]

    def _values(self, order_id: str, story: list[v.VenueReport]) -> dict:
        """Give the values an order works with: those of its last change, else those it came with."""
        placed = [r for r in self.received if isinstance(r, v.Admitted) and r.order_id == order_id]
        latest = ([r for r in story if isinstance(r, v.VenueModified)] or placed)[-1]
        return {name: getattr(latest, name) for name in ("quantity", "limit_price", "stop_price")}

    def heal(self) -> None:
        """Let the link work from now on; what was on its way arrives."""
        self.fault = ""
        while self._late:
            self.tick()
        held, self._held = self._held, []
        for report in held:
            self._sink(report)

    def _now(self, *faults: str) -> str:
        possible = [fault for fault in faults if self.fault in (fault, "everything")]
        return self._chance.choice(possible) if possible and self._chance.random() < CHANCE else ""

    def _take_in(self, request: v.VenueRequest) -> list[v.VenueReport]:
        self.received.append(request)
        return self._noted(self._exchange.request(request))

    def _noted(self, reports: Sequence[v.VenueReport]) -> list[v.VenueReport]:
        for report in reports:
            self.story[report.order_id].append(report)
        return list(reports)

    def tick(self) -> None:
        """Let what is on its way come nearer: a request is late, but never later than a venue is believed."""
        for one in self._late:
            one[0] -= self._chance.randint(1, LATE_MOVES_MAX)
        arrived = [request for moves, request in self._late if moves <= 0]
        self._late = [one for one in self._late if one[0] > 0]
        for request in arrived:
            self._tell(self._take_in(request))

    def _tell(self, reports: list[v.VenueReport]) -> None:
        if self._now("dropped reports"):
            reports = [report for report in reports if self._chance.random() < 0.5]
        if self._now("reordered"):
            reports = reports[::-1]
        if self._now("late reports"):
            self._held += reports
            return
        if not self._now("late reports"):
            reports, self._held = self._held + reports, []
        for report in reports:
            for _ in range(2 if self._now("duplicates") else 1):
                self._sink(report)
            if self._now("garbage"):
                self._sink(v.VenueCanceled(order_id="nobody's", ts_ns=report.ts_ns))
