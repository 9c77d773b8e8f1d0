"""Strategies in the core: their life, what reaches them, and the wall around their errors."""

import pytest

from openbell.domain import commands as c
from openbell.domain import events as e
from openbell.domain.market import Bar, Timeframe
from openbell.domain.order import OrderStatus
from openbell.domain.strategy import Parameter, RunState
from openbell.domain.values import SCALE, parse
from openbell.engine.core import Core
from openbell.engine.state import decode, encode
from openbell.engine.strategy import Refused, Strategy


class Probe(Strategy):
    """Writes down what it is told and does what the test says."""

    kind = "probe"
    parameters = (
        Parameter(name="size", kind="decimal", default="1", minimum=0, maximum=10, description="x", is_runtime=True),
        Parameter(name="window", kind="int", default=5, minimum=1, maximum=9, description="x"),
    )
    act = staticmethod(lambda _ctx: None)
    react = staticmethod(lambda _ctx, _order: None)
    seen: list

    def on_start(self, ctx):
        self.seen.append(("start", ctx.is_warming_up, ctx.buy("AAPL", SCALE)))

    def on_bar(self, ctx, bar):
        self.seen.append(("bar", bar.close))
        self.act(ctx)

    def on_tick(self, ctx, tick):
        self.seen.append(("tick", tick.symbol))

    def on_order(self, ctx, order):
        self.seen.append(("order", order.status.value, order.filled_quantity))
        self.react(ctx, order)

    def on_stop(self, ctx):
        self.seen.append(("stop", ctx.buy("AAPL", SCALE)))

    def on_parameters(self, parameters):
        super().on_parameters(parameters)
        self.seen.append(("parameters", self.amount("size")))


@pytest.fixture
def probe():
    return type("FreshProbe", (Probe,), {"seen": []})


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


def test_after_an_error_it_can_be_started_again(bench, probe):
    probe.act = staticmethod(lambda _ctx: 1 / 0)
    bench.bar("AAPL", 151)
    probe.act = staticmethod(lambda _ctx: None)
    assert code(bench.run("paused")) == "STRATEGY_STATE"
    assert code(bench.run("running")) is None
    assert (state(bench), bench.book.strategies["s1"].error) == (RunState.RUNNING, "")


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
