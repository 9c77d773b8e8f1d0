"""Positions: /api/positions. List them, and close one."""

from fastapi import Response
from pydantic import Field

from openbell.api.asking import Ask
from openbell.api.deps import Deps, Reader, Services, Trader
from openbell.api.errors import ApiError, not_found
from openbell.api.idempotency import IdempotentRoute
from openbell.api.limits import Router
from openbell.api.numbers import Number, NumberIn, answer, present
from openbell.api.outcomes import placed_order
from openbell.api.terminal.orders import written
from openbell.api.terminal.schemas import Answer, InstrumentFilter, StrategyFilter
from openbell.api.terminal.schemas_orders import OrderData, in_our_words
from openbell.api.values import timestamp
from openbell.services.valuations import Holding

router = Router(prefix="/api/positions", tag="terminal: positions")
router.route_class = IdempotentRoute


class CloseRequest(Ask):
    """How much is to be closed; everything when left out."""

    quantity: NumberIn | None = Field(None, description="Units to close.")


class PositionData(Answer):
    """A position at the current mark, amounts in the instrument's currency."""

    id: str
    strategy_id: str
    instrument: str
    quantity: Number = Field(description="Negative when short.")
    average_entry_price: Number
    current_price: Number = Field(description="The mark; the entry price before there is one.")
    unrealized_pnl: Number
    unrealized_pnl_percent: Number
    realized_pnl: Number = Field(description="Taken so far, before fees.")
    fees: Number
    market_value: Number
    currency: str
    side: str = Field(description="LONG or SHORT.")
    execution_mode: str
    stop_loss_price: Number | None = Field(None, description="Where the strategy's stop lies.")
    target_price: Number | None = Field(None, description="Where the strategy's target lies.")
    opened_at: str


class PositionsAnswer(Answer):
    """Positions, oldest first."""

    positions: list[PositionData]


@router.get("", response_model=PositionsAnswer)
async def list_positions(
    services: Deps, principal: Reader, strategy_id: StrategyFilter = None, instrument: InstrumentFilter = None
) -> Response:
    """List what the own account holds."""
    return answer(positions_of(services, principal.account_id, strategy_id=strategy_id, instrument=instrument))


@router.post("/{position_id}/close", status_code=201, response_model=OrderData)
async def close_position(
    position_id: str, services: Deps, principal: Trader, body: CloseRequest | None = None
) -> Response:
    """Close a position at the market. Orders that wait to reduce it are canceled first; it is never overshot."""
    outcome = await services.closing.close(
        position_id,
        account_id=principal.account_id,
        quantity=body.quantity if body else None,
        actor=principal.user_id,
    )
    if outcome is None:
        raise not_found("position", position_id)
    try:
        return answer(written(services, placed_order(outcome).order), status=201)
    except ApiError as error:
        raise in_our_words(error) from None


def positions_of(
    services: Services, account_id: str, *, strategy_id: str | None = None, instrument: str | None = None
) -> PositionsAnswer:
    """Write the positions of an account, or those of one strategy or instrument in it."""
    holdings = services.portfolio.holdings(account_id, strategy_id=strategy_id, symbol=instrument)
    return PositionsAnswer(positions=[_written(services, one) for one in holdings])


def _written(services: Services, holding: Holding) -> PositionData:
    position, exits = holding.position, services.portfolio.exits(holding)
    price = holding.average_entry_price if holding.current_price is None else holding.current_price
    return PositionData(
        id=position.position_id,
        strategy_id=position.strategy_id,
        instrument=position.symbol,
        quantity=position.quantity,
        average_entry_price=holding.average_entry_price,
        current_price=price,
        unrealized_pnl=holding.unrealized_pnl,
        unrealized_pnl_percent=holding.unrealized_pnl_percent,
        realized_pnl=position.realized_pnl,
        fees=position.fees,
        market_value=holding.market_value,
        currency=holding.instrument.currency,
        side="LONG" if position.quantity > 0 else "SHORT",
        execution_mode=holding.mode,
        opened_at=timestamp(position.opened_ns),
        **present({"stop_loss_price": exits.stop_loss_price, "target_price": exits.take_profit_price}),
    )
