"""The paper venue: simulated matching behind the venue port. It holds no connection and knows no other venue."""

from collections.abc import Sequence

from openbell.domain.market import MarketEvent
from openbell.domain.order import Order, OrderStatus
from openbell.domain.values import Nanos
from openbell.domain.venue import CancelRequest, VenueRefusedChange, VenueReport, VenueRequest
from openbell.engine.matching.venue import SimulatedVenue
from openbell.ports import ReportSink


class PaperVenue:
    """Fills orders against the live or replayed market, in this process."""

    name = "paper"

    def __init__(self, simulated: SimulatedVenue) -> None:
        self._simulated = simulated
        self._sink: ReportSink = _nowhere

    def connect(self, sink: ReportSink) -> None:
        """Say where reports go."""
        self._sink = sink

    async def send(self, request: VenueRequest) -> None:
        """Hand over one request; its reports arrive before this returns."""
        self._deliver(self._simulated.request(request))

    def observe(self, event: MarketEvent) -> None:
        """Match working orders against the market."""
        self._deliver(self._simulated.observe(event))

    def advance(self, ts_ns: Nanos) -> None:
        """Expire orders and let delayed ones arrive."""
        self._deliver(self._simulated.advance(ts_ns))

    async def reconcile(self, orders: Sequence[Order]) -> Sequence[VenueReport]:
        """Take working orders back after a restart: this venue forgets with the process, the journal does not.

        A change that was under way is answered as refused and a cancel is carried out.
        """
        reports: list[VenueReport] = []
        for order in orders:
            reports.extend(self._simulated.restore(order))
            if order.status is OrderStatus.PENDING_CANCEL:
                reports.extend(self._simulated.request(CancelRequest(order_id=order.order_id, ts_ns=order.updated_ns)))
            elif order.status is OrderStatus.PENDING_MODIFY:
                lost = VenueRefusedChange(
                    order_id=order.order_id, ts_ns=order.updated_ns, reason="the venue restarted before the change"
                )
                reports.append(lost)
        return reports

    def _deliver(self, reports: Sequence[VenueReport]) -> None:
        for report in reports:
            self._sink(report)


def _nowhere(report: VenueReport) -> None:
    raise AssertionError(f"a report before the venue was connected: {report!r}")
