"""The portfolio: /v1/portfolio and its history."""

from openbell.api.deps import CurrentExchange, Deps, Reader
from openbell.api.errors import not_found
from openbell.api.limits import Router
from openbell.api.paging import Paged
from openbell.api.platform.schemas import AgeMeta, FromDate, StrategyFilter, SymbolFilter, ToDate
from openbell.api.platform.schemas_portfolio import (
    HistoryAnswer,
    HistoryMeta,
    HistoryPoint,
    PortfolioAnswer,
    Resolution,
    ResolutionFilter,
    portfolio_data,
)
from openbell.api.values import timestamp
from openbell.domain.market import Timeframe
from openbell.domain.values import text_of

router = Router(prefix="/v1/portfolio", tag="portfolio")


@router.get("")
async def get_portfolio(services: Deps, principal: Reader, exchange: CurrentExchange) -> PortfolioAnswer:
    """Value the caller's account at current marks."""
    summary = services.portfolio.summary(principal.account_id)
    if summary is None:
        raise not_found("account", principal.account_id)
    return PortfolioAnswer(data=portfolio_data(summary), meta=AgeMeta(as_of=timestamp(exchange.received_ns)))


@router.get("/history")
async def get_history(
    *,
    services: Deps,
    principal: Reader,
    exchange: CurrentExchange,
    paging: Paged,
    strategy_id: StrategyFilter = None,
    symbol: SymbolFilter = None,
    from_date: FromDate = None,
    to_date: ToDate = None,
    resolution: ResolutionFilter = Resolution.D1,
) -> HistoryAnswer:
    """Give what the account, one strategy's ledger in it, or what it held of a symbol was worth, oldest first."""
    points = await services.portfolio.equity(
        principal.account_id,
        strategy_id=strategy_id,
        from_ns=from_date,
        to_ns=to_date,
        resolution=Timeframe(resolution),
        symbol=symbol,
    )
    shown = points[paging.offset : paging.offset + paging.per_page]
    meta = paging.meta(total=len(points)) | {"resolution": resolution, "as_of": timestamp(exchange.received_ns)}
    return HistoryAnswer(
        data=[HistoryPoint(timestamp=timestamp(one.ts_ns), total_value=text_of(one.equity)) for one in shown],
        meta=HistoryMeta.model_validate(meta),
    )
