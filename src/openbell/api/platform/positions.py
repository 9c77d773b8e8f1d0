"""Positions: /v1/positions and the same list at /v1/portfolio/positions."""

from openbell.api.deps import CurrentExchange, Deps, Reader, Services
from openbell.api.errors import not_found
from openbell.api.exchange import Exchange
from openbell.api.limits import Router
from openbell.api.paging import Paged, Paging
from openbell.api.platform.schemas import ModeFilter, Reach, StrategyFilter, SymbolFilter
from openbell.api.platform.schemas_portfolio import (
    PositionAnswer,
    PositionsAnswer,
    PositionsMeta,
    position_data,
    position_detail,
)
from openbell.api.values import timestamp
from openbell.domain.account import Mode
from openbell.domain.values import text_of
from openbell.services.valuations import Holding

BASE_CURRENCY = "USD"
"""Currency of the sum over positions in several currencies."""

router = Router(prefix="/v1", tag="portfolio")


@router.get("/portfolio/positions")
@router.get("/positions")
async def list_positions(
    *,
    services: Deps,
    _: Reader,
    account_id: Reach,
    paging: Paged,
    exchange: CurrentExchange,
    strategy_id: StrategyFilter = None,
    symbol: SymbolFilter = None,
    mode: ModeFilter = None,
) -> PositionsAnswer:
    """List what is held now, oldest first."""
    shown, meta = page_of_positions(
        services, account_id, paging, exchange, strategy_id=strategy_id, symbol=symbol, mode=mode
    )
    return PositionsAnswer(data=[position_data(one) for one in shown], meta=meta)


def page_of_positions(
    services: Services,
    account_id: str | None,
    paging: Paging,
    exchange: Exchange,
    *,
    strategy_id: str | None = None,
    symbol: str | None = None,
    mode: Mode | None = None,
) -> tuple[list[Holding], PositionsMeta]:
    """Give what a page of positions is written from."""
    held = services.portfolio.holdings(account_id, strategy_id=strategy_id, symbol=symbol)
    held = [one for one in held if mode in (None, one.mode)]
    meta = PositionsMeta.model_validate(
        paging.meta(total=len(held))
        | {
            "total_unrealized_pnl": text_of(services.portfolio.unrealized(held, BASE_CURRENCY)),
            "as_of": timestamp(exchange.received_ns),
        }
    )
    return held[paging.offset : paging.offset + paging.per_page], meta


@router.get("/positions/{position_id}")
async def get_position(position_id: str, services: Deps, _: Reader, account_id: Reach) -> PositionAnswer:
    """Give one position with the fills that built it and its risk."""
    detail = await services.portfolio.holding(position_id, account_id=account_id)
    if detail is None:
        raise not_found("position", position_id)
    return PositionAnswer(data=position_detail(detail))
