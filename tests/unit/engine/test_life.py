"""Changes, cancels, brackets and groups."""

import pytest

from openbell.domain import commands as c
from openbell.domain import events as e
from openbell.domain import venue as v
from openbell.domain.order import OrderStatus, TimeInForce
from openbell.domain.values import parse


def code(step):
    return step.refusal.code.value if step.refusal else None


def statuses(*orders):
    return [order.status.value for order in orders]


def modified(bench, order, quantity, limit):
    values = {"quantity": parse(quantity), "limit_price": parse(limit), "stop_price": None}
    return bench.report(v.VenueModified, order, **values)


def test_a_change_waits_for_the_venue_and_then_raises_the_revision(bench):
    order = bench.placed(limit="149")
    bench.accept(order)
    step = bench.modify(order, quantity="20", limit_price="148")
    assert type(step.requests[0]) is v.ModifyRequest
    assert (order.status, order.quantity, order.revision) == (OrderStatus.PENDING_MODIFY, parse(10), 1)
    modified(bench, order, "20", "148")
    assert (order.status, order.quantity, order.revision) == (OrderStatus.ACCEPTED, parse(20), 2)


def test_a_refused_change_leaves_the_order_as_it_was(bench):
    order = bench.placed(limit="149")
    bench.accept(order)
    bench.modify(order, quantity="20")
    bench.report(v.VenueRefusedChange, order, reason="too late")
    assert (order.status, order.quantity, order.revision) == (OrderStatus.ACCEPTED, parse(10), 1)
    assert not bench.state.changes


@pytest.mark.parametrize(
    ("expected", "more"),
    [
        ("INVALID_ORDER", {}),
        ("INVALID_ORDER", {"quantity": "10"}),
        ("INVALID_QUANTITY", {"quantity": "0"}),
        ("INVALID_QUANTITY", {"quantity": "4"}),
        ("INVALID_QUANTITY", {"quantity": "12.5"}),
        ("INVALID_PRICE", {"limit_price": "148.005"}),
        ("INVALID_PRICE", {"stop_price": "140"}),
        ("STALE_REVISION", {"quantity": "20", "expected_revision": 2}),
        ("INSUFFICIENT_FUNDS", {"quantity": "1000"}),
        ("PRICE_COLLAR", {"limit_price": "170"}),
    ],
)
def test_a_change_that_cannot_be_is_refused_and_leaves_no_trace(bench, expected, more):
    order = bench.placed(limit="149")
    bench.fill(order, "4", "149")
    before = bench.state.seq
    step = bench.modify(order, **more)
    assert (code(step), step.records, step.requests, bench.state.seq) == (expected, [], [], before)


def test_a_second_change_waits_for_the_first(bench):
    order = bench.placed(limit="149")
    bench.modify(order, quantity="20")
    assert code(bench.modify(order, quantity="30")) == "MODIFY_PENDING"


def test_making_an_order_smaller_needs_no_permission(bench):
    order = bench.placed(limit="149")
    bench.kill()
    bench.report(v.VenueRefusedChange, order, reason="late")
    assert code(bench.modify(order, quantity="20")) == "KILL_SWITCH"
    assert code(bench.modify(order, quantity="5")) is None


def test_a_cancel_wins_over_a_change_under_way(bench):
    order = bench.placed(limit="149")
    bench.accept(order)
    bench.modify(order, quantity="20")
    bench.cancel(order)
    modified(bench, order, "20", "149")
    assert (order.status, order.quantity) == (OrderStatus.PENDING_CANCEL, parse(20))
    bench.report_canceled(order)
    assert order.status is OrderStatus.CANCELED


def test_with_change_and_cancel_under_way_the_first_refusal_is_the_changes(bench):
    order = bench.placed(limit="149")
    bench.accept(order)
    bench.modify(order, quantity="20")
    bench.cancel(order)
    bench.report(v.VenueRefusedChange, order, reason="no")
    assert order.status is OrderStatus.PENDING_CANCEL
    bench.report(v.VenueRefusedChange, order, reason="no")
    assert order.status is OrderStatus.ACCEPTED


def test_a_cancel_refused_by_a_venue_that_the_order_may_still_be_on_its_way_to_is_not_given_up(bench):
    order = bench.placed(limit="149")
    bench.report(v.VenueSilent, order, reason="timeout")
    bench.kill()
    bench.report(v.VenueRefusedChange, order, reason="unknown order")
    assert (order.status, order.in_doubt) == (OrderStatus.PENDING_CANCEL, True)
    stands = {"quantity": order.quantity, "limit_price": order.limit_price, "stop_price": None}
    step = bench.report(v.VenueStands, order, **stands)
    assert [type(request) for request in step.requests] == [v.CancelRequest]
    bench.report(v.VenueRefusedChange, order, reason="no")
    assert order.status is OrderStatus.ACCEPTED


def test_canceling_twice_asks_the_venue_once(bench):
    order = bench.placed(limit="149")
    assert len(bench.cancel(order).requests) == 1
    step = bench.cancel(order)
    assert (code(step), step.records, step.requests) == (None, [], [])


def test_what_has_ended_can_neither_change_nor_be_canceled(bench):
    order = bench.trade()
    assert code(bench.cancel(order)) == "ORDER_NOT_OPEN"
    assert code(bench.modify(order, quantity="20")) == "ORDER_NOT_OPEN"


