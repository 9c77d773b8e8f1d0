"""The paper venue: simulated matching behind the venue port. It holds no connection and knows no other venue."""

from collections.abc import Sequence

from openbell.domain.market import MarketEvent
from openbell.domain.order import Order
from openbell.domain.values import Nanos
from openbell.domain.venue import VenueReport, VenueRequest
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
        """Hand over one request; what it causes at once is reported before this returns."""
        self._deliver(self._simulated.request(request))

    def observe(self, event: MarketEvent) -> None:
        """Match working orders against the market."""
        self._deliver(self._simulated.observe(event))

    def advance(self, ts_ns: Nanos) -> None:
        """Expire orders and let delayed ones arrive."""
        self._deliver(self._simulated.advance(ts_ns))

    async def reconcile(self, orders: Sequence[Order]) -> Sequence[VenueReport]:
        """Take working orders back after a restart: this venue forgets with the process, the journal does not."""
        return [report for order in orders for report in self._simulated.restore(order)]

    def _deliver(self, reports: Sequence[VenueReport]) -> None:
        for report in reports:
            self._sink(report)


def _nowhere(report: VenueReport) -> None:
    raise AssertionError(f"a report before the venue was connected: {report!r}")
