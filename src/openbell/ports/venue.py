"""The time, the market as it comes in, and the venue that orders go out to."""

from collections.abc import AsyncIterator, Callable, Sequence
from typing import Protocol, TypeAlias

from openbell.domain.instrument import Instrument
from openbell.domain.market import MarketEvent
from openbell.domain.order import Order
from openbell.domain.values import Nanos
from openbell.domain.venue import VenueReport, VenueRequest


class Clock(Protocol):
    """The time."""

    def now_ns(self) -> Nanos:
        """Give the present instant."""
        ...


class Feed(Protocol):
    """A source of market events."""

    name: str

    def instruments(self) -> Sequence[Instrument]:
        """List what this feed speaks of."""
        ...

    def events(self) -> AsyncIterator[MarketEvent]:
        """Yield events in order of time, paced as the feed is set; ends when a recording ends."""
        ...


ReportSink: TypeAlias = Callable[[VenueReport], None]


class Venue(Protocol):
    """Where orders go. Reports come back through the sink, maybe before `send` returns."""

    name: str

    def connect(self, sink: ReportSink) -> None:
        """Say where reports go. Called once, before anything else."""
        ...

    async def send(self, request: VenueRequest) -> None:
        """Hand over one request. Raises Unavailable when the outcome is unknown."""
        ...

    def observe(self, event: MarketEvent) -> None:
        """Let a simulated venue see the market; a real venue ignores it."""
        ...

    def advance(self, ts_ns: Nanos) -> None:
        """Let a simulated venue see time pass: expiries and latency."""
        ...

    async def reconcile(self, orders: Sequence[Order]) -> Sequence[VenueReport]:
        """Ask how orders stand: fills and ends we may not know of, and `VenueStands` for what works there.

        One that the venue does not know is reported as rejected. Raises Unavailable when the venue does not answer.
        """
        ...
