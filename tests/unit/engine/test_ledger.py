"""Money: cash, fees, positions and equity, of ledgers and of the account they sum up to."""

import pytest

from openbell.domain import commands as c
from openbell.domain import events as e
from openbell.domain.position import Position
from openbell.domain.values import parse, text_of
from openbell.engine.ledger import account_equity, holding_worth, ledger_equity, merged, running_equity


def equity(bench, strategy_id=None):
    one = bench.book.ledgers[strategy_id] if strategy_id else None
    marks = bench.core.marks
    return text_of(ledger_equity(marks, bench.book, one) if one else account_equity(marks, bench.book))


def cash(bench, currency="USD"):
    return text_of(bench.book.account.cash.get(currency, 0))


def pay(bench, amount, currency="USD"):
    return bench.step(
        c.MoveCash(ts_ns=bench.now_ns, account_id="acc", currency=currency, amount=parse(amount), note="test")
    )


def test_a_share_is_paid_in_full_and_its_profit_is_worth_less_cost(bench):
    bench.trade(quantity="100", price="150.25", fee="1.50")
    assert cash(bench) == "84973.50"
    bench.quote("AAPL", "152.25")
    assert equity(bench) == "100198.50"
    bench.trade(side="SELL", quantity="100", price="152.25", fee="1.50")
    ledger = bench.book.ledgers["manual"].ledger
    assert (cash(bench), text_of(ledger.realized_pnl["USD"]), text_of(ledger.fees["USD"])) == (
        "100197.00",
        "200.00",
        "3.00",
    )


def test_a_short_sale_brings_cash_and_owes_the_shares(bench):
    bench.trade(side="SELL", quantity="100", price="150")
    assert cash(bench) == "115000.00"
    bench.quote("AAPL", "140")
    assert equity(bench) == "101000.00"


def test_a_margined_contract_moves_cash_by_its_profit_only(bench):
    bench.trade("BTC-PERP", quantity="1", price="40000")
    assert cash(bench) == "100000.00"
    bench.quote("BTC-PERP", "41000")
    assert equity(bench) == "101000.00"
    bench.trade("BTC-PERP", side="SELL", quantity="1", price="41000")
    assert cash(bench) == "101000.00"


def test_an_inverse_contract_earns_coins(bench):
    bench.trade("XBTUSD", quantity="100000", price="40000")
    bench.trade("XBTUSD", side="SELL", quantity="100000", price="50000")
    assert cash(bench, "BTC") == "0.50"  # 2.5 - 2.0


def test_rupees_are_worth_what_the_rate_says(bench):
    bench.trade("NIFTY", quantity="10", price="24000")
    bench.quote("NIFTY", "24100")
    assert equity(bench) == "100012.50"


def test_crossing_zero_closes_one_position_and_opens_another(bench):
    bench.trade(quantity="10", price="150")
    bench.trade(side="SELL", quantity="25", price="160")
    position = bench.book.ledgers["manual"].positions["AAPL"]
    assert (position.position_id, position.quantity, position.cost) == ("pos-000000000002", -parse(15), -parse(2400))
    assert [event.position_id for event in bench.events(e.OrderFilled)] == ["pos-000000000001", "pos-000000000002"]
    assert bench.book.ledgers["manual"].ledger.realized_pnl["USD"] == parse(100)


def test_a_position_remembers_the_orders_that_built_it(bench):
    ids = [bench.trade(quantity="10").order_id, bench.trade(quantity="10").order_id]
    bench.trade(side="SELL", quantity="5")
    assert bench.book.ledgers["manual"].positions["AAPL"].entry_order_ids == ids


def test_money_comes_and_goes_through_the_manual_ledger(bench):
    assert pay(bench, "500").refusal is None
    assert pay(bench, "-200").refusal is None
    assert cash(bench) == "100300.00"
    assert [event.kind for event in bench.events(e.CashMoved)] == ["DEPOSIT", "DEPOSIT", "WITHDRAWAL"]


