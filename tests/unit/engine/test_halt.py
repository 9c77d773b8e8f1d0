"""Kill switches and the losses that trip them; equity marks and the turn of the day."""

import pytest

from openbell.domain import events as e
from openbell.domain.order import OrderStatus
from openbell.domain.risk import RiskLimits
from openbell.domain.values import NANOS_PER_SECOND, parse
from openbell.engine.core import Core
from openbell.engine.state import decode, encode


def code(step):
    return step.refusal.code.value if step.refusal else None


def test_a_kill_switch_cancels_everything_in_scope_and_denies_what_adds_risk(bench):
    working, held_for = bench.placed(limit="149"), bench.placed(limit="148")
    held = bench.placed(side="SELL", limit="160", parent_order_id=held_for.order_id)
    step = bench.kill()
    assert [order.status.value for order in (working, held_for, held)] == [
        "PENDING_CANCEL",
        "PENDING_CANCEL",
        "CANCELED",
    ]
    assert [request.order_id for request in step.requests] == [working.order_id, held_for.order_id]
    assert bench.alerts() == ["KILL_SWITCH_ACTIVATED"]
    assert code(bench.place()) == "KILL_SWITCH"


def test_latching_twice_changes_nothing(bench):
    bench.kill()
    step = bench.kill()
    assert (step.refusal, step.records, step.requests) == (None, [], [])


def test_a_position_can_be_closed_while_a_switch_is_active(bench):
    bench.trade(quantity="10")
    bench.kill("GLOBAL", "")
    assert code(bench.place(side="SELL", quantity="10", reduce_only=True)) is None


def test_a_released_switch_lets_orders_pass_again(bench):
    bench.kill()
    assert code(bench.kill(is_active=False)) is None
    assert code(bench.place()) is None
    assert bench.kill(is_active=False).records == []
    assert bench.alerts() == ["KILL_SWITCH_ACTIVATED", "KILL_SWITCH_RELEASED"]


def test_each_scope_stops_its_own_and_nothing_else(bench):
    bench.create()
    bench.run()
    bench.open_account("other")
    bench.kill("STRATEGY", "acc/s1")
    assert [code(bench.place(strategy_id=s)) for s in ("s1", "manual")] == ["KILL_SWITCH", None]
    bench.kill("ACCOUNT", "acc")
    assert [code(bench.place(account_id=a)) for a in ("acc", "other")] == ["KILL_SWITCH", None]
    bench.kill("GLOBAL", "")
    assert code(bench.place(account_id="other")) == "KILL_SWITCH"


def test_a_switch_outlives_a_restart(bench, new_bench):
    bench.kill()
    assert decode(encode(bench.state)).kill_switches == bench.state.kill_switches


def test_a_switch_needs_something_to_stop(bench):
    assert code(bench.kill("ACCOUNT", "nobody")) == "UNKNOWN_ACCOUNT"
    assert code(bench.kill("ACCOUNT", "acc/s1")) == "UNKNOWN_ACCOUNT"
    assert code(bench.kill("STRATEGY", "acc/nobody")) == "UNKNOWN_STRATEGY"
    assert code(bench.kill("GLOBAL", "acc")) == "INVALID_PARAMETER"


def test_a_thousand_orders_are_canceled_in_one_step(bench):
    bench.limits(orders_per_second_max=None, open_orders_max=None)
    for _ in range(1_000):
        bench.placed("BTC/USD", quantity="0.001", limit="39000")
    assert len(bench.kill().requests) == 1_000


def strategy_with(bench, **limits):
    bench.create(allocated="50000", limits=RiskLimits(**limits))
    bench.run()
    bench.trade(quantity="300", strategy_id="s1")


@pytest.mark.line("P9")
def test_drawdown_past_its_limit_trips_that_strategys_switch_once(bench):
    strategy_with(bench, drawdown_max=parse("0.1"))
    resting = bench.placed(quantity="1", limit="140", strategy_id="s1")
    bench.quote("AAPL", "133")
    bench.wait(1)
    assert list(bench.state.kill_switches) == ["STRATEGY:acc/s1"]
    assert bench.alerts() == ["DRAWDOWN", "KILL_SWITCH_ACTIVATED"]
    assert resting.status == "PENDING_CANCEL"
    bench.wait(1)
    assert len(bench.alerts()) == 2


@pytest.mark.parametrize("whose", ["STRATEGY:acc/s1", "ACCOUNT:acc"])
def test_a_loss_is_not_judged_before_what_is_held_has_a_price(bench, whose):
    strategy_with(bench, drawdown_max=parse("0.1") if whose.startswith("STRATEGY") else None)
    if whose.startswith("ACCOUNT"):
        bench.limits(drawdown_max=parse("0.05"))
    bench.trade("MSFT", quantity="10", price="400", strategy_id="s1")
    bench.core = Core(bench.settings, decode(encode(bench.state)))  # a restart: prices are not kept
    bench.quote("AAPL", "130")
    bench.wait(1)
    assert not bench.state.kill_switches
    bench.quote("MSFT", "400")
    bench.wait(1)
    assert list(bench.state.kill_switches) == [whose]


def test_a_loss_at_a_fill_trips_at_that_fill(bench):
    strategy_with(bench, daily_loss_max=parse(1000))
    bench.trade(side="SELL", quantity="100", price="139", strategy_id="s1")
    assert bench.alerts() == ["DAILY_LOSS", "KILL_SWITCH_ACTIVATED"]


def test_after_a_release_loss_is_measured_afresh(bench):
    strategy_with(bench, drawdown_max=parse("0.1"))
    bench.quote("AAPL", "130")
    bench.wait(1)
    bench.kill("STRATEGY", "acc/s1", is_active=False)
    bench.wait(1)
    assert not bench.state.kill_switches
    assert bench.book.ledgers["s1"].ledger.equity_peak == parse(44_000)


def test_the_account_trips_on_its_own_limit(bench):
    bench.trade(quantity="600")
    bench.limits(daily_loss_max=parse(5000))
    bench.quote("AAPL", "141")
    bench.wait(1)
    assert list(bench.state.kill_switches) == ["ACCOUNT:acc"]


def test_equity_is_marked_at_each_interval(bench):
    bench.trade(quantity="100")
    for _ in range(120):
        bench.quote("AAPL", "151")
        bench.wait(1)
    marks = bench.events(e.EquityMarked)
    assert [mark.equity for mark in marks] == [parse(100_100)] * 3  # at the first tick, and each minute
    assert marks[0].ledgers == {"manual": parse(100_100)}


def test_a_new_day_starts_at_its_own_equity(bench):
    bench.trade(quantity="100")
    bench.quote("AAPL", "160")
    bench.now_ns += 9 * 3600 * NANOS_PER_SECOND
    bench.wait(0)
    account = bench.book.account
    assert (account.day, account.day_start_equity, account.equity_peak) == (
        "2026-01-10",
        parse(101_000),
        parse(101_000),
    )


@pytest.mark.parametrize(("scope", "target", "left"), [("ACCOUNT", "acc", 1), ("GLOBAL", "", 0)])
def test_an_account_switch_cancels_its_own_orders_and_the_global_one_everybodys(bench, scope, target, left):
    bench.open_account("other")
    for account_id in ("acc", "other"):
        bench.place(limit="140", account_id=account_id)
    bench.kill(scope, target)
    working = [one for one in bench.state.orders.values() if one.status is OrderStatus.SUBMITTED]
    assert [one.account_id for one in working] == ["other"] * left
