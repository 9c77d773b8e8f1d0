"""Order books told by their changes: what was last said of each, and what to say next."""

from collections.abc import Iterable, Sequence

from openbell.domain.market import BookSnapshot, Level
from openbell.streaming import wire
from openbell.streaming.listener import Sink
from openbell.streaming.topics import Topic

CHANGES_MAX = 8
"""Changes of one book that may wait for a client; then it gets the whole book instead, and goes on from there."""


class BookFan:
    """The books that are told by their changes, as everybody who follows them has them."""

    def __init__(self) -> None:
        self._told: dict[Topic, BookSnapshot] = {}

    def begin(self, topic: Topic, book: BookSnapshot | None, *, seq: int) -> bytes | None:
        """Give the whole book for a client that begins to follow it."""
        if book is None:
            self._told.pop(topic, None)
            return None
        self._told[topic] = book
        return wire.orderbook_snapshot(book, seq=seq, prev_seq=seq)

    def forget(self, topic: Topic) -> None:
        """Let go of a book that nobody follows."""
        self._told.pop(topic, None)

    def changes(self, topic: Topic, book: BookSnapshot) -> tuple[list[Level], list[Level]] | None:
        """Give the levels that differ from what was told last, and take the book for told; None where none do."""
        before = self._told.get(topic)
        self._told[topic] = book
        bids = _changed(before.bids if before else (), book.bids)
        asks = _changed(before.asks if before else (), book.asks)
        return (bids, asks) if bids or asks else None


def tell(
    sinks: Iterable[Sink],
    topic: Topic,
    book: BookSnapshot,
    changed: tuple[Sequence[Level], Sequence[Level]],
    *,
    seq: int,
    prev_seq: int,
) -> None:
    """Send the changes of a book, or all of it to whoever does not keep up with the changes."""
    delta = wire.orderbook_delta(book, *changed, seq=seq, prev_seq=prev_seq)
    whole: bytes | None = None
    for sink in sinks:
        if sink.waits(topic) < CHANGES_MAX:
            sink.market(topic, delta, slot=seq)
            continue
        whole = whole or wire.orderbook_snapshot(book, seq=seq, prev_seq=prev_seq)
        sink.forget(topic)
        sink.market(topic, whole, slot=seq)


def _changed(before: Sequence[Level], now: Sequence[Level]) -> list[Level]:
    had, has = dict(before), dict(now)
    gone = [(price, 0) for price in had if price not in has]
    return gone + [(price, quantity) for price, quantity in now if had.get(price) != quantity]
