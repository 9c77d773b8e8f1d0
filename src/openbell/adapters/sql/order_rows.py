"""What each event does to the order read table: the order's own fields, as the core has them at every event."""

from collections.abc import Callable
from typing import Any

import msgspec
from sqlalchemy import RowMapping

from openbell.domain.events import (
    OrderAccepted,
    OrderCanceled,
    OrderCancelRejected,
    OrderCancelRequested,
    OrderDenied,
    OrderDoubted,
    OrderExpired,
    OrderFilled,
    OrderModified,
    OrderModifyRejected,
    OrderModifyRequested,
    OrderPlaced,
    OrderRejected,
    OrderSubmitted,
    OrderTriggered,
)
from openbell.domain.order import Order, OrderStatus
from openbell.domain.values import Nanos

ORDER_FIELDS = Order.__struct_fields__
FIXED_FIELDS = ORDER_FIELDS[: ORDER_FIELDS.index("quantity")]
"""Fields that never change once the order is placed."""

CHANGING_FIELDS = ORDER_FIELDS[len(FIXED_FIELDS) :]

_STEPS = frozenset({"quantity", "limit_price", "stop_price", "filled_quantity", "filled_value", "fees"})
_FLAGS = frozenset({"post_only", "reduce_only", "in_doubt", "is_triggered"})
PENDING = frozenset({OrderStatus.PENDING_MODIFY, OrderStatus.PENDING_CANCEL})


def order_of(values: RowMapping | dict[str, Any]) -> Order:
    """Build an order from the columns of its row."""
    fields = {name: values[name] for name in ORDER_FIELDS}
    for name in _STEPS:
        fields[name] = None if fields[name] is None else int(fields[name])
    for name in _FLAGS:
        fields[name] = bool(fields[name])
    return msgspec.convert(fields, Order)


def placed(event: OrderPlaced, ts_ns: Nanos) -> Order:
    """Give the order as it is when it is placed."""
    return Order(
        order_id=event.order_id,
        client_order_id=event.client_order_id,
        account_id=event.account_id,
        strategy_id=event.strategy_id,
        symbol=event.symbol,
        side=event.side,
        quantity=event.quantity,
        order_type=event.order_type,
        limit_price=event.limit_price,
        stop_price=event.stop_price,
        time_in_force=event.time_in_force,
        post_only=event.post_only,
        reduce_only=event.reduce_only,
        status=OrderStatus.NEW,
        created_ns=ts_ns,
        updated_ns=ts_ns,
        parent_order_id=event.parent_order_id,
        oco_group=event.oco_group,
    )


def change(order: Order, event: Any, ts_ns: Nanos) -> None:
    """Apply what happened to a placed order."""
    order.updated_ns = ts_ns
    if type(event) not in _SILENT:
        order.in_doubt = False
    CHANGES[type(event)](order, event, ts_ns)


def _denied(order: Order, event: OrderDenied, _: Nanos) -> None:
    order.status = OrderStatus.DENIED
    order.reason = event.message


def _submitted(order: Order, _: OrderSubmitted, ts_ns: Nanos) -> None:
    order.status = OrderStatus.SUBMITTED
    order.submitted_ns = ts_ns


def _accepted(order: Order, _: OrderAccepted, __: Nanos) -> None:
    if order.status is OrderStatus.SUBMITTED:
        order.status = OrderStatus.ACCEPTED
    elif order.status in PENDING and order.resume_status is OrderStatus.SUBMITTED:
        order.resume_status = OrderStatus.ACCEPTED


def _rejected(order: Order, event: OrderRejected, _: Nanos) -> None:
    order.status = OrderStatus.REJECTED
    order.reason = event.reason


def _triggered(order: Order, _: OrderTriggered, __: Nanos) -> None:
    order.is_triggered = True
    if order.status in (OrderStatus.SUBMITTED, OrderStatus.ACCEPTED):
        order.status = OrderStatus.TRIGGERED
    elif order.status in PENDING and not order.filled_quantity:
        order.resume_status = OrderStatus.TRIGGERED


def _modify_requested(order: Order, _: OrderModifyRequested, __: Nanos) -> None:
    order.resume_status = order.status
    order.status = OrderStatus.PENDING_MODIFY


def _modified(order: Order, event: OrderModified, _: Nanos) -> None:
    order.quantity, order.limit_price, order.stop_price = event.quantity, event.limit_price, event.stop_price
    order.revision += 1
    if order.status is OrderStatus.PENDING_MODIFY:
        order.status = order.resume_status
    # Made no larger than what had traded meanwhile, it is done.
    if order.status is not OrderStatus.NEW and order.filled_quantity >= order.quantity:
        order.status = OrderStatus.FILLED


def _modify_rejected(order: Order, _: OrderModifyRejected, __: Nanos) -> None:
    if order.status is OrderStatus.PENDING_MODIFY:
        order.status = order.resume_status


def _cancel_requested(order: Order, event: OrderCancelRequested, _: Nanos) -> None:
    if order.status is not OrderStatus.PENDING_MODIFY:
        order.resume_status = order.status
    order.status = OrderStatus.PENDING_CANCEL
    order.reason = event.reason


def _cancel_rejected(order: Order, _: OrderCancelRejected, __: Nanos) -> None:
    order.status = order.resume_status
    order.reason = ""


def _canceled(order: Order, event: OrderCanceled, _: Nanos) -> None:
    order.status = OrderStatus.CANCELED
    order.reason = event.reason


def _expired(order: Order, _: OrderExpired, __: Nanos) -> None:
    order.status = OrderStatus.EXPIRED


def _doubted(order: Order, event: OrderDoubted, _: Nanos) -> None:
    order.in_doubt = True
    order.reason = event.reason


def _filled(order: Order, event: OrderFilled, ts_ns: Nanos) -> None:
    fill = event.fill
    order.filled_quantity += fill.quantity
    order.filled_value += fill.quantity * fill.price
    order.fees += fill.fee
    order.filled_ns = ts_ns
    if order.filled_quantity >= order.quantity:
        if order.status is not OrderStatus.REJECTED:
            order.status = OrderStatus.FILLED
    elif order.status in PENDING:
        order.resume_status = OrderStatus.PARTIALLY_FILLED
    elif not order.status.is_terminal:
        order.status = OrderStatus.PARTIALLY_FILLED


_SILENT = frozenset({OrderDenied, OrderSubmitted, OrderModifyRequested, OrderCancelRequested, OrderDoubted})
"""Events in which no venue speaks; any other settles what was in doubt."""

CHANGES: dict[type, Callable[[Order, Any, Nanos], None]] = {
    OrderDenied: _denied,
    OrderSubmitted: _submitted,
    OrderAccepted: _accepted,
    OrderRejected: _rejected,
    OrderTriggered: _triggered,
    OrderModifyRequested: _modify_requested,
    OrderModified: _modified,
    OrderModifyRejected: _modify_rejected,
    OrderCancelRequested: _cancel_requested,
    OrderCancelRejected: _cancel_rejected,
    OrderCanceled: _canceled,
    OrderExpired: _expired,
    OrderDoubted: _doubted,
    OrderFilled: _filled,
}
