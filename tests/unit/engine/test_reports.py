"""What venues report: every report in every state, duplicates, late fills, fills too many, and silence."""

import copy

import pytest

from openbell.domain import events as e
from openbell.domain import venue as v
from openbell.domain.fill import Liquidity
from openbell.domain.order import TRANSITIONS, OrderStatus
from openbell.domain.values import SCALE, parse
from openbell.engine.state import decode, encode, state_hash

REPORTS = {
    v.VenueAccepted: {},
    v.VenueRejected: {"reason": "no"},
    v.VenueTriggered: {},
    v.VenueCanceled: {"reason": "asked"},
    v.VenueExpired: {},
    v.VenueModified: {"quantity": parse(12), "limit_price": parse(151), "stop_price": parse(155)},
    v.VenueRefusedChange: {"reason": "no"},
    v.VenueStands: {"quantity": parse(12), "limit_price": parse(151), "stop_price": parse(155)},
    v.VenueSilent: {"reason": "timeout"},
}


def order_in(bench, status):
    """Bring a stop-limit order into a status, the way it would get there."""
    if status == "DENIED":
        return bench.state.orders[bench.place(quantity="1000", stop="155", limit="156").subject_id]
    more = {}
    if status == "NEW":
        entry = bench.placed(side="SELL", limit="150")
        more = {"parent_order_id": entry.order_id}
    order = bench.placed(stop="155", limit="156", **more)
    steps = {
        "ACCEPTED": [bench.accept],
        "TRIGGERED": [bench.accept, lambda o: bench.report(v.VenueTriggered, o)],
        "PARTIALLY_FILLED": [lambda o: bench.fill(o, "4")],
        "PENDING_MODIFY": [bench.accept, lambda o: bench.modify(o, quantity="12")],
        "PENDING_CANCEL": [bench.accept, bench.cancel],
        "FILLED": [lambda o: bench.fill(o, "10")],
        "CANCELED": [bench.report_canceled],
        "EXPIRED": [lambda o: bench.report(v.VenueExpired, o)],
        "REJECTED": [lambda o: bench.report(v.VenueRejected, o, reason="no")],
    }
    for act in steps.get(status, []):
        act(order)
    assert order.status == status
    return order


@pytest.mark.parametrize("status", list(OrderStatus))
@pytest.mark.parametrize("kind", [*REPORTS, v.VenueFilled])
def test_every_report_in_every_state_moves_legally_or_not_at_all(bench, status, kind):
    order = order_in(bench, status)
    step = bench.fill(order, "3") if kind is v.VenueFilled else bench.report(kind, order, **REPORTS[kind])
    assert step.refusal is None
    assert order.status is status or order.status in TRANSITIONS[status]
    assert state_hash(decode(encode(bench.state))) == state_hash(bench.state)


@pytest.mark.parametrize("kind", list(REPORTS))
def test_a_repeated_report_changes_nothing_more(bench, kind):
    order = order_in(bench, "PENDING_CANCEL")
    bench.report(kind, order, **REPORTS[kind])
    if not order.is_open:
        again = bench.report(kind, order, **REPORTS[kind])
        assert again.records == []


def test_a_repeated_fill_is_booked_once(bench):
    order = bench.placed(quantity="10")
    bench.fill(order, "4", fill_id="x")
    assert bench.fill(order, "4", fill_id="x").records == []
    assert (order.filled_quantity, bench.position()) == (parse(4), parse(4))


def test_a_fill_crossing_our_cancel_wins(bench):
    order = order_in(bench, "PENDING_CANCEL")
    bench.fill(order, "4", "155")
    assert order.status is OrderStatus.PENDING_CANCEL
    bench.fill(order, "6", "155")
    assert (order.status, bench.position()) == (OrderStatus.FILLED, parse(10))
    bench.report(v.VenueRefusedChange, order, reason="filled")
    assert order.status is OrderStatus.FILLED


@pytest.mark.parametrize("status", ["CANCELED", "EXPIRED"])
def test_a_late_fill_is_real_money(bench, status):
    order = order_in(bench, status)
    bench.fill(order, "4", "155")
    assert (order.status, order.filled_quantity, bench.position()) == (status, parse(4), parse(4))
    bench.fill(order, "6", "155")
    assert (order.status, bench.position()) == (OrderStatus.FILLED, parse(10))
    assert "OVERFILL" not in bench.alerts()


