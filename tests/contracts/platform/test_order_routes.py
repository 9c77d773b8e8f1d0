"""Orders over HTTP, through the real core, journal and paper venue."""

import pytest

from openbell.domain.access import Role
from platform_floor import open_floor

# The keys of the platform document's order.
DOCUMENTED = {
    *("order_id", "strategy_id", "symbol", "side", "quantity", "order_type", "limit_price", "status"),
    *("filled_quantity", "average_fill_price", "fees", "submitted_at", "filled_at"),
}
LIMIT = {"symbol": "AAPL", "side": "BUY", "quantity": "10", "order_type": "LIMIT", "limit_price": "100.00"}


@pytest.fixture
async def floor(tmp_path):
    async with open_floor(tmp_path) as floor:
        floor.price("AAPL", "104.99", "105.01")
        floor.price("BTC/USD", "49990", "50000")
        yield floor


async def place(client, **changes):
    return await client.post("/v1/orders", json=LIMIT | changes)


@pytest.mark.line("E3")
async def test_a_resting_order_is_placed_changed_and_cancelled(floor):
    client = await floor.client()
    placed = await place(client)
    assert placed.status_code == 201
    order = placed.json()["data"]
    assert order.keys() >= DOCUMENTED
    assert (order["status"], order["quantity"], order["limit_price"]) == ("SUBMITTED", "10.00", "100.00")
    path = f"/v1/orders/{order['order_id']}"
    changed = (await client.put(path, json={"limit_price": "101.00", "expected_revision": 1})).json()["data"]
    assert (changed["order_id"], changed["limit_price"], changed["revision"]) == (order["order_id"], "101.00", 2)
    stale = await client.put(path, json={"limit_price": "102.00"}, headers={"if-match": '"1"'})
    assert (stale.status_code, stale.json()["error"]["code"]) == (409, "STALE_REVISION")
    cancelled = await client.delete(path)
    assert (cancelled.status_code, cancelled.json()["data"]["status"]) == (200, "CANCELLED")
    assert (await client.delete(path)).json()["data"] == cancelled.json()["data"]


@pytest.mark.line("E3")
async def test_a_market_order_fills_and_shows_in_positions_and_portfolio(floor):
    client = await floor.client()
    order = (await place(client, order_type="MARKET", limit_price=None, symbol="BTC-USD", quantity="0.5")).json()[
        "data"
    ]
    assert order["symbol"] == "BTC/USD"
    order = await floor.filled(client, order["order_id"])
    assert (order["status"], order["average_fill_price"], order["remaining_quantity"]) == ("FILLED", "50000.00", "0.00")
    position = (await client.get("/v1/positions")).json()["data"][0]
    assert (position["quantity"], position["market_value"]) == ("0.50", "24997.50")
    portfolio = (await client.get("/v1/portfolio")).json()["data"]
    assert portfolio["positions_count"] == 1
    assert float(portfolio["cash"]) == pytest.approx(75_000, abs=100)


@pytest.mark.line("E3")
async def test_the_same_client_order_id_makes_one_order(floor):
    client = await floor.client()
    first, again = await place(client, client_order_id="once"), await place(client, client_order_id="once")
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.headers["idempotent-replayed"] == "true"
    assert again.json()["data"]["order_id"] == first.json()["data"]["order_id"]
    other = await place(client, client_order_id="once", quantity="11", limit_price="99.00")
    assert other.status_code == 422
    assert {one["field"] for one in other.json()["error"]["details"]} == {"quantity", "limit_price"}


