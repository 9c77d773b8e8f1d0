"""What the audit log says of an order is what it says of any command."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from openbell.domain.account import Mode
from openbell.domain.commands import PlaceOrder
from openbell.domain.order import Instruction, OrderType, Side, TimeInForce
from openbell.domain.values import text_of
from openbell.services.audit_detail import TEXT_MAX, described

TEXTS = st.text(max_size=TEXT_MAX + 20)
STEPS = st.integers(-(10**20), 10**20)
WANTED = st.builds(
    Instruction,
    symbol=TEXTS,
    side=st.sampled_from(Side),
    quantity=STEPS,
    order_type=st.sampled_from(OrderType),
    limit_price=st.none() | STEPS,
    stop_price=st.none() | STEPS,
    time_in_force=st.none() | st.sampled_from(TimeInForce),
    post_only=st.booleans(),
    reduce_only=st.booleans(),
    client_order_id=st.none() | TEXTS,
    parent_order_id=st.none() | TEXTS,
    oco_group=st.none() | TEXTS,
)


@given(WANTED, TEXTS, TEXTS, st.none() | st.sampled_from(Mode))
def test_an_order_is_described_with_all_it_says_and_nothing_it_leaves_open(wanted, account_id, strategy_id, mode):
    command = PlaceOrder(
        ts_ns=1, account_id=account_id, strategy_id=strategy_id, instruction=wanted, actor="me", mode=mode
    )
    amounts = {name: getattr(wanted, name) for name in ("quantity", "limit_price", "stop_price")}
    said = msgspec.to_builtins(wanted) | {"account_id": account_id, "strategy_id": strategy_id, "mode": mode}
    said |= {name: None if value is None else text_of(value, 0) for name, value in amounts.items()}
    told = {
        name: value[:TEXT_MAX] if isinstance(value, str) else value
        for name, value in said.items()
        if value is not None and value != ""
    }
    assert described(command) == msgspec.json.encode(told, order="sorted").decode()