def test_foreign_orders_are_unknown(bench):
    order = bench.placed(limit="149")
    bench.open_account("other")
    command = c.CancelOrder(ts_ns=bench.now_ns, account_id="other", order_id=order.order_id)
    assert code(bench.step(command)) == "UNKNOWN_ORDER"


def test_all_orders_of_one_symbol_can_be_canceled(bench):
    apple, bitcoin = bench.placed(limit="149"), bench.placed("BTC/USD", quantity="0.1", limit="39000")
    bench.step(c.CancelAll(ts_ns=bench.now_ns, account_id="acc", symbol="AAPL"))
    assert statuses(apple, bitcoin) == ["PENDING_CANCEL", "SUBMITTED"]


def bracket(bench, quantity="10"):
    entry = bench.placed(quantity=quantity, limit="149")
    more = {"parent_order_id": entry.order_id, "oco_group": "exits", "reduce_only": True, "side": "SELL"}
    target = bench.placed(quantity=quantity, limit="160", **more)
    stop = bench.placed(quantity=quantity, stop="140", **more)
    return entry, target, stop


def test_exits_are_held_until_their_entry_has_filled(bench):
    entry, target, stop = bracket(bench)
    assert statuses(target, stop) == ["NEW", "NEW"]
    bench.fill(entry, "4", "149")
    assert statuses(target, stop) == ["NEW", "NEW"]
    step = bench.fill(entry, "6", "149")
    assert statuses(entry, target, stop) == ["FILLED", "SUBMITTED", "SUBMITTED"]
    assert [r.order_id for r in step.requests] == [target.order_id, stop.order_id]


def test_a_fill_of_one_exit_cancels_the_other(bench):
    entry, target, stop = bracket(bench)
    bench.fill(entry, "10", "149")
    bench.fill(target, "10", "160")
    assert statuses(target, stop) == ["FILLED", "PENDING_CANCEL"]
    assert bench.position() == 0


def test_exits_of_an_entry_that_ends_unfilled_are_canceled(bench):
    entry, target, stop = bracket(bench)
    bench.cancel(entry)
    assert statuses(target, stop) == ["NEW", "NEW"]
    bench.report_canceled(entry)
    assert statuses(entry, target, stop) == ["CANCELED"] * 3
    assert not bench.state.held


def test_exits_of_an_entry_that_traded_in_part_shrink_to_it(bench):
    entry, target, _ = bracket(bench)
    bench.fill(entry, "4", "149")
    bench.report(v.VenueExpired, entry)
    assert (target.status, target.quantity) == (OrderStatus.SUBMITTED, parse(4))


def test_an_exit_is_on_the_other_side_and_no_larger(bench):
    entry = bench.placed(limit="149")
    for more in ({"side": "BUY"}, {"side": "SELL", "quantity": "11"}, {"side": "SELL", "symbol": "MSFT"}):
        assert code(bench.place(limit="160", parent_order_id=entry.order_id, **more)) == "INVALID_ORDER"


def test_a_held_exit_can_change_and_be_canceled_at_once(bench):
    _, target, stop = bracket(bench)
    step = bench.modify(target, limit_price="165")
    assert (step.requests, target.limit_price, target.revision) == ([], parse(165), 2)
    step = bench.cancel(stop)
    assert (step.requests, stop.status) == ([], OrderStatus.CANCELED)


def test_reduce_only_orders_without_a_position_left_are_canceled(bench):
    bench.trade(quantity="10")
    stop = bench.placed(side="SELL", quantity="10", stop="140", reduce_only=True)
    bench.trade(side="SELL", quantity="5", price="155")
    assert stop.status is OrderStatus.PENDING_CANCEL


def test_an_exit_of_a_group_larger_than_what_is_left_goes_though_the_groups_first_has_room(bench):
    bench.trade(quantity="10")
    more = {"side": "SELL", "oco_group": "exits", "reduce_only": True}
    target = bench.placed(quantity="2", limit="160", **more)
    stop = bench.placed(quantity="10", stop="140", **more)
    bench.trade(side="SELL", quantity="8", price="155")
    assert statuses(target, stop) == ["SUBMITTED", "PENDING_CANCEL"]


@pytest.mark.parametrize(("closed", "expected", "quantity"), [("4", "CANCELED", 4), ("3", "SUBMITTED", 1)])
def test_an_exit_is_let_out_no_larger_than_what_is_still_held(bench, closed, expected, quantity):
    entry, target, stop = bracket(bench)
    bench.fill(entry, "4", "149")
    bench.trade(side="SELL", quantity=closed, price="155")
    bench.cancel(entry)
    bench.report_canceled(entry)
    assert statuses(target, stop) == [expected] * 2
    if expected == "SUBMITTED":
        assert (target.quantity, stop.quantity) == (parse(quantity), parse(quantity))
    assert not bench.state.held


def test_immediate_orders_end_as_the_venue_says(bench):
    order = bench.placed(limit="150", time_in_force=TimeInForce.IOC)
    bench.fill(order, "4")
    bench.report(v.VenueCanceled, order, reason="IOC")
    assert (order.status, order.filled_quantity, order.reason) == (OrderStatus.CANCELED, parse(4), "IOC")
    assert [type(r.event) for r in bench.records[-2:]] == [e.OrderFilled, e.OrderCanceled]
