"""Publishing to several listeners at once."""

from collections.abc import Sequence

from openbell.domain.events import Recorded
from openbell.domain.market import MarketEvent
from openbell.ports import Publisher


class Publishers:
    """Gives everything to each publisher in turn. Implements ports.Publisher."""

    def __init__(self, *publishers: Publisher) -> None:
        self._publishers = list(publishers)

    def add(self, publisher: Publisher) -> None:
        """Publish to one more."""
        self._publishers.append(publisher)

    def events(self, records: Sequence[Recorded]) -> None:
        """Publish committed private events, in order."""
        for publisher in self._publishers:
            publisher.events(records)

    def market(self, event: MarketEvent) -> None:
        """Publish one market event."""
        for publisher in self._publishers:
            publisher.market(event)
