"""The life of an order as far as we decide it: place, change, cancel, and the exits and groups that hang on a fill."""

import msgspec

from openbell.domain import events as e
from openbell.domain.commands import CancelAll, CancelOrder, ModifyOrder, PlaceOrder
from openbell.domain.order import Order, OrderStatus
from openbell.domain.risk import Refusal, RefusalCode
from openbell.domain.values import Quantity, text_of
from openbell.domain.venue import CancelRequest, ModifyRequest
from openbell.engine import gate, shape
from openbell.engine.question import oco_siblings
from openbell.engine.state import LedgerBook, open_orders
from openbell.engine.turn import Turn, Verdict, refused

_ENDING = "is being canceled"
_GONE = "the position it would reduce is gone"
_NEW, _PENDING_CANCEL = OrderStatus.NEW, OrderStatus.PENDING_CANCEL


def place(turn: Turn, command: PlaceOrder) -> Verdict:
    """Decide on a new order: refuse it, record and deny it, hold it for its entry, or let it out."""
    refusal = shape.refuse_shape(turn, command)
    if refusal is not None:
        return refusal, ""
    state, client_id = turn.state, command.instruction.client_order_id
    known_id = state.accounts[command.account_id].client_ids.get(client_id) if client_id else None
    if known_id is not None:
        message = f"client_order_id {client_id} belongs to {known_id} already"
        return refused(RefusalCode.DUPLICATE_CLIENT_ORDER_ID, message, "client_order_id", known_id)
    order = _record(turn, command)
    if order.parent_order_id is not None:
        parent = state.orders.get(order.parent_order_id)
        if parent is not None and parent.is_open:
            return None, order.order_id
    refusal = gate.refuse_risk(turn, order, mode=command.mode)
    if refusal is not None:
        turn.emit_order(e.OrderDenied(order_id=order.order_id, code=refusal.code, message=refusal.message), order)
        return refusal, order.order_id
    _let_out(turn, order)
    return None, order.order_id


def _record(turn: Turn, command: PlaceOrder) -> Order:
    given = command.instruction
    order_id = "ord-" + str(turn.state.order_count + 1).zfill(12)
    instrument = turn.settings.instruments[given.symbol]
    event = e.OrderPlaced(
        order_id=order_id,
        client_order_id=given.client_order_id or order_id,
        account_id=command.account_id,
        strategy_id=command.strategy_id,
        symbol=given.symbol,
        side=given.side,
        quantity=given.quantity,
        order_type=given.order_type,
        limit_price=given.limit_price,
        stop_price=given.stop_price,
        time_in_force=given.time_in_force or shape.default_time_in_force(instrument),
        post_only=given.post_only,
        reduce_only=given.reduce_only,
        parent_order_id=given.parent_order_id,
        oco_group=given.oco_group,
        actor=command.actor,
    )
    turn.emit(event, command.account_id)
    return turn.state.orders[order_id]


def _let_out(turn: Turn, order: Order) -> None:
    turn.emit_order(e.OrderSubmitted(order_id=order.order_id), order)
    turn.requests.append(gate.admit(turn, order))


# ---------------------------------------------------------------- change and cancel


def modify(turn: Turn, command: ModifyOrder) -> Verdict:
    """Decide on a change of a working order. A refused change leaves the order, and the journal, as they were."""
    order = turn.state.orders.get(command.order_id)
    if order is None or order.account_id != command.account_id:
        return refused(RefusalCode.UNKNOWN_ORDER, "there is no such order", "order_id")
    refusal = _refuse_state(order, command) or _refuse_change(turn, order, command)
    if refusal is not None:
        return refusal, order.order_id
    wanted = _wanted(order, command)
    if not _is_smaller(order, wanted) and order.status is not OrderStatus.NEW:
        left = msgspec.structs.replace(wanted, quantity=wanted.remaining, filled_quantity=0)
        refusal = gate.refuse_risk(turn, left, replaced=order)
        if refusal is not None:
            return refusal, order.order_id
    values = {"quantity": wanted.quantity, "limit_price": wanted.limit_price, "stop_price": wanted.stop_price}
    if order.status is OrderStatus.NEW:
        turn.emit_order(e.OrderModified(order_id=order.order_id, **values), order)  # type: ignore[arg-type]
        return None, order.order_id
    event = e.OrderModifyRequested(order_id=order.order_id, actor=command.actor, **values)  # type: ignore[arg-type]
    turn.emit_order(event, order)
    turn.requests.append(ModifyRequest(order_id=order.order_id, ts_ns=turn.now_ns, **values))  # type: ignore[arg-type]
    return None, order.order_id


