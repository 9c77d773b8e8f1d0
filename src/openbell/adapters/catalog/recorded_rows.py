"""Market events as rows of a recording: the columns that the replay feed reads back, one batch at a time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache

from openbell.adapters.catalog.arrow import pa
from openbell.adapters.catalog.stored import COLUMNS
from openbell.domain.market import Bar, BookDelta, BookSnapshot, Level, MarketEvent, Quote, Timeframe, Trade
from openbell.domain.values import text_of

RECORDED_TIMEFRAME = Timeframe.M1
"""Longer bars are joined from these."""


@cache
def schemas() -> Mapping[str, pa.Schema]:
    """Give the columns of each kind of recording."""
    ts, text = ("ts", pa.timestamp("ns", "UTC")), pa.large_string()
    return {
        "bars": pa.schema([(name, pa.int64()) for name in COLUMNS]),
        "trades": pa.schema([ts, ("price", text), ("size", text), ("buyer_maker", pa.bool_()), ("id", text)]),
        "quotes": pa.schema([ts, *((name, text) for name in ("bid", "bid_size", "ask", "ask_size"))]),
        "book": pa.schema(
            [
                ts,
                ("first_id", pa.int64()),
                ("last_id", pa.int64()),
                ("type", text),
                ("side", text),
                ("price", text),
                ("size", text),
            ]
        ),
    }


_BUYER_MADE = {-1: True, 1: False, 0: None}
_NO_LEVEL = [("b", 1, 0)]
"""A message without levels still moves the book's number on: taking away what is not there changes nothing else."""


def kind_of_event(event: MarketEvent) -> str | None:
    """Tell in which kind of recording an event belongs; None for bars that are unfinished or of another length."""
    if isinstance(event, Trade):
        return "trades"
    if isinstance(event, Quote):
        return "quotes"
    if isinstance(event, Bar):
        return "bars" if event.is_final and event.timeframe is RECORDED_TIMEFRAME else None
    return "book"


def batch_of(kind: str, events: Sequence[MarketEvent]) -> pa.RecordBatch:
    """Write events of one kind and symbol as rows."""
    rows = [row for event in events for row in _rows(event)]
    schema = schemas()[kind]
    columns = zip(*rows, strict=True)
    return pa.record_batch(
        [pa.array(column, field.type) for column, field in zip(columns, schema, strict=True)], schema
    )


def _rows(event: MarketEvent) -> Iterable[tuple[object, ...]]:
    if isinstance(event, Trade):
        price, size = _text(event.price), _text(event.quantity)
        return [(event.ts_ns, price, size, _BUYER_MADE[event.aggressor], event.trade_id)]
    if isinstance(event, Quote):
        numbers = (event.bid, event.bid_quantity, event.ask, event.ask_quantity)
        return [(event.ts_ns, *(_text(number) for number in numbers))]
    if isinstance(event, Bar):
        return [(event.ts_ns, event.open, event.high, event.low, event.close, event.volume)]
    return _levels(event)


def _levels(event: BookSnapshot | BookDelta) -> Iterable[tuple[object, ...]]:
    is_snapshot = isinstance(event, BookSnapshot)
    first = event.sequence if isinstance(event, BookSnapshot) else event.first_sequence
    last = event.sequence if isinstance(event, BookSnapshot) else event.last_sequence
    kind = "snapshot" if is_snapshot else "delta"
    levels = [*_sided("b", event.bids), *_sided("a", event.asks)] or _NO_LEVEL
    return [(event.ts_ns, first, last, kind, side, _text(price), _text(size)) for side, price, size in levels]


def _sided(side: str, levels: Sequence[Level]) -> Iterable[tuple[str, int, int]]:
    return ((side, price, size) for price, size in levels)


def _text(steps: int) -> str:
    return text_of(steps, 0)
