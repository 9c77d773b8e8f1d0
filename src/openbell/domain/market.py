"""What a market says: trades, quotes, bars and order books."""

from enum import StrEnum

import msgspec

from openbell.domain.values import NANOS_PER_SECOND, Nanos, Price, Quantity


class Timeframe(StrEnum):
    """Length of a bar. Here `1m` is one minute; a reporting period of one month is another type."""

    # Every bar asks for its length: it is kept on the member, where asking costs least.
    length_ns: Nanos
    """Length in nanoseconds; a day is 24 hours of UTC."""

    S1 = "1s"
    S5 = "5s"
    M1 = "1m"
    M5 = "5m"
    M15 = "15m"
    H1 = "1h"
    D1 = "1d"


_SECONDS = {"1s": 1, "5s": 5, "1m": 60, "5m": 300, "15m": 900, "1h": 3600, "1d": 86400}
for _timeframe in Timeframe:
    _timeframe.length_ns = _SECONDS[_timeframe.value] * NANOS_PER_SECOND


class Trade(msgspec.Struct, frozen=True, tag="trade", gc=False):
    """A public trade print. `aggressor` is +1 when the buyer took, -1 when the seller took, 0 when unknown."""

    symbol: str
    ts_ns: Nanos
    price: Price
    quantity: Quantity
    aggressor: int = 0
    trade_id: str = ""


class Quote(msgspec.Struct, frozen=True, tag="quote", gc=False):
    """Best bid and offer with the quantity at each."""

    symbol: str
    ts_ns: Nanos
    bid: Price
    bid_quantity: Quantity
    ask: Price
    ask_quantity: Quantity


class Bar(msgspec.Struct, frozen=True, tag="bar", gc=False):
    """Open, high, low, close over [ts_ns, ts_ns + length): `ts_ns` is the open time, known once the bar has closed."""

    symbol: str
    timeframe: Timeframe
    ts_ns: Nanos
    open: Price
    high: Price
    low: Price
    close: Price
    volume: Quantity
    vwap: Price = 0
    is_final: bool = True

    @property
    def end_ns(self) -> Nanos:
        """First instant after the bar."""
        return self.ts_ns + self.timeframe.length_ns


Level = tuple[Price, Quantity]
"""One price level: price and total quantity there; quantity 0 in a delta removes the level."""


class BookSnapshot(msgspec.Struct, frozen=True, tag="book_snapshot"):
    """A whole order book: bids from the highest, asks from the lowest; `sequence` numbers the next delta minus one."""

    symbol: str
    ts_ns: Nanos
    sequence: int
    bids: tuple[Level, ...]
    asks: tuple[Level, ...]


class BookDelta(msgspec.Struct, frozen=True, tag="book_delta"):
    """Changed levels, valid on a book whose sequence lies in [first_sequence - 1, last_sequence)."""

    symbol: str
    ts_ns: Nanos
    first_sequence: int
    last_sequence: int
    bids: tuple[Level, ...]
    asks: tuple[Level, ...]
    checksum: int | None = None


MarketEvent = Trade | Quote | Bar | BookSnapshot | BookDelta