def test_an_overfill_is_booked_and_alarms(bench):
    order = bench.placed(quantity="10")
    bench.fill(order, "15", "150")
    assert (order.status, bench.position()) == (OrderStatus.FILLED, parse(15))
    assert bench.events(e.AlertRaised)[-1].severity == "CRITICAL"
    exposure = bench.book.exposures["AAPL"]
    assert (exposure.quantity, exposure.buy_quantity, exposure.buy_unpriced) == (parse(15), 0, 0)


def test_a_report_on_an_unknown_order_alarms_and_changes_nothing(bench):
    step = bench.fill("ord-000000009999")
    assert [r.event.code for r in step.records] == ["UNKNOWN_ORDER_REPORTED"]
    assert (step.records[0].account_id, step.records[0].account_seq) == ("", 0)


@pytest.mark.parametrize("status", ["NEW", "DENIED"])
def test_a_fill_of_an_order_never_sent_is_not_booked(bench, status):
    order = order_in(bench, status)
    bench.fill(order, "4")
    assert bench.alerts()[-1] == "UNSENT_ORDER_REPORTED"
    assert not order.filled_quantity


def test_an_impossible_fill_is_not_booked(bench):
    order = bench.placed()
    for quantity, price in (("0", "150"), ("-1", "150"), ("1", "0"), ("99999999999", "1"), ("1", "99999999999")):
        bench.fill(order, quantity, price)
        assert bench.alerts()[-1] == "IMPOSSIBLE_FILL"
    assert not order.filled_quantity


def test_an_illegal_move_is_ignored_with_a_warning(bench):
    order = order_in(bench, "FILLED")
    bench.report(v.VenueRejected, order, reason="no")
    alert = bench.events(e.AlertRaised)[-1]
    assert (alert.code, alert.severity, order.status) == ("ILLEGAL_REPORT", "WARNING", OrderStatus.FILLED)


def test_reports_out_of_order_are_no_news(bench):
    order = bench.placed()
    bench.fill(order)
    assert bench.accept(order).records == []


def test_a_silent_venue_leaves_the_order_in_doubt_until_it_speaks(bench):
    order = bench.placed(limit="149")
    bench.report(v.VenueSilent, order, reason="timeout")
    assert (order.in_doubt, order.status) == (True, OrderStatus.SUBMITTED)
    assert bench.modify(order, quantity="20").refusal.code == "MODIFY_PENDING"
    bench.accept(order)
    assert (order.in_doubt, order.status) == (False, OrderStatus.ACCEPTED)


def stands(bench, order, **changes):
    values = {"quantity": order.quantity, "limit_price": order.limit_price, "stop_price": order.stop_price}
    return bench.report(v.VenueStands, order, **(values | changes))


def test_a_cancel_that_never_arrived_is_asked_for_again(bench):
    order = order_in(bench, "PENDING_CANCEL")
    bench.report(v.VenueSilent, order, reason="timeout")
    step = stands(bench, order)
    assert not order.in_doubt and order.status is OrderStatus.PENDING_CANCEL
    assert [type(request) for request in step.requests] == [v.CancelRequest]


def test_a_change_that_never_arrived_is_given_up(bench):
    order = order_in(bench, "PENDING_MODIFY")
    bench.report(v.VenueSilent, order, reason="timeout")
    assert stands(bench, order).requests == []
    assert (order.status, order.quantity, order.in_doubt) == (OrderStatus.ACCEPTED, parse(10), False)


def test_a_change_that_arrived_unheard_is_taken_over(bench):
    order = order_in(bench, "PENDING_MODIFY")
    stands(bench, order, quantity=parse(12))
    assert (order.status, order.quantity) == (OrderStatus.ACCEPTED, parse(12))


@pytest.mark.parametrize("before", ["0", "4"])
def test_a_late_fill_of_an_entry_that_its_exits_do_not_cover_alarms(bench, before):
    entry = bench.placed(limit="149")
    bench.placed(side="SELL", stop="140", parent_order_id=entry.order_id, reduce_only=True)
    if before != "0":
        bench.fill(entry, before, "149")
    bench.report_canceled(entry)
    assert bench.alerts() == []
    bench.fill(entry, "6", "149")
    assert bench.alerts() == ["FILLED_WITHOUT_EXITS"]


