"""Being short of shares costs something each night; being long, or short of a derivative, does not."""

import pytest

from openbell.domain.events import BorrowCharged
from openbell.domain.values import NANOS_PER_SECOND, parse

RATES = {"AAPL": parse("0.365"), "BTC-PERP": parse("0.365")}
DAY = 86_400


@pytest.fixture
def borrowing(new_bench):
    bench = new_bench(borrow_rates=RATES)
    bench.wait(1)
    return bench


def hold(bench, symbol, side, quantity, price):
    bench.quote(symbol, price)
    bench.place(symbol, side, quantity)
    bench.fill(list(bench.state.orders.values())[-1], quantity, price)


def test_a_short_position_pays_for_each_midnight_at_its_worth(borrowing):
    hold(borrowing, "AAPL", "SELL", "10", 150)
    before = borrowing.book.account.cash["USD"]
    borrowing.quote("AAPL", 200)
    borrowing.wait(DAY)
    # 2,000 dollars at a thousandth a day
    assert borrowing.book.account.cash["USD"] == before - parse(2)
    assert borrowing.book.ledgers["manual"].ledger.fees["USD"] == parse(2)
    borrowing.wait(3 * DAY)
    assert borrowing.book.account.cash["USD"] == before - parse(8)


def test_within_a_day_nothing_is_charged(borrowing):
    hold(borrowing, "AAPL", "SELL", "10", 150)
    borrowing.wait(60)
    borrowing.wait(3_600)
    assert borrowing.events(BorrowCharged) == []


def test_the_night_begins_at_midnight_and_not_a_moment_later(borrowing):
    hold(borrowing, "AAPL", "SELL", "10", 150)
    left_ns = DAY * NANOS_PER_SECOND - borrowing.now_ns % (DAY * NANOS_PER_SECOND)
    borrowing.now_ns += left_ns - 1
    borrowing.wait(0)
    assert borrowing.events(BorrowCharged) == []
    borrowing.now_ns += 1
    borrowing.wait(0)
    assert len(borrowing.events(BorrowCharged)) == 1


def test_what_has_no_rate_costs_nothing_to_borrow(borrowing):
    hold(borrowing, "BTC/USD", "SELL", "1", 40_000)
    borrowing.wait(365 * DAY)
    assert borrowing.events(BorrowCharged) == []


@pytest.mark.parametrize(("symbol", "side", "price"), [("AAPL", "BUY", 150), ("BTC-PERP", "SELL", 40_000)])
def test_nothing_is_borrowed_by_the_long_or_for_a_derivative(borrowing, symbol, side, price):
    hold(borrowing, symbol, side, "1", price)
    borrowing.wait(2 * DAY)
    assert borrowing.events(BorrowCharged) == []
