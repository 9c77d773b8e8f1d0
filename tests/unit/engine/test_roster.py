"""The life of strategies: create, configure, start, pause, stop and delete."""

import pytest

from openbell.domain import commands as c
from openbell.domain.order import OrderStatus
from openbell.domain.strategy import RunState
from openbell.domain.values import parse


@pytest.fixture
def bench(new_bench, probe):
    bench = new_bench(kinds={"probe": probe})
    bench.start("probe")
    return bench


def state(bench, strategy_id="s1"):
    return bench.book.strategies[strategy_id].state


def code(step):
    return step.refusal.code.value if step.refusal else None


def delete(bench):
    return bench.step(c.DeleteStrategy(ts_ns=bench.now_ns, account_id="acc", strategy_id="s1"))


def test_after_an_error_it_can_be_started_again(bench, probe):
    probe.act = staticmethod(lambda _ctx: 1 / 0)
    bench.bar("AAPL", 151)
    probe.act = staticmethod(lambda _ctx: None)
    assert code(bench.run("paused")) == "STRATEGY_STATE"
    assert code(bench.run("running")) is None
    assert (state(bench), bench.book.strategies["s1"].error) == (RunState.RUNNING, "")


def test_pausing_cancels_what_adds_risk_and_leaves_exits(bench):
    bench.trade(quantity="10", strategy_id="s1")
    entry = bench.placed(strategy_id="s1", limit="149")
    leave = bench.placed(strategy_id="s1", side="SELL", limit="160", quantity="10")
    bench.run("paused")
    assert (entry.status, leave.status) == (OrderStatus.PENDING_CANCEL, OrderStatus.SUBMITTED)
    assert code(bench.place(strategy_id="s1")) == "STRATEGY_NOT_RUNNING"
    bench.cancel(leave)
    bench.report_canceled(leave)
    assert code(bench.place(strategy_id="s1", side="SELL", quantity="10")) is None


def test_stopping_cancels_all_its_orders_and_new_ones_are_denied(bench):
    order = bench.placed(strategy_id="s1", limit="149")
    bench.run("stopped")
    assert order.status is OrderStatus.PENDING_CANCEL
    assert code(bench.place(strategy_id="s1")) == "STRATEGY_NOT_RUNNING"


def test_asking_for_the_state_it_has_changes_nothing(bench):
    assert bench.run("running").records == []


def test_deleting_waits_for_open_orders_and_then_hands_everything_over(bench):
    bench.trade(quantity="10", price="140")
    bench.trade(quantity="10", price="150", strategy_id="s1")
    order = bench.placed(strategy_id="s1", limit="149")
    assert code(delete(bench)) == "STRATEGY_HAS_ORDERS"
    assert state(bench) is RunState.STOPPED
    bench.report_canceled(order)
    assert code(delete(bench)) is None
    assert "s1" not in bench.book.strategies
    position = bench.book.ledgers["manual"].positions["AAPL"]
    assert (position.quantity, position.cost) == (parse(20), parse(2900))
    assert bench.book.ledgers["manual"].ledger.cash == bench.book.account.cash
    assert bench.book.exposures["AAPL"].cost == parse(2900)


def test_positions_on_opposite_sides_close_each_other_when_handed_over(bench):
    bench.trade("BTC-PERP", quantity="3", price="40000")
    bench.trade("BTC-PERP", side="SELL", quantity="1", price="41000", strategy_id="s1")
    bench.run("stopped")
    delete(bench)
    position = bench.book.ledgers["manual"].positions["BTC-PERP"]
    assert (position.quantity, position.cost, position.realized_pnl) == (parse(2), parse(80_000), parse(1_000))
    assert bench.book.ledgers["manual"].ledger.realized_pnl == {"USD": parse(1_000)}
    assert bench.book.account.cash["USD"] == parse(101_000)


@pytest.mark.parametrize(
    ("parameters", "field"),
    [
        ({"sise": 1}, "sise"),
        ({"size": 11}, "size"),
        ({"size": "1e3", "window": 2.5}, "size,window"),
        ({"window": True}, "window"),
    ],
)
def test_wrong_parameters_change_nothing_and_are_named(bench, parameters, field):
    before = bench.state.seq
    step = bench.configure(parameters=parameters)
    assert (code(step), step.refusal.field, bench.state.seq) == ("INVALID_PARAMETER", field, before)


def test_runtime_parameters_reach_a_running_strategy(bench, probe):
    assert code(bench.configure(parameters={"size": "2.5"})) is None
    assert probe.seen[-1] == ("parameters", parse("2.5"))
    assert bench.book.strategies["s1"].revision == 2


def test_other_parameters_wait_for_a_stop(bench):
    step = bench.configure(parameters={"window": 6})
    assert (code(step), step.refusal.field) == ("STRATEGY_STATE", "window")
    bench.run("stopped")
    assert code(bench.configure(parameters={"window": 6}, symbols=("MSFT",))) is None
    assert bench.book.strategies["s1"].config.symbols == ("MSFT",)


def test_a_stale_revision_is_refused(bench):
    bench.configure(name="new")
    assert code(bench.configure(name="newer", expected_revision=1)) == "STALE_REVISION"


@pytest.mark.parametrize(
    ("expected", "more"),
    [
        ("STRATEGY_EXISTS", {}),
        ("INVALID_PARAMETER", {"strategy_id": "manual"}),
        ("INVALID_PARAMETER", {"strategy_id": "a/b"}),
        ("INVALID_PARAMETER", {"strategy_id": "s2", "kind": "nothing"}),
        ("UNKNOWN_SYMBOL", {"strategy_id": "s2", "symbols": ("NONE",)}),
        ("UNKNOWN_SYMBOL", {"strategy_id": "s2", "symbols": ()}),
        ("INVALID_PARAMETER", {"strategy_id": "s2", "parameters": {"fast": 30, "slow": 10}}),
        ("INSUFFICIENT_FUNDS", {"strategy_id": "s2", "allocated": "100001"}),
    ],
)
def test_a_strategy_that_cannot_be_is_refused(bench, expected, more):
    step = bench.create(**{"kind": "sma_cross", **more})
    assert (code(step), step.records) == (expected, [])
