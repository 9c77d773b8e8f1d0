"""One outbound queue to a venue: requests leave in order, and an unanswered one is reported as silence."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence

import structlog

from openbell.domain.values import Nanos
from openbell.domain.venue import Admitted, VenueReport, VenueRequest, VenueSilent
from openbell.ports import Unavailable, Venue

log = structlog.get_logger(__name__)


class Dispatch:
    """Sends durable requests to one venue, one after the other."""

    def __init__(self, venue: Venue, *, on_report: Callable[[VenueReport], None], now_ns: Callable[[], Nanos]) -> None:
        self._venue = venue
        self._on_report = on_report
        self._now_ns = now_ns
        self._queue: deque[VenueRequest] = deque()
        self.unsent: set[str] = set()
        """Orders let out that have not been handed to the venue yet: what it says of them says nothing."""
        self._arrived = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._is_sending = False

    @property
    def is_busy(self) -> bool:
        """Tell whether a request waits or is being sent."""
        return bool(self._queue) or self._is_sending

    def expect(self, requests: Sequence[VenueRequest]) -> None:
        """Take note of requests that will be put once they are durable."""
        self.unsent.update(request.order_id for request in requests if type(request) is Admitted)

    def put(self, requests: Sequence[VenueRequest]) -> None:
        """Queue requests that are durable."""
        if requests:
            self._queue.extend(requests)
            self._arrived.set()

    def start(self, *, on_idle: Callable[[], None]) -> None:
        """Begin sending; `on_idle` is called whenever the queue has run empty."""
        self._task = asyncio.get_running_loop().create_task(self._run(on_idle), name=f"dispatch {self._venue.name}")

    async def stop(self) -> None:
        """Stop sending; what waits stays durable and is settled at the next start."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self, on_idle: Callable[[], None]) -> None:
        while True:
            await self._arrived.wait()
            self._arrived.clear()
            while self._queue:
                self._is_sending = True
                request = self._queue.popleft()
                await self._send(request)
                if type(request) is Admitted:
                    self.unsent.discard(request.order_id)
                self._is_sending = False
            on_idle()

    async def _send(self, request: VenueRequest) -> None:
        try:
            await self._venue.send(request)
        except Unavailable as outage:
            log.warning("venue did not answer", venue=self._venue.name, order_id=request.order_id, reason=str(outage))
            self._be_silent(request, str(outage))
        except Exception as bug:  # what waits behind this one may be a cancel
            log.exception("a request to the venue failed", venue=self._venue.name, order_id=request.order_id)
            self._be_silent(request, repr(bug))

    def _be_silent(self, request: VenueRequest, reason: str) -> None:
        """Have it found out by asking what became of a request: nobody knows whether it arrived."""
        self._on_report(VenueSilent(order_id=request.order_id, ts_ns=self._now_ns(), reason=reason))