@pytest.mark.parametrize(("amount", "currency"), [("0", "USD"), ("99999999999", "USD"), ("1", "XYZ")])
def test_amounts_that_cannot_be_are_refused(bench, amount, currency):
    assert pay(bench, amount, currency).refusal.code == "INVALID_PARAMETER"


def test_only_what_is_free_can_be_paid_out(bench):
    bench.placed(quantity="600", limit="150")
    assert pay(bench, "-10001").refusal.code == "INSUFFICIENT_FUNDS"
    assert pay(bench, "-10000").refusal is None


def test_an_account_is_opened_once_and_only_in_known_currencies(bench):
    assert bench.open_account("acc").refusal.code == "ACCOUNT_EXISTS"
    assert bench.open_account("a/b").refusal.code == "INVALID_PARAMETER"
    assert bench.open_account("poor", "-1").refusal.code == "INVALID_PARAMETER"


def test_an_allocation_moves_cash_and_the_sum_stays(bench):
    bench.create(allocated="30000")
    ledgers = {key: text_of(one.ledger.cash["USD"]) for key, one in bench.book.ledgers.items()}
    assert ledgers == {"manual": "70000.00", "s1": "30000.00"}
    assert cash(bench) == "100000.00"
    assert bench.create(strategy_id="s2", allocated="70001").refusal.code == "INSUFFICIENT_FUNDS"


def test_equity_without_a_price_counts_at_cost_and_is_not_marked(bench):
    bench.trade(quantity="100", price="150")
    bench.core.marks.__init__(bench.settings.instruments, {"INR": 1, "BTC": 1})
    assert equity(bench) == "100000.00"
    bench.wait(60)
    assert not bench.events(e.EquityMarked)


def test_what_is_not_held_is_worth_nothing(bench):
    ledger, marks = bench.book.ledgers["manual"], bench.core.marks
    assert holding_worth(marks, ledger, "AAPL", "USD") == 0
    bench.trade(quantity="10", price="150")
    assert holding_worth(marks, ledger, "AAPL", "USD") == parse(1500)
    bench.trade(side="SELL", quantity="10", price="150")
    assert holding_worth(marks, ledger, "AAPL", "USD") == 0


@pytest.mark.parametrize(
    ("held", "moved", "one"),
    [
        (None, ("4", "640"), ("moved", "4", "640.00", "0.00")),
        (("0", "0"), ("-4", "-640"), ("moved", "-4", "-640.00", "0.00")),
        (("10", "1500"), ("4", "640"), ("held", "14", "2140.00", "0.00")),
        (("-10", "-1500"), ("-4", "-640"), ("held", "-14", "-2140.00", "0.00")),
        (("10", "1500"), ("-4", "-640"), ("held", "6", "900.00", "40.00")),
        (("-10", "-1500"), ("4", "640"), ("held", "-6", "-900.00", "-40.00")),
        (("4", "600"), ("-10", "-1600"), ("moved", "-6", "-960.00", "40.00")),
        (("10", "1500"), ("-10", "-1600"), ("held", "0", "0.00", "100.00")),
    ],
)
def test_two_positions_become_one_as_if_the_second_had_been_traded_at_its_cost(held, moved, one):
    def position(name, given):
        quantity, cost = map(parse, given)
        return Position(
            position_id=name, account_id="acc", strategy_id="s", symbol="AAPL", quantity=quantity, cost=cost
        )

    got = merged(None if held is None else position("held", held), position("moved", moved))
    assert (got.position_id, text_of(got.quantity, 0), text_of(got.cost), text_of(got.realized_pnl)) == one


def test_a_profit_locked_in_between_two_ledgers_counts_though_the_account_holds_nothing(bench):
    bench.create(symbols=("BTC-PERP",), allocated="50000")
    bench.run()
    bench.trade("BTC-PERP", "BUY", "0.1", "40000", strategy_id="s1")
    bench.trade("BTC-PERP", "SELL", "0.1", "41000")
    assert equity(bench) == "100100.00"
    assert text_of(running_equity(bench.core._turn, bench.book, None)) == "100100.00"
