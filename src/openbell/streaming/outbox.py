"""An outbox: what waits to be written to one client, bounded in both of its classes.

Private messages and answers keep their order and are never dropped: too many of them close the connection with a code
the client can resume from. Of market data the newest of each topic wins.
"""

from collections import deque
from collections.abc import Callable, Sequence

import msgspec

from openbell.streaming.topics import Topic

PRIVATE_MAX = 1_000
"""Private messages that may wait for a client that does not take them."""
SLOTS_MAX = 16
"""Messages of one topic that may wait, where each says something of its own (prints, finished candles)."""
BACKLOG_MAX = 50_000
"""Messages of a replay that may wait, and of what happens at once: a whole ring, and a little more."""
TAKE_MAX = 512
"""Messages of a replay that are taken at once."""
TOO_SLOW = 4408


class Ending(msgspec.Struct, frozen=True):
    """Why a connection is to be closed, as a WebSocket close code."""

    code: int
    reason: str


class Outbox:
    """Messages on their way to one client. `wake` is called when there is something to write after nothing was."""

    def __init__(self, *, wake: Callable[[], None], private_max: int = PRIVATE_MAX) -> None:
        self._wake = wake
        self._private_max = private_max
        self._backlog: deque[bytes] = deque()
        self._private: deque[bytes] = deque()
        self._market: dict[Topic, deque[tuple[int, bytes]]] = {}
        self._is_passed_over = False
        self.ending: Ending | None = None
        """Set once when the connection has to end; nothing is taken in after that."""

    @property
    def waiting(self) -> int:
        """Messages that wait."""
        return len(self._backlog) + len(self._private) + sum(len(slots) for slots in self._market.values())

    def private(self, *messages: bytes) -> None:
        """Add messages that must all arrive, in order. Past the bound the connection ends with TOO_SLOW.

        What happens at once, such as a thousand cancels by a kill switch, is no fault of a client that reads: the bound
        counts from when messages could have been taken and were not.
        """
        if self.ending is not None:
            return
        waiting = len(self._private) + len(messages)
        if waiting > (self._private_max if self._is_passed_over else BACKLOG_MAX):
            self.end(TOO_SLOW, "too slow: reconnect and resume with from_seq")
            return
        self._private.extend(messages)
        self._wake()

    def replay(self, messages: Sequence[bytes]) -> None:
        """Add messages from the past. They have a bound of their own, as nobody could have read them sooner."""
        if self.ending is not None:
            return
        if len(self._backlog) + len(messages) > BACKLOG_MAX:
            self.end(TOO_SLOW, "too slow: a replay was asked for before the last one was read")
            return
        # What waits already was said before.
        self._backlog.extend(self._private)
        self._private.clear()
        self._backlog.extend(messages)
        self._wake()

    def market(self, topic: Topic, message: bytes, *, slot: int = 0) -> None:
        """Add market data. It replaces what waits of the topic in the same slot; of many slots the oldest go."""
        if self.ending is not None:
            return
        slots = self._market.get(topic)
        if slots is None:
            slots = self._market[topic] = deque(maxlen=SLOTS_MAX)
        if slots and slots[-1][0] == slot:
            slots[-1] = (slot, message)
        else:
            slots.append((slot, message))
        self._wake()

    def passed_over(self) -> None:
        """Note that the client takes nothing, though it could be written to."""
        self._is_passed_over = True

    def waits(self, topic: Topic) -> int:
        """Count the messages of a topic that wait."""
        return len(self._market.get(topic, ()))

    def forget(self, topic: Topic) -> None:
        """Drop what waits of a topic, when it is no longer wanted."""
        self._market.pop(topic, None)

    def end(self, code: int, reason: str) -> None:
        """Have the connection closed. What waits of private messages is written first unless the client is too slow."""
        if self.ending is None:
            self.ending = Ending(code, reason)
            self._market.clear()
            if code == TOO_SLOW:
                self._backlog.clear()
                self._private.clear()
            self._wake()

    def close(self) -> None:
        """Wake nobody any more: the connection has gone, and whoever was woken with it."""
        self._wake = _nobody

    def take(self) -> list[bytes]:
        """Take what waits, private messages first; a long replay comes in pieces."""
        messages = self.take_private()
        return messages if self._backlog else messages + self.take_market()

    def take_private(self) -> list[bytes]:
        """Take what waits of private messages and answers; a long replay comes in pieces."""
        self._is_passed_over = False
        if len(self._backlog) > TAKE_MAX:
            return [self._backlog.popleft() for _ in range(TAKE_MAX)]
        if not self._private and not self._backlog:
            return []
        messages = [*self._backlog, *self._private]
        self._backlog.clear()
        self._private.clear()
        return messages

    def take_market(self) -> list[bytes]:
        """Take what waits of market data."""
        messages = [message for slots in self._market.values() for _, message in slots]
        self._market.clear()
        return messages


def _nobody() -> None:
    """Stand for whoever was woken on a connection that has gone."""
