"""Every shape of the terminal's document, held against what the server really says."""

import asyncio
import json

import pytest
from websockets.asyncio.client import connect

from openbell.domain.access import Role
from platform_floor import served
from shapes import holds

ORDER = {
    "strategy_id": "s1",
    "instrument": "AAPL",
    "order_type": "BUY",
    "quantity": 10,
    "order_kind": "MARKET",
    "execution_mode": "PAPER",
}
LOGIN = {
    "success": "flag",
    "token": "text",
    "refresh_token": "text",
    "expires_in": "count",
    "user": {"id": "text", "username": "text", "roles": ["text"]},
    "mfa_required?": "flag",
}
CONFIG = {
    "id": "text",
    "name": "text",
    "description?": "text",
    "parameters": "object",
    "instruments": ["text"],
    "execution_mode": ("LIVE", "PAPER"),
    "risk_parameters": {"max_position_size": "number", "stop_loss_percent": "number", "max_daily_loss": "number"},
    "schedule?": {"start_time": "text", "end_time": "text", "days_of_week": ["count"]},
}
OHLC = dict.fromkeys(("open", "high", "low", "close", "volume"), "number")
CANDLES = {"instrument": "text", "timeframe": "text", "data": [OHLC | {"time": "time", "vwap?": "number"}]}
LEVELS = [{"price": "number", "quantity": "number"}]
DEPTH = {
    "instrument": "text",
    "timestamp": "time",
    "bids": LEVELS,
    "asks": LEVELS,
    "spread": "number",
    "mid_price": "number",
}
STATUSES = ("PENDING", "SUBMITTED", "FILLED", "PARTIALLY_FILLED", "CANCELLED", "REJECTED")
ORDER_ANSWER = {
    "order_id": "text",
    "status": STATUSES,
    "broker_order_id?": "text",
    "filled_quantity": "number",
    "average_price?": "number",
    "created_at": "time",
    "updated_at": "time",
}
POSITIONS = {
    "positions": [
        {
            **dict.fromkeys(("id", "strategy_id", "instrument"), "text"),
            **dict.fromkeys(("quantity", "average_entry_price", "current_price"), "number"),
            "unrealized_pnl": "number",
            "realized_pnl": "number",
            "stop_loss_price?": "number",
            "target_price?": "number",
            "opened_at": "time",
        }
    ]
}
ERROR = {"error": {"code": "text", "message": "text", "details?": ["object"], "timestamp": "time"}}

TICK = {"instrument": "text", "price": "number", "quantity": "number", "timestamp": "time", "trade_id?": "text"}
CANDLE = OHLC | {"instrument": "text", "timeframe": "text", "timestamp": "time", "is_final": "flag"}
BOOK = {"instrument": "text", "bids": LEVELS, "asks": LEVELS, "timestamp": "time"}
ORDER_UPDATE = {
    "order_id": "text",
    "strategy_id": "text",
    "status": STATUSES,
    "filled_quantity": "number",
    "average_price?": "number",
    "timestamp": "time",
}
POSITION_UPDATE = {
    **dict.fromkeys(("position_id", "strategy_id", "instrument"), "text"),
    "unrealized_pnl": "number",
    "current_price": "number",
    "timestamp": "time",
}
TRADE = {
    **dict.fromkeys(("trade_id", "order_id", "strategy_id", "instrument"), "text"),
    "side": ("BUY", "SELL"),
    "quantity": "number",
    "price": "number",
    "timestamp": "time",
    "execution_mode": ("LIVE", "PAPER"),
}
SOCKET_ERROR = {
    "type": ("error",),
    "error": {
        "code": ("RATE_LIMITED", "UNAUTHORIZED", "INVALID_SUBSCRIPTION", "CONNECTION_LOST"),
        "message": "text",
        "timestamp": "time",
    },
}
MARKET = "/api/market-data/AAPL"


@pytest.fixture
async def held(terminal, client):
    """A position of ten shares of AAPL, in a strategy with a stop and a schedule."""
    await terminal.strategy(client)
    config = {
        "risk_parameters": {"max_position_size": 50_000, "stop_loss_percent": 2.5, "max_daily_loss": 500},
        "schedule": {"start_time": "00:00", "end_time": "24:00", "days_of_week": [0, 1, 2, 3, 4, 5, 6]},
    }
    assert (await client.put("/api/strategies/s1/config", json={"config": config})).status_code == 200
    await client.put("/api/strategies/s1/config", json={"config": {"schedule": None}})
    await client.post("/api/strategies/s1/enable")
    placed = (await client.post("/api/orders", json=ORDER)).json()
    return await terminal.filled(client, placed["order_id"])


