"""A ring of the latest private events of an account, so that a client that was away can go on where it stopped."""

from collections import deque
from collections.abc import Mapping

import msgspec

from openbell.streaming.topics import Channel

RING_MAX = 10_000
"""Events kept of one account."""


class PrivateEvent(msgspec.Struct, frozen=True):
    """One committed event as messages, by channel. `seq` is its number in the account's stream."""

    seq: int
    messages: Mapping[Channel, tuple[bytes, ...]]


class Ring:
    """Events after `base`, which is the number of the latest event that is not kept."""

    def __init__(self, *, base: int, length_max: int = RING_MAX) -> None:
        self._base = base
        self._events: deque[PrivateEvent] = deque(maxlen=length_max)

    def __len__(self) -> int:
        """Count the events that are kept."""
        return len(self._events)

    @property
    def last_seq(self) -> int:
        """Number of the latest event."""
        return self._events[-1].seq if self._events else self._base

    def add(self, event: PrivateEvent) -> None:
        """Keep the next event; the oldest goes when there are too many."""
        if len(self._events) == self._events.maxlen:
            self._base = self._events[0].seq
        self._events.append(event)

    def after(self, seq: int) -> list[PrivateEvent] | None:
        """Give every event after a number, or None when some of them are gone or the number was never given out."""
        if not self._base <= seq <= self.last_seq:
            return None
        return [event for event in self._events if event.seq > seq]
