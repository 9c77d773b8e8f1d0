"""An id that was used is never taken for a new one."""

from openbell.domain import events as e
from openbell.domain.account import Mode
from openbell.domain.order import OrderType, Side, TimeInForce
from openbell.engine.apply import apply
from openbell.engine.state import State
from openbell.runtime.used_ids import UsedIds

MANY = 60_000
"""More ids than the first filter takes."""


def placed(seq: int, name: str, account_id: str = "acc") -> e.Recorded:
    event = e.OrderPlaced(
        order_id=f"o{seq}",
        client_order_id=name,
        account_id=account_id,
        strategy_id="manual",
        symbol="AAPL",
        side=Side.BUY,
        quantity=1,
        order_type=OrderType.MARKET,
        limit_price=None,
        stop_price=None,
        time_in_force=TimeInForce.GTC,
        post_only=False,
        reduce_only=False,
    )
    return e.Recorded(seq, seq, account_id, seq, event)


def state_with(*names: str) -> State:
    state = State()
    opened = e.AccountOpened(account_id="acc", owner_id="u", mode=Mode.PAPER, base_currency="USD")
    apply(state, e.Recorded(1, 1, "acc", 1, opened))
    for seq, name in enumerate(names, start=2):
        apply(state, placed(seq, name))
    return state


def test_an_id_is_new_until_its_order_is_on_record_and_only_in_its_account():
    used = UsedIds(state_with("before"))
    assert not used.is_new("acc", "before")
    assert used.is_new("acc", "mine") and used.is_new("other", "before")
    used.events([placed(3, "mine")])
    assert not used.is_new("acc", "mine") and used.is_new("other", "mine")


def test_however_many_there_are_none_is_forgotten_and_few_new_ones_are_in_doubt():
    used = UsedIds(State())
    used.events([placed(seq, f"id-{seq}") for seq in range(MANY)])
    assert not any(used.is_new("acc", f"id-{seq}") for seq in range(MANY))
    doubted = sum(not used.is_new("acc", f"new-{number}") for number in range(10_000))
    assert doubted < 500


def test_a_state_that_has_forgotten_orders_is_sure_of_none():
    state = state_with("a", "b")
    state.orders.pop("o2")
    used = UsedIds(state)
    used.events([placed(4, "c")])
    assert not used.is_new("acc", "b") and not used.is_new("acc", "z")
