"""Litestar on uvicorn: structs of msgspec in and out."""

import sys
from typing import Annotated

import msgspec
import uvicorn
from http_data import CANDLES, POSITIONS
from litestar import Litestar, get, post


class Position(msgspec.Struct):
    position_id: str
    account_id: str
    symbol: str
    side: str
    quantity: str
    average_price: str
    mark_price: str
    market_value: str
    unrealized_pnl: str
    realized_pnl: str
    opened_at: str


class Candle(msgspec.Struct):
    timestamp: str
    open: float
    high: float
    low: float
    close: float
    volume: float


class Order(msgspec.Struct):
    symbol: Annotated[str, msgspec.Meta(max_length=32)]
    side: Annotated[str, msgspec.Meta(pattern="^(BUY|SELL)$")]
    quantity: Annotated[str, msgspec.Meta(max_length=32)]
    order_type: str = "MARKET"


class Placed(msgspec.Struct):
    order_id: str
    symbol: str
    side: str
    quantity: str
    status: str


positions = [Position(**one) for one in POSITIONS]
candles = [Candle(**one) for one in CANDLES]


@get("/positions")
async def list_positions() -> list[Position]:
    return positions


@get("/candles")
async def list_candles() -> list[Candle]:
    return candles


@post("/orders", status_code=200)
async def place_order(data: Order) -> Placed:
    return Placed(order_id="ord-1", symbol=data.symbol, side=data.side, quantity=data.quantity, status="NEW")


app = Litestar(route_handlers=[list_positions, list_candles, place_order], openapi_config=None)
uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="critical", access_log=False)
