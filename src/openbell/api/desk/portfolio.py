"""What the caller's account is worth and holds: /api/v1/portfolio, /positions and /balances."""

from fastapi import Response
from pydantic import BaseModel, Field

from openbell.api.deps import CurrentExchange, Deps, Reader
from openbell.api.errors import not_found
from openbell.api.limits import Router
from openbell.api.numbers import Number
from openbell.api.numbers import answer as write
from openbell.api.paging import Paged
from openbell.api.values import timestamp
from openbell.domain.account import Mode
from openbell.domain.values import round_half_up
from openbell.services.valuations import Holding

router = Router(prefix="/api/v1", tag="desk")


class PortfolioAnswer(BaseModel):
    """An account in one line, in its base currency."""

    account_id: str
    mode: Mode
    currency: str
    total_value: Number = Field(description="Cash and positions at the mark.")
    cash: Number
    positions_value: Number
    positions_count: int
    total_pnl: Number = Field(description="Value less everything paid in.")
    total_pnl_percent: Number
    unrealized_pnl: Number
    realized_pnl: Number = Field(description="After fees.")
    fees: Number
    day_pnl: Number = Field(description="Since the start of the UTC day.")
    timestamp: str


class PositionAnswer(BaseModel):
    """A position at the current mark, amounts in the instrument's currency."""

    position_id: str
    strategy_id: str
    symbol: str
    side: str = Field(description="long or short.")
    quantity: Number = Field(description="Negative when short.")
    average_price: Number
    current_price: Number | None = Field(description="The mark; null before there is one.")
    market_value: Number
    unrealized_pnl: Number
    unrealized_pnl_percent: Number
    realized_pnl: Number = Field(description="Taken so far, before fees.")
    fees: Number
    currency: str
    opened_at: str


class PositionsAnswer(BaseModel):
    """A page of positions, oldest first, with the sum over all of them in the account's currency."""

    positions: list[PositionAnswer]
    total_unrealized_pnl: Number
    currency: str
    total_count: int
    page: int
    per_page: int
    next_cursor: str | None
    timestamp: str


class BalanceAnswer(BaseModel):
    """Money in one currency."""

    currency: str
    total: Number
    available: Number
    locked: Number = Field(description="What open buy orders may still spend.")


class BalancesAnswer(BaseModel):
    """Balances by currency."""

    balances: list[BalanceAnswer]
    timestamp: str


@router.get("/portfolio", response_model=PortfolioAnswer)
async def get_desk_portfolio(services: Deps, principal: Reader) -> Response:
    """Value the caller's account at current marks."""
    summary = services.portfolio.summary(principal.account_id)
    if summary is None:
        raise not_found("account", principal.account_id)
    answer = PortfolioAnswer(
        account_id=summary.account_id,
        mode=summary.mode,
        currency=summary.currency,
        total_value=summary.total_value,
        cash=summary.cash,
        positions_value=summary.positions_value,
        positions_count=summary.positions_count,
        total_pnl=summary.total_pnl,
        total_pnl_percent=round_half_up(summary.total_pnl_percent, 2),
        unrealized_pnl=summary.unrealized_pnl,
        realized_pnl=summary.realized_pnl,
        fees=summary.fees,
        day_pnl=summary.day_pnl,
        timestamp=timestamp(summary.as_of_ns),
    )
    return write(answer)


@router.get("/positions", response_model=PositionsAnswer)
async def list_desk_positions(services: Deps, principal: Reader, paging: Paged, exchange: CurrentExchange) -> Response:
    """List what is held now, oldest first."""
    held = services.portfolio.holdings(principal.account_id)
    currency = services.portfolio.currency(principal.account_id)
    shown = held[paging.offset : paging.offset + paging.per_page]
    answer = {
        "positions": [_position(one) for one in shown],
        "total_unrealized_pnl": services.portfolio.unrealized(held, currency),
        "currency": currency,
        "timestamp": timestamp(exchange.received_ns),
        **paging.meta(total=len(held)),
    }
    return write(PositionsAnswer.model_validate(answer))


@router.get("/balances", response_model=BalancesAnswer)
async def list_balances(services: Deps, principal: Reader, exchange: CurrentExchange) -> Response:
    """List the account's money by currency."""
    balances = [
        BalanceAnswer(
            currency=one.currency,
            total=one.total,
            available=one.available,
            locked=one.locked,
        )
        for one in services.balances.of(principal.account_id)
    ]
    return write(BalancesAnswer(balances=balances, timestamp=timestamp(exchange.received_ns)))


def _position(holding: Holding) -> PositionAnswer:
    position = holding.position
    return PositionAnswer(
        position_id=position.position_id,
        strategy_id=position.strategy_id,
        symbol=position.symbol,
        side="long" if position.quantity > 0 else "short",
        quantity=position.quantity,
        average_price=holding.average_entry_price,
        current_price=holding.current_price,
        market_value=holding.market_value,
        unrealized_pnl=holding.unrealized_pnl,
        unrealized_pnl_percent=round_half_up(holding.unrealized_pnl_percent, 2),
        realized_pnl=position.realized_pnl,
        fees=position.fees,
        currency=holding.instrument.currency,
        opened_at=timestamp(position.opened_ns),
    )
