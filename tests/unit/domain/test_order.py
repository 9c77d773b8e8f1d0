"""The table of legal moves, and what an order knows of itself."""

import msgspec
import pytest

from openbell.domain.instrument import InvalidSymbol, canonical_symbol
from openbell.domain.order import TERMINAL, TRANSITIONS, Order, OrderStatus, OrderType, Side, TimeInForce
from openbell.domain.values import parse

S = OrderStatus


def test_every_state_has_its_line():
    assert set(TRANSITIONS) == set(OrderStatus)


def test_the_ends_lead_nowhere_but_to_late_fills():
    assert {status for status in TERMINAL if TRANSITIONS[status]} == {S.CANCELED, S.EXPIRED}
    for status in (S.CANCELED, S.EXPIRED):
        assert TRANSITIONS[status] == {S.PARTIALLY_FILLED, S.FILLED}


def test_only_we_deny_and_only_before_it_leaves():
    assert [status for status, targets in TRANSITIONS.items() if S.DENIED in targets] == [S.NEW]


def test_only_what_we_hold_can_be_submitted_or_go_back_to_it():
    leading = {status for status, targets in TRANSITIONS.items() if S.SUBMITTED in targets}
    assert leading == {S.NEW, S.PENDING_MODIFY, S.PENDING_CANCEL}


def test_a_fill_may_end_anything_that_may_be_at_the_venue():
    leading = {status for status, targets in TRANSITIONS.items() if S.FILLED in targets}
    assert leading == set(OrderStatus) - {S.NEW, S.FILLED, S.REJECTED, S.DENIED}


def test_a_partly_filled_order_is_never_rejected():
    assert S.REJECTED not in TRANSITIONS[S.PARTIALLY_FILLED]


def order(**more):
    values = {
        "order_id": "o",
        "client_order_id": "c",
        "account_id": "a",
        "strategy_id": "manual",
        "symbol": "X",
        "side": Side.BUY,
        "quantity": parse(3),
        "order_type": OrderType.LIMIT,
        "limit_price": parse(1),
        "stop_price": None,
        "time_in_force": TimeInForce.DAY,
        "post_only": False,
        "reduce_only": False,
        "status": S.NEW,
        "created_ns": 0,
        "updated_ns": 0,
    }
    return Order(**{**values, **more})


def test_the_average_price_is_exact_and_rounded_half_up_at_last():
    filled = order(filled_quantity=parse(3), filled_value=parse(1) * parse("10.01") + parse(2) * parse("10.02"))
    assert filled.average_fill_price == 1_001_666_667
    assert order().average_fill_price is None


def test_an_order_survives_its_encoding():
    assert msgspec.json.decode(msgspec.json.encode(order()), type=Order) == order()


@pytest.mark.parametrize(("text", "symbol"), [(" aapl ", "AAPL"), ("btc/usd", "BTC/USD"), ("BRK.B", "BRK.B")])
def test_a_symbol_has_one_spelling(text, symbol):
    assert canonical_symbol(text) == symbol


@pytest.mark.parametrize("text", ["", "A" * 33, "../etc", "A..B", "A//B", "/A", "A B", "Ä", "A\x00", "A%2FB"])
def test_what_cannot_be_a_symbol_is_refused(text):
    with pytest.raises(InvalidSymbol):
        canonical_symbol(text)
