"""E6 over a real connection: the three channels of the monitoring document, to fifty clients at once."""

import asyncio
import json

import pytest
from websockets.asyncio.client import connect

from openbell.domain.access import Role
from platform_floor import open_floor, served
from shapes import holds

CLIENTS = 50
CHANNELS = {
    "portfolio_updates": "portfolio_update",
    "trade_notifications": "trade_notification",
    "order_fills": "order_fill",
}
AMOUNTS = ("quantity", "price", "fee", "realized_pnl")
SHAPES = {
    "portfolio_update": {
        **dict.fromkeys(("total_value", "cash", "total_pnl", "unrealized_pnl", "realized_pnl"), "decimal"),
        "account_id": "text",
        "positions_count": "count",
        "timestamp": "time",
    },
    "trade_notification": {
        **dict.fromkeys(("trade_id", "order_id", "strategy_id", "symbol"), "text"),
        **dict.fromkeys(AMOUNTS, "decimal"),
        "side": ("BUY", "SELL"),
        "timestamp": "time",
    },
    "order_fill": {
        "order_id": "text",
        "symbol": "text",
        "last_quantity": "decimal",
        "last_price": "decimal",
        "fee": "decimal",
        "status": ("FILLED", "PARTIALLY_FILLED"),
        "filled_quantity": "decimal",
        "average_fill_price": "decimal",
    },
}
BUY = {"symbol": "AAPL", "side": "BUY", "quantity": "10", "order_type": "MARKET"}

pytestmark = [pytest.mark.line("E6"), pytest.mark.usefixtures("both_ways")]


@pytest.fixture
async def floor(tmp_path):
    async with open_floor(tmp_path) as floor:
        floor.price("AAPL", "104.99", "105.01")
        yield floor


async def subscribed(address, token):
    """A client that listens to the three channels, past what it is told at once."""
    socket = await connect(f"{address}?token={token}", max_queue=None)
    for channel in CHANNELS:
        await socket.send(json.dumps({"type": "subscribe", "channel": channel}))
    answers = set()
    async with asyncio.timeout(30):
        while answers != set(CHANNELS):
            said = json.loads(await socket.recv())
            if said["type"] == "subscribed":
                answers.add(said["channel"])
    return socket


async def numbered(socket):
    """The first message of each channel that belongs to an event."""
    found = {}
    async with asyncio.timeout(30):
        while found.keys() != set(CHANNELS.values()):
            said = json.loads(await socket.recv())
            if said.get("channel") in CHANNELS and "seq" in said:
                found.setdefault(said["type"], said)
    return found


async def test_e6_a_fill_is_told_on_three_channels_to_fifty_clients(floor):
    client = await floor.client("root", Role.ADMIN)
    token = client.headers["authorization"].removeprefix("Bearer ")
    async with served(floor) as address:
        sockets = await asyncio.gather(*(subscribed(address, token) for _ in range(CLIENTS)))
        order = (await client.post("/v1/orders", json=BUY)).json()["data"]
        heard = await asyncio.gather(*(numbered(socket) for socket in sockets))
        await asyncio.gather(*(socket.close() for socket in sockets))
    assert len(floor.system.hub.listeners) == 0 and all(one == heard[0] for one in heard)
    for kind, shape in SHAPES.items():
        holds(shape, heard[0][kind]["data"])
    trade, fill = heard[0]["trade_notification"]["data"], heard[0]["order_fill"]["data"]
    assert (trade["order_id"], trade["price"], trade["quantity"]) == (order["order_id"], "105.01", "10.00")
    assert (fill["order_id"], fill["status"], fill["filled_quantity"]) == (order["order_id"], "FILLED", "10.00")
    assert heard[0]["portfolio_update"]["data"]["positions_count"] == 1


async def test_e6_a_moved_price_is_told_as_a_portfolio_update(floor):
    client = await floor.client()
    await client.post("/v1/orders", json=BUY)
    token = client.headers["authorization"].removeprefix("Bearer ")
    async with served(floor) as address, connect(f"{address}?token={token}") as socket:
        await socket.send(json.dumps({"type": "subscribe", "channel": "portfolio_updates"}))
        floor.price("AAPL", "114.99", "115.01")
        async with asyncio.timeout(30):
            while json.loads(await socket.recv()).get("data", {}).get("unrealized_pnl") != "99.90":
                pass


async def test_e6_a_channel_is_resumed_where_it_broke_off(floor):
    client = await floor.client()
    token = client.headers["authorization"].removeprefix("Bearer ")
    async with served(floor) as address:
        async with connect(f"{address}?token={token}") as socket:
            seen = json.loads(await socket.recv())["data"]["seq"]
        order = (await client.post("/v1/orders", json=BUY)).json()["data"]
        await floor.filled(client, order["order_id"])
        async with connect(f"{address}?token={token}") as socket:
            await socket.send(json.dumps({"type": "subscribe", "channel": "order_fills", "from_seq": seen}))
            async with asyncio.timeout(30):
                while (said := json.loads(await socket.recv()))["type"] != "order_fill":
                    pass
    assert said["data"]["order_id"] == order["order_id"]