@pytest.mark.line("E3")
async def test_an_idempotency_key_gives_the_same_answer_and_no_second_order(floor):
    client = await floor.client()
    key = {"idempotency-key": "k1"}
    first = await client.post("/v1/orders", json=LIMIT, headers=key)
    again = await client.post("/v1/orders", json=LIMIT, headers=key)
    assert (first.content, first.status_code) == (again.content, again.status_code)
    assert again.headers["idempotent-replayed"] == "true"
    assert (await client.get("/v1/orders")).json()["meta"]["total_count"] == 1
    reused = await client.post("/v1/orders", json=LIMIT | {"quantity": "1"}, headers=key)
    assert (reused.status_code, reused.json()["error"]["code"]) == (422, "IDEMPOTENCY_KEY_REUSED")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"symbol": "NOSUCH"}, "symbol"),
        ({"limit_price": "100.001"}, "limit_price"),
        ({"limit_price": None}, "limit_price"),
        ({"quantity": "0"}, "quantity"),
        ({"quantity": "1e3"}, "quantity"),
        ({"order_type": "BUY"}, "order_type"),
        ({"order_kind": "LIMIT"}, "order_kind"),
        ({"client_order_id": "has space"}, "client_order_id"),
    ],
)
@pytest.mark.line("E3", "C4")
async def test_a_bad_order_is_refused_by_field_and_leaves_nothing(floor, changes, field):
    client = await floor.client()
    answer = await place(client, **changes)
    assert answer.status_code == 400
    assert field in {one["field"] for one in answer.json()["error"]["details"]}
    assert (await client.get("/v1/orders")).json()["meta"]["total_count"] == 0


@pytest.mark.line("E3")
async def test_an_order_past_the_money_is_denied_and_on_record(floor):
    client = await floor.client()
    answer = await place(client, quantity="1200", client_order_id="dear")
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (400, "INSUFFICIENT_FUNDS")
    order_id = next(one["message"] for one in error["details"] if one["field"] == "order_id")
    order = (await client.get(f"/v1/orders/{order_id}")).json()["data"]
    assert (order["status"], order["status_detail"]) == ("REJECTED", "DENIED")


@pytest.mark.line("P7", "C6")
async def test_lists_are_filtered_by_status_in_both_spellings(floor):
    client = await floor.client()
    for number in range(3):
        await place(client, client_order_id=f"c{number}")
    newest = (await client.get("/v1/orders")).json()["data"][0]
    await client.delete(f"/v1/orders/{newest['order_id']}")
    for word in ("CANCELED", "cancelled"):
        page = (await client.get("/v1/orders", params={"status": word})).json()
        assert [one["order_id"] for one in page["data"]] == [newest["order_id"]]
    page = (await client.get("/v1/orders", params={"status": "SUBMITTED", "per_page": 1, "page": 2})).json()
    assert page["meta"].items() >= {"total_count": 2, "page": 2, "per_page": 1}.items()
    wrong = await client.get("/v1/orders", params={"status": "DONE"})
    assert wrong.status_code == 400
    assert "CANCELLED" in wrong.text


@pytest.mark.line("P7", "C29")
async def test_a_cursor_no_page_gave_is_refused(floor):
    client = await floor.client()
    for number in range(3):
        await place(client, client_order_id=f"c{number}")
    first = (await client.get("/v1/orders", params={"per_page": 2})).json()
    rest = (await client.get("/v1/orders", params={"per_page": 2, "cursor": first["meta"]["next_cursor"]})).json()
    assert [one["client_order_id"] for one in first["data"] + rest["data"]] == ["c2", "c1", "c0"]
    assert rest["meta"]["next_cursor"] is None
    for path in ("orders", "alerts"):
        assert (await client.get(f"/v1/{path}", params={"cursor": "junk"})).status_code == 400


@pytest.mark.line("C36", "E7")
async def test_nobody_sees_or_touches_the_orders_of_others(floor):
    ada, bob = await floor.client("ada"), await floor.client("bob")
    admin = await floor.client("root", Role.ADMIN)
    path = f"/v1/orders/{(await place(ada)).json()['data']['order_id']}"
    assert [(await bob.request(method, path)).status_code for method in ("GET", "DELETE")] == [404, 404]
    assert (await bob.put(path, json={"quantity": "1"})).status_code == 404
    assert (await bob.get("/v1/orders", params={"scope": "all"})).status_code == 403
    assert (await admin.get(path)).status_code == 404
    assert (await admin.get(path, params={"scope": "all"})).status_code == 200
    assert (await admin.delete(path)).status_code == 200