def grown(bench, quantity="20"):
    """Give an order for 10 that is being changed to more."""
    order = bench.placed(limit="149")
    bench.accept(order)
    bench.modify(order, quantity=quantity)
    return order


def test_an_order_filled_while_nobody_knows_of_a_change_to_more_is_not_taken_for_done(bench):
    order = grown(bench)
    bench.report(v.VenueSilent, order, reason="timeout")
    bench.fill(order, "10", "149")
    assert (order.status, order.remaining, order.in_doubt) == (OrderStatus.PARTIALLY_FILLED, parse(10), True)
    bench.fill(order, "10", "149")
    assert (order.status, bench.alerts()) == (OrderStatus.FILLED, [])


def test_a_change_to_more_that_never_arrived_leaves_an_order_filled_before_done(bench):
    order = grown(bench)
    bench.report(v.VenueSilent, order, reason="timeout")
    bench.fill(order, "10", "149")
    bench.report(v.VenueModified, order, quantity=parse(10), limit_price=parse(149), stop_price=None)
    assert (order.status, order.quantity) == (OrderStatus.FILLED, parse(10))


def test_a_fill_of_more_than_was_ordered_shows_that_the_change_to_more_holds(bench):
    order = grown(bench)
    bench.fill(order, "15", "149")
    assert (order.status, order.quantity, bench.alerts()) == (OrderStatus.PARTIALLY_FILLED, parse(20), [])


def test_more_that_works_unknown_to_us_after_the_last_fill_is_taken_back(bench):
    order = grown(bench)
    bench.fill(order, "10", "149")
    more = {"quantity": parse(20), "limit_price": parse(149), "stop_price": None}
    step = bench.report(v.VenueModified, order, **more)
    assert [type(request) for request in step.requests] == [v.CancelRequest]
    assert bench.report(v.VenueModified, order, **{**more, "quantity": parse(10)}).requests == []


def test_an_order_that_stands_as_we_have_it_is_no_news(bench):
    assert stands(bench, order_in(bench, "ACCEPTED")).records == []


def test_doubt_about_an_order_known_to_work_is_settled_by_hearing_so_again(bench):
    order = bench.placed(limit="149")
    bench.accept(order)
    bench.report(v.VenueSilent, order, reason="timeout")
    bench.accept(order)
    assert not order.in_doubt


def test_a_trigger_is_remembered(bench):
    order = order_in(bench, "TRIGGERED")
    assert order.is_triggered
    assert bench.modify(order, stop_price="157").refusal.code == "INVALID_PRICE"


def test_exposure_follows_what_may_still_trade(bench):
    order = bench.placed(quantity="10", limit="149")
    exposure = bench.book.exposures["AAPL"]
    assert (exposure.buy_quantity, exposure.buy_value) == (parse(10), 10 * 149 * SCALE * SCALE)
    bench.fill(order, "4", "149")
    assert (exposure.quantity, exposure.buy_quantity) == (parse(4), parse(6))
    bench.report_canceled(order)
    assert (exposure.buy_quantity, exposure.buy_value) == (0, 0)


def test_what_strategies_are_handed_is_not_the_state(bench):
    order = bench.placed(limit="149")
    assert copy.copy(order) == order
    assert copy.copy(order) is not order


def test_the_maker_or_taker_and_the_model_are_kept(bench):
    order = bench.placed()
    bench.fill(order, fee="1.25")
    fill = bench.events(e.OrderFilled)[0].fill
    assert (fill.liquidity, fill.model, fill.fee, fill.fill_id) == (
        Liquidity.TAKER,
        "test",
        parse("1.25"),
        "fil-000000000001",
    )


def test_fills_are_numbered_without_a_hole_over_all_accounts(bench):
    bench.open_account("other")
    for account_id in ("acc", "other", "acc"):
        bench.fill(bench.placed(account_id=account_id), "10")
    numbers = [
        int(one.event.fill.fill_id.rpartition("-")[2]) for one in bench.records if isinstance(one.event, e.OrderFilled)
    ]
    assert numbers == [1, 2, 3] and bench.state.fill_count == 3
