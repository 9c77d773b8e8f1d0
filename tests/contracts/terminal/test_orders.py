"""R4: orders, positions and trades."""

import asyncio
import json
from decimal import Decimal

import pytest

ORDER = {
    "strategy_id": "manual",
    "instrument": "AAPL",
    "order_type": "BUY",
    "quantity": 10,
    "order_kind": "MARKET",
    "execution_mode": "PAPER",
}
RESTING = {**ORDER, "order_kind": "LIMIT", "price": 140}


async def place(client, order=None, **more):
    return await client.post("/api/orders", json={**(order or ORDER), **more})


async def buy(terminal, client, **more):
    placed = await place(client, **more)
    assert placed.status_code == 201, placed.text
    return await terminal.filled(client, placed.json()["order_id"])


async def test_r4_a_market_order_is_placed_and_fills(terminal, client):
    order = await buy(terminal, client)
    assert order["status"] == "FILLED" and order["filled_quantity"] == 10 and order["average_price"] == 150.01
    assert {"order_id", "created_at", "updated_at", "instrument", "side", "quantity"} <= order.keys()


async def test_r4_a_limit_order_is_placed_and_works(client):
    order = (await place(client, RESTING)).json()
    assert order["status"] == "SUBMITTED" and order["price"] == 140 and order["time_in_force"] == "DAY"
    assert "average_price" not in order and "stop_price" not in order


async def test_r4_a_stop_loss_order_is_placed(terminal, client):
    await buy(terminal, client)
    sent = await place(client, order_type="SELL", order_kind="STOP_LOSS", stop_price=140)
    order = sent.json()
    assert sent.status_code == 201 and order["order_kind"] == "STOP_LOSS" and order["stop_price"] == 140
    (inside,) = terminal.system.views.open_orders(await terminal.account_of(client))
    assert inside.order_type == "STOP"


async def test_r4_a_stop_limit_order_is_placed(client):
    order = (await place(client, order_kind="STOP_LIMIT", stop_price=160, price=161)).json()
    assert (order["order_kind"], order["stop_price"], order["price"]) == ("STOP_LIMIT", 160, 161)


@pytest.mark.parametrize("time_in_force", ["DAY", "GTC", "IOC", "FOK"])
async def test_r4_every_time_in_force_is_taken_and_echoed(client, time_in_force):
    order = (await place(client, time_in_force=time_in_force)).json()
    assert order["time_in_force"] == time_in_force


@pytest.mark.parametrize(
    ("wrong", "field", "advice"),
    [
        ({"order_type": "LIMIT"}, "order_type", "LIMIT belongs in order_kind"),
        ({"side": "BUY"}, "side", "order_type says BUY or SELL"),
        ({"type": "market"}, "type", "order_kind"),
        ({"symbol": "AAPL"}, "symbol", "instrument"),
        ({"limit_price": 1}, "limit_price", "price"),
        ({"mode": "PAPER"}, "mode", "execution_mode"),
        ({"colour": "red"}, "colour", "No such field"),
        ({"order_type": "buy"}, "order_type", "BUY"),
        ({"order_kind": "LIMIT"}, "price", "needs a price"),
        ({"order_kind": "STOP_LOSS"}, "stop_price", "needs a stop_price"),
        ({"order_kind": "STOP_LIMIT", "stop_price": 160}, "price", "needs a price"),
        ({"price": 150}, "price", "takes no price"),
        ({"order_kind": "LIMIT", "price": 150, "stop_price": 1}, "stop_price", "takes no stop_price"),
        ({"order_kind": "LIMIT", "price": 150.001}, "price", "multiple"),
        ({"instrument": "NOPE"}, "instrument", "NOPE"),
        ({"quantity": 0.5}, "quantity", "multiple"),
        ({"quantity": -1}, "quantity", "multiple"),
        ({"quantity": None}, "quantity", "decimal"),
        ({"execution_mode": "BACKTEST"}, "execution_mode", "LIVE"),
        ({"time_in_force": "GTD"}, "time_in_force", "DAY"),
        ({"client_order_id": "a b"}, "client_order_id", "pattern"),
    ],
)
async def test_r4_a_body_in_other_words_is_refused_with_the_right_field(client, wrong, field, advice):
    refused = await place(client, **wrong)
    error = refused.json()["error"]
    assert refused.status_code == 400
    assert [one["field"] for one in error["details"]] == [field]
    assert advice in error["details"][0]["message"]


