"""Risk: each check of the gate, at its limit and past it."""

import msgspec
import pytest

from openbell.domain import commands as c
from openbell.domain.market import Trade
from openbell.domain.order import OrderType, TimeInForce
from openbell.domain.risk import RiskLimits
from openbell.domain.values import NANOS_PER_SECOND, SCALE, parse
from openbell.engine.core import Core


def code(step):
    return step.refusal.code.value if step.refusal else None


def test_without_margin_an_order_must_be_covered_by_cash(bench):
    assert code(bench.place(quantity="666", limit="150.15")) is None  # 99,999.90
    assert code(bench.place(quantity="1", limit="150.15")) == "INSUFFICIENT_FUNDS"


def test_open_orders_count_as_if_they_had_traded(bench):
    first = bench.placed(quantity="600", limit="150")
    assert code(bench.place(quantity="100", limit="150")) == "INSUFFICIENT_FUNDS"
    bench.cancel(first)
    assert code(bench.place(quantity="100", limit="150")) == "INSUFFICIENT_FUNDS"  # not canceled yet
    bench.report_canceled(first)
    assert code(bench.place(quantity="100", limit="150")) is None


def test_a_short_sale_needs_equity_and_its_cover_needs_nothing(bench):
    assert code(bench.place(side="SELL", quantity="700")) == "INSUFFICIENT_FUNDS"
    bench.trade(side="SELL", quantity="600")
    bench.quote("AAPL", "320")  # equity is gone
    assert code(bench.place(quantity="600")) is None


def test_a_margined_contract_needs_its_initial_margin_only(bench):
    assert code(bench.place("BTC-PERP", quantity="24")) is None  # 960,000 × 0.1
    assert code(bench.place("BTC-PERP", quantity="2")) == "INSUFFICIENT_FUNDS"


def test_a_foreign_currency_is_brought_to_the_base(bench):
    bench.limits(order_notional_max=None)
    # 24,000 INR × 1,666 × 0.0125 × 0.2 = 99,960 USD
    assert code(bench.place("NIFTY", quantity="1666")) is None
    assert code(bench.place("NIFTY", quantity="1")) == "INSUFFICIENT_FUNDS"


def test_an_inverse_contract_is_weighed_in_its_coin(bench):
    # 1,000,000 dollars at 40,000 are 25 BTC, worth 1,000,000; a tenth is needed.
    bench.limits(order_notional_max=None)
    assert code(bench.place("XBTUSD", quantity="1000000")) is None
    assert code(bench.place("XBTUSD", side="BUY", quantity="100")) == "INSUFFICIENT_FUNDS"


def test_the_fee_to_come_is_set_aside(new_bench):
    bench = new_bench(fee_rates={"AAPL": parse("0.01")})
    assert code(bench.place(quantity="666", limit="150")) == "INSUFFICIENT_FUNDS"  # 99,900 + 999
    assert code(bench.place(quantity="660", limit="150")) is None  # 99,000 + 990


@pytest.mark.parametrize(
    ("limits", "allowed", "denied", "expected"),
    [
        ({"order_quantity_max": parse(10)}, {"quantity": "10"}, {"quantity": "11"}, "MAX_ORDER_QUANTITY"),
        ({"order_notional_max": parse(1500)}, {"quantity": "10"}, {"quantity": "11"}, "MAX_ORDER_NOTIONAL"),
        ({"position_notional_max": parse(1500)}, {"quantity": "10"}, {"quantity": "1"}, "MAX_POSITION_NOTIONAL"),
        ({"open_orders_max": 1}, {"limit": "150"}, {"limit": "150"}, "MAX_OPEN_ORDERS"),
        ({"orders_per_second_max": 1}, {}, {}, "ORDER_RATE"),
        ({"price_collar": parse("0.1")}, {"limit": "165"}, {"limit": "165.01"}, "PRICE_COLLAR"),
        ({"duplicate_window_ns": NANOS_PER_SECOND}, {}, {}, "DUPLICATE_ORDER"),
    ],
)
def test_a_limit_holds_for_the_account(bench, limits, allowed, denied, expected):
    bench.limits(**limits)
    assert code(bench.place(**allowed)) is None
    assert code(bench.place(**denied)) == expected


def test_a_strategys_own_limit_holds_beside_the_accounts(bench):
    bench.create(limits=RiskLimits(order_quantity_max=parse(5)))
    bench.run()
    assert code(bench.place(quantity="6", strategy_id="s1")) == "MAX_ORDER_QUANTITY"
    assert code(bench.place(quantity="5", strategy_id="s1")) is None
    assert code(bench.place(quantity="6")) is None


