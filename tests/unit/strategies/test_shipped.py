"""The strategies that ship: when they trade, how much, and the known answer of the crossover."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

import openbell
from openbell.domain.market import Bar, Quote, Timeframe
from openbell.domain.order import OrderStatus, Side
from openbell.domain.values import NANOS_PER_SECOND, SCALE, decimal_of, parse
from openbell.engine.strategy import InvalidParameters, validate_parameters
from openbell.strategies import SHIPPED
from openbell.strategies.mean_reversion import ZScore
from openbell.strategies.sma_cross import SmaCross, Spread

GOOG = Path(openbell.__file__).parent / "data" / "GOOG_1d_wiki.parquet"


def working(bench, symbol="AAPL"):
    orders = bench.state.orders.values()
    return {o.side.value: o for o in orders if o.is_open and o.symbol == symbol and o.strategy_id == "s1"}


def sides(bench):
    return [order.side.value for order in bench.state.orders.values()]


def play(bench, closes, symbol="AAPL"):
    """Feed closes; what is ordered at one fills at the next."""
    for close in closes:
        for order in [o for o in bench.state.orders.values() if o.status is OrderStatus.SUBMITTED]:
            bench.fill(order, str(decimal_of(order.quantity)), close)
        bench.bar(symbol, close)


def bare(bench):
    """Bars alone are to be the price."""
    bench.core.marks.__init__(bench.settings.instruments, bench.settings.fx_rates)
    return bench


def test_every_shipped_strategy_is_registered_under_its_kind_and_valid_as_it_comes():
    assert set(SHIPPED) == {"sma_cross", "mean_reversion", "market_maker", "buy_and_hold", "xgboost_momentum"}
    for kind, cls in SHIPPED.items():
        assert cls.kind == kind
        assert cls.description
        if kind != "xgboost_momentum":  # which is nothing without a model
            assert cls(validate_parameters(cls, {})).warm_up_bars() >= 0


def test_the_spread_of_averages_is_exact():
    spread = Spread(2, 3)
    values = [spread.update(close) for close in (10, 20, 40, 10)]
    # averages of 2 and 3: 30 - 70/3, 25 - 70/3; times six
    assert values == [None, None, 40, 10]


@pytest.mark.parametrize(
    ("closes", "expected"),
    [
        ([5, 4, 3, 2, 1, 9], ["BUY"]),
        ([5, 4, 3, 2, 1, 9, 9, 1, 1], ["BUY", "SELL"]),
        ([1, 2, 3, 4, 5, 6], []),  # above from the first: no crossing seen
        ([3, 3, 3, 3, 4], ["BUY"]),  # from equal to above is a crossing
        ([3, 3, 3, 3, 2, 1], []),  # long only: nothing to close
    ],
)
def test_the_crossover_trades_on_crossings_only(bench, closes, expected):
    bare(bench).start("sma_cross", parameters={"fast": 2, "slow": 3, "quantity": "10"})
    play(bench, closes)
    assert sides(bench) == expected


def test_the_crossover_turns_short_where_it_may(bench):
    bare(bench).start("sma_cross", parameters={"fast": 2, "slow": 3, "quantity": "10", "long_only": False})
    play(bench, [3, 3, 3, 3, 2, 2, 9, 9])
    assert [o.quantity for o in bench.state.orders.values()] == [parse(10), parse(20)]
    assert bench.position(strategy_id="s1") == parse(10)


def test_the_fast_average_must_be_faster():
    with pytest.raises(InvalidParameters) as error:
        validate_parameters(SmaCross, {"fast": 30, "slow": 30})
    assert error.value.problems == (("fast", "must be less than slow"),)


def goog_bars():
    table = pq.read_table(GOOG, columns=["ts", "open", "high", "low", "close"]).to_pydict()
    day_ns = 86_400 * NANOS_PER_SECOND
    for n, prices in enumerate(zip(*(table[c] for c in ("open", "high", "low", "close")), strict=True)):
        yield Bar("AAPL", Timeframe.D1, n * day_ns, *(parse(repr(price)) for price in prices), SCALE)


def test_the_crossover_gives_the_known_answer_on_ten_years_of_goog(new_bench):
    """65 fills and 174,289.814 at the end: 100 shares, SMA 10/30, next open, a fee of 0.1 % of notional."""
    bench = bare(new_bench())
    bench.limits(price_collar=None, order_notional_max=None, price_age_max_ns=None)
    bench.start("sma_cross", timeframe=Timeframe.D1, allocated="100000")
    waiting, fills = [], 0
    for bar in goog_bars():
        for request in waiting:
            fee = bar.open * request.quantity // SCALE // 1000
            bench.fill(request.order_id, "100", decimal_of(bar.open), str(decimal_of(fee)))
            fills += 1
        waiting = bench.step(bar).requests
    cash, held = bench.book.ledgers["s1"].ledger.cash["USD"], bench.position(strategy_id="s1")
    assert fills == 65
    assert cash + held * bar.close // SCALE == parse("174289.814")


def test_the_z_score_is_distance_over_deviation():
    score = ZScore(4)
    assert [score.update(x) for x in (2, 4, 4)] == [None] * 3
    assert score.update(6) == pytest.approx(2 / 2**0.5)
    assert ZScore(2).update(5) is None


QUIET = [100, 101] * 5


def reversion(bench, **parameters):
    bare(bench).start("mean_reversion", parameters={"window": 10, "quantity": "10", **parameters})


def test_reversion_buys_far_below_and_sells_back_at_the_average(bench):
    reversion(bench, stop="0")
    play(bench, [*QUIET, 95, 95, 100.5, 100.5])
    assert sides(bench) == ["BUY", "SELL"]
    assert bench.position(strategy_id="s1") == 0


def test_reversion_sells_short_only_where_it_may(bench):
    reversion(bench, long_only=True)
    play(bench, [*QUIET, 107])
    assert sides(bench) == []


def test_reversion_sells_far_above(bench):
    reversion(bench)
    play(bench, [*QUIET, 107])
    assert sides(bench) == ["SELL"]


def test_reversion_stops_its_loss_and_waits_for_calm(bench):
    reversion(bench, stop="0.05", entry_z=1.5)
    play(bench, [*QUIET, 95, 95, 90, 86, 82])
    assert sides(bench) == ["BUY", "SELL"]


def maker(bench, **parameters):
    bench.start(
        "market_maker", symbols=("BTC/USD",), parameters={"quote_size": "0.1", "max_inventory": "0.3", **parameters}
    )


def tick(bench, middle=40_000, wait=1.1):
    bench.now_ns += int(wait * NANOS_PER_SECOND)
    return bench.quote("BTC/USD", middle)


def prices(bench):
    return {side: order.limit_price for side, order in working(bench, "BTC/USD").items()}


def test_the_maker_quotes_both_sides_post_only(bench):
    maker(bench, spread_bps="10")
    tick(bench)
    orders = working(bench, "BTC/USD")
    assert prices(bench) == {"BUY": parse(39_980), "SELL": parse(40_020)}
    assert all(order.post_only for order in orders.values())


def test_the_maker_moves_its_quotes_no_more_often_than_told(bench):
    maker(bench, refresh_ms=1_000)
    tick(bench)
    for order in list(bench.state.orders.values()):
        bench.accept(order)
    assert tick(bench, 40_100, wait=0.5).requests == []
    assert len(tick(bench, 40_100).requests) == 2


def test_the_maker_leans_against_its_inventory(bench):
    maker(bench, spread_bps="10", skew_bps="5")
    bench.trade("BTC/USD", quantity="0.1", price="40000", strategy_id="s1")
    tick(bench)
    # a third of the way to full: both quotes 5/3 basis points lower
    assert prices(bench) == {"BUY": parse("39973.33"), "SELL": parse("40013.34")}


def test_the_maker_withdraws_the_side_that_is_full(bench):
    maker(bench)
    bench.trade("BTC/USD", quantity="0.3", price="40000", strategy_id="s1")
    tick(bench)
    assert set(prices(bench)) == {"SELL"}


def test_the_maker_never_crosses_the_market(bench):
    maker(bench, spread_bps="0.1", skew_bps="1000", max_inventory="0.2")
    bench.trade("BTC/USD", quantity="0.1", price="40000", strategy_id="s1")
    tick(bench)
    assert prices(bench)["SELL"] >= parse("39999.99") + parse("0.01")


def test_the_maker_takes_new_parameters_while_it_runs(bench):
    maker(bench)
    tick(bench)
    for order in list(bench.state.orders.values()):
        bench.accept(order)
    bench.configure(parameters={"spread_bps": "20"})
    step = tick(bench, wait=0.1)
    assert [request.limit_price for request in step.requests] == [parse(39_960), parse(40_040)]


def test_the_maker_rests_after_a_denial(bench):
    maker(bench)
    bench.kill("STRATEGY", "acc/s1")
    tick(bench)
    denied = bench.state.order_count
    for _ in range(5):
        tick(bench)
    assert bench.state.order_count == denied


def test_holding_buys_once_with_what_it_was_given(bench):
    bench.start("buy_and_hold", allocated="15000")
    for close in (150, 151, 152):
        bench.bar("AAPL", close)
    (order,) = bench.state.orders.values()
    assert (order.side, order.quantity) == (Side.BUY, parse(95))


def test_holding_what_is_held_buys_nothing_after_a_restart(bench):
    bench.start("buy_and_hold", parameters={"quantity": "5"})
    bench.bar("AAPL", 150)
    (order,) = bench.state.orders.values()
    bench.fill(order, "5")
    bench.run("stopped")
    bench.run("running")
    bench.step(Quote("AAPL", bench.now_ns, parse(149), SCALE, parse(151), SCALE))
    assert len(bench.state.orders) == 1


@given(st.lists(st.integers(1, 10**6), min_size=1, max_size=120), st.integers(2, 30), st.integers(0, 120))
def test_the_score_of_columns_is_that_of_bars_to_the_last_bit(cents, window, cut):
    by_bars, by_columns = ZScore(window), ZScore(window)
    closes = np.array(cents, dtype=np.int64) * 10**6
    expected = [by_bars.update(close) for close in closes.tolist()]
    given_parts = [by_columns.read_all(SimpleNamespace(close=part)) for part in (closes[:cut], closes[cut:])]
    assert [value for part in given_parts for value in part.listed()] == expected
    assert by_columns.update(5) == by_bars.update(5)


def test_a_score_that_floats_cannot_hold_is_read_bar_by_bar():
    closes = np.array([1, 10**17, 3, 10**17 - 7] * 9, dtype=np.int64)
    assert ZScore(20).read_all(SimpleNamespace(close=closes)) is None