@pytest.mark.parametrize("missing", ORDER)
async def test_r4_every_field_the_document_demands_is_demanded(client, missing):
    refused = await client.post("/api/orders", json={k: v for k, v in ORDER.items() if k != missing})
    assert refused.status_code == 400
    assert refused.json()["error"]["details"][0]["field"] == missing


@pytest.mark.parametrize("written", ["0.123456", '"0.123456"'])
async def test_r4_a_quantity_is_exact_as_number_and_as_text(client, written):
    body = json.dumps({**ORDER, "instrument": "BTC-USD", "quantity": "Q"}).replace('"Q"', written)
    answer = await client.post("/api/orders", content=body, headers={"content-type": "application/json"})
    assert '"quantity":0.123456,' in answer.text and answer.json()["instrument"] == "BTC/USD"


async def test_r4_a_mode_that_is_not_the_strategys_is_a_conflict(client):
    refused = await place(client, execution_mode="LIVE")
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "MODE_MISMATCH")


async def test_r4_an_order_is_modified_and_keeps_its_id(client):
    order = (await place(client, RESTING)).json()
    changed = await client.put(f"/api/orders/{order['order_id']}", json={"price": 141.5, "quantity": 5})
    after = changed.json()
    assert changed.status_code == 200 and after["order_id"] == order["order_id"]
    assert (after["price"], after["quantity"], after["revision"]) == (141.5, 5, 2)


async def test_r4_a_stale_revision_changes_nothing(client):
    order_id = (await place(client, RESTING)).json()["order_id"]
    for headers, body in (({"if-match": '"7"'}, {}), ({}, {"expected_revision": 7})):
        refused = await client.put(f"/api/orders/{order_id}", json={"price": 141, **body}, headers=headers)
        assert (refused.status_code, refused.json()["error"]["code"]) == (409, "STALE_REVISION")
    assert (await client.get(f"/api/orders/{order_id}")).json()["price"] == 140


async def test_r4_an_order_is_canceled_and_canceling_twice_is_harmless(client):
    order_id = (await place(client, RESTING)).json()["order_id"]
    for _ in range(2):
        canceled = await client.delete(f"/api/orders/{order_id}")
        assert (canceled.status_code, canceled.json()["status"]) == (200, "CANCELLED")


async def test_r4_orders_are_listed_newest_first_in_pages(client):
    ids = [(await place(client, RESTING, price=130 + n)).json()["order_id"] for n in range(3)]
    first = (await client.get("/api/orders?limit=2")).json()
    rest = (await client.get("/api/orders", params={"limit": 2, "cursor": first["next_cursor"]})).json()
    assert [one["order_id"] for one in first["orders"] + rest["orders"]] == ids[::-1]
    assert "next_cursor" not in rest


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("status=SUBMITTED", 1),
        ("status=submitted&instrument=AAPL", 1),
        ("status=CANCELED", 1),
        ("status=FILLED", 0),
        ("instrument=BTC-USD", 0),
        ("execution_mode=LIVE", 0),
        ("strategy_id=manual", 2),
        ("from=2020-01-01T00:00:00Z&to=2020-01-02", 0),
    ],
)
async def test_r4_orders_are_filtered(client, query, count):
    order_id = (await place(client, RESTING)).json()["order_id"]
    await client.delete(f"/api/orders/{order_id}")
    await place(client, RESTING)
    assert len((await client.get(f"/api/orders?{query}")).json()["orders"]) == count


async def test_r4_the_same_client_order_id_makes_one_order(client):
    first, again = [await place(client, RESTING, client_order_id="mine-1") for _ in range(2)]
    other = await place(client, RESTING, client_order_id="mine-1", price=141)
    assert (first.status_code, again.status_code, other.status_code) == (201, 200, 422)
    assert again.headers["idempotent-replayed"] == "true"
    assert again.json()["order_id"] == first.json()["order_id"]


async def test_r4_the_same_idempotency_key_makes_one_order(client):
    key = {"idempotency-key": "k1"}
    answers = [await client.post("/api/orders", json=RESTING, headers=key) for _ in range(2)]
    assert answers[0].content == answers[1].content
    assert len((await client.get("/api/orders")).json()["orders"]) == 1


async def test_r4_a_denied_order_is_an_error_and_on_record(client):
    refused = await place(client, RESTING, quantity=100_000)
    assert (refused.status_code, refused.json()["error"]["code"]) in [
        (400, "MAX_ORDER_NOTIONAL"),
        (400, "INSUFFICIENT_FUNDS"),
    ]
    (order,) = (await client.get("/api/orders?status=REJECTED")).json()["orders"]
    assert order["status_detail"] == "DENIED"


