"""What is put together from parts says, byte for byte, what is written as a whole."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from openbell.domain.order import Order, OrderStatus, OrderType, Side, TimeInForce
from openbell.streaming.desk_messages import order_data
from openbell.streaming.desk_text import numbered, order_text
from openbell.streaming.topics import Channel
from openbell.streaming.wire import message

STEPS = st.integers(0, 10**20)
PRICES = st.none() | STEPS
INSTANTS = st.integers(0, 4 * 10**18)
ORDERS = st.builds(
    Order,
    order_id=st.text(max_size=8),
    client_order_id=st.text(max_size=8),
    account_id=st.just("acc"),
    strategy_id=st.text(max_size=8),
    symbol=st.sampled_from(["BTC/USD", 'a"b', "é"]),
    side=st.sampled_from(Side),
    quantity=STEPS,
    order_type=st.sampled_from(OrderType),
    limit_price=PRICES,
    stop_price=PRICES,
    time_in_force=st.sampled_from(TimeInForce),
    post_only=st.booleans(),
    reduce_only=st.booleans(),
    status=st.sampled_from(OrderStatus),
    created_ns=INSTANTS,
    updated_ns=INSTANTS,
    filled_quantity=STEPS,
    filled_value=STEPS,
    fees=st.integers(-(10**20), 10**20),
    revision=st.integers(1, 99),
    reason=st.text(max_size=20),
    in_doubt=st.booleans(),
)


@given(ORDERS)
def test_an_order_reads_the_same_however_it_is_written(order):
    assert order_text(order) == msgspec.json.encode(order_data(order))


@given(ORDERS, ORDERS)
def test_an_order_that_has_changed_is_not_told_as_it_was(order, other):
    order_text(order)
    for name in ("quantity", "limit_price", "stop_price", "symbol", "side"):
        setattr(order, name, getattr(other, name))
    assert order_text(order) == msgspec.json.encode(order_data(order))


@given(st.text(max_size=8), st.integers(0, 10**12), st.integers(1, 3))
def test_a_numbered_message_reads_the_same_however_it_is_written(kind, seq, part):
    beside = {"channel": Channel.TRADING, "seq": seq, "part": part, "parts": 3}
    data = b'{"a":1}'
    whole = message(kind, msgspec.Raw(data), beside=beside)
    assert numbered(kind, Channel.TRADING, data, seq=seq, part=part, parts=3) == whole
