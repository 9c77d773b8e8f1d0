"""Trying an order: the gate's own answer, and not a trace of it."""

from hypothesis import given, settings
from hypothesis import strategies as some

from openbell.adapters.instruments import default_instruments
from openbell.domain.account import Mode
from openbell.domain.commands import OpenAccount, PlaceOrder
from openbell.domain.market import Quote
from openbell.domain.order import Instruction, OrderType, Side
from openbell.domain.values import SCALE
from openbell.engine.core import Core, CoreSettings
from openbell.engine.state import state_hash

NOW = 1_800_000_000 * SCALE * 10
LIMIT = {"symbol": "BTC/USD", "side": "BUY", "quantity": "0.1", "order_type": "LIMIT", "limit_price": "30000"}


async def preview(client, **changes):
    answer = await client.post("/v1/orders/preview", json=LIMIT | changes)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


async def test_a_preview_gives_the_price_the_cost_and_what_is_left(admin):
    seen = await preview(admin)
    assert seen["accepted"] is True and seen["refusal"] is None
    assert seen["estimated_price"] == "30000.00" and seen["notional"] == "3000.00" and seen["estimated_fee"] == "3.00"
    assert seen["available_before"] == "100000.00" and seen["available_after"] == "96997.00"
    assert seen["position_if_bought"] == "0.10" and seen["position_if_sold"] == "0.00"
    assert seen["worst_case_notional"] == "3000.00"


async def test_a_market_order_is_estimated_at_the_quote_it_meets(admin):
    bought = {"order_type": "MARKET", "limit_price": None}
    assert (await preview(admin, **bought))["estimated_price"] == "40000.01"
    assert (await preview(admin, **bought, side="SELL"))["estimated_price"] == "39999.99"


async def test_a_preview_refuses_what_placing_would_refuse(admin):
    for change in ({"quantity": "10"}, {"quantity": "0.0000000001"}, {"symbol": "NOPE"}, {"limit_price": "90000"}):
        placed = (await admin.post("/v1/orders", json=LIMIT | change)).json()
        if change == {"quantity": "0.0000000001"}:
            assert (await admin.post("/v1/orders/preview", json=LIMIT | change)).status_code == 400
            continue
        seen = await preview(admin, **change)
        assert seen["accepted"] is False and seen["refusal"]["code"] == placed["error"]["code"]


async def test_a_client_order_id_that_was_used_is_seen(admin):
    await admin.post("/v1/orders", json=LIMIT | {"client_order_id": "mine"})
    assert (await preview(admin, client_order_id="mine"))["refusal"]["code"] == "DUPLICATE_CLIENT_ORDER_ID"


async def test_a_preview_leaves_no_trace(live, admin):
    before = state_hash(live.system.core.state)
    journal = live.system.views.last_seq()
    for _ in range(120):  # more than the pace an account may keep: a preview is not counted in it
        await preview(admin)
    assert state_hash(live.system.core.state) == before and live.system.views.last_seq() == journal
    assert (await admin.get("/v1/orders")).json()["meta"]["total_count"] == 0
    assert (await admin.post("/v1/orders", json=LIMIT)).json()["data"]["order_id"] == "ord-000000000001"


def core() -> Core:
    one = Core(CoreSettings(instruments={item.symbol: item for item in default_instruments("continuous")}))
    opening = {"owner_id": "o", "mode": Mode.PAPER, "base_currency": "USD", "deposits": {"USD": 100_000 * SCALE}}
    one.step(OpenAccount(ts_ns=NOW, account_id="acc", **opening))
    one.step(Quote("BTC/USD", NOW, 39_999 * SCALE, SCALE, 40_001 * SCALE, SCALE))
    return one


orders = some.builds(
    Instruction,
    symbol=some.sampled_from(["BTC/USD", "AAPL", "X"]),
    side=some.sampled_from(Side),
    quantity=some.sampled_from([0, 1, SCALE // 10, SCALE, 3 * SCALE]),
    order_type=some.sampled_from(OrderType),
    limit_price=some.none() | some.sampled_from([1, 30_000 * SCALE, 80_000 * SCALE]),
    stop_price=some.none() | some.sampled_from([30_000 * SCALE, 41_000 * SCALE]),
    post_only=some.booleans(),
    reduce_only=some.booleans(),
    client_order_id=some.none() | some.sampled_from(["a", "b"]),
)


@settings(max_examples=60)
@given(some.lists(orders, min_size=1, max_size=12))
def test_a_preview_says_what_placing_then_does_and_changes_nothing(instructions):
    one = core()
    for instruction in instructions:
        command = PlaceOrder(ts_ns=NOW, account_id="acc", strategy_id="manual", instruction=instruction)
        before = state_hash(one.state)
        seen = one.preview(command)
        assert state_hash(one.state) == before
        assert seen.refusal == one.step(command).refusal
