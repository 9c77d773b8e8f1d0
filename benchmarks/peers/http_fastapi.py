"""FastAPI as its documentation shows it: models of pydantic in and out."""

import sys

import uvicorn
from fastapi import FastAPI
from http_data import CANDLES, POSITIONS
from pydantic import BaseModel, Field


class Position(BaseModel):
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


class Candle(BaseModel):
    timestamp: str
    open: float
    high: float
    low: float
    close: float
    volume: float


class Order(BaseModel):
    symbol: str = Field(max_length=32)
    side: str = Field(pattern="^(BUY|SELL)$")
    quantity: str = Field(max_length=32)
    order_type: str = "MARKET"


class Placed(BaseModel):
    order_id: str
    symbol: str
    side: str
    quantity: str
    status: str


app = FastAPI()
positions = [Position(**one) for one in POSITIONS]
candles = [Candle(**one) for one in CANDLES]


@app.get("/positions", response_model=list[Position])
async def list_positions():
    return positions


@app.get("/candles", response_model=list[Candle])
async def list_candles():
    return candles


@app.post("/orders", response_model=Placed)
async def place_order(order: Order):
    return Placed(order_id="ord-1", symbol=order.symbol, side=order.side, quantity=order.quantity, status="NEW")


uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="critical", access_log=False)
