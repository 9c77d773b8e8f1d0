"""The terminal's hot routes: placing an order, and the positions that it shows."""

from typing import cast

from starlette.responses import Response

from openbell.api.hot import Asked, HotRoute
from openbell.api.terminal.orders import place_order
from openbell.api.terminal.positions import list_positions
from openbell.api.terminal.schemas_orders import OrderRequest
from openbell.domain.access import Scope


async def _place_order(asked: Asked) -> Response:
    return await place_order(cast("OrderRequest", asked.body), asked.services, asked.principal)


async def _positions(asked: Asked) -> Response:
    return await list_positions(asked.services, asked.principal)


HOT_ROUTES = (
    HotRoute(
        method="POST",
        path="/api/orders",
        scope=Scope.TRADE,
        answer=_place_order,
        body=OrderRequest,
        status=201,
    ),
    HotRoute(method="GET", path="/api/positions", scope=Scope.READ, answer=_positions, waits_for_nothing=True),
)
