"""Who may be told together: connections that hear the same of the market, so long as they take it."""

from openbell.streaming.fan import Fan
from openbell.streaming.group import Group
from openbell.streaming.listener import Listener
from openbell.streaming.market_fan import MarketFan
from openbell.streaming.ways import Way


class Gathering:
    """Puts listeners into groups of their fan, and takes them out again."""

    def __init__(self, market: MarketFan) -> None:
        self._market = market

    def gather(self, listener: Listener, fan: Fan, way: Way, *, batch_s: float) -> Group | None:
        """Send market data to a listener together with all who hear the same, until `part`; give the group.

        Nothing may wait for it alone. None where it hears nothing that it could share.
        """
        topics = frozenset([topic for topic in listener.topics if topic.channel.is_market])
        if not topics or listener.outbox.ending is not None:
            return None
        group = fan.group(topics, batch_s=batch_s)
        self._market.gather(listener, group, way)
        return group

    def part(self, listener: Listener) -> None:
        """Keep what follows for a listener that takes nothing for now, or is about to hear something else."""
        self._market.part(listener)
