"""One publisher made of several."""

from collections.abc import Sequence

from openbell.domain.events import Recorded
from openbell.domain.market import MarketEvent
from openbell.ports import Publisher


class Broadcast:
    """Gives everything to each publisher, in order (ports.Publisher)."""

    def __init__(self, *publishers: Publisher) -> None:
        self._publishers = publishers

    def events(self, records: Sequence[Recorded]) -> None:
        """Publish committed events."""
        for publisher in self._publishers:
            publisher.events(records)

    def market(self, event: MarketEvent) -> None:
        """Publish one market event."""
        for publisher in self._publishers:
            publisher.market(event)