@pytest.mark.line("R1")
async def test_r1_a_sign_in_has_the_documents_shape(terminal):
    await terminal.user("bob", Role.TRADER)
    signed_in = (await terminal.sign_in("bob")).json()
    holds(LOGIN, signed_in)
    assert signed_in["expires_in"] == 3600


@pytest.mark.line("R2")
async def test_r2_a_configuration_has_the_documents_shape(client, held):
    schedule = {"start_time": "09:30", "end_time": "16:00", "days_of_week": [1, 5]}
    changed = (await client.put("/api/strategies/s1/config", json={"config": {"schedule": schedule}})).json()
    holds(CONFIG, changed)
    assert changed["schedule"] == schedule and changed["risk_parameters"]["stop_loss_percent"] == 2.5
    holds({"strategies": [CONFIG]}, (await client.get("/api/strategies")).json())
    holds(POSITIONS, (await client.get("/api/strategies/s1/positions")).json())


@pytest.mark.line("R3")
async def test_r3_market_data_has_the_documents_shapes(terminal, client):
    terminal.bars("AAPL", [150, 150.5, 151.25])
    terminal.book("AAPL", [("149.98", "5")], [("150.02", "2")])
    candles = (await client.get(f"{MARKET}/candles?timeframe=1m")).json()
    holds(CANDLES, candles)
    assert candles["data"][-1]["close"] == 151.25
    depth = (await client.get(f"{MARKET}/depth")).json()
    holds(DEPTH, depth)
    assert (depth["spread"], depth["mid_price"]) == (0.04, 150)


@pytest.mark.line("R4")
async def test_r4_orders_and_positions_have_the_documents_shapes(client, held):
    holds(ORDER_ANSWER, held)
    waiting = (await client.post("/api/orders", json=ORDER | {"order_kind": "LIMIT", "price": 140.5})).json()
    holds(ORDER_ANSWER, waiting)
    assert "average_price" not in waiting
    holds({"orders": [ORDER_ANSWER]}, (await client.get("/api/orders")).json())
    positions = (await client.get("/api/positions")).json()
    holds(POSITIONS, positions)
    assert positions["positions"][0]["stop_loss_price"] == 146.26  # 2.5 % below 150.01
    holds({"trades": [TRADE]}, (await client.get("/api/trades")).json())


@pytest.mark.line("R8")
async def test_r8_an_error_has_the_documents_shape(client):
    holds(ERROR, (await client.post("/api/orders", json={})).json())


@pytest.mark.line("R6")
async def test_r6_every_event_has_the_documents_shape(terminal, client, held):
    token = client.headers["authorization"].removeprefix("Bearer ")
    async with served(terminal) as address, connect(f"{address}?token={token}") as socket:
        holds({"type": ("connected",), "timestamp": "time", "data?": "object"}, json.loads(await socket.recv()))
        for channel, parameters in (("ticks", {}), ("candles", {"timeframe": "1s"}), ("orderbook", {"depth": 5})):
            said = {"type": "subscribe", "channel": channel, "instruments": ["AAPL"], "parameters": parameters}
            await socket.send(json.dumps(said))
        await socket.send(json.dumps({"type": "subscribe", "channel": "nope", "instruments": ["AAPL"]}))
        terminal.book("AAPL", [("149.98", "5")], [("150.02", "2")])
        terminal.trade("AAPL", "150.25", "2")
        await client.post("/api/orders", json=ORDER | {"quantity": 1})
        events = await heard(
            socket, {"tick", "candle", "orderbook", "order_update", "position_update", "trade", "error"}
        )
    holds(SOCKET_ERROR, events.pop("error"))
    shapes = {
        "tick": TICK,
        "candle": CANDLE,
        "orderbook": BOOK,
        "order_update": ORDER_UPDATE,
        "position_update": POSITION_UPDATE,
        "trade": TRADE,
    }
    for kind, event in events.items():
        holds(shapes[kind], event["data"])


async def heard(socket, kinds):
    """Listen until one event of each kind has come; of books one with both sides."""
    found = {}
    async with asyncio.timeout(30):
        while found.keys() != kinds:
            said = json.loads(await socket.recv())
            is_empty = said["type"] == "orderbook" and not (said["data"]["bids"] and said["data"]["asks"])
            if said["type"] in kinds and not is_empty:
                found[said["type"]] = said
    return found
