"""A listener: one connection as the hub sees it."""

from typing import Protocol

import msgspec

from openbell.streaming.outbox import Outbox
from openbell.streaming.topics import Channel, Topic


class Sink(Protocol):
    """Where market data goes: the outbox of one connection, or a group of connections that are told the same."""

    def market(self, topic: Topic, message: bytes, *, slot: int = 0) -> None:
        """Take a message."""
        ...

    def waits(self, topic: Topic) -> int:
        """Count the messages of a topic that wait."""
        ...

    def forget(self, topic: Topic) -> None:
        """Drop what waits of a topic."""
        ...


_OWN = {channel: Topic(channel) for channel in Channel}
"""The topics without an instrument: every event of an account asks for them many times."""


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
        return _OWN[channel] in self.topics
