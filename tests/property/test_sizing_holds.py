"""Whatever a strategy asks for, it never holds more positions than it may, and no trade risks more than its percent."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from openbell.domain.values import SCALE, parse, text_of
from openbell.engine.ledger import account_equity

SYMBOLS = ("AAPL", "BTC/USD", "BTC-PERP", "NIFTY")
UNITS = {"BTC/USD": "0.01", "BTC-PERP": "0.01"}
PRICES = {"AAPL": 150, "BTC/USD": 40_000, "BTC-PERP": 40_000, "NIFTY": 24_000}

ROUNDING = 100 * parse(100)
"""A hundred smallest steps of money at a whole percent."""

orders = st.fixed_dictionaries(
    {
        "symbol": st.sampled_from(SYMBOLS),
        "side": st.sampled_from(["BUY", "BUY", "SELL"]),
        "size": st.integers(1, 60),
        "away": st.sampled_from([None, None, "0.95", "1", "1.05"]),
        "then": st.sampled_from(["rest", "fill", "fill", "part", "cancel"]),
    }
)
measures = st.fixed_dictionaries(
    {
        "positions_max": st.integers(0, 4),
        "risk_per_trade_percent": st.sampled_from([0, parse("0.5"), parse(2), parse(30)]),
        "stop_loss_percent": st.sampled_from([0, parse("1.5"), parse(10)]),
    }
)


def started(new_bench, wanted):
    bench = new_bench()
    bench.limits(order_notional_max=None, orders_per_second_max=None)
    bench.create(symbols=SYMBOLS, **wanted)
    bench.run()
    return bench


def place(bench, order):
    """Place an order of the strategy and let happen what is to happen to it; gives it when it was let out."""
    symbol = order["symbol"]
    unit = parse(UNITS.get(symbol, "1"))
    limit = None if order["away"] is None else PRICES[symbol] * parse(order["away"]) // parse(1)
    limit = None if limit is None else text_of(limit * SCALE)
    step = bench.place(symbol, order["side"], text_of(order["size"] * unit), strategy_id="s1", limit=limit)
    return None if step.refusal else bench.state.orders[step.subject_id]


def go_on(bench, order, then):
    unit = parse(UNITS.get(order.symbol, "1"))
    if then in ("fill", "part"):
        quantity = order.quantity if then == "fill" else unit
        bench.fill(order, text_of(quantity), text_of(order.limit_price or PRICES[order.symbol] * SCALE))
    elif then == "cancel":
        bench.report_canceled(order)


def could_be_worth(bench, symbol):
    """Give the most that could come to be held in dollars, added up from the orders themselves."""
    instrument, mark = bench.settings.instruments[symbol], bench.core.marks.mark(symbol)
    held = instrument.value(bench.position(symbol, "s1"), mark)
    worth = {"BUY": held, "SELL": -held}
    for order in bench.state.orders.values():
        if order.strategy_id == "s1" and order.symbol == symbol and order.is_open:
            worth[order.side] += instrument.notional(order.remaining, order.limit_price or mark)
    return bench.core.marks.in_base(max(*worth.values(), 0), instrument.currency, "USD")


@settings(max_examples=max(200, settings().max_examples), suppress_health_check=[HealthCheck.too_slow])
@given(measures, st.lists(orders, min_size=1, max_size=25))
def test_no_strategy_gets_past_its_measures(new_bench, wanted, asked):
    bench = started(new_bench, wanted)
    lost, risk = wanted["stop_loss_percent"] or parse(100), wanted["risk_per_trade_percent"] or parse(10_000)
    for one in asked:
        before = could_be_worth(bench, one["symbol"])
        order = place(bench, one)
        if order is not None:
            after = could_be_worth(bench, order.symbol)
            assert after <= before or after * lost <= account_equity(bench.core.marks, bench.book) * risk + ROUNDING
            go_on(bench, order, one["then"])
        touched = {order.symbol for order in bench.state.orders.values() if order.is_open}
        touched |= {symbol for symbol in SYMBOLS if bench.position(symbol, "s1")}
        assert not wanted["positions_max"] or len(touched) <= wanted["positions_max"]
