"""Messages of /ws/market-data and /ws/trading: the integration guide's words, numbers as exact tokens.

The shapes of orders are those of /api/v1 as well.
"""

from collections.abc import Sequence
from typing import Any

import msgspec

from openbell.domain.fill import Fill
from openbell.domain.instants import instant_text
from openbell.domain.market import Bar, BookSnapshot, Level, Quote, Trade
from openbell.domain.order import TERMINAL, Order, OrderStatus
from openbell.domain.position import Position
from openbell.domain.values import SCALE, Nanos, divide_half_up, round_half_up
from openbell.streaming.desk import Marks
from openbell.streaming.topics import Channel
from openbell.streaming.wire import number

FILLED = frozenset({OrderStatus.FILLED})
CLOSED = TERMINAL - FILLED
OPEN = frozenset(OrderStatus) - TERMINAL

_encode = msgspec.json.encode
_AGGRESSORS = {1: "buy", -1: "sell"}


def status_word(status: OrderStatus) -> str:
    """Give the guide's word for a status: open, filled, or closed for every other end."""
    if status in OPEN:
        return "open"
    return "filled" if status in FILLED else "closed"


def order_data(order: Order) -> dict[str, Any]:
    """Say how an order stands."""
    return {
        "order_id": order.order_id,
        "client_order_id": order.client_order_id,
        "strategy_id": order.strategy_id,
        "symbol": order.symbol,
        "side": order.side.lower(),
        "type": order.order_type.lower(),
        "quantity": number(order.quantity),
        "price": _optional(order.limit_price),
        "stop_price": _optional(order.stop_price),
        "time_in_force": order.time_in_force,
        "status": status_word(order.status),
        "status_detail": order.status,
        "reason": order.reason,
        "in_doubt": order.in_doubt,
        "filled_quantity": number(order.filled_quantity),
        "remaining_quantity": number(order.remaining),
        "average_price": _optional(order.average_fill_price),
        "fees": number(order.fees),
        "revision": order.revision,
        "created_at": instant_text(order.created_ns),
        "updated_at": instant_text(order.updated_ns),
    }


def position_data(position: Position, prices: Marks, *, now_ns: Nanos) -> dict[str, Any]:
    """Say how a position stands at the mark; one without a mark, or flat, has nothing unrealised."""
    instrument, mark = prices.instrument(position.symbol), prices.mark(position.symbol)
    entry = None if instrument is None else position.average_entry_price(instrument)
    profit = 0 if instrument is None or mark is None else position.unrealized_pnl(instrument, mark)
    side = "long" if position.quantity > 0 else "short"
    return {
        "position_id": position.position_id,
        "strategy_id": position.strategy_id,
        "symbol": position.symbol,
        "side": side if position.quantity else "flat",
        "quantity": number(position.quantity),
        "average_price": _optional(entry),
        "current_price": _optional(mark),
        "unrealized_pnl": number(profit),
        "realized_pnl": number(position.realized_pnl),
        "timestamp": instant_text(now_ns),
    }


def execution_data(fill: Fill) -> dict[str, Any]:
    """Say that a piece of an order traded."""
    return {
        "trade_id": fill.fill_id,
        "order_id": fill.order_id,
        "strategy_id": fill.strategy_id,
        "symbol": fill.symbol,
        "side": fill.side.lower(),
        "quantity": number(fill.quantity),
        "price": number(fill.price),
        "fee": number(fill.fee),
        "currency": fill.currency,
        "realized_pnl": number(fill.realized_pnl),
        "liquidity": fill.liquidity.lower(),
        "timestamp": instant_text(fill.ts_ns),
    }


def acknowledgement(
    kind: str, channel: Channel, symbols: Sequence[str], *, seq: int, reply_to: str | int | None
) -> bytes:
    """Write `subscribed` or `unsubscribed`: everything published later has a number above `seq`."""
    named = {"symbol": symbols[0]} if len(symbols) == 1 else {}
    return _encode(
        {"type": kind, "id": reply_to, "channel": channel.word, **named, "symbols": list(symbols), "seq": seq}
    )


def quote(quote: Quote, last: Trade | None, today: Bar | None, *, seq: int, prev_seq: int) -> bytes:
    """Write the best bid and offer, the last price, and what has become of it since the start of the UTC day."""
    price = (quote.bid + quote.ask) // 2 if last is None else last.price
    change = 0 if today is None else price - today.open
    percent = 0 if today is None else round_half_up(divide_half_up(change * 100 * SCALE, today.open), 2)
    data = {
        "symbol": quote.symbol,
        "bid": number(quote.bid),
        "bid_quantity": number(quote.bid_quantity),
        "ask": number(quote.ask),
        "ask_quantity": number(quote.ask_quantity),
        "price": number(price),
        "change": number(change),
        "change_percent": number(percent),
        "volume": number(0 if today is None else today.volume),
        "timestamp": instant_text(quote.ts_ns),
    }
    return _market("quote", "quotes", data, seq=seq, prev_seq=prev_seq)


def trade(trade: Trade, *, seq: int, prev_seq: int) -> bytes:
    """Write a public print; `side` is who took, null where that is unknown."""
    data = {
        "symbol": trade.symbol,
        "trade_id": trade.trade_id or None,
        "price": number(trade.price),
        "quantity": number(trade.quantity),
        "side": _AGGRESSORS.get(trade.aggressor),
        "timestamp": instant_text(trade.ts_ns),
    }
    return _market("trade", "trades", data, seq=seq, prev_seq=prev_seq)


def orderbook(book: BookSnapshot, *, seq: int, prev_seq: int) -> bytes:
    """Write the whole top of a book, as deep as the snapshot is."""
    data = {
        "symbol": book.symbol,
        "bids": _levels(book.bids),
        "asks": _levels(book.asks),
        "sequence": book.sequence,
        "timestamp": instant_text(book.ts_ns),
    }
    return _market("orderbook", "orderbook", data, seq=seq, prev_seq=prev_seq)


def _market(kind: str, channel: str, data: dict[str, Any], *, seq: int, prev_seq: int) -> bytes:
    return _encode(
        {"type": kind, "channel": channel, "symbol": data["symbol"], "seq": seq, "prev_seq": prev_seq, "data": data}
    )


def _levels(levels: Sequence[Level]) -> list[dict[str, msgspec.Raw]]:
    return [{"price": number(price), "quantity": number(quantity)} for price, quantity in levels]


def _optional(steps: int | None) -> msgspec.Raw | None:
    return None if steps is None else number(steps)
