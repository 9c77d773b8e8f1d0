"""What reaches a strategy, what it may do, and the wall around its errors."""

import pytest

from openbell.domain import events as e
from openbell.domain.market import Bar, Timeframe
from openbell.domain.order import OrderStatus
from openbell.domain.strategy import RunState
from openbell.domain.values import SCALE, parse
from openbell.engine.core import Core
from openbell.engine.state import decode, encode
from openbell.engine.strategy import Refused


@pytest.fixture
def bench(new_bench, probe):
    bench = new_bench(kinds={"probe": probe})
    bench.start("probe")
    return bench


def state(bench, strategy_id="s1"):
    return bench.book.strategies[strategy_id].state


def test_orders_at_start_and_stop_are_dropped(bench, probe):
    bench.run("stopped")
    assert probe.seen == [("start", True, ""), ("stop", "")]
    assert not bench.state.orders


def test_bars_reach_it_by_symbol_and_timeframe_when_finished(bench, probe):
    probe.seen.clear()
    bench.bar("AAPL", 151)
    bench.bar("MSFT", 400)
    bench.bar("AAPL", 152, Timeframe.M5)
    bench.step(Bar("AAPL", Timeframe.M1, bench.now_ns, SCALE, SCALE, SCALE, SCALE, 1, is_final=False))
    assert probe.seen == [("bar", parse(151))]


def test_ticks_of_its_symbols_reach_it(bench, probe):
    probe.seen.clear()
    bench.quote("AAPL", 151)
    bench.quote("MSFT", 401)
    assert probe.seen == [("tick", "AAPL")]


def test_an_order_decided_on_a_bar_leaves_in_the_same_step(bench, probe):
    probe.act = staticmethod(lambda ctx: ctx.buy("AAPL", 10 * SCALE))
    step = bench.bar("AAPL", 151)
    assert [type(r.event) for r in step.records] == [e.OrderPlaced, e.OrderSubmitted]
    assert step.requests[0].quantity == 10 * SCALE
    assert bench.state.orders["ord-000000000001"].strategy_id == "s1"


def test_it_hears_of_every_turn_its_orders_take(bench, probe):
    order = bench.placed(strategy_id="s1", quantity="10")
    probe.seen.clear()
    bench.accept(order)
    bench.fill(order, "4")
    bench.fill(order, "6")
    quantities = [("ACCEPTED", 0), ("PARTIALLY_FILLED", parse(4)), ("FILLED", parse(10))]
    assert probe.seen == [("order", *each) for each in quantities]


def test_a_denial_is_told_too(bench, probe):
    bench.place(strategy_id="s1", quantity="1000")
    assert probe.seen[-1] == ("order", "DENIED", 0)


def test_an_error_stops_the_strategy_with_an_alert_and_nothing_else(bench, probe):
    bench.start("probe", "s2", symbols=("MSFT",))
    mine, other = bench.placed(strategy_id="s1", limit="149"), bench.placed(strategy_id="s2", limit="149")

    def fail(_ctx):
        raise ValueError("no \ud800 luck" + "x" * 600)

    probe.act = staticmethod(fail)
    bench.bar("AAPL", 151)
    assert (state(bench), state(bench, "s2")) == (RunState.ERROR, RunState.RUNNING)
    assert (mine.status, other.status) == (OrderStatus.PENDING_CANCEL, OrderStatus.SUBMITTED)
    alert = bench.events(e.AlertRaised)[-1]
    assert (alert.code, alert.severity) == ("STRATEGY_ERROR", "ERROR")
    assert "ValueError: no ? luck" in alert.message
    assert "Traceback" not in alert.message
    encode(bench.state)


def test_an_order_that_can_never_be_right_stops_its_strategy_unless_caught(bench, probe):
    caught = []

    def off_tick(ctx):
        try:
            ctx.buy("AAPL", SCALE, limit=parse("1.001"))
        except Refused as error:
            caught.append(error.refusal.code.value)

    probe.act = staticmethod(off_tick)
    bench.bar("AAPL", 151)
    assert (caught, state(bench)) == (["INVALID_PRICE"], RunState.RUNNING)
    probe.act = staticmethod(lambda ctx: ctx.buy("AAPL", SCALE, limit=parse("1.001")))
    bench.bar("AAPL", 151)
    assert state(bench) is RunState.ERROR
    assert "INVALID_PRICE" in bench.book.strategies["s1"].error


