"""D2: orders, portfolio, positions and balances in the guide's words, with exact numbers."""

import json

import pytest

from openbell.api.desk.schemas import OrderAnswer
from openbell.domain.access import Role
from waiting import until

LIMIT = {"symbol": "BTC/USD", "side": "buy", "type": "limit", "quantity": 1.0, "price": 42000.00}
MARKET = {"symbol": "BTC/USD", "side": "buy", "type": "market", "quantity": 1.0}
KEYS = OrderAnswer.model_fields.keys()


def exact(answer):
    """Read an answer with every number as it was written."""
    return json.loads(answer.text, parse_float=str, parse_int=str)


def errors(answer):
    return {detail["field"]: detail["message"] for detail in answer.json()["error"]["details"]}


async def filled(client, order_id):
    async def look():
        order = exact(await client.get(f"/api/v1/orders/{order_id}"))
        return order if order["status"] == "filled" else None

    return await until(look)


async def test_d2_an_order_of_the_guide_is_created_listed_and_cancelled(ada):
    created = await ada.post("/api/v1/orders", json=LIMIT)
    assert created.status_code == 201 and created.json().keys() == KEYS
    order = created.json()
    assert (order["side"], order["type"], order["status"], order["time_in_force"]) == ("buy", "limit", "open", "GTC")
    listed = (await ada.get("/api/v1/orders")).json()
    assert [one["order_id"] for one in listed["orders"]] == [order["order_id"]] and listed["total_count"] == 1
    cancelled = (await ada.delete(f"/api/v1/orders/{order['order_id']}")).json()
    assert (cancelled["status"], cancelled["status_detail"]) == ("closed", "CANCELED")
    assert (await ada.delete(f"/api/v1/orders/{order['order_id']}")).status_code == 200


async def test_d2_a_filled_order_moves_portfolio_positions_and_balances(ada):
    order = await filled(ada, (await ada.post("/api/v1/orders", json=MARKET)).json()["order_id"])
    assert (order["filled_quantity"], order["average_price"]) == ("1", "43000.3")
    positions = exact(await ada.get("/api/v1/positions"))
    assert positions["total_unrealized_pnl"] == "-0.1"
    [position] = positions["positions"]
    assert (position["side"], position["quantity"], position["average_price"]) == ("long", "1", "43000.3")
    portfolio = exact(await ada.get("/api/v1/portfolio"))
    [balance] = exact(await ada.get("/api/v1/balances"))["balances"]
    assert (balance["currency"], balance["total"]) == ("USD", portfolio["cash"])
    assert portfolio["positions_value"] == "43000.2" and portfolio["positions_count"] == "1"


async def test_d2_what_an_open_buy_order_may_spend_is_locked(ada):
    await ada.post("/api/v1/orders", json=LIMIT)
    [balance] = exact(await ada.get("/api/v1/balances"))["balances"]
    assert (balance["total"], balance["locked"], balance["available"]) == ("100000", "42000", "58000")


async def test_d2_numbers_are_exact_tokens_both_ways(ada):
    body = '{"symbol":"BTC-USD","side":"buy","type":"limit","quantity":0.000003,"price":42000.01}'
    created = await ada.post("/api/v1/orders", content=body, headers={"content-type": "application/json"})
    order = exact(created)
    assert (order["symbol"], order["quantity"], order["price"]) == ("BTC/USD", "0.000003", "42000.01")
    assert '"quantity":0.000003,' in created.text


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"order_type": "limit"}, "order_type"),
        ({"instrument": "BTC/USD"}, "instrument"),
        ({"order_kind": "LIMIT"}, "order_kind"),
        ({"limit_price": 1}, "limit_price"),
        ({"colour": "red"}, "colour"),
        ({"side": "up"}, "side"),
        ({"type": "iceberg"}, "type"),
        ({"quantity": "many"}, "quantity"),
        ({"quantity": 0}, "quantity"),
        ({"price": None}, "price"),
        ({"price": 0.001}, "price"),
        ({"client_order_id": "no spaces"}, "client_order_id"),
        ({"symbol": "NOPE"}, "symbol"),
    ],
)
async def test_d2_an_order_that_is_wrong_is_refused_by_its_field(ada, change, field):
    answer = await ada.post("/api/v1/orders", json=LIMIT | change)
    assert answer.status_code == 400 and field in errors(answer), answer.text
    assert (await ada.get("/api/v1/orders")).json()["orders"] == []


async def test_d2_a_body_of_another_contract_is_told_our_names(ada):
    terminal = {"instrument": "BTC/USD", "order_type": "BUY", "order_kind": "LIMIT", "quantity": 1, "price": 42000}
    told = errors(await ada.post("/api/v1/orders", json=terminal))
    assert "'symbol'" in told["instrument"] and "'type'" in told["order_type"]


async def test_d2_the_same_client_order_id_makes_one_order(ada):
    body = LIMIT | {"client_order_id": "mine-1"}
    first, again = [await ada.post("/api/v1/orders", json=body) for _ in range(2)]
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.headers["idempotent-replayed"] == "true"
    assert again.json()["order_id"] == first.json()["order_id"]
    other = await ada.post("/api/v1/orders", json=body | {"price": 41000})
    assert other.status_code == 422 and "price" in errors(other)


