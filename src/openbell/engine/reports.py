"""What a venue reports, turned into events. Nothing a venue says can break the core: at worst it raises an alert."""

from collections.abc import Callable
from typing import Any

from openbell.domain import events as e
from openbell.domain import venue as v
from openbell.domain.alert import Severity
from openbell.domain.order import TERMINAL, TRANSITIONS, Order, OrderStatus
from openbell.domain.values import text_of
from openbell.engine import life
from openbell.engine.ledger import MONEY_MAX, filled_event
from openbell.engine.turn import Turn

_PENDING = (OrderStatus.PENDING_MODIFY, OrderStatus.PENDING_CANCEL)
_NEVER_SENT = frozenset({OrderStatus.NEW, OrderStatus.DENIED})
_SUBMITTED, _CANCELED, _REJECTED = OrderStatus.SUBMITTED, OrderStatus.CANCELED, OrderStatus.REJECTED
_OVER = (OrderStatus.CANCELED, OrderStatus.EXPIRED)


def take(turn: Turn, report: v.VenueReport) -> Order | None:
    """Take in one report and give the order it is about, None when there is no such order.

    A repeated one changes nothing; one that cannot be true is answered with an alert.
    """
    order = turn.state.orders.get(report.order_id)
    if order is None:
        _alert(turn, Severity.CRITICAL, "UNKNOWN_ORDER_REPORTED", report, None)
        return None
    status = order.status
    if status in _NEVER_SENT:
        severity = Severity.CRITICAL if type(report) is v.VenueFilled else Severity.WARNING
        _alert(turn, severity, "UNSENT_ORDER_REPORTED", report, order)
        return order
    _TAKERS[type(report)](turn, order, report)
    if turn.state.held and status not in TERMINAL and order.status in TERMINAL:
        life.after_end(turn, order)
    # State keeps only so many orders that have ended: this one may be forgotten by now.
    return turn.state.orders.get(report.order_id)


def _accepted(turn: Turn, order: Order, report: v.VenueAccepted) -> None:
    status = order.status
    is_news = status is _SUBMITTED or order.in_doubt
    is_news = is_news or (status in _PENDING and order.resume_status is _SUBMITTED)
    if is_news and status not in TERMINAL:
        turn.emit_order(e.OrderAccepted(order_id=order.order_id), order)
    elif status is _REJECTED:
        _illegal(turn, order, report)


def _rejected(turn: Turn, order: Order, report: v.VenueRejected) -> None:
    if OrderStatus.REJECTED in TRANSITIONS[order.status] and not order.filled_quantity:
        turn.emit_order(e.OrderRejected(order_id=order.order_id, reason=report.reason), order)
    elif order.status is not OrderStatus.REJECTED:
        _illegal(turn, order, report)


def _triggered(turn: Turn, order: Order, report: v.VenueTriggered) -> None:
    if order.is_triggered and not order.in_doubt:
        return
    if order.is_open and order.order_type.has_stop:
        turn.emit_order(e.OrderTriggered(order_id=order.order_id), order)
    elif not order.order_type.has_stop or order.status is OrderStatus.REJECTED:
        _illegal(turn, order, report)


def _canceled(turn: Turn, order: Order, report: v.VenueCanceled) -> None:
    if _CANCELED in TRANSITIONS[order.status]:
        reason = report.reason or order.reason
        turn.emit_order(e.OrderCanceled(order_id=order.order_id, reason=reason), order)
    elif order.status not in _OVER:
        _illegal(turn, order, report)


def _expired(turn: Turn, order: Order, report: v.VenueExpired) -> None:
    if OrderStatus.EXPIRED in TRANSITIONS[order.status]:
        turn.emit_order(e.OrderExpired(order_id=order.order_id), order)
    elif order.status not in _OVER:
        _illegal(turn, order, report)


def _modified(turn: Turn, order: Order, report: v.VenueModified | v.VenueStands) -> None:
    if not order.is_open or not 0 < report.quantity <= MONEY_MAX:
        if order.status is OrderStatus.FILLED and report.quantity > order.filled_quantity:
            # The fill that seemed to be the last overtook this: more works there than was known.
            _take_back(turn, order, report)
        else:
            _illegal(turn, order, report)
        return
    event = e.OrderModified(
        order_id=order.order_id,
        # A fill may cross a change to less: what has traded is the least there can be.
        quantity=max(report.quantity, order.filled_quantity),
        limit_price=report.limit_price,
        stop_price=report.stop_price,
    )
    turn.emit_order(event, order)


def _refused_change(turn: Turn, order: Order, report: v.VenueRefusedChange) -> None:
    # A venue answers in the order it was asked: with both under way the change was refused, not yet the cancel.
    if order.order_id in turn.state.changes:
        turn.emit_order(e.OrderModifyRejected(order_id=order.order_id, reason=report.reason), order)
    elif order.status is OrderStatus.PENDING_CANCEL and order.in_doubt:
        # The order itself may still be on its way there: the cancel is asked for again once it is found to work.
        return
    elif order.status is OrderStatus.PENDING_CANCEL:
        turn.emit_order(e.OrderCancelRejected(order_id=order.order_id, reason=report.reason), order)
    elif order.is_open:
        _illegal(turn, order, report)


