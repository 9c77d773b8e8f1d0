"""Recorded trades, quotes and order books, column by column, as market events.

Columns are named as the recordings name them; prices and sizes are decimal text, times are integer nanoseconds.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import groupby
from typing import Any, TypeAlias

from openbell.adapters.catalog.arrow import pa, pq
from openbell.domain.market import BookDelta, BookSnapshot, Level, MarketEvent, Quote, Trade
from openbell.domain.values import parse

Columns: TypeAlias = Mapping[str, Sequence[Any]]

_KINDS = {
    "trades": frozenset({"ts", "price", "size", "buyer_maker"}),
    "quotes": frozenset({"ts", "bid", "bid_size", "ask", "ask_size"}),
    "book": frozenset({"ts", "type", "side", "price", "size"}),
}


_AGGRESSORS = {True: -1, False: 1, None: 0}


class UnknownShape(ValueError):
    """Columns that are no recording of trades, quotes or a book; the message names them."""


def read_columns(path: str) -> dict[str, list[Any]]:
    """Read a Parquet file as columns; times become nanoseconds."""
    table = pq.read_table(path)
    columns: dict[str, list[Any]] = {}
    for field in table.schema:
        column = table.column(field.name)
        if pa.types.is_timestamp(field.type):
            column = column.cast(pa.timestamp("ns", field.type.tz)).cast(pa.int64())
        columns[field.name] = column.to_pylist()
    return columns


def kind_of(names: Sequence[str]) -> str:
    """Tell what columns record: trades, quotes or book. Raises UnknownShape."""
    for kind, needed in _KINDS.items():
        if needed <= set(names):
            return kind
    raise UnknownShape(f"no recording of trades, quotes or books has just these columns: {', '.join(names)}")


def events_of(columns: Columns, *, symbol: str) -> Iterator[MarketEvent]:
    """Yield the events of a recording of any kind, as `symbol`.

    Of a recording of several instruments only the rows of `symbol` are taken. Raises UnknownShape.
    """
    kind = kind_of(list(columns))
    if kind == "trades":
        return trades(columns, symbol=symbol)
    return quotes(columns, symbol=symbol) if kind == "quotes" else book_events(columns, symbol=symbol)


def trades(columns: Columns, *, symbol: str) -> Iterator[Trade]:
    """Yield trades. A buyer who was the maker means that the seller took; without a word on that nobody knows."""
    ids = columns.get("id") or [""] * len(columns["ts"])
    rows = zip(columns["ts"], columns["price"], columns["size"], columns["buyer_maker"], ids, strict=True)
    for ts_ns, price, size, is_buyer_maker, trade_id in rows:
        yield Trade(symbol, ts_ns, _steps(price), _steps(size), _AGGRESSORS[is_buyer_maker], str(trade_id))


def quotes(columns: Columns, *, symbol: str) -> Iterator[Quote]:
    """Yield best bids and asks."""
    names = ("ts", "bid", "bid_size", "ask", "ask_size")
    for ts_ns, bid, bid_size, ask, ask_size in zip(*(columns[name] for name in names), strict=True):
        yield Quote(symbol, ts_ns, _steps(bid), _steps(bid_size), _steps(ask), _steps(ask_size))


def book_events(columns: Columns, *, symbol: str) -> Iterator[BookSnapshot | BookDelta]:
    """Yield snapshots and deltas, one a message.

    With `first_id` and `last_id` a message carries the venue's own update ids. With `seq`, the number of a message in
    a recording of several symbols, the messages of the symbol are numbered from 1: they are complete by construction.
    """
    if "first_id" in columns:
        yield from _by_update_id(columns, symbol)
    else:
        yield from _by_message(columns, symbol)


def _by_update_id(columns: Columns, symbol: str) -> Iterator[BookSnapshot | BookDelta]:
    names = ("type", "first_id", "last_id", "ts", "side", "price", "size")
    rows = zip(*(columns[name] for name in names), strict=True)
    for (kind, first, last, ts_ns), group in groupby(rows, key=lambda row: row[:4]):
        bids, asks = _levels(row[4:] for row in group)
        if kind == "snapshot":
            yield BookSnapshot(symbol, ts_ns, last, bids, asks)
        else:
            yield BookDelta(symbol, ts_ns, first, last, bids, asks)


def _by_message(columns: Columns, symbol: str) -> Iterator[BookSnapshot | BookDelta]:
    count = len(columns["ts"])
    symbols = columns.get("symbol") or [symbol] * count
    checksums = columns.get("checksum") or [None] * count
    names = ("seq", "type", "ts", "side", "price", "size")
    rows = (
        (row[:3], checksum, row[3:])
        for *row, name, checksum in zip(*(columns[name] for name in names), symbols, checksums, strict=True)
        if name == symbol
    )
    messages = groupby(rows, key=lambda row: row[:2])
    for sequence, (((_, kind, ts_ns), checksum), group) in enumerate(messages, start=1):
        bids, asks = _levels(level for _, _, level in group)
        if kind == "snapshot":
            yield BookSnapshot(symbol, ts_ns, sequence, bids, asks)
        else:
            yield BookDelta(symbol, ts_ns, sequence, sequence, bids, asks, checksum)


def _levels(rows: Iterator[Sequence[Any]]) -> tuple[tuple[Level, ...], tuple[Level, ...]]:
    bids: list[Level] = []
    asks: list[Level] = []
    for side, price, size in rows:
        (bids if side == "b" else asks).append((_steps(price), _steps(size)))
    return tuple(bids), tuple(asks)


# The same prices and sizes come again and again while a book moves.
@lru_cache(maxsize=65_536)
def _steps(text: str) -> int:
    return parse(text)
