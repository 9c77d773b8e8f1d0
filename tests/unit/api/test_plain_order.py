"""What is read in one go is what is read word by word; whatever is not plain is left to that."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openbell.api.desk.plain_order import read_plain
from openbell.api.desk.trading_words import read_order, read_said
from openbell.api.errors import ApiError

PLAIN = {"type": "order", "symbol": "BTC/USD", "side": "buy", "order_type": "limit", "quantity": 1, "price": 2}
NUMBERS = st.integers(-5, 10**13) | st.decimals(0, 10**6, places=9).map(float) | st.sampled_from(["1.5", True, None])
TEXTS = st.sampled_from(["", "a", "manual", "x" * 65, "x" * 97, 'a"b', "a\\", "é", "\x00", "a:b", "a b"])
MEMBERS = st.fixed_dictionaries(
    {
        "type": st.sampled_from(["order", "orders", None]),
        "symbol": st.sampled_from(["BTC/USD", "x" * 96]) | TEXTS,
        "side": st.sampled_from(["buy", "SELL", "Sell", "short"]),
        "order_type": st.sampled_from(["market", "LIMIT", "Stop", "stop_limit", "x"]),
        "quantity": NUMBERS,
    },
    optional={
        "id": st.integers(0, 2**70) | TEXTS | st.sampled_from([True, None, "x" * 129]),
        "price": NUMBERS,
        "stop_price": NUMBERS,
        "time_in_force": st.sampled_from(["gtc", "IOC", "never", None]),
        "client_order_id": TEXTS | st.none(),
        "strategy_id": TEXTS | st.none(),
        "post_only": st.booleans() | st.sampled_from([0, "true", None]),
        "reduce_only": st.booleans(),
        "sort": st.just(1),
    },
)


def word_by_word(text: str) -> object:
    """Read an order the long way; None for what that refuses."""
    try:
        said = read_said(text)
        body = read_order(said.body)
    except ApiError:
        return None
    return said.kind, said.reply_to, body.instruction(), body.strategy_id


def nested(members: dict[str, object], name: str) -> dict[str, object]:
    """Put an order in a member of its own."""
    wanted = {key: value for key, value in members.items() if key not in {"type", "id", "order_type"}}
    beside = {key: members[key] for key in ("type", "id") if key in members}
    return {**beside, name: {**wanted, "type": members["order_type"]}}


@given(MEMBERS, st.sampled_from(["", "order", "data", "body"]))
def test_both_ways_read_the_same(members, name):
    text = json.dumps(nested(members, name) if name else members, ensure_ascii=False)
    order = read_plain(text)
    assert order is None or ("order", order.reply_to, order.instruction, order.strategy_id) == word_by_word(text)


@pytest.mark.parametrize(
    "further",
    [
        {},
        {"id": 7},
        {"id": "a:b"},
        {"client_order_id": "mine-1", "strategy_id": "manual", "time_in_force": "gtc"},
        {"stop_price": 150.25, "post_only": True, "reduce_only": False},
    ],
)
def test_a_plain_order_is_read_in_one_go(further):
    for text in (json.dumps({**PLAIN, **further}), json.dumps(nested({**PLAIN, **further}, "order"))):
        order = read_plain(text)
        assert order is not None
        assert ("order", order.reply_to, order.instruction, order.strategy_id) == word_by_word(text)


@pytest.mark.parametrize(
    "text",
    [
        '{"type":"order","symbol":"A","side":"buy","side":"sell","order_type":"market","quantity":1}',
        '{"type":"order","symbol":"A","side":"buy","order_type":"market","quantity":1,"quantity":2}',
        '{"type":"order","symbol":"A","side":"buy","order_type":"market","quantity":1,"id":1,"id":"x"}',
        '{"type":"order","symbol":"\\u0041","side":"buy","order_type":"market","quantity":1}',
        '{"type":"order","symbol":"A","side":"buy","order_type":"market","quantity":1e2}',
        '{"type":"order","symbol":"A","side":"buy","order_type":"market","quantity":01}',
        '{"type":"order","symbol":"A","side":"buy","order_type":"market","quantity":"1"}',
        '{"type":"order","symbol":"A","side":"buy","order_type":"market","quantity":0.123456789}',
        '{"type":"order","symbol":"A","side":"buy","order_type":"market","quantity":{"a":1}}',
        '{"type":"order","symbol":"A","side":"buy","order_type":"market","quantity":1} x',
        '{"type":"order","order":{"symbol":"A","side":"buy","type":"market","quantity":1},"data":{}}',
        '{"type":"order","order":{"symbol":"A","side":"buy","type":"market","quantity":1},"symbol":"A"}',
        '{"type":"order","order":{"symbol":"A","side":"buy","type":"market","quantity":1,"symbol":"A"}}',
        "[" * 5_000,
    ],
)
def test_what_is_not_plain_is_left_to_the_long_way(text):
    assert read_plain(text) is None
