"""Messages of the socket as bytes: the terminal's envelope, with numbers as exact tokens.

Whatever is published to many is written here once. Shapes of the terminal document carry numbers, those of the
monitoring document (its three channels) decimal text.
"""

import zlib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import msgspec

from openbell.domain.instants import instant_text
from openbell.domain.market import Bar, BookSnapshot, Level, Trade
from openbell.domain.run import Run, RunStatus
from openbell.domain.values import Nanos, text_of
from openbell.streaming.topics import Channel

_encode = msgspec.json.encode
_RUN_STATUS = {RunStatus.COMPLETED: "COMPLETED", RunStatus.FAILED: "FAILED", RunStatus.CANCELED: "FAILED"}


@lru_cache(maxsize=8_192)
def number(steps: int) -> msgspec.Raw:
    """Write scaled steps as a JSON number, exactly. The same few are said again and again of one order."""
    return msgspec.Raw(text_of(steps, 0).encode())


def present(values: Mapping[str, int | None]) -> dict[str, msgspec.Raw]:
    """Write those values that are there as numbers."""
    return {name: number(value) for name, value in values.items() if value is not None}


def message(kind: str, data: Mapping[str, Any] | msgspec.Raw, *, beside: Mapping[str, Any] | None = None) -> bytes:
    """Write a message: `type`, what stands beside it, and `data`."""
    return _encode({"type": kind, **(beside or {}), "data": data})


def error(code: str, text: str, *, now_ns: Nanos, reply_to: str | int | None = None) -> bytes:
    """Write an error. Codes: RATE_LIMITED, UNAUTHORIZED, INVALID_SUBSCRIPTION, CONNECTION_LOST."""
    body: dict[str, Any] = {
        "type": "error",
        "error": {"code": code, "message": text, "timestamp": instant_text(now_ns)},
    }
    if reply_to is not None:
        body["id"] = reply_to
    return _encode(body)


def acknowledgement(
    kind: str, *, channel: Channel, instruments: Sequence[str], seq: int, reply_to: str | int | None
) -> bytes:
    """Write `subscribed` or `unsubscribed`: everything published later has a number above `seq`."""
    return _encode({"type": kind, "id": reply_to, "channel": channel, "instruments": list(instruments), "seq": seq})


def batch(messages: Sequence[bytes]) -> bytes:
    """Write several messages as one, in their order."""
    return b'{"type":"batch","messages":[' + b",".join(messages) + b"]}"


def pong(*, now_ns: Nanos, reply_to: str | int | None) -> bytes:
    """Write the answer to a ping."""
    return _encode({"type": "pong", "id": reply_to, "timestamp": instant_text(now_ns)})


def cancel_on_disconnect(is_on: bool, *, now_ns: Nanos, reply_to: str | int | None) -> bytes:  # noqa: FBT001 - the fact
    """Write whether hand-placed orders will be canceled when this connection ends."""
    body = {"type": "cancel_on_disconnect", "id": reply_to, "cancel_on_disconnect": is_on}
    return _encode({**body, "timestamp": instant_text(now_ns)})


def heartbeat(seqs: Mapping[str, int], *, now_ns: Nanos) -> bytes:
    """Write a heartbeat with the latest number of each stream the client hears."""
    return _encode({"type": "heartbeat", "timestamp": instant_text(now_ns), "data": {"seq": seqs}})


def tick(channel: Channel, trade: Trade, *, seq: int, prev_seq: int) -> bytes:
    """Write a public trade print."""
    # Symbols need no escaping; the id of a trade is a venue's own text and may.
    trade_id = f',"trade_id":{_encode(trade.trade_id).decode()}' if trade.trade_id else ""
    return (
        f'{{"type":"tick","channel":"{channel}","seq":{seq},"prev_seq":{prev_seq},"data":'
        f'{{"instrument":"{trade.symbol}","price":{text_of(trade.price, 0)},"quantity":{text_of(trade.quantity, 0)},'
        f'"timestamp":"{instant_text(trade.ts_ns)}"{trade_id}}}}}'
    ).encode()


def candle(bar: Bar, *, seq: int, prev_seq: int) -> bytes:
    """Write a candle; its timestamp is its open time. The average price is left out where it is unknown."""
    vwap = f'"vwap":{text_of(bar.vwap, 0)},' if bar.vwap else ""
    return (
        f'{{"type":"candle","channel":"candles","seq":{seq},"prev_seq":{prev_seq},"data":'
        f'{{"instrument":"{bar.symbol}","timeframe":"{bar.timeframe}",'
        f'"open":{text_of(bar.open, 0)},"high":{text_of(bar.high, 0)},'
        f'"low":{text_of(bar.low, 0)},"close":{text_of(bar.close, 0)},"volume":{text_of(bar.volume, 0)},'
        f'{vwap}"timestamp":"{instant_text(bar.ts_ns)}","is_final":{"true" if bar.is_final else "false"}}}}}'
    ).encode()


def orderbook(book: BookSnapshot, *, seq: int, prev_seq: int) -> bytes:
    """Write the whole top of a book, as deep as the snapshot is."""
    return (
        f'{{"type":"orderbook","channel":"orderbook","seq":{seq},"prev_seq":{prev_seq},"data":'
        f'{{"instrument":"{book.symbol}","bids":[{_levels(book.bids)}],"asks":[{_levels(book.asks)}],'
        f'"timestamp":"{instant_text(book.ts_ns)}","sequence":{book.sequence}}}}}'
    ).encode()


def orderbook_snapshot(book: BookSnapshot, *, seq: int, prev_seq: int) -> bytes:
    """Write the whole top of a book for a client that follows its changes from here."""
    head, brace = orderbook(book, seq=seq, prev_seq=prev_seq)[:-2], b"}}"
    return head + f',"is_snapshot":true,"checksum":{checksum(book)}'.encode() + brace


def orderbook_delta(
    book: BookSnapshot, bids: Sequence[Level], asks: Sequence[Level], *, seq: int, prev_seq: int
) -> bytes:
    """Write the levels that changed on the way to a book; quantity 0 takes a level away."""
    return (
        f'{{"type":"orderbook_delta","channel":"orderbook","seq":{seq},"prev_seq":{prev_seq},"data":'
        f'{{"instrument":"{book.symbol}","bids":[{_levels(bids)}],"asks":[{_levels(asks)}],'
        f'"timestamp":"{instant_text(book.ts_ns)}","sequence":{book.sequence},"checksum":{checksum(book)}}}}}'
    ).encode()


def checksum(book: BookSnapshot) -> int:
    """Give what a client can hold its own copy of a book against.

    CRC-32 of `price:quantity` of each level as the messages write them, bids from the best, then asks, joined by `:`.

    >>> checksum(BookSnapshot("X", 0, 1, ((149_98000000, 5_00000000),), ((150_01000000, 2_00000000),)))
    1916404559
    """
    levels = (*book.bids, *book.asks)
    return zlib.crc32(":".join(f"{text_of(price, 0)}:{text_of(size, 0)}" for price, size in levels).encode())


def run_update(run: Run) -> bytes:
    """Write how far a run is: progress from 0 to 1."""
    data = {
        "run_id": run.run_id,
        "strategy_id": run.strategy_id,
        "status": _RUN_STATUS.get(run.status, "RUNNING"),
        "status_detail": run.status,
        "progress": round(run.progress, 4),
        "error": run.error,
    }
    return message("run_update", data, beside={"channel": Channel.RUNS})


def _levels(levels: Sequence[Level]) -> str:
    return ",".join(f'{{"price":{text_of(price, 0)},"quantity":{text_of(quantity, 0)}}}' for price, quantity in levels)
