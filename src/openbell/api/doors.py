"""The way to the sockets: found by one look-up, as after a restart of the server everybody comes back at once.

The router would try every router in turn, which costs more than the rest of a handshake. The route that is found is the
router's own, so that dependencies and errors are the framework's.
"""

from collections.abc import Iterable

from fastapi import APIRouter
from fastapi.routing import APIWebSocketRoute
from starlette.types import ASGIApp, Receive, Scope, Send


class Doors:
    """In front of the router."""

    def __init__(self, app: ASGIApp, routers: Iterable[APIRouter]) -> None:
        self._app = app
        routes = [route for router in routers for route in router.routes if isinstance(route, APIWebSocketRoute)]
        self.routes = {route.path: route for route in routes if "{" not in route.path}
        """By path."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Open a socket; pass on everything else."""
        route = self.routes.get(scope["path"]) if scope["type"] == "websocket" else None
        if route is None:
            await self._app(scope, receive, send)
            return
        scope.update(endpoint=route.endpoint, path_params={}, route=route)
        await route.handle(scope, receive, send)
