"""A listener: one connection as the hub sees it."""

import msgspec

from openbell.streaming.outbox import Outbox
from openbell.streaming.topics import Channel, Topic


class Listener(msgspec.Struct, eq=False, kw_only=True):
    """Whose connection it is, where its messages go, and what it listens to."""

    account_id: str
    user_id: str
    outbox: Outbox
    session_id: str = ""
    key_id: str = ""
    topics: set[Topic] = msgspec.field(default_factory=set)

    def hears(self, channel: Channel) -> bool:
        """Tell whether it listens to a channel about its own account."""
        return Topic(channel) in self.topics
