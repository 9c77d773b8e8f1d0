"""What the integration guide shows, held against what the server really says: the guide's own calls and fields."""

import asyncio
import json

import pytest
from websockets.asyncio.client import connect

from shapes import holds
from waiting import until

# The guide's order, and the fields its hooks give: camel case is the client's, the wire has underscores.
GUIDE_ORDER = {"symbol": "BTC/USD", "side": "buy", "type": "limit", "quantity": 1.0, "price": 43000.00}
ORDER = {
    **dict.fromkeys(("order_id", "symbol"), "text"),
    "side": ("buy", "sell"),
    "type": ("limit", "market"),
    "status": ("open", "filled", "closed"),
    "quantity": "number",
    "price": ("number", "nothing"),
    "filled_quantity": "number",
    "created_at": "time",
}
POSITION = {"symbol": "text", "quantity": "number", "unrealized_pnl": "number", "average_price": "number"}
QUOTE = {"symbol": "text", "price": "number", "change": "number", "change_percent": "number", "volume": "number"}
LEVELS = [{"price": "number", "quantity": "number"}]
PRINT = {
    "symbol": "text",
    "price": "number",
    "quantity": "number",
    "side": ("buy", "sell", "nothing"),
    "timestamp": "time",
}
EXECUTION = {"trade_id": "text", "order_id": "text", "symbol": "text", "side": ("buy", "sell"), "price": "number"}
SIGNED_IN = {"access_token": "text", "token_type": ("bearer", "Bearer"), "expires_in": "count"}


@pytest.mark.line("D2")
async def test_d2_the_guides_calls_have_the_fields_its_hooks_give(floor, ada):
    placed = await ada.post("/api/v1/orders", json=GUIDE_ORDER)
    assert placed.status_code == 201, placed.text
    holds(ORDER, placed.json())
    assert (placed.json()["quantity"], placed.json()["price"]) == (1, 43000)
    await ada.post("/api/v1/orders", json={"symbol": "BTC/USD", "side": "buy", "type": "market", "quantity": 0.5})

    async def is_held():  # the paper venue fills at once, but not before it has answered
        return (await ada.get("/api/v1/positions")).json()["positions"]

    await until(is_held)
    held = (await ada.get("/api/v1/positions")).json()
    holds({"positions": [POSITION], "total_unrealized_pnl": "number"}, held)
    holds({"orders": [ORDER]}, (await ada.get("/api/v1/orders")).json())
    portfolio = (await ada.get("/api/v1/portfolio")).json()
    holds({"total_value": "number", "cash": "number", "unrealized_pnl": "number", "total_pnl": "number"}, portfolio)
    balance = {"currency": "text", "total": "number", "available": "number", "locked": "number"}
    holds({"balances": [balance]}, (await ada.get("/api/v1/balances")).json())
    holds(ORDER | {"status": ("closed",)}, (await ada.delete(f"/api/v1/orders/{placed.json()['order_id']}")).json())


@pytest.mark.line("D1")
async def test_d1_a_signed_sign_in_gives_a_token(floor, ada, new_key):
    key = await new_key(ada)
    answer = await ada.post("/api/v1/auth/login", json=key.login())
    holds(SIGNED_IN, answer.json())
    holds({"status": "text", "version": "text", "uptime_seconds": "count"}, (await ada.get("/api/v1/health")).json())


@pytest.mark.line("D3")
async def test_d3_each_channel_tells_what_its_hook_gives(floor, address):
    async with connect(f"{address}/ws/market-data") as socket:
        for channel in ("quotes", "trades", "orderbook"):
            await socket.send(json.dumps({"type": "subscribe", "channel": channel, "symbol": "BTC/USD"}))
        floor.price("BTC/USD", "43000.10", "43000.30")
        floor.trade("BTC/USD", "43000.20", "0.5")
        found = await heard(socket, {"quote", "trade", "orderbook"})
    holds(QUOTE, found["quote"]["data"])
    holds(PRINT, found["trade"]["data"])
    holds({"symbol": "text", "bids": LEVELS, "asks": LEVELS}, found["orderbook"]["data"])


@pytest.mark.line("D4")
async def test_d4_the_callbacks_get_orders_positions_and_executions(ada, address):
    headers = {"authorization": ada.headers["authorization"]}
    async with connect(f"{address}/ws/trading", additional_headers=headers) as socket:
        order = {"symbol": "BTC/USD", "side": "buy", "type": "market", "quantity": 0.5}
        await socket.send(json.dumps({"type": "order", "order": order}))
        found = await heard(socket, {"order_ack", "order_update", "position_update", "trade_execution"})
    holds(ORDER, found["order_ack"]["data"])
    holds(ORDER, found["order_update"]["data"])
    holds(POSITION, found["position_update"]["data"])
    holds(EXECUTION, found["trade_execution"]["data"])


async def heard(socket, kinds):
    """Listen until one message of each kind has come."""
    found = {}
    async with asyncio.timeout(30):
        while found.keys() != kinds:
            said = json.loads(await socket.recv())
            if said["type"] in kinds:
                found[said["type"]] = said
    return found