async def test_d2_a_change_keeps_the_order_and_a_stale_one_changes_nothing(ada):
    order_id = (await ada.post("/api/v1/orders", json=LIMIT)).json()["order_id"]
    changed = exact(await ada.put(f"/api/v1/orders/{order_id}", json={"price": 41999.5}))
    assert (changed["order_id"], changed["price"], changed["revision"]) == (order_id, "41999.5", "2")
    stale = await ada.put(f"/api/v1/orders/{order_id}", json={"price": 1}, headers={"If-Match": '"1"'})
    assert stale.status_code == 409
    assert exact(await ada.get(f"/api/v1/orders/{order_id}"))["price"] == "41999.5"


@pytest.mark.parametrize(
    ("word", "found"),
    [("open", 1), ("OPEN", 1), ("closed", 1), ("cancelled", 1), ("CANCELED", 1), ("filled", 0), ("rejected", 0)],
)
async def test_d2_statuses_are_filtered_in_every_spelling(ada, word, found):
    kept, gone = [(await ada.post("/api/v1/orders", json=LIMIT)).json()["order_id"] for _ in range(2)]
    await ada.delete(f"/api/v1/orders/{gone}")
    assert kept != gone
    assert len((await ada.get(f"/api/v1/orders?status={word}")).json()["orders"]) == found
    assert (await ada.get("/api/v1/orders?status=lost")).status_code == 400


async def test_d2_a_denied_order_is_an_error_that_names_it(ada):
    answer = await ada.post("/api/v1/orders", json=LIMIT | {"quantity": 3})
    assert answer.status_code == 400 and answer.json()["error"]["code"] == "INSUFFICIENT_FUNDS"
    order = (await ada.get(f"/api/v1/orders/{errors(answer)['order_id']}")).json()
    assert (order["status"], order["status_detail"]) == ("closed", "DENIED")


async def test_d2_nobody_sees_or_touches_the_orders_of_others(floor, ada):
    order_id = (await ada.post("/api/v1/orders", json=LIMIT)).json()["order_id"]
    async with await floor.client("bob") as bob:
        for method in ("GET", "DELETE"):
            assert (await bob.request(method, f"/api/v1/orders/{order_id}")).status_code == 404
        assert (await bob.get("/api/v1/orders")).json()["orders"] == []
    async with await floor.client("vera", Role.VIEWER) as vera:
        assert (await vera.post("/api/v1/orders", json=LIMIT)).status_code == 403


async def test_d2_one_order_is_the_same_through_both_contracts(ada):
    ours = (await ada.post("/api/v1/orders", json=LIMIT)).json()
    theirs = (await ada.get(f"/v1/orders/{ours['order_id']}")).json()["data"]
    assert theirs["order_type"].lower() == ours["type"] and theirs["symbol"] == ours["symbol"]
    assert float(theirs["limit_price"]) == ours["price"]
    # The venue may have accepted it between the two questions, which neither word tells apart.
    assert (ours["status"], theirs["status"]) == ("open", "SUBMITTED")


async def test_d7_lists_come_in_pages(ada):
    for _ in range(5):
        await ada.post("/api/v1/orders", json=LIMIT | {"quantity": 0.1})
    first = (await ada.get("/api/v1/orders?per_page=2")).json()
    second = (await ada.get(f"/api/v1/orders?per_page=2&cursor={first['next_cursor']}")).json()
    third = (await ada.get("/api/v1/orders?per_page=2&page=3")).json()
    ids = [one["order_id"] for page in (first, second, third) for one in page["orders"]]
    assert len(ids) == len(set(ids)) == first["total_count"] == 5
    assert (await ada.get("/api/v1/orders?per_page=101")).status_code == 400


async def test_d7_instruments_need_not_be_sent_twice(ada):
    first = await ada.get("/api/v1/instruments")
    assert "max-age" in first.headers["cache-control"]
    again = await ada.get("/api/v1/instruments", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    other = await ada.get("/api/v1/instruments", headers={"If-None-Match": '"other"'})
    assert other.status_code == 200
    one = await ada.get("/api/v1/instruments/BTC%2FUSD")
    assert exact(one)["tick_size"] == "0.01"


async def test_d7_large_answers_are_compressed_when_asked(ada):
    for _ in range(30):
        await ada.post("/api/v1/orders", json=LIMIT | {"quantity": 0.01})
    path = "/api/v1/orders?per_page=100"
    small = await ada.get(path, headers={"accept-encoding": "gzip"})
    plain = await ada.get(path, headers={"accept-encoding": "identity"})
    assert small.headers["content-encoding"] == "gzip" and "accept-encoding" in small.headers["vary"].lower()
    assert int(small.headers["content-length"]) * 3 < len(plain.content)
    assert small.json()["total_count"] == 30 and "content-encoding" not in plain.headers
    refused = await ada.get(path, headers={"accept-encoding": "gzip;q=0"})
    assert "content-encoding" not in refused.headers
    short = await ada.get("/api/v1/balances", headers={"accept-encoding": "gzip"})
    assert "content-encoding" not in short.headers