async def test_r4_positions_have_the_documents_shape(terminal, client):
    await buy(terminal, client)
    terminal.quote("AAPL", "154.99", "155.01")
    (position,) = (await client.get("/api/positions")).json()["positions"]
    assert (
        position.items()
        >= {
            "strategy_id": "manual",
            "instrument": "AAPL",
            "quantity": 10,
            "average_entry_price": 150.01,
            "current_price": 155,
            "unrealized_pnl": 49.9,
            "realized_pnl": 0,
        }.items()
    )
    assert {"id", "opened_at"} <= position.keys()


async def test_r4_a_position_is_closed_at_the_market(terminal, client):
    await buy(terminal, client)
    (position,) = (await client.get("/api/positions")).json()["positions"]
    closed = await client.post(f"/api/positions/{position['id']}/close")
    assert closed.status_code == 201 and (closed.json()["side"], closed.json()["quantity"]) == ("SELL", 10)
    await terminal.filled(client, closed.json()["order_id"])
    assert (await client.get("/api/positions")).json() == {"positions": []}
    assert (await client.post(f"/api/positions/{position['id']}/close")).status_code == 404


async def test_r4_a_part_of_a_position_is_closed(terminal, client):
    await buy(terminal, client)
    (position,) = (await client.get("/api/positions")).json()["positions"]
    closed = await client.post(f"/api/positions/{position['id']}/close", json={"quantity": 4})
    await terminal.filled(client, closed.json()["order_id"])
    assert (await client.get("/api/positions")).json()["positions"][0]["quantity"] == 6


async def test_r4_exits_that_wait_make_way_for_a_close(terminal, client):
    await buy(terminal, client)
    target = await place(client, RESTING, order_type="SELL", price=160, reduce_only=True)
    (position,) = (await client.get("/api/positions")).json()["positions"]
    closed = await client.post(f"/api/positions/{position['id']}/close")
    assert closed.status_code == 201, closed.text
    assert (await client.get(f"/api/orders/{target.json()['order_id']}")).json()["status"] == "CANCELLED"


async def test_r4_two_closes_at_once_never_overshoot(terminal, client):
    await buy(terminal, client)
    (position,) = (await client.get("/api/positions")).json()["positions"]
    await asyncio.gather(*(client.post(f"/api/positions/{position['id']}/close") for _ in range(5)))
    assert (await client.get("/api/positions")).json() == {"positions": []}


async def test_r4_trades_have_the_documents_shape(terminal, client):
    order = await buy(terminal, client)
    (trade,) = (await client.get("/api/trades")).json()["trades"]
    assert (
        trade.items()
        >= {
            "order_id": order["order_id"],
            "strategy_id": "manual",
            "instrument": "AAPL",
            "side": "BUY",
            "quantity": 10,
            "price": 150.01,
            "execution_mode": "PAPER",
        }.items()
    )
    assert {"trade_id", "timestamp"} <= trade.keys()


async def test_r4_what_belongs_to_others_is_not_there(terminal, client):
    await buy(terminal, client)
    order_id = (await place(client, RESTING)).json()["order_id"]
    (position,) = (await client.get("/api/positions")).json()["positions"]
    async with terminal.as_user("bob") as bob:
        assert (await bob.get(f"/api/orders/{order_id}")).status_code == 404
        assert (await bob.put(f"/api/orders/{order_id}", json={"price": 1})).status_code == 404
        assert (await bob.delete(f"/api/orders/{order_id}")).status_code == 404
        assert (await bob.post(f"/api/positions/{position['id']}/close")).status_code == 404
        for path, noun in (("orders", "orders"), ("positions", "positions"), ("trades", "trades")):
            assert (await bob.get(f"/api/{path}")).json() == {noun: []}


async def test_r8_money_is_a_number_token_that_never_was_a_float(terminal, client):
    body = json.dumps({**RESTING, "quantity": 3}).replace("140", "123456789012.11", 1)
    answer = await client.post("/api/orders", content=body, headers={"content-type": "application/json"})
    assert answer.status_code in (201, 400)
    listed = json.loads((await client.get("/api/orders")).text, parse_float=Decimal)
    if listed["orders"]:
        assert listed["orders"][0]["price"] == Decimal("123456789012.11")
