"""The worked examples of order matching, and what else a price-time book promises."""

import pytest

from openbell.domain.order import Side
from openbell.engine.matching.priority_book import BookOrder, Condition, Match, PriorityBook

BUY, SELL = Side.BUY, Side.SELL


def run(steps):
    book, matches = PriorityBook(), []
    for order_id, side, quantity, terms in steps:
        matches += book.add(BookOrder(order_id=order_id, side=side, quantity=quantity, **terms))
    return book, matches


def limit(price, **terms):
    return {"limit": price, **terms}


EXAMPLES = {
    "time priority inside a level": (
        [
            ("bid0", BUY, 100, limit(1250)),
            ("ask0", SELL, 300, limit(1251)),
            ("ask1", SELL, 100, limit(1252)),
            ("ask2", SELL, 200, limit(1251)),
            ("bid1", BUY, 500, limit(1251)),
        ],
        [("bid1", "ask0", 300, 1251), ("bid1", "ask2", 200, 1251)],
        [(1250, 100)],
        [(1252, 100)],
    ),
    "the rest of a partial match rests": (
        [
            ("bid0", BUY, 100, limit(7250)),
            ("ask0", SELL, 300, limit(7253)),
            ("ask1", SELL, 100, limit(7252)),
            ("ask2", SELL, 200, limit(7251)),
            ("bid1", BUY, 350, limit(7251)),
        ],
        [("bid1", "ask2", 200, 7251)],
        [(7251, 150), (7250, 100)],
        [(7252, 100), (7253, 300)],
    ),
    "IOC drops its rest": (
        [
            ("ask0", SELL, 100, limit(1250)),
            ("ask1", SELL, 100, limit(1251)),
            ("ask2", SELL, 100, limit(1252)),
            ("bid1", BUY, 100, limit(1249)),
            ("bid2", BUY, 100, limit(1248)),
            ("bid0", BUY, 300, limit(1250, condition=Condition.IOC)),
        ],
        [("bid0", "ask0", 100, 1250)],
        [(1249, 100), (1248, 100)],
        [(1251, 100), (1252, 100)],
    ),
    "FOK takes two levels": (
        [
            ("ask0", SELL, 400, limit(1250)),
            ("ask1", SELL, 100, limit(1251)),
            ("ask2", SELL, 100, limit(1252)),
            ("bid1", BUY, 100, limit(1249)),
            ("bid2", BUY, 100, limit(1248)),
            ("bid0", BUY, 500, limit(1251, condition=Condition.FOK)),
        ],
        [("bid0", "ask0", 400, 1250), ("bid0", "ask1", 100, 1251)],
        [(1249, 100), (1248, 100)],
        [(1252, 100)],
    ),
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_matching_follows_the_worked_example(name):
    steps, matches, bids, asks = EXAMPLES[name]
    book, seen = run(steps)
    assert seen == [Match(*match) for match in matches]
    assert (book.depth(BUY), book.depth(SELL)) == (bids, asks)


def test_the_fok_of_the_worked_example_costs_what_it_says():
    _, matches = run(EXAMPLES["FOK takes two levels"][0])
    assert sum(match.quantity * match.price for match in matches) == 625_100


def test_a_trade_at_the_stop_price_triggers_stops_both_ways():
    book = PriorityBook()
    book.last_price = 55
    whole = {"condition": Condition.AON}
    steps = [
        ("o0", BUY, 100, limit(53)),
        ("o1", SELL, 100, limit(57)),
        ("o2", BUY, 100, {"stop": 56}),
        ("o3", SELL, 100, {"stop": 54}),
        ("o4", BUY, 1000, limit(56, **whole)),
        ("o5", SELL, 1000, limit(56, **whole)),
        ("o6", BUY, 1000, limit(54, **whole)),
        ("o7", SELL, 1000, limit(54, **whole)),
    ]
    matches = []
    for order_id, side, quantity, terms in steps:
        matches += book.add(BookOrder(order_id=order_id, side=side, quantity=quantity, **terms))
    expected = [("o5", "o4", 1000, 56), ("o2", "o1", 100, 57), ("o7", "o6", 1000, 54), ("o3", "o0", 100, 53)]
    assert matches == [Match(*match) for match in expected]


def test_a_fok_that_cannot_be_filled_whole_leaves_the_book_as_it_was():
    book, matches = run([("a", SELL, 5, limit(10)), ("b", BUY, 6, limit(10, condition=Condition.FOK))])
    assert matches == []
    assert book.depth(SELL) == [(10, 5)]


def test_a_canceled_order_trades_no_more():
    book, _ = run([("a", SELL, 5, limit(10)), ("s", BUY, 1, {"stop": 20})])
    assert book.cancel("a")
    assert book.cancel("s")
    assert not book.cancel("a")
    assert book.add(BookOrder(order_id="b", side=BUY, quantity=5)) == []
