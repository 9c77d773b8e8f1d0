"""The largest worth that a position can reach, by hand: what is held, working orders, contracts of more than one."""

import pytest

from openbell.domain import events as e
from openbell.domain.instrument import AssetClass, Contract, Instrument
from openbell.domain.values import SCALE, parse
from openbell.engine.exposure import Exposure, left_and_price


def instrument(**more):
    sizes = {"tick_size": 1, "lot_size": 1, "quantity_min": 1, "quantity_max": 10**18}
    return Instrument(symbol="X", name="X", asset_class=AssetClass.PERPETUAL, currency="USD", **sizes, **more)


SHARE = instrument()
FUTURE = instrument(multiplier=parse(50))
INVERSE = instrument(contract=Contract.INVERSE)


def exposure(*, held="0", buys=(), sells=(), market_buy="0", market_sell="0"):
    """Give the sums over orders of (quantity, price), beside market orders."""
    bought, sold = ([(parse(quantity), parse(price)) for quantity, price in side] for side in (buys, sells))
    return Exposure(
        quantity=parse(held),
        buy_quantity=sum(quantity for quantity, _ in bought) + parse(market_buy),
        buy_value=sum(quantity * price for quantity, price in bought),
        buy_unpriced=parse(market_buy),
        sell_quantity=sum(quantity for quantity, _ in sold) + parse(market_sell),
        sell_value=sum(quantity * price for quantity, price in sold),
        sell_unpriced=parse(market_sell),
    )


@pytest.mark.parametrize(
    ("given", "worth"),
    [
        ({"held": "2"}, "200"),
        ({"held": "-2"}, "200"),
        ({"held": "2", "buys": [("1", "90")], "market_buy": "3"}, "590"),
        ({"held": "-2", "sells": [("1", "110")], "market_sell": "3"}, "610"),
        ({"held": "2", "sells": [("5", "110")]}, "350"),
        ({"held": "-2", "buys": [("5", "90")]}, "250"),
        ({"held": "2", "sells": [("1", "110")]}, "200"),
        ({}, "0"),
    ],
)
def test_the_dearer_side_counts_with_orders_at_their_price_and_the_rest_at_the_mark(given, worth):
    assert exposure(**given).worst_case(SHARE, parse(100)) == parse(worth)
    assert exposure(**given).worst_case(FUTURE, parse(100)) == 50 * parse(worth)


@pytest.mark.parametrize(
    ("given", "contracts"),
    [
        ({"held": "1000", "buys": [("500", "1")]}, 1500),
        ({"held": "1000", "sells": [("3000", "1")]}, 2000),
        ({"held": "-1000", "sells": [("500", "1")]}, 1500),
        ({"held": "-1000", "buys": [("3000", "1")]}, 2000),
    ],
)
def test_an_inverse_contract_counts_its_longer_side_at_the_mark(given, contracts):
    assert exposure(**given).worst_case(INVERSE, parse(10_000)) == contracts * SCALE // 10_000


def test_what_does_not_divide_is_rounded_against_the_account():
    assert Exposure(quantity=1).worst_case(SHARE, 1) == 1
    assert Exposure(quantity=-1).worst_case(instrument(multiplier=SCALE + 1), SCALE) == 2


@pytest.mark.parametrize("field", ["quantity", "buy_quantity", "sell_quantity"])
def test_what_holds_or_may_come_to_hold_something_is_not_idle(field):
    assert Exposure().is_idle
    assert not Exposure(**{field: 1}).is_idle


def test_while_a_change_is_under_way_the_larger_and_dearer_of_both_counts(bench):
    order = bench.placed(quantity="10", limit="150")
    bench.accept(order)
    assert left_and_price(order, None) == (parse(10), parse(150))
    for change, expected in [
        ({"quantity": parse(12), "limit_price": parse(140)}, (parse(12), parse(150))),
        ({"quantity": parse(8), "limit_price": parse(160)}, (parse(10), parse(160))),
    ]:
        asked = e.OrderModifyRequested(order_id=order.order_id, stop_price=None, **change)
        assert left_and_price(order, asked) == expected
