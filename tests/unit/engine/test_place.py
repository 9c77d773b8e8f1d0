"""Orders on their way in: what is let out, what is refused by value, what is recorded as denied."""

import pytest

from openbell.domain import events as e
from openbell.domain.account import Mode
from openbell.domain.order import OrderStatus, OrderType, TimeInForce
from openbell.domain.venue import Admitted


def test_an_order_is_recorded_let_out_and_asked_for_at_the_venue_in_one_step(bench):
    step = bench.place("AAPL", "BUY", "10", limit="149.50")
    assert [type(r.event) for r in step.records] == [e.OrderPlaced, e.OrderSubmitted]
    (request,) = step.requests
    assert type(request) is Admitted
    assert request.order_id == step.subject_id == "ord-000000000001"
    assert bench.state.orders[step.subject_id].status is OrderStatus.SUBMITTED


def test_records_are_numbered_without_a_gap_and_so_is_each_account(bench):
    bench.open_account("other")
    bench.trade()
    bench.place(account_id="other")
    assert [r.seq for r in bench.records] == list(range(1, len(bench.records) + 1))
    for account_id in ("acc", "other"):
        numbers = [r.account_seq for r in bench.records if r.account_id == account_id]
        assert numbers == list(range(1, len(numbers) + 1))
        assert bench.state.accounts[account_id].account.event_count == len(numbers)


@pytest.mark.parametrize(
    ("code", "field", "more"),
    [
        ("UNKNOWN_SYMBOL", "symbol", {"symbol": "NONE"}),
        ("UNKNOWN_ACCOUNT", "account_id", {"account_id": "nobody"}),
        ("UNKNOWN_STRATEGY", "strategy_id", {"strategy_id": "nobody"}),
        ("INVALID_QUANTITY", "quantity", {"quantity": "0"}),
        ("INVALID_QUANTITY", "quantity", {"quantity": "-1"}),
        ("INVALID_QUANTITY", "quantity", {"quantity": "1.5"}),
        ("INVALID_QUANTITY", "quantity", {"quantity": "1000001"}),
        ("INVALID_PRICE", "limit_price", {"limit": "150.005"}),
        ("INVALID_PRICE", "limit_price", {"limit": "0"}),
        ("INVALID_PRICE", "limit_price", {"limit": "-1"}),
        ("INVALID_PRICE", "limit_price", {"order_type": OrderType.LIMIT}),
        ("INVALID_PRICE", "limit_price", {"order_type": OrderType.MARKET, "limit": "150"}),
        ("INVALID_PRICE", "stop_price", {"order_type": OrderType.STOP}),
        ("INVALID_PRICE", "stop_price", {"order_type": OrderType.LIMIT, "limit": "150", "stop": "140"}),
        ("INVALID_QUANTITY", "quantity", {"quantity": "1000000", "limit": "99999999"}),
        ("INVALID_ORDER", "post_only", {"post_only": True}),
        ("INVALID_ORDER", "time_in_force", {"limit": "150", "post_only": True, "time_in_force": TimeInForce.IOC}),
        ("INVALID_ORDER", "time_in_force", {"stop": "160", "time_in_force": TimeInForce.FOK}),
        ("INVALID_ORDER", "client_order_id", {"client_order_id": "no spaces"}),
        ("INVALID_ORDER", "client_order_id", {"client_order_id": "x" * 65}),
        ("INVALID_ORDER", "client_order_id", {"client_order_id": "ord-000000000007"}),
        ("INVALID_ORDER", "oco_group", {"oco_group": "a b"}),
        ("UNKNOWN_ORDER", "parent_order_id", {"parent_order_id": "ord-000000000999"}),
    ],
)
def test_a_wrong_shape_is_refused_by_value_and_leaves_no_trace(bench, code, field, more):
    before = bench.state.seq
    step = bench.place(**more)
    assert (step.refusal.code, step.refusal.field) == (code, field)
    assert (step.records, step.requests, step.subject_id, bench.state.seq) == ([], [], "", before)


def test_a_market_order_may_be_immediate(bench):
    for time_in_force in (TimeInForce.IOC, TimeInForce.FOK):
        assert bench.placed(time_in_force=time_in_force).time_in_force is time_in_force


def test_time_in_force_is_day_for_equities_and_until_canceled_for_the_rest(bench):
    assert bench.placed("AAPL").time_in_force is TimeInForce.DAY
    assert bench.placed("BTC/USD", quantity="0.1").time_in_force is TimeInForce.GTC


def test_a_client_order_id_seen_before_names_its_order(bench):
    first = bench.placed(client_order_id="mine")
    step = bench.place(client_order_id="mine", quantity="20")
    assert step.refusal.code == "DUPLICATE_CLIENT_ORDER_ID"
    assert step.subject_id == first.order_id
    assert not step.records


def test_a_client_order_id_is_free_in_another_account(bench):
    bench.open_account("other")
    bench.placed(client_order_id="mine")
    assert bench.place(client_order_id="mine", account_id="other").refusal is None


def test_a_denied_order_is_recorded_with_its_reason(bench):
    step = bench.place(quantity="1000")
    assert [type(r.event) for r in step.records] == [e.OrderPlaced, e.OrderDenied]
    assert step.refusal.code == "INSUFFICIENT_FUNDS"
    assert step.requests == []
    order = bench.state.orders[step.subject_id]
    assert (order.status, order.reason) == (OrderStatus.DENIED, step.refusal.message)


def test_the_mode_must_be_the_accounts(bench):
    assert bench.place(mode=Mode.LIVE).refusal.code == "MODE_MISMATCH"
    assert bench.place(mode=Mode.PAPER).refusal is None


def test_a_time_outside_of_all_calendars_is_refused(bench):
    for bench.now_ns in (-1, 2**63):
        assert bench.place().refusal.field == "ts_ns"


def test_the_oldest_ended_orders_are_forgotten(new_bench):
    bench = new_bench(terminal_orders_max=3)
    ids = [bench.trade(client_order_id=f"c{n}").order_id for n in range(10)]
    assert list(bench.state.orders) == ids[-3:]
    assert list(bench.book.client_ids.values()) == ids[-3:]
    assert list(bench.state.venue_fills) == ids[-3:]