def test_a_limit_set_between_two_orders_holds_for_the_second(bench):
    bench.limits(order_notional_max=None, orders_per_second_max=None, price_collar=None, price_age_max_ns=None)
    assert code(bench.place(quantity="6")) is None
    bench.limits(order_quantity_max=parse(5))
    assert code(bench.place(quantity="6")) == "MAX_ORDER_QUANTITY"


def test_where_hardly_a_limit_is_set_the_few_that_are_still_hold(bench):
    bench.limits(
        order_notional_max=None,
        orders_per_second_max=None,
        price_collar=None,
        price_age_max_ns=None,
        open_orders_max=1,
    )
    assert code(bench.place("BTC/USD", quantity="1000")) == "INSUFFICIENT_FUNDS"
    assert code(bench.place(quantity="1", limit="140")) is None
    assert code(bench.place(quantity="1", limit="140")) == "MAX_OPEN_ORDERS"


def test_a_sell_far_below_the_market_meets_the_collar_too(bench):
    assert code(bench.place(side="SELL", limit="134.99")) == "PRICE_COLLAR"
    assert code(bench.place(side="SELL", limit="300")) is None


def test_a_stop_limit_is_collared_at_its_stop(bench):
    assert code(bench.place(quantity="1", stop="300", limit="305")) is None
    assert code(bench.place(quantity="1", stop="300", limit="331")) == "PRICE_COLLAR"


def test_the_order_rate_recovers_after_a_second(bench):
    bench.limits(orders_per_second_max=2)
    assert [code(bench.place(quantity="1")) for _ in range(3)] == [None, None, "ORDER_RATE"]
    bench.now_ns += NANOS_PER_SECOND
    assert code(bench.place(quantity="1")) is None


def test_a_clock_that_steps_back_does_not_lock_the_order_rate(bench):
    bench.limits(orders_per_second_max=1, price_age_max_ns=None)
    bench.place(quantity="1")
    bench.now_ns -= 7_200 * NANOS_PER_SECOND
    assert code(bench.place(quantity="1")) is None


def test_without_a_price_nothing_is_let_out(new_bench):
    bench = new_bench()
    bench.core.marks.__init__(bench.settings.instruments, bench.settings.fx_rates)
    assert code(bench.place()) == "NO_PRICE"


def test_a_stale_price_denies_until_a_fresh_one_comes(bench):
    bench.now_ns += 61 * NANOS_PER_SECOND
    assert code(bench.place()) == "STALE_PRICE"
    bench.step(Trade("AAPL", bench.now_ns, parse(150), SCALE))
    assert code(bench.place()) is None


def test_orders_are_denied_while_the_exchange_is_closed(bench):
    assert code(bench.place("MSFT")) is None
    bench.now_ns += 24 * 3600 * NANOS_PER_SECOND  # Saturday
    bench.quote("MSFT", 400)
    assert code(bench.place("MSFT")) == "MARKET_CLOSED"


@pytest.mark.parametrize(
    ("limits", "order", "said"),
    [
        ({"order_quantity_max": parse(10)}, {"quantity": "11"}, "quantity 11 exceeds the limit of 10 an order"),
        (
            {"price_collar": parse("0.1")},
            {"limit": "165.01"},
            "limit_price 165.01 is more than 10 % on the expensive side of 150.00",
        ),
    ],
)
def test_a_refusal_names_what_was_asked_and_what_is_allowed(bench, limits, order, said):
    bench.limits(**limits)
    assert bench.place(**order).refusal.message == said


def test_a_refusal_by_time_or_part_is_told_in_people_s_units(bench):
    bench.limits(duplicate_window_ns=NANOS_PER_SECOND)
    bench.place(limit="140")
    bench.now_ns += NANOS_PER_SECOND // 4
    assert bench.place(limit="140").refusal.message.startswith("an order alike in everything went out 250 ms ago")
    bench.trade(quantity="600")
    bench.quote("AAPL", "200")
    bench.wait(60)
    bench.limits(drawdown_max=parse("0.1"))
    bench.quote("AAPL", "178")
    assert bench.place(quantity="1").refusal.message.endswith("allowed are 10 %")


def test_past_the_daily_loss_only_closing_passes(bench):
    bench.trade(quantity="100")
    bench.limits(daily_loss_max=parse(1000))
    bench.quote("AAPL", "140")  # exactly 1,000 lost
    assert code(bench.place(quantity="1")) is None
    bench.quote("AAPL", "139.99")
    assert code(bench.place(quantity="1")) == "DAILY_LOSS"
    assert code(bench.place(side="SELL", quantity="100")) is None