def _stands(turn: Turn, order: Order, report: v.VenueStands) -> None:
    if not order.is_open:
        _take_back(turn, order, report)
        return
    known = (order.quantity, order.limit_price, order.stop_price)
    if known != (report.quantity, report.limit_price, report.stop_price):
        _modified(turn, order, report)
    elif order.order_id in turn.state.changes:
        reason = "the change never reached the venue"
        turn.emit_order(e.OrderModifyRejected(order_id=order.order_id, reason=reason), order)
    else:
        _accepted(turn, order, v.VenueAccepted(order_id=order.order_id, ts_ns=report.ts_ns))
    if order.status is OrderStatus.PENDING_CANCEL:
        # Asking to cancel twice does no harm, unlike placing twice.
        turn.requests.append(v.CancelRequest(order_id=order.order_id, ts_ns=turn.now_ns))


def _take_back(turn: Turn, order: Order, report: v.VenueReport) -> None:
    """Ask to cancel what works at the venue of an order that is over here: nobody knows of it, or watches it."""
    _illegal(turn, order, report)
    turn.requests.append(v.CancelRequest(order_id=order.order_id, ts_ns=turn.now_ns))


def _silent(turn: Turn, order: Order, report: v.VenueSilent) -> None:
    if order.is_open and not order.in_doubt:
        turn.emit_order(e.OrderDoubted(order_id=order.order_id, reason=report.reason), order)


def _filled(turn: Turn, order: Order, report: v.VenueFilled) -> None:
    if report.venue_fill_id in turn.state.venue_fills.get(order.order_id, ()):
        return
    instrument = turn.settings.instruments.get(order.symbol)
    is_sane = 0 < report.quantity <= MONEY_MAX and 0 < report.price <= MONEY_MAX and abs(report.fee) <= MONEY_MAX
    if instrument is None or not is_sane:
        _alert(turn, Severity.CRITICAL, "IMPOSSIBLE_FILL", report, order)
        return
    was_rejected, was_over = order.status is _REJECTED, order.status in _OVER
    doubted = _believe_change(turn, order, report)
    mark = turn.marks.mark(order.symbol)
    turn.emit_order(filled_event(turn.state, instrument, order, report, mark=mark), order)
    if doubted and order.is_open:
        turn.emit_order(e.OrderDoubted(order_id=order.order_id, reason=doubted), order)
    if order.filled_quantity > order.quantity or was_rejected:
        _alert(turn, Severity.CRITICAL, "OVERFILL" if not was_rejected else "REJECTED_ORDER_FILLED", report, order)
    if was_over and any(one.parent_order_id == order.order_id for one in turn.state.orders.values()):
        _alert(turn, Severity.CRITICAL, "FILLED_WITHOUT_EXITS", report, order)
    life.after_fill(turn, order)


def _believe_change(turn: Turn, order: Order, report: v.VenueFilled) -> str:
    """Take a change to more for done when a fill shows that it is, or may be.

    A fill of more than was ordered before shows it. One of just as much ends the order only if the change was answered:
    else more may work at the venue, and the doubt of which the reason is given goes on until the venue is asked.
    """
    change = turn.state.changes.get(order.order_id)
    left = order.remaining - report.quantity
    if change is None or change.quantity <= order.quantity or left > 0 or (left == 0 and not order.in_doubt):
        return ""
    doubted = order.reason if order.in_doubt else ""
    event = e.OrderModified(
        order_id=order.order_id,
        quantity=change.quantity,
        limit_price=change.limit_price,
        stop_price=change.stop_price,
    )
    turn.emit_order(event, order)
    return doubted


def _illegal(turn: Turn, order: Order, report: v.VenueReport) -> None:
    _alert(turn, Severity.WARNING, "ILLEGAL_REPORT", report, order)


_MEANINGS = {
    "UNKNOWN_ORDER_REPORTED": "the venue reports on an order that is not ours",
    "UNSENT_ORDER_REPORTED": "the venue reports on an order that was never sent",
    "IMPOSSIBLE_FILL": "the venue reports a fill that cannot be booked",
    "OVERFILL": "the venue filled more than was ordered; all of it is booked",
    "REJECTED_ORDER_FILLED": "the venue filled an order it had rejected; the fill is booked",
    "FILLED_WITHOUT_EXITS": "the venue filled an entry that had ended, and its exits do not cover that: look after it",
    "ILLEGAL_REPORT": "the venue reports something that the order's state does not allow; it is ignored",
}


def _alert(turn: Turn, severity: Severity, code: str, report: v.VenueReport, order: Order | None) -> None:
    context = {"order_id": report.order_id, "report": type(report).__name__}
    if order is not None:
        context["status"] = order.status.value
    if type(report) is v.VenueFilled:
        context |= {"quantity": text_of(report.quantity), "price": text_of(report.price)}
        context["venue_fill_id"] = report.venue_fill_id
    message = f"{_MEANINGS[code]}: {report.order_id}"
    turn.alert(severity, code, message, account_id=order.account_id if order else "", context=context)


_TAKERS: dict[type, Callable[[Turn, Order, Any], None]] = {
    v.VenueAccepted: _accepted,
    v.VenueRejected: _rejected,
    v.VenueTriggered: _triggered,
    v.VenueFilled: _filled,
    v.VenueCanceled: _canceled,
    v.VenueExpired: _expired,
    v.VenueModified: _modified,
    v.VenueRefusedChange: _refused_change,
    v.VenueStands: _stands,
    v.VenueSilent: _silent,
}
