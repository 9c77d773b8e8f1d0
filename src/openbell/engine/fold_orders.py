"""How the events of an order's life change state."""

from collections.abc import Callable
from typing import Any

from openbell.domain import events as e
from openbell.domain.order import Order, OrderStatus
from openbell.domain.values import Nanos
from openbell.engine.fold import add_left, count, end, ledger_of, let_go
from openbell.engine.state import State

_PENDING = (OrderStatus.PENDING_MODIFY, OrderStatus.PENDING_CANCEL)
# What nearly every order comes by: looking a member up on its class costs ten times as much as a name of the module.
_NEW, _SUBMITTED, _ACCEPTED = OrderStatus.NEW, OrderStatus.SUBMITTED, OrderStatus.ACCEPTED
_CANCELED, _REJECTED = OrderStatus.CANCELED, OrderStatus.REJECTED


def _order_placed(state: State, event: e.OrderPlaced, ts_ns: Nanos) -> None:
    order = Order(
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
        status=_NEW,
        created_ns=ts_ns,
        updated_ns=ts_ns,
        parent_order_id=event.parent_order_id,
        oco_group=event.oco_group,
    )
    order_id = event.order_id
    state.order_count += 1
    state.orders[order_id] = order
    book = state.accounts[event.account_id]
    book.client_ids[event.client_order_id] = order_id
    (book.ledgers.get(event.strategy_id) or ledger_of(book, event.strategy_id)).working[order_id] = event.symbol
    if event.parent_order_id is not None:
        state.held.setdefault(event.parent_order_id, []).append(order_id)


def _order_denied(state: State, event: e.OrderDenied, ts_ns: Nanos) -> None:
    order = state.orders[event.order_id]
    order.reason = event.message
    end(state, order, OrderStatus.DENIED, ts_ns)


def _order_submitted(state: State, event: e.OrderSubmitted, ts_ns: Nanos) -> None:
    order = state.orders[event.order_id]
    order.status = _SUBMITTED
    order.submitted_ns = order.updated_ns = ts_ns
    if order.parent_order_id is not None:
        let_go(state, order)
    left = order.quantity - order.filled_quantity
    if left > 0:
        # Nothing about it is being changed before it is out: what is left counts at its own price.
        add_left(state, order, left, order.limit_price or order.stop_price)


def _order_accepted(state: State, event: e.OrderAccepted, ts_ns: Nanos) -> None:
    accept(state.orders[event.order_id], ts_ns)


def accept(order: Order, ts_ns: Nanos) -> None:
    """Change an order that the venue has taken in."""
    order.in_doubt = False
    order.updated_ns = ts_ns
    if order.status is _SUBMITTED:
        order.status = _ACCEPTED
    elif order.status in _PENDING and order.resume_status is _SUBMITTED:
        order.resume_status = _ACCEPTED


def _order_rejected(state: State, event: e.OrderRejected, ts_ns: Nanos) -> None:
    order = _settled(state, event.order_id, ts_ns)
    order.reason = event.reason
    end(state, order, _REJECTED, ts_ns)


def _order_triggered(state: State, event: e.OrderTriggered, ts_ns: Nanos) -> None:
    order = _settled(state, event.order_id, ts_ns)
    order.is_triggered = True
    if order.status in (_SUBMITTED, _ACCEPTED):
        order.status = OrderStatus.TRIGGERED
    elif order.status in _PENDING and not order.filled_quantity:
        order.resume_status = OrderStatus.TRIGGERED


def _order_modify_requested(state: State, event: e.OrderModifyRequested, ts_ns: Nanos) -> None:
    order = state.orders[event.order_id]
    count(state, order, -1)
    state.changes[order.order_id] = event
    count(state, order, 1)
    order.resume_status = order.status
    order.status = OrderStatus.PENDING_MODIFY
    order.updated_ns = ts_ns


def _order_modified(state: State, event: e.OrderModified, ts_ns: Nanos) -> None:
    order = _settled(state, event.order_id, ts_ns)
    is_counted = order.status is not _NEW
    if is_counted:
        count(state, order, -1)
    state.changes.pop(order.order_id, None)
    order.quantity, order.limit_price, order.stop_price = event.quantity, event.limit_price, event.stop_price
    order.revision += 1
    if is_counted:
        count(state, order, 1)
    if order.status is OrderStatus.PENDING_MODIFY:
        order.status = order.resume_status
    if is_counted and order.filled_quantity >= order.quantity:
        end(state, order, OrderStatus.FILLED, ts_ns)


def _order_modify_rejected(state: State, event: e.OrderModifyRejected, ts_ns: Nanos) -> None:
    order = _settled(state, event.order_id, ts_ns)
    count(state, order, -1)
    state.changes.pop(order.order_id, None)
    count(state, order, 1)
    if order.status is OrderStatus.PENDING_MODIFY:
        order.status = order.resume_status


def _order_cancel_requested(state: State, event: e.OrderCancelRequested, ts_ns: Nanos) -> None:
    order = state.orders[event.order_id]
    if order.status is not OrderStatus.PENDING_MODIFY:
        order.resume_status = order.status
    order.status = OrderStatus.PENDING_CANCEL
    order.reason = event.reason
    order.updated_ns = ts_ns


def _order_cancel_rejected(state: State, event: e.OrderCancelRejected, ts_ns: Nanos) -> None:
    order = _settled(state, event.order_id, ts_ns)
    order.status = order.resume_status
    order.reason = ""


def _order_canceled(state: State, event: e.OrderCanceled, ts_ns: Nanos) -> None:
    order = _settled(state, event.order_id, ts_ns)
    order.reason = event.reason
    end(state, order, _CANCELED, ts_ns)


def _order_expired(state: State, event: e.OrderExpired, ts_ns: Nanos) -> None:
    end(state, _settled(state, event.order_id, ts_ns), OrderStatus.EXPIRED, ts_ns)


def _order_doubted(state: State, event: e.OrderDoubted, ts_ns: Nanos) -> None:
    order = state.orders[event.order_id]
    order.in_doubt = True
    order.reason = event.reason
    order.updated_ns = ts_ns


def _settled(state: State, order_id: str, ts_ns: Nanos) -> Order:
    """Give the order a venue has spoken of: whatever was in doubt about it is known again."""
    order = state.orders[order_id]
    order.in_doubt = False
    order.updated_ns = ts_ns
    return order


ORDER_APPLIERS: dict[type[e.Event], Callable[[State, Any, Nanos], None]] = {
    e.OrderPlaced: _order_placed,
    e.OrderDenied: _order_denied,
    e.OrderSubmitted: _order_submitted,
    e.OrderAccepted: _order_accepted,
    e.OrderRejected: _order_rejected,
    e.OrderTriggered: _order_triggered,
    e.OrderModifyRequested: _order_modify_requested,
    e.OrderModified: _order_modified,
    e.OrderModifyRejected: _order_modify_rejected,
    e.OrderCancelRequested: _order_cancel_requested,
    e.OrderCancelRejected: _order_cancel_rejected,
    e.OrderCanceled: _order_canceled,
    e.OrderExpired: _order_expired,
    e.OrderDoubted: _order_doubted,
}