def test_past_the_drawdown_only_closing_passes(bench):
    bench.trade(quantity="600")
    bench.quote("AAPL", "200")
    bench.wait(60)  # the peak is marked at 130,000
    bench.limits(drawdown_max=parse("0.1"))
    bench.quote("AAPL", "178")
    assert code(bench.place(quantity="1")) == "DRAWDOWN"
    assert code(bench.place(side="SELL", quantity="600")) is None


def test_a_deposit_is_no_profit_and_a_withdrawal_no_loss(bench):
    bench.limits(daily_loss_max=parse(100), drawdown_max=parse("0.01"))
    command = c.MoveCash(ts_ns=bench.now_ns, account_id="acc", currency="USD", amount=-parse(50_000))
    assert code(bench.step(command)) is None
    assert code(bench.place(quantity="1")) is None


def test_reduce_only_needs_a_position_on_the_other_side(bench):
    assert code(bench.place(side="SELL", reduce_only=True)) == "REDUCE_ONLY"
    bench.trade(quantity="10")
    assert code(bench.place(side="BUY", reduce_only=True)) == "REDUCE_ONLY"
    assert code(bench.place(side="SELL", quantity="11", reduce_only=True)) == "REDUCE_ONLY"
    assert code(bench.place(side="SELL", quantity="6", reduce_only=True)) is None
    assert code(bench.place(side="SELL", quantity="5", reduce_only=True)) == "REDUCE_ONLY"
    assert code(bench.place(side="SELL", quantity="4", reduce_only=True)) is None


def test_the_orders_of_one_oco_group_may_each_close_all(bench):
    bench.trade(quantity="10")
    for more in ({"limit": "160"}, {"stop": "140"}):
        assert code(bench.place(side="SELL", quantity="10", reduce_only=True, oco_group="exit", **more)) is None


def test_two_sales_that_together_turn_short_are_not_both_closing(bench):
    bench.trade(quantity="10")
    bench.kill()
    assert code(bench.place(side="SELL", quantity="6", limit="160")) is None
    assert code(bench.place(side="SELL", quantity="6", limit="160")) == "KILL_SWITCH"


def test_a_ledger_with_capital_of_its_own_has_to_pay_from_it(bench):
    bench.create(allocated="10000")
    bench.run()
    assert code(bench.place(quantity="67", strategy_id="s1")) == "INSUFFICIENT_FUNDS"
    assert code(bench.place(quantity="66", strategy_id="s1")) is None
    assert code(bench.place(quantity="601")) == "INSUFFICIENT_FUNDS"  # by hand: 90,000 are left
    assert code(bench.place(quantity="599")) is None


def test_a_ledger_without_capital_trades_on_the_accounts(bench):
    bench.create()
    bench.run()
    assert code(bench.place(quantity="600", strategy_id="s1")) is None
    assert code(bench.place(quantity="100")) == "INSUFFICIENT_FUNDS"


def test_risk_is_never_exceeded_by_a_change_that_is_under_way(bench):
    order = bench.placed(quantity="100", limit="150")
    assert code(bench.modify(order, quantity="600")) is None
    assert code(bench.place(quantity="100")) == "INSUFFICIENT_FUNDS"


@pytest.mark.parametrize("order_type", list(OrderType))
@pytest.mark.parametrize("time_in_force", [None, *TimeInForce])
def test_no_shape_of_order_raises(bench, order_type, time_in_force):
    outcomes = []
    for limit in (None, "150"):
        for stop in (None, "155"):
            step = bench.place(order_type=order_type, time_in_force=time_in_force, limit=limit, stop=stop)
            assert step.refusal is None or step.refusal.message
            outcomes.append(step.refusal is None)
    assert False in outcomes, "a price too many or too few is refused"


def test_an_impossible_price_moves_no_mark(bench):
    for price in (0, -1, 10**30):
        bench.step(Trade("BTC/USD", bench.now_ns + 10 * NANOS_PER_SECOND, price, SCALE))
    assert bench.core.marks.mark("BTC/USD") == parse(40_000)


def test_an_event_of_an_unknown_symbol_is_nothing(bench):
    step = bench.step(Trade("NONE", bench.now_ns, SCALE, SCALE))
    assert (step.records, step.requests, bench.core.marks.mark("NONE")) == ([], [], None)


def test_a_core_does_not_start_without_an_instrument_that_is_held(bench):
    bench.trade("BTC/USD", quantity="0.1", price="40000")
    few = msgspec.structs.replace(bench.settings, instruments={"AAPL": bench.settings.instruments["AAPL"]})
    with pytest.raises(LookupError, match="BTC/USD"):
        Core(few, bench.state)