def _refuse_state(order: Order, command: ModifyOrder) -> Refusal | None:
    if not order.is_open or order.status is OrderStatus.PENDING_CANCEL:
        status = _ENDING if order.is_open else f"is {order.status}"
        return Refusal(RefusalCode.ORDER_NOT_OPEN, f"{order.order_id} {status} and can no longer change")
    if command.expected_revision is not None and command.expected_revision != order.revision:
        message = f"{order.order_id} is at revision {order.revision}, not {command.expected_revision}: read it again"
        return Refusal(RefusalCode.STALE_REVISION, message, "expected_revision")
    if order.status is OrderStatus.PENDING_MODIFY or order.in_doubt:
        message = f"the venue has not answered an earlier request for {order.order_id}: try again after it has"
        return Refusal(RefusalCode.MODIFY_PENDING, message)
    return None


def _refuse_change(turn: Turn, order: Order, command: ModifyOrder) -> Refusal | None:
    instrument = turn.settings.instruments.get(order.symbol)
    if instrument is None:
        return Refusal(
            RefusalCode.UNKNOWN_SYMBOL, "the instrument is no longer traded here: cancel the order", "symbol"
        )
    wanted = _wanted(order, command)
    if (wanted.quantity, wanted.limit_price, wanted.stop_price) == (
        order.quantity,
        order.limit_price,
        order.stop_price,
    ):
        return Refusal(RefusalCode.INVALID_ORDER, "nothing would change: give a quantity or a price that differs")
    if wanted.quantity <= order.filled_quantity:
        message = (
            f"{text_of(order.filled_quantity, 0)} are filled: the new quantity must be larger, or cancel the order"
        )
        return Refusal(RefusalCode.INVALID_QUANTITY, message, "quantity")
    if order.is_triggered and wanted.stop_price != order.stop_price:
        return Refusal(
            RefusalCode.INVALID_PRICE, "the stop price has been reached and can no longer change", "stop_price"
        )
    parent = turn.state.orders.get(order.parent_order_id or "")
    if parent is not None and wanted.quantity > parent.quantity:
        message = f"an exit cannot be larger than its entry of {text_of(parent.quantity, 0)}"
        return Refusal(RefusalCode.INVALID_QUANTITY, message, "quantity")
    return (
        shape.refuse_quantity(instrument, wanted.quantity)
        or shape.refuse_prices(instrument, order.order_type, wanted.limit_price, wanted.stop_price)
        or shape.refuse_worth(instrument, wanted.quantity, wanted.limit_price or wanted.stop_price)
    )


def _wanted(order: Order, command: ModifyOrder) -> Order:
    return msgspec.structs.replace(
        order,
        quantity=order.quantity if command.quantity is None else command.quantity,
        limit_price=order.limit_price if command.limit_price is None else command.limit_price,
        stop_price=order.stop_price if command.stop_price is None else command.stop_price,
    )


def _is_smaller(order: Order, wanted: Order) -> bool:
    """Tell whether only the quantity goes down: that never needs permission."""
    is_same_price = (wanted.limit_price, wanted.stop_price) == (order.limit_price, order.stop_price)
    return is_same_price and wanted.quantity < order.quantity


def cancel_by_command(turn: Turn, command: CancelOrder) -> Verdict:
    """Cancel one order. Asking again while the first request is under way changes nothing."""
    order = turn.state.orders.get(command.order_id)
    if order is None or order.account_id != command.account_id:
        return refused(RefusalCode.UNKNOWN_ORDER, "there is no such order", "order_id")
    if not order.is_open:
        message = f"{order.order_id} is {order.status}: there is nothing left to cancel"
        return refused(RefusalCode.ORDER_NOT_OPEN, message, subject_id=order.order_id)
    cancel(turn, order, reason=command.reason, actor=command.actor)
    return None, order.order_id


