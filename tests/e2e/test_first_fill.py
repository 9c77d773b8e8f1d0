"""A newcomer's first minute: sign in, trade, look, restart, find everything as it was."""

import signal
from decimal import Decimal

import pytest

from waiting import until_so


def until(look, wanted):
    """Give the first look that is wanted."""
    found = None

    def is_wanted():
        nonlocal found
        found = look()
        return wanted(found)

    until_so(is_wanted)
    return found


def filled(client, order_id):
    return until(lambda: client.get(f"/v1/orders/{order_id}").json()["data"], lambda o: o["status"] == "FILLED")


def buy(client, **changes):
    body = {"symbol": "BTC/USD", "side": "BUY", "quantity": "0.1", "order_type": "MARKET"} | changes
    return client.post("/v1/orders", json=body)


def wait_for_prices(client):
    """Wait until the market has spoken and a first tiny order has filled."""
    until(
        lambda: client.post("/v1/orders", json={"symbol": "BTC/USD", "side": "BUY", "quantity": "0.000001"}),
        lambda answer: answer.status_code == 201,
    )
    until(lambda: client.get("/v1/positions").json()["data"], len)


@pytest.mark.line("E2", "E3")
def test_a_market_order_fills_and_the_money_adds_up(server):
    client = server.client()
    wait_for_prices(client)
    answer = buy(client, client_order_id="first")
    assert answer.status_code == 201, answer.text
    order = filled(client, answer.json()["data"]["order_id"])
    assert order["filled_quantity"] == "0.10" and Decimal(order["average_fill_price"]) > 0
    position = client.get("/v1/positions").json()["data"][0]
    assert position["symbol"] == "BTC/USD" and Decimal(position["quantity"]) == Decimal("0.100001")
    portfolio = client.get("/v1/portfolio").json()["data"]
    worth = Decimal(portfolio["cash"]) + Decimal(position["market_value"])
    assert abs(worth - Decimal(portfolio["total_value"])) < 50  # the price moved between the two reads


def test_before_the_first_trade_there_is_no_profit(server):
    portfolio = server.client().get("/v1/portfolio").json()["data"]
    assert (portfolio["total_value"], portfolio["cash"], portfolio["deposits"]) == ("100000.00",) * 3
    assert portfolio["total_pnl"] == "0.00"


def test_a_resting_limit_order_can_be_modified_and_cancelled(server):
    client = server.client()
    wait_for_prices(client)
    price = Decimal(client.get("/v1/positions").json()["data"][0]["current_price"])
    limit = str((price * Decimal("0.95")).quantize(Decimal("0.01")))
    order = buy(client, order_type="LIMIT", limit_price=limit).json()["data"]
    changed = client.put(f"/v1/orders/{order['order_id']}", json={"quantity": "0.05"}).json()["data"]
    assert changed["quantity"] == "0.05" and changed["revision"] == 2
    ended = client.delete(f"/v1/orders/{order['order_id']}").json()["data"]
    assert ended["status"] == "CANCELLED"


def picture(client):
    """Everything that must survive, without what prices move."""
    orders = client.get("/v1/orders", params={"per_page": 100}).json()["data"]
    positions = [
        {key: row[key] for key in ("position_id", "symbol", "quantity", "average_entry_price", "opened_at")}
        for row in client.get("/v1/positions").json()["data"]
    ]
    strategies = client.get("/v1/strategies").json()["data"]
    return orders, positions, client.get("/v1/portfolio").json()["data"]["cash"], strategies


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
@pytest.mark.line("E1")
def test_a_restart_changes_nothing(server, how):
    client = server.client()
    wait_for_prices(client)
    filled(client, buy(client).json()["data"]["order_id"])
    price = Decimal(client.get("/v1/positions").json()["data"][0]["current_price"])
    limit = str((price * Decimal("0.95")).quantize(Decimal("0.01")))
    resting = buy(client, order_type="LIMIT", limit_price=limit, client_order_id="resting").json()["data"]
    until(
        lambda: client.get(f"/v1/orders/{resting['order_id']}").json()["data"],
        lambda o: o["status_detail"] == "ACCEPTED",
    )
    client.post("/v1/controls/kill-switch", json={"action": "activate", "strategy_id": "manual", "reason": "test"})
    until(lambda: client.get(f"/v1/orders/{resting['order_id']}").json()["data"], lambda o: o["status"] == "CANCELLED")
    before = picture(client)
    server.stop(how)
    client = server.start().client()
    assert picture(client) == before
    refused = buy(client)
    assert refused.status_code == 409 and refused.json()["error"]["code"] == "KILL_SWITCH"


@pytest.mark.line("E3")
def test_the_same_client_order_id_makes_one_order(server):
    client = server.client()
    wait_for_prices(client)
    first, again = buy(client, client_order_id="once"), buy(client, client_order_id="once")
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.headers["idempotent-replayed"] == "true"
    assert again.json()["data"]["order_id"] == first.json()["data"]["order_id"]
    other = buy(client, client_order_id="once", quantity="0.2")
    assert other.status_code == 422 and "quantity" in other.text