def test_orders_leading_to_orders_without_end_stop_the_strategy(bench, probe):
    bench.limits(orders_per_second_max=None, open_orders_max=None)
    probe.react = staticmethod(lambda ctx, _order: ctx.buy("AAPL", 10_000 * SCALE))  # always denied, always again
    probe.act = staticmethod(lambda ctx: ctx.buy("AAPL", 10_000 * SCALE))
    bench.bar("AAPL", 151)
    assert state(bench) is RunState.ERROR
    assert "TooManyCommands" in bench.book.strategies["s1"].error
    assert bench.state.order_count == 1_000


def test_a_strategy_past_the_order_rate_is_stopped_and_stays_so(bench, probe):
    def storm(ctx):
        for _ in range(200):
            ctx.buy("AAPL", SCALE, limit=parse(149))

    probe.act = staticmethod(storm)
    bench.bar("AAPL", 150)
    assert state(bench) is RunState.ERROR
    bench.bar("AAPL", 150)
    assert bench.state.order_count == 101


def test_warm_up_feeds_history_without_orders(bench, probe):
    probe.act = staticmethod(lambda ctx: ctx.buy("AAPL", SCALE))
    probe.seen.clear()
    bars = [Bar("AAPL", Timeframe.M1, bench.now_ns, SCALE, SCALE, SCALE, n * SCALE, 1) for n in (1, 2)]
    assert bench.core.warm_up("acc", "s1", bars).records == []
    assert probe.seen == [("bar", SCALE), ("bar", 2 * SCALE)]
    assert not bench.state.orders


def test_running_strategies_are_made_anew_after_a_restart(bench, probe):
    bench.create(strategy_id="idle", kind="probe")
    probe.seen.clear()
    core = Core(bench.settings, decode(encode(bench.state)))
    assert core.resume_strategies().records == []
    assert probe.seen == [("start", True, "")]


def test_an_error_of_the_core_is_not_taken_for_one_of_the_strategy(bench, probe):
    probe.act = staticmethod(lambda ctx: ctx.buy("AAPL", SCALE))
    del bench.book.exposures
    with pytest.raises(AttributeError):
        bench.bar("AAPL", 151)


def test_the_context_tells_of_its_own_ledger_only(bench, probe):
    told = []
    bench.create(strategy_id="rich", kind="probe", allocated="40000")
    bench.run("running", "rich")
    bench.trade(quantity="10")
    bench.trade(quantity="20", strategy_id="rich")
    probe.act = staticmethod(lambda ctx: told.append((ctx.position("AAPL"), ctx.cash(), len(ctx.open_orders()))))
    bench.placed(strategy_id="rich", limit="149")
    bench.bar("AAPL", 150)
    assert told == [(0, parse(95_500), 0), (parse(20), parse(37_000), 1)]


def test_a_note_is_an_alert_of_no_weight(bench, probe):
    probe.act = staticmethod(lambda ctx: ctx.log("hello"))
    bench.bar("AAPL", 150)
    alert = bench.events(e.AlertRaised)[-1]
    assert (alert.code, alert.severity, alert.message) == ("STRATEGY_LOG", "INFO", "hello")


def test_it_cannot_touch_the_orders_of_others(bench, probe):
    order = bench.placed(limit="149")
    probe.act = staticmethod(lambda ctx: (ctx.cancel(order.order_id), ctx.modify(order.order_id, quantity=SCALE)))
    bench.bar("AAPL", 150)
    assert order.status is OrderStatus.SUBMITTED


def test_a_strategy_is_not_blamed_for_the_orders_of_others(bench, probe):
    bench.limits(orders_per_second_max=10)
    for _ in range(10):
        bench.placed(quantity="1")
    probe.act = staticmethod(lambda ctx: ctx.buy("AAPL", SCALE))
    bench.now_ns -= Timeframe.M1.length_ns
    bench.bar("AAPL", 150)
    assert probe.seen[-1] == ("order", "DENIED", 0)
    assert state(bench) is RunState.RUNNING
