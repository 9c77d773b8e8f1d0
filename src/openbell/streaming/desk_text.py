"""Orders and numbered events of /ws/trading as bytes, put together from parts that are written once.

An order is told of when it is placed, accepted and filled, and in the answer to whoever placed it: what stays the same
in all of these is kept, and what changes is filled in. `desk_messages.order_data` says what the words mean.
"""

from functools import lru_cache

import msgspec

from openbell.domain.instants import instant_text
from openbell.domain.order import Order, OrderStatus, OrderType, Side, TimeInForce
from openbell.domain.values import Nanos, Price, Quantity
from openbell.streaming.desk_messages import status_word
from openbell.streaming.topics import Channel
from openbell.streaming.wire import number

_encode = msgspec.json.encode
_FLAGS = {True: b"true", False: b"false"}
_STATUSES = {
    status: b',"status":%b,"status_detail":%b,"reason":' % (_encode(status_word(status)), _encode(status))
    for status in OrderStatus
}
_CHANGES = (
    b'%b%b%b,"in_doubt":%b,"filled_quantity":%b,"remaining_quantity":%b,"average_price":%b,"fees":%b,"revision":%d,'
    b'"created_at":%b,"updated_at":%b}'
)
_NUMBERED = b'{"type":%b,"channel":%b,"seq":%d,"part":%d,"parts":%d,"data":%b}'


def order_text(order: Order) -> bytes:
    """Write how an order stands: the bytes of `desk_messages.order_data`."""
    average = order.average_fill_price
    return _CHANGES % (
        _fixed(
            order.order_id,
            order.client_order_id,
            order.strategy_id,
            order.symbol,
            order.side,
            order.order_type,
            order.quantity,
            order.limit_price,
            order.stop_price,
            order.time_in_force,
        ),
        _STATUSES[order.status],
        _encode(order.reason) if order.reason else b'""',
        _FLAGS[order.in_doubt],
        number(order.filled_quantity),
        number(order.quantity - order.filled_quantity),
        b"null" if average is None else number(average),
        number(order.fees),
        order.revision,
        _instant(order.created_ns),
        _instant(order.updated_ns),
    )


def numbered(kind: str, channel: Channel, data: bytes, *, seq: int, part: int, parts: int) -> bytes:
    """Write one of the messages of an event: `part` of `parts` that share its number."""
    return _NUMBERED % (_word(kind), _word(channel), seq, part, parts, data)


@lru_cache(maxsize=4_096)
def _fixed(  # noqa: PLR0917 - the key of what is kept
    order_id: str,
    client_order_id: str,
    strategy_id: str,
    symbol: str,
    side: Side,
    order_type: OrderType,
    quantity: Quantity,
    limit_price: Price | None,
    stop_price: Price | None,
    time_in_force: TimeInForce,
) -> bytes:
    """Write what only a change by the trader changes, without the end of the object."""
    said = {
        "order_id": order_id,
        "client_order_id": client_order_id,
        "strategy_id": strategy_id,
        "symbol": symbol,
        "side": side.lower(),
        "type": order_type.lower(),
        "quantity": number(quantity),
        "price": None if limit_price is None else number(limit_price),
        "stop_price": None if stop_price is None else number(stop_price),
        "time_in_force": time_in_force,
    }
    return _encode(said)[:-1]


@lru_cache(maxsize=4_096)
def _instant(ts_ns: Nanos) -> bytes:
    return _encode(instant_text(ts_ns))


@lru_cache(maxsize=64)
def _word(word: str) -> bytes:
    return _encode(word)
