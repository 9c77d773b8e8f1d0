"""Whatever is asked and reported, in whatever order: money is conserved, moves are legal, replay agrees."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from openbell.domain import venue as v
from openbell.domain.events import OrderFilled
from openbell.domain.fill import Liquidity
from openbell.domain.strategy import RunState
from openbell.domain.values import parse

SYMBOLS = ("AAPL", "BTC/USD", "BTC-PERP", "XBTUSD", "NIFTY")
LEDGERS = ("manual", "s1", "s2")

orders = st.fixed_dictionaries(
    {
        "symbol": st.sampled_from(SYMBOLS),
        "side": st.sampled_from(["BUY", "SELL"]),
        "quantity": st.sampled_from(["1", "2", "7", "30"]),
        "strategy_id": st.sampled_from(LEDGERS),
        "away": st.sampled_from([None, "0.97", "0.99", "1", "1.01", "1.03"]),
        "is_stop": st.booleans(),
        "reduce_only": st.booleans(),
        "oco_group": st.sampled_from([None, None, "g"]),
        "is_exit": st.booleans(),
    }
)
reports = st.sampled_from(
    [
        "accept",
        "reject",
        "trigger",
        "fill",
        "fill",
        "fill",
        "fill",
        "cancel",
        "expire",
        "modified",
        "refuse",
        "silent",
        "again",
    ]
)
moves = st.one_of(
    st.tuples(st.just("place"), orders),
    st.tuples(st.just("trade"), orders),
    st.tuples(st.just("trade"), orders),
    st.tuples(st.just("report"), st.tuples(reports, st.integers(0, 7), st.integers(1, 9))),
    st.tuples(st.just("report"), st.tuples(reports, st.integers(0, 7), st.integers(1, 9))),
    st.tuples(st.just("report"), st.tuples(reports, st.integers(0, 7), st.integers(1, 9))),
    st.tuples(st.just("time"), st.integers(1, 90_000)),
    st.tuples(st.just("cancel"), st.integers(0, 7)),
    st.tuples(st.just("modify"), st.tuples(st.integers(0, 7), st.sampled_from(["1", "5", "40"]))),
    st.tuples(
        st.just("price"), st.tuples(st.sampled_from(SYMBOLS), st.sampled_from(["0.8", "0.95", "1", "1.05", "1.3"]))
    ),
    st.tuples(
        st.just("kill"),
        st.tuples(
            st.sampled_from(["GLOBAL:", "ACCOUNT:acc", "STRATEGY:acc/s1"]), st.sampled_from([False, False, True])
        ),
    ),
    st.tuples(st.just("run"), st.tuples(st.sampled_from(["s1", "s2"]), st.sampled_from([*RunState, RunState.RUNNING]))),
    st.tuples(st.just("delete"), st.sampled_from(["s1", "s2"])),
    st.tuples(st.just("create"), st.sampled_from(["s1", "s2"])),
    st.tuples(st.just("pay"), st.sampled_from(["1000", "-1000", "-90000"])),
    st.tuples(st.just("time"), st.integers(1, 90_000)),
)


# At least 200 series with every change; the nightly profile asks for more.
@settings(
    max_examples=max(200, settings().max_examples),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(st.lists(moves, min_size=10, max_size=50))
def test_money_is_conserved_moves_are_legal_and_replay_agrees(new_world, steps):
    world = new_world(terminal_orders_max=20, fee_rates={"AAPL": parse("0.001"), "XBTUSD": parse("0.00075")})
    world.create("s1")
    world.create("s2")
    for move in steps:
        world.do(move)
    world.check_sums()
    world.check_money()
    world.check_replay()
    assert [r.seq for r in world.bench.records] == list(range(1, len(world.bench.records) + 1))


@settings(max_examples=50, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(moves, min_size=10, max_size=30))
def test_the_same_inputs_give_the_same_records(new_world, steps):
    worlds = [new_world(), new_world()]
    for world in worlds:
        for move in steps:
            world.do(move)
    assert worlds[0].bench.records == worlds[1].bench.records
    assert worlds[0].bench.requests == worlds[1].bench.requests


@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(orders, min_size=1, max_size=20))
def test_what_the_gate_lets_out_can_be_paid_for(new_bench, wanted):
    """When everything let out trades at its own price, unleveraged cash never goes below zero."""
    bench = new_bench()
    for given_order in wanted:
        away = given_order["away"] or "1"
        price = 150 * parse(away) // parse(1)
        bench.place("AAPL", "BUY", str(int(given_order["quantity"]) * 20), limit=price)
    for order in list(bench.state.orders.values()):
        if order.is_open:
            bench.step(
                v.VenueFilled(
                    order_id=order.order_id,
                    venue_fill_id=order.order_id,
                    ts_ns=bench.now_ns,
                    quantity=order.quantity,
                    price=order.limit_price,
                    fee=0,
                    liquidity=Liquidity.MAKER,
                    model="test",
                )
            )
    assert bench.book.account.cash["USD"] >= 0
    assert all(e.position_quantity >= 0 for e in bench.events(OrderFilled))
