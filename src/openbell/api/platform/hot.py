"""The platform's hot routes: placing an order, and the reads that dashboards repeat."""

from typing import cast

from openbell.api.hot import Asked, HotRoute
from openbell.api.paging import FIRST_PAGE
from openbell.api.platform.orders import place_order, preview_order
from openbell.api.platform.portfolio import get_portfolio
from openbell.api.platform.position_text import PositionText
from openbell.api.platform.positions import page_of_positions
from openbell.api.platform.schemas_orders import OrderAnswer, OrderRequest
from openbell.api.platform.schemas_portfolio import PortfolioAnswer
from openbell.api.platform.schemas_preview import PreviewAnswer
from openbell.domain.access import Scope

_TEXT = PositionText()


async def _place_order(asked: Asked) -> OrderAnswer:
    body = cast("OrderRequest", asked.body)
    return await place_order(body, asked.services, asked.principal, asked.response)


async def _preview(asked: Asked) -> PreviewAnswer:
    body = cast("OrderRequest", asked.body)
    return await preview_order(body, asked.services, asked.principal)


async def _positions(asked: Asked) -> bytes:
    shown, meta = page_of_positions(asked.services, asked.principal.account_id, FIRST_PAGE, asked.exchange)
    return _TEXT.write(shown, meta)


async def _portfolio(asked: Asked) -> PortfolioAnswer:
    return await get_portfolio(asked.services, asked.principal, asked.exchange)


HOT_ROUTES = (
    HotRoute(method="POST", path="/v1/orders", scope=Scope.TRADE, answer=_place_order, body=OrderRequest, status=201),
    HotRoute(
        method="POST",
        path="/v1/orders/preview",
        scope=Scope.TRADE,
        answer=_preview,
        body=OrderRequest,
        waits_for_nothing=True,
    ),
    HotRoute(method="GET", path="/v1/positions", scope=Scope.READ, answer=_positions, waits_for_nothing=True),
    HotRoute(method="GET", path="/v1/portfolio/positions", scope=Scope.READ, answer=_positions, waits_for_nothing=True),
    HotRoute(method="GET", path="/v1/portfolio", scope=Scope.READ, answer=_portfolio, waits_for_nothing=True),
)
