"""Limits at their edge, where hardly one is set, and as an account begins with them."""

import pytest

from openbell.domain.order import Side
from openbell.domain.risk import RiskLimits
from openbell.domain.values import NANOS_PER_SECOND, parse
from openbell.engine.gate import surely_passes


def code(step):
    return step.refusal.code.value if step.refusal else None


ALMOST_NO_LIMITS = {"order_notional_max": None, "orders_per_second_max": None, "price_collar": None}


def test_where_hardly_a_limit_is_set_a_price_is_needed_and_a_fresh_one_if_that_is_set(bench, new_bench):
    bench.limits(**ALMOST_NO_LIMITS, price_age_max_ns=60 * NANOS_PER_SECOND)
    bench.now_ns += 60 * NANOS_PER_SECOND
    assert code(bench.place()) is None
    bench.now_ns += 1
    assert code(bench.place()) == "STALE_PRICE"
    fresh = new_bench()
    fresh.limits(**ALMOST_NO_LIMITS, price_age_max_ns=None)
    fresh.core.marks.__init__(fresh.settings.instruments, fresh.settings.fx_rates)
    assert code(fresh.place()) == "NO_PRICE"


def test_where_hardly_a_limit_is_set_hours_and_states_still_hold(bench):
    bench.limits(**ALMOST_NO_LIMITS, price_age_max_ns=None)
    bench.create()
    assert code(bench.place(strategy_id="s1")) == "STRATEGY_NOT_RUNNING"
    bench.now_ns += 24 * 3600 * NANOS_PER_SECOND  # Saturday
    assert [code(bench.place(symbol)) for symbol in ("MSFT", "AAPL")] == ["MARKET_CLOSED", None]


def test_the_bound_on_open_orders_holds_where_ended_ones_were_forgotten(new_bench):
    bench = new_bench(terminal_orders_max=3)
    bench.limits(**ALMOST_NO_LIMITS, price_age_max_ns=None, open_orders_max=2)
    for _ in range(5):
        bench.trade(quantity="1")
    assert [code(bench.place(quantity="1", limit="140")) for _ in range(3)] == [None, None, "MAX_OPEN_ORDERS"]


def short_way(bench, symbol="AAPL"):
    """Give what tells whether an order of the strategy s1 may go the short way."""
    given = (bench.core._turn, ("acc", "s1"), bench.book, bench.book.ledgers["s1"], bench.settings.instruments[symbol])
    return lambda side="BUY", quantity="1": surely_passes(*given, Side(side), parse(quantity))


def test_the_short_way_knows_the_bound_on_open_orders_where_ended_ones_were_forgotten(new_bench):
    bench = new_bench(terminal_orders_max=3)
    bench.limits(**ALMOST_NO_LIMITS, price_age_max_ns=None, open_orders_max=2)
    bench.start("sma_cross")
    for _ in range(5):
        bench.trade(quantity="1", strategy_id="s1")
    passes = short_way(bench)
    assert passes()
    for _ in range(2):
        bench.placed(quantity="1", limit="140", strategy_id="s1")
    assert not passes()


def test_the_short_way_is_closed_by_a_kill_switch_and_to_a_strategy_that_does_not_run(bench):
    bench.limits(**ALMOST_NO_LIMITS, price_age_max_ns=None)
    bench.start("sma_cross")
    bench.trade(quantity="1", strategy_id="s1")
    passes = short_way(bench)
    assert passes()
    bench.kill()
    assert not passes()
    bench.kill(is_active=False)
    assert passes()
    bench.run("paused")
    assert not passes()


@pytest.mark.parametrize(("held", "closing"), [("SELL", "BUY"), ("BUY", "SELL")])
def test_the_short_way_lets_out_what_closes_a_holding_beside_what_is_on_its_way(bench, held, closing):
    bench.limits(**ALMOST_NO_LIMITS, price_age_max_ns=None)
    bench.start("sma_cross", symbols=("BTC-PERP",))
    bench.trade("BTC-PERP", held, "8", price=40_000, strategy_id="s1")
    away = {"limit": 30_000 if closing == "BUY" else 50_000, "strategy_id": "s1"}
    bench.placed("BTC-PERP", closing, "2", **away)
    bench.placed("BTC-PERP", closing, "3", reduce_only=True, **away)
    passes = short_way(bench, "BTC-PERP")
    assert [passes(closing, quantity) for quantity in ("3", "3.001")] == [True, False]


def test_an_order_alike_passes_as_soon_as_the_window_is_over(bench):
    bench.limits(duplicate_window_ns=NANOS_PER_SECOND)
    bench.place(limit="140")
    bench.now_ns += NANOS_PER_SECOND - 1
    assert code(bench.place(limit="140")) == "DUPLICATE_ORDER"
    bench.now_ns += 1
    assert code(bench.place(limit="140")) is None


def test_a_drawdown_of_exactly_the_limit_is_allowed(bench):
    bench.trade(quantity="500")
    bench.quote("AAPL", "170")
    bench.wait(60)  # the peak is marked at 110,000
    bench.limits(drawdown_max=parse("0.1"))
    bench.quote("AAPL", "148")  # 99,000
    assert code(bench.place(quantity="1")) is None
    bench.quote("AAPL", "147.99")
    assert code(bench.place(quantity="1")) == "DRAWDOWN"


def test_an_account_begins_with_the_limits_that_are_told():
    assert RiskLimits() == RiskLimits(
        order_quantity_max=None,
        order_notional_max=parse(1_000_000),
        position_notional_max=None,
        open_orders_max=1_000,
        orders_per_second_max=100,
        price_collar=parse("0.1"),
        daily_loss_max=None,
        drawdown_max=None,
        price_age_max_ns=60_000_000_000,
        duplicate_window_ns=0,
    )


def test_a_ledger_that_cannot_pay_is_refused_where_the_account_just_could(bench):
    bench.create(allocated="10000")
    bench.run()
    bench.place(quantity="640", limit="140.5")  # 89,920 by hand: 10,080 of the account are left
    assert code(bench.place(quantity="72", limit="140", strategy_id="s1")) == "INSUFFICIENT_FUNDS"
    assert code(bench.place(quantity="71", limit="140", strategy_id="s1")) is None


@pytest.mark.parametrize(("allocated", "refused"), [("0", None), ("0.00000001", "INSUFFICIENT_FUNDS")])
def test_a_strategy_without_capital_of_its_own_trades_on_the_accounts(bench, allocated, refused):
    bench.create(allocated=allocated)
    bench.run()
    assert code(bench.place(quantity="71", limit="140", strategy_id="s1")) == refused
