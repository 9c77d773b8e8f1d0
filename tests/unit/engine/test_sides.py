"""Ledgers of one account on both sides of a symbol: what is left when one of them closes must have been paid for."""

import msgspec
import pytest

from openbell.domain import commands as c
from openbell.domain.order import Side
from openbell.domain.values import SCALE, parse
from openbell.engine.core import Core
from openbell.engine.gate import surely_passes
from openbell.engine.ledger import free_cash
from openbell.engine.standing import Standings

FEW_LIMITS = {"order_notional_max": None, "orders_per_second_max": None, "price_collar": None, "price_age_max_ns": None}


def code(step):
    return step.refusal.code.value if step.refusal else None


@pytest.fixture
def pair(bench):
    """Two strategies on one account of 100,000, neither with capital of its own."""
    for name in ("a", "b"):
        bench.create(strategy_id=name, symbols=("AAPL", "BTC/USD", "BTC-PERP", "XBTUSD"))
        bench.run(strategy_id=name)
    return bench


def opened(bench, symbol, quantity, price):
    """Let the first be long and the second short."""
    bench.trade(symbol, "BUY", quantity, price, strategy_id="a")
    bench.trade(symbol, "SELL", quantity, price, strategy_id="b")


def test_a_cash_account_is_never_in_debt_after_one_of_two_opposed_ledgers_closes(pair):
    pair.limits(**FEW_LIMITS)
    for _ in range(5):
        for side, name in (("BUY", "a"), ("SELL", "b")):
            step = pair.place(side=side, quantity="600", strategy_id=name)
            if step.refusal is None:
                pair.fill(pair.state.orders[step.subject_id], "600")
    assert (pair.position(strategy_id="a"), pair.position(strategy_id="b")) == (parse(600), parse(-600))
    pair.trade(side="BUY", quantity="600", strategy_id="b")
    assert pair.position(strategy_id="a") == parse(600)
    assert pair.book.account.cash["USD"] == parse(10_000)


@pytest.mark.parametrize(("name", "side"), [("a", "BUY"), ("b", "SELL"), ("manual", "BUY"), ("manual", "SELL")])
def test_each_side_counts_in_full_up_to_the_last_share(pair, name, side):
    opened(pair, "AAPL", "600", "150")  # 90,000 each way: 66 more can be paid for on either side
    assert code(pair.place(side=side, quantity="67", strategy_id=name)) == "INSUFFICIENT_FUNDS"
    assert code(pair.place(side=side, quantity="66", strategy_id=name)) is None


def test_open_orders_of_opposed_ledgers_count_each_on_its_side(pair):
    pair.trade(quantity="600", strategy_id="a")
    assert code(pair.place(side="SELL", quantity="667", strategy_id="b")) == "INSUFFICIENT_FUNDS"
    pair.placed(side="SELL", quantity="300", limit="150", strategy_id="b")
    assert code(pair.place(side="SELL", quantity="367", limit="150", strategy_id="manual")) == "INSUFFICIENT_FUNDS"
    assert code(pair.place(side="SELL", quantity="366", limit="150", strategy_id="manual")) is None


def test_a_change_counts_in_place_of_the_order_it_changes(pair):
    opened(pair, "AAPL", "400", "150")
    order = pair.placed(side="SELL", quantity="200", limit="150", strategy_id="b")
    pair.accept(order)
    assert code(pair.modify(order, quantity="267")) == "INSUFFICIENT_FUNDS"
    assert code(pair.modify(order, quantity="266")) is None


def test_what_closes_a_ledger_passes_whatever_the_account_then_holds(pair):
    opened(pair, "AAPL", "600", "150")
    pair.quote("AAPL", 300)
    assert code(pair.place(side="BUY", quantity="1", strategy_id="a")) == "INSUFFICIENT_FUNDS"
    assert code(pair.place(side="BUY", quantity="600", strategy_id="b")) is None
    assert code(pair.place(side="SELL", quantity="600", strategy_id="a")) is None


def test_opposed_ledgers_bind_what_other_symbols_and_payments_could_take(pair):
    opened(pair, "AAPL", "600", "150")
    assert free_cash(pair.core.marks, pair.book) == parse(10_000)
    assert code(pair.place("BTC/USD", quantity="0.251")) == "INSUFFICIENT_FUNDS"
    assert code(pair.place("BTC/USD", quantity="0.25")) is None
    command = c.MoveCash(ts_ns=pair.now_ns, account_id="acc", currency="USD", amount=parse(-1))
    assert code(pair.step(command)) == "INSUFFICIENT_FUNDS"


def test_what_opposed_ledgers_bind_follows_their_mark(pair):
    opened(pair, "AAPL", "600", "150")
    spare_beside = pair.core._turn.standings.spare_beside
    assert spare_beside("BTC/USD", pair.book, None) == parse(-90_000)
    pair.quote("AAPL", 160)
    assert spare_beside("BTC/USD", pair.book, None) == parse(-96_000)
    pair.trade("AAPL", "BUY", "600", "160", strategy_id="b")
    assert spare_beside("BTC/USD", pair.book, None) == 0


@pytest.mark.parametrize(("symbol", "quantity", "more"), [("BTC-PERP", "20", "5.001"), ("XBTUSD", "800000", "200001")])
def test_margined_contracts_bind_their_margin_for_the_larger_side(pair, symbol, quantity, more):
    opened(pair, symbol, quantity, "40000")  # 800,000 each way at a tenth
    assert free_cash(pair.core.marks, pair.book) == parse(20_000)
    assert code(pair.place(symbol, "SELL", more, strategy_id="manual")) == "INSUFFICIENT_FUNDS"


def test_opposed_ledgers_bind_the_same_before_the_first_price(pair):
    opened(pair, "AAPL", "600", "150")
    pair.trade("AAPL", "BUY", "1", "150", strategy_id="a")
    later = Core(pair.settings, pair.state)
    assert free_cash(later.marks, pair.book) == parse(100_000 - 601 * 150)
    assert Standings(later.marks).spare_beside("BTC/USD", pair.book, None) == parse(150 - 601 * 150)


def test_the_worth_of_a_position_counts_the_larger_side(pair):
    pair.limits(position_notional_max=parse(60_000))
    opened(pair, "AAPL", "400", "150")
    for side, name in (("BUY", "a"), ("SELL", "b"), ("SELL", "manual")):
        assert code(pair.place(side=side, quantity="1", strategy_id=name)) == "MAX_POSITION_NOTIONAL"
    assert code(pair.place(side="BUY", quantity="400", strategy_id="b")) is None


def test_the_short_way_leaves_opposed_ledgers_to_the_long_one(pair):
    pair.limits(**FEW_LIMITS)
    instrument = msgspec.structs.replace(pair.settings.instruments["AAPL"])

    def passes(name, side):
        return surely_passes(
            pair.core._turn, ("acc", name), pair.book, pair.book.ledgers[name], instrument, side, SCALE
        )

    pair.trade(quantity="1", strategy_id="a")
    pair.trade(quantity="1", strategy_id="b")
    assert passes("a", Side.BUY) and passes("b", Side.BUY)
    pair.trade(side="SELL", quantity="2", strategy_id="b")
    assert not passes("a", Side.BUY) and not passes("b", Side.SELL)
    assert passes("a", Side.SELL) and passes("b", Side.BUY), "what closes"