def cancel_all(turn: Turn, command: CancelAll) -> Verdict:
    """Cancel the open orders of an account, of one strategy or of one symbol."""
    book = turn.state.accounts.get(command.account_id)
    if book is None:
        return refused(RefusalCode.UNKNOWN_ACCOUNT, "there is no such account", "account_id")
    if command.strategy_id is not None and command.strategy_id not in book.ledgers:
        return refused(RefusalCode.UNKNOWN_STRATEGY, "there is no such strategy in this account", "strategy_id")
    for order in open_orders(turn.state, command.account_id, command.strategy_id):
        if command.symbol in (None, order.symbol):
            cancel(turn, order, reason=command.reason, actor=command.actor)
    return None, command.account_id


def cancel(turn: Turn, order: Order, *, reason: str, actor: str = "") -> None:
    """Take an open order back: at once while we hold it, else by asking the venue. A cancel overrides a change."""
    if not order.is_open or order.status is _PENDING_CANCEL:
        return
    if order.status is _NEW:
        turn.emit_order(e.OrderCanceled(order_id=order.order_id, reason=reason), order)
        after_end(turn, order)
        return
    turn.emit_order(e.OrderCancelRequested(order_id=order.order_id, reason=reason, actor=actor), order)
    turn.requests.append(CancelRequest(order_id=order.order_id, ts_ns=turn.now_ns))


# ---------------------------------------------------------------- what hangs on another order


def after_fill(turn: Turn, order: Order) -> None:
    """Do what a fill entails: one of a group fills and the others go; what no longer reduces goes as well."""
    one = turn.state.accounts[order.account_id].ledgers[order.strategy_id]
    if order.oco_group is not None:
        for sibling in oco_siblings(turn.state, one, order):
            cancel(turn, sibling, reason=f"{order.order_id} of its group was filled")
    exposure = one.exposures[order.symbol]
    # What closes cannot be less than nothing: most of the time there is none, and nothing to compare.
    if (exposure.closing_buy and exposure.closing_buy > max(-exposure.quantity, 0)) or (
        exposure.closing_sell and exposure.closing_sell > max(exposure.quantity, 0)
    ):
        _cancel_idle_exits(turn, one, order.symbol)


def _cancel_idle_exits(turn: Turn, one: LedgerBook, symbol: str) -> None:
    """Cancel reduce-only orders that the position no longer has room for, newest first.

    The orders of one OCO group need room once, for the largest of them: only one of them can trade.
    """
    held = one.exposures[symbol].quantity
    room = {1: max(-held, 0), -1: max(held, 0)}
    groups: dict[tuple[int, str | None, str], Quantity] = {}
    for order_id in list(one.working):
        order = turn.state.orders[order_id]
        if order.symbol != symbol or not order.reduce_only or order.status is OrderStatus.NEW:
            continue
        sign = order.side.sign
        # An order without a group shares its room with nobody.
        group = sign, order.oco_group, "" if order.oco_group else order_id
        shared = groups.get(group, 0)
        needed = max(order.remaining - shared, 0)
        if needed > room[sign]:
            cancel(turn, order, reason=_GONE)
            continue
        room[sign] -= needed
        groups[group] = shared + needed


def after_end(turn: Turn, order: Order) -> None:
    """Let out the exits of an entry that traded, at most as large as it did; drop those of one that did not."""
    for child_id in list(turn.state.held.get(order.order_id, ())):
        child = turn.state.orders[child_id]
        if not order.filled_quantity:
            cancel(turn, child, reason=f"{order.order_id} ended unfilled")
            continue
        _release(turn, child, order)


def _release(turn: Turn, child: Order, parent: Order) -> None:
    most = parent.filled_quantity
    if child.reduce_only:
        # What was bought may have been sold by hand since: an exit that only reduces opens nothing.
        held = turn.state.accounts[child.account_id].ledgers[child.strategy_id].exposures[child.symbol].quantity
        most = min(most, max(-child.side.sign * held, 0))
        if not most:
            cancel(turn, child, reason=_GONE)
            return
    if child.quantity > most:
        smaller = e.OrderModified(
            order_id=child.order_id,
            quantity=most,
            limit_price=child.limit_price,
            stop_price=child.stop_price,
        )
        turn.emit_order(smaller, child)
    refusal = gate.refuse_release(turn, child)
    if refusal is not None:
        turn.emit_order(e.OrderDenied(order_id=child.order_id, code=refusal.code, message=refusal.message), child)
        after_end(turn, child)
        return
    _let_out(turn, child)
