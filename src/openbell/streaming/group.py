"""Connections that listen to the same market data: what is published is queued once for all of them, and framed once.

A connection is in a group while it takes what is written to it. What waits for it alone (answers, private events, the
state of the market when it subscribes) waits in its own outbox; while it does not read, everything does.
"""

from collections.abc import Callable, Hashable

from openbell.streaming.frames import Frames
from openbell.streaming.topics import Topic
from openbell.streaming.ways import Way, write_all
from openbell.streaming.wire import batch

WAITING_MAX = 4_096
"""Messages that may wait between two rounds; past it the oldest go. Only a server that hangs gets there."""


class Group:
    """A sink for market data (listener.Sink). `owe` is called when there is something to write after nothing was."""

    def __init__(self, topics: frozenset[Topic], *, owe: Callable[["Group"], None], batch_s: float = 0.0) -> None:
        self.topics = topics
        self.batch_s = batch_s
        """How long messages are collected into one; 0: no longer than to the next round, and each stays its own."""
        self.rounds = 0
        """How often something was written."""
        self._owe = owe
        self._is_owed = False
        self._waiting: dict[tuple[Topic, int], bytes] = {}
        self._changes = {topic: 0 for topic in topics if topic.is_delta}
        """How many changes wait of each book that is told by them: past a few, it is told whole."""
        self._ways: dict[Hashable, Way] = {}

    def __len__(self) -> int:
        """Count the connections."""
        return len(self._ways)

    def enter(self, member: Hashable, way: Way) -> None:
        """Take a connection in. It is told what is published from now on; the others get what waits before that."""
        self.flush()
        self._ways[member] = way

    def leave(self, member: Hashable) -> list[tuple[Topic, int, bytes]]:
        """Let a connection go; give what it would have been told next: topic, slot and message."""
        del self._ways[member]
        return [(topic, slot, message) for (topic, slot), message in self._waiting.items()]

    def market(self, topic: Topic, message: bytes, *, slot: int = 0) -> None:
        """Take market data. It replaces what waits of the topic in the same slot."""
        waiting, key = self._waiting, (topic, slot)
        if not self._is_owed:
            self._is_owed = True
            self._owe(self)
        if self._changes and topic in self._changes:
            self._changes[topic] += 1
        if waiting.pop(key, None) is None and len(waiting) >= WAITING_MAX:
            del waiting[next(iter(waiting))]
        waiting[key] = message

    def waits(self, topic: Topic) -> int:
        """Count the changes of a book that wait; 0 of anything else, since that leaves with the next round."""
        return self._changes.get(topic, 0)

    def forget(self, topic: Topic) -> None:
        """Drop what waits of a topic."""
        self._waiting = {key: message for key, message in self._waiting.items() if key[0] != topic}
        self._changes[topic] = 0

    def flush(self, frames: Frames | None = None) -> None:
        """Write what waits: one write for each connection."""
        self._is_owed = False
        if not self._waiting:
            return
        self._changes = dict.fromkeys(self._changes, 0)
        messages = list(self._waiting.values())
        self._waiting = {}
        self.rounds += 1
        written = (frames or Frames()).of([batch(messages)] if self.batch_s else messages)
        # Whoever takes no more leaves while it is written to.
        write_all(list(self._ways.values()), written)
