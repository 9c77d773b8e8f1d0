"""An order book by price level, kept from a snapshot and numbered deltas; it knows when it has missed something."""

import zlib
from bisect import bisect_left, insort
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from enum import StrEnum

from openbell.domain.market import BookDelta, BookSnapshot, Level
from openbell.domain.order import Side
from openbell.domain.values import Nanos, Price, Quantity, text_of

PENDING_DELTAS_MAX = 10_000
"""Deltas kept while waiting for a snapshot; older ones are dropped, and a later snapshot covers them."""

CHECKSUM_LEVELS = 25


class BookState(StrEnum):
    """Whether the book can be trusted."""

    OK = "OK"
    NEEDS_SNAPSHOT = "NEEDS_SNAPSHOT"


class LevelSide:
    """One side of a book: quantity by price, and prices in order with the best last.

    Asks are kept under negated prices, so that on both sides an insertion near the best moves few entries.
    """

    __slots__ = ("_keys", "_sign", "quantities")

    def __init__(self, side: Side) -> None:
        self._sign = side.sign
        self._keys: list[int] = []
        self.quantities: dict[Price, Quantity] = {}

    def replace(self, levels: Iterable[Level]) -> None:
        """Forget everything and take these levels."""
        self.quantities = {price: quantity for price, quantity in levels if quantity > 0}
        sign = self._sign
        self._keys = sorted(sign * price for price in self.quantities)

    def change(self, levels: Iterable[Level]) -> None:
        """Set the quantities of some levels; quantity 0 removes one, and removing what is not there is no error."""
        quantities, keys, sign = self.quantities, self._keys, self._sign
        for price, quantity in levels:
            if quantity > 0:
                if price not in quantities:
                    insort(keys, sign * price)
                quantities[price] = quantity
            elif quantities.pop(price, None) is not None:
                del keys[bisect_left(keys, sign * price)]

    def best(self) -> Level | None:
        """Give the best level."""
        if not self._keys:
            return None
        price = self._sign * self._keys[-1]
        return price, self.quantities[price]

    def worst_price(self) -> Price | None:
        """Give the price farthest from the market."""
        return self._sign * self._keys[0] if self._keys else None

    def walk(self) -> Iterator[Level]:
        """Yield the levels from the best."""
        for key in reversed(self._keys):
            price = self._sign * key
            yield price, self.quantities[price]

    def top(self, depth: int) -> tuple[Level, ...]:
        """Give up to `depth` levels from the best."""
        sign, quantities = self._sign, self.quantities
        prices = [sign * key for key in reversed(self._keys[-depth:])] if depth > 0 else []
        return tuple((price, quantities[price]) for price in prices)


class OrderBook:
    """The book of one symbol.

    A delta applies when it follows on from the book's sequence; an older one is ignored; one that leaves a gap puts
    the book into NEEDS_SNAPSHOT, and it and its followers wait and are replayed on the next snapshot. With a
    `checksum` function, a delta that carries a checksum is held against it, and a difference needs a snapshot too.
    """

    def __init__(self, symbol: str, *, checksum: "Callable[[OrderBook], int] | None" = None) -> None:
        self.symbol = symbol
        self.state = BookState.NEEDS_SNAPSHOT
        self.sequence = 0
        self.ts_ns: Nanos = 0
        self.bids = LevelSide(Side.BUY)
        self.asks = LevelSide(Side.SELL)
        self._checksum = checksum
        self._pending: deque[BookDelta] = deque(maxlen=PENDING_DELTAS_MAX)

    def apply(self, event: BookSnapshot | BookDelta) -> BookState:
        """Take one event and give the state it leaves the book in."""
        if isinstance(event, BookSnapshot):
            self._restart(event)
        elif self.state is BookState.NEEDS_SNAPSHOT:
            self._pending.append(event)
        else:
            self._follow(event)
        return self.state

    def best(self) -> tuple[Level | None, Level | None]:
        """Give the best bid and the best ask."""
        return self.bids.best(), self.asks.best()

    def side(self, side: Side) -> LevelSide:
        """Give the bids for BUY, the asks for SELL."""
        return self.bids if side is Side.BUY else self.asks

    def top(self, depth: int) -> BookSnapshot:
        """Give the top of the book as a snapshot."""
        return BookSnapshot(self.symbol, self.ts_ns, self.sequence, self.bids.top(depth), self.asks.top(depth))

    @property
    def is_crossed(self) -> bool:
        """Tell whether a bid is at or above an ask: nothing may trade on such a book."""
        bid, ask = self.best()
        return bid is not None and ask is not None and bid[0] >= ask[0]

    def _restart(self, snapshot: BookSnapshot) -> None:
        self.bids.replace(snapshot.bids)
        self.asks.replace(snapshot.asks)
        self.sequence, self.ts_ns = snapshot.sequence, snapshot.ts_ns
        self.state = BookState.OK
        waiting, self._pending = self._pending, deque(maxlen=PENDING_DELTAS_MAX)
        for delta in waiting:
            self.apply(delta)

    def _follow(self, delta: BookDelta) -> None:
        if delta.last_sequence <= self.sequence:
            return
        if delta.first_sequence - 1 > self.sequence:
            self.state = BookState.NEEDS_SNAPSHOT
            self._pending.append(delta)
            return
        self.bids.change(delta.bids)
        self.asks.change(delta.asks)
        self.sequence, self.ts_ns = delta.last_sequence, delta.ts_ns
        if self._checksum is not None and delta.checksum is not None and self._checksum(self) != delta.checksum:
            self.state = BookState.NEEDS_SNAPSHOT


def okx_checksum(book: OrderBook) -> int:
    """Give OKX's book checksum: signed CRC-32 of `price:size` of the best 25 levels, bid and ask in turn.

    OKX writes numbers without trailing zeros, so their text follows from the scaled value. Where one side is shorter
    the other goes on alone. Source: OKX WebSocket API, order book channel, checksum.
    """
    bids, asks = book.bids.top(CHECKSUM_LEVELS), book.asks.top(CHECKSUM_LEVELS)
    parts: list[str] = []
    for place in range(max(len(bids), len(asks))):
        for levels in (bids, asks):
            if place < len(levels):
                price, quantity = levels[place]
                parts += (text_of(price, decimals_min=0), text_of(quantity, decimals_min=0))
    unsigned = zlib.crc32(":".join(parts).encode("ascii"))
    return unsigned - (1 << 32) if unsigned >= 1 << 31 else unsigned
