"""Trades: /api/trades, what the own orders traded."""

from fastapi import Response
from msgspec.structs import replace
from pydantic import Field

from openbell.api.deps import Deps, Reader
from openbell.api.limits import Router
from openbell.api.numbers import Number, answer, present
from openbell.api.terminal.listing import Wanted
from openbell.api.terminal.schemas import Answer, OrderIdFilter
from openbell.api.values import timestamp
from openbell.domain.fill import Fill, Liquidity
from openbell.domain.order import Side

router = Router(prefix="/api/trades", tag="terminal: trades")


class TradeData(Answer):
    """A piece of an order that traded."""

    trade_id: str
    order_id: str
    strategy_id: str
    instrument: str
    side: Side
    quantity: Number
    price: Number
    fee: Number
    currency: str
    realized_pnl: Number = Field(description="Profit taken, before the fee.")
    liquidity: Liquidity
    fill_model: str
    timestamp: str
    execution_mode: str


class TradesAnswer(Answer):
    """Trades, newest first."""

    trades: list[TradeData]
    next_cursor: str | None = None


@router.get("", response_model=TradesAnswer)
async def list_trades(services: Deps, principal: Reader, wanted: Wanted, order_id: OrderIdFilter = None) -> Response:
    """List own trades, newest first."""
    page = await services.orders.fills(replace(wanted, order_id=order_id))
    mode = services.portfolio.mode(principal.account_id)
    rows = [_written(fill, mode) for fill in page.rows]
    return answer(TradesAnswer(trades=rows, **present({"next_cursor": page.next_cursor or None})))


def _written(fill: Fill, mode: str) -> TradeData:
    return TradeData(
        trade_id=fill.fill_id,
        order_id=fill.order_id,
        strategy_id=fill.strategy_id,
        instrument=fill.symbol,
        side=fill.side,
        quantity=fill.quantity,
        price=fill.price,
        fee=fill.fee,
        currency=fill.currency,
        realized_pnl=fill.realized_pnl,
        liquidity=fill.liquidity,
        fill_model=fill.model,
        timestamp=timestamp(fill.ts_ns),
        execution_mode=mode,
    )
