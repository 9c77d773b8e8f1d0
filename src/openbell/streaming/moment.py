"""What an event is told from, as it stood when it was committed: writing can wait until somebody listens."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

import msgspec

from openbell.domain.account import Account
from openbell.domain.events import Recorded
from openbell.domain.instrument import Instrument
from openbell.domain.order import Order
from openbell.domain.position import Position
from openbell.domain.values import Price
from openbell.streaming.topics import Channel


class Shown:
    """An order as it stood, and what has been written of it: events of one step show the same."""

    __slots__ = ("_written", "order")

    def __init__(self, order: Order) -> None:
        self.order = order
        self._written: dict[Callable[[Order], bytes], bytes] = {}

    def data(self, write: Callable[[Order], bytes]) -> bytes:
        """Give the order in the words of a document."""
        found = self._written.get(write)
        if found is None:
            found = self._written[write] = write(self.order)
        return found


class Marked(msgspec.Struct, frozen=True):
    """One instrument and its mark at the time (desk.Marks)."""

    its: Instrument | None
    price: Price | None

    def instrument(self, _symbol: str) -> Instrument | None:
        """Give the instrument."""
        return self.its

    def mark(self, _symbol: str) -> Price | None:
        """Give its mark."""
        return self.price


class Moment(msgspec.Struct, frozen=True, gc=False):
    """An event and what it is about. Of a fill also the position that it left, and the price that is valued at."""

    recorded: Recorded
    shown: Shown | None
    account: Account | None
    position: Position | None = None
    marked: Marked | None = None
    worth: dict[str, Any] | None = None
    """What the account was worth after it, where that has changed and somebody may want to know."""


Write: TypeAlias = Callable[[Moment], tuple[bytes, ...]]


class Messages(Mapping[Channel, tuple[bytes, ...]]):
    """An event's messages by channel, each written when it is first asked for."""

    __slots__ = ("_moment", "_writers", "_written")

    def __init__(self, moment: Moment, writers: Mapping[Channel, Write]) -> None:
        self._moment = moment
        self._writers = writers
        self._written: dict[Channel, tuple[bytes, ...]] = {}

    def __getitem__(self, channel: Channel) -> tuple[bytes, ...]:
        """Give the messages of a channel. Raises KeyError where the event says nothing there."""
        found = self._written.get(channel)
        if found is None:
            found = self._written[channel] = self._writers[channel](self._moment)
        return found

    def __iter__(self) -> Iterator[Channel]:
        return iter(self._writers)

    def __len__(self) -> int:
        return len(self._writers)

    def __contains__(self, channel: object) -> bool:
        return channel in self._writers
