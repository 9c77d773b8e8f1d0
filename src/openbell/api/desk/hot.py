"""The guide's hot routes: placing an order, and what a page shows of an account."""

from typing import cast

from starlette.responses import Response

from openbell.api.desk.orders import create_order
from openbell.api.desk.portfolio import get_desk_portfolio, list_balances, list_desk_positions
from openbell.api.desk.schemas import OrderRequest
from openbell.api.hot import Asked, HotRoute
from openbell.api.paging import FIRST_PAGE
from openbell.domain.access import Scope


async def _create_order(asked: Asked) -> Response:
    return await create_order(cast("OrderRequest", asked.body), asked.services, asked.principal)


async def _positions(asked: Asked) -> Response:
    return await list_desk_positions(asked.services, asked.principal, FIRST_PAGE, asked.exchange)


async def _portfolio(asked: Asked) -> Response:
    return await get_desk_portfolio(asked.services, asked.principal)


async def _balances(asked: Asked) -> Response:
    return await list_balances(asked.services, asked.principal, asked.exchange)


HOT_ROUTES = (
    HotRoute(
        method="POST",
        path="/api/v1/orders",
        scope=Scope.TRADE,
        answer=_create_order,
        body=OrderRequest,
        status=201,
    ),
    HotRoute(method="GET", path="/api/v1/positions", scope=Scope.READ, answer=_positions, waits_for_nothing=True),
    HotRoute(method="GET", path="/api/v1/portfolio", scope=Scope.READ, answer=_portfolio, waits_for_nothing=True),
    HotRoute(method="GET", path="/api/v1/balances", scope=Scope.READ, answer=_balances, waits_for_nothing=True),
)
