"""Hot routes: what is asked most, found by one look-up in front of the router and answered without its machinery.

A hot route takes requests of the plainest form only and calls the very function that the ordinary route calls. Any
other request, and any that it does not understand, goes on to the ordinary route untouched, so that there is one place
that words a refusal. `tests/contracts/platform/test_hot_routes.py` holds the two together, answer by answer.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import NamedTuple

import msgspec
from pydantic import BaseModel, ValidationError
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from openbell.api.deps import Services
from openbell.api.errors import ApiError, render
from openbell.api.exchange import Exchange, exchange_of
from openbell.api.limits import NotJson, read_json
from openbell.domain import access
from openbell.domain.access import Principal

JSON = b"application/json"


class Asked(NamedTuple):
    """A plain request: who asks for what, and where the answer's status and headers are noted."""

    services: Services
    principal: Principal
    exchange: Exchange
    body: BaseModel | None
    response: Response


class HotRoute(msgspec.Struct, frozen=True, kw_only=True):
    """One of them. `path` is also the name it is counted by."""

    method: str
    path: str
    scope: access.Scope
    answer: Callable[[Asked], Awaitable[BaseModel]]
    body: type[BaseModel] | None = None
    """What a request's body is read as; None where there is no body."""
    status: int = 200


class Hot:
    """The layer between the audit and the router."""

    def __init__(self, app: ASGIApp, *, services: Services, routes: Mapping[tuple[str, str], HotRoute]) -> None:
        self._app = app
        self._services = services
        self._routes = routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a plain request to a hot route; pass on everything else."""
        route = self._routes.get((scope["method"], scope["path"])) if scope["type"] == "http" else None
        if route is None or not _is_plain(scope, route):
            await self._app(scope, receive, send)
            return
        body = None
        if route.body is not None:
            received = await _read(receive)
            body = _understood(received, route.body)
            if body is None:
                await self._app(scope, _replayed(received, receive), send)
                return
        scope["route"] = route
        await (await self._answer(scope, route, body))(scope, receive, send)

    async def _answer(self, scope: Scope, route: HotRoute, body: BaseModel | None) -> Response:
        exchange, response = exchange_of(scope), Response(status_code=route.status)
        assert exchange.principal is not None  # noqa: S101 - a plain request has one
        try:
            answer = await route.answer(Asked(self._services, exchange.principal, exchange, body, response))
        except ApiError as error:
            return render(scope, error)
        text = type(answer).__pydantic_serializer__.to_json(answer, by_alias=True)
        headers = {name: value for name, value in response.headers.items() if name != "content-length"}
        return Response(text, response.status_code, headers, "application/json")


def _is_plain(scope: Scope, route: HotRoute) -> bool:
    """Tell whether a request has nothing about it that only the ordinary route knows."""
    principal = exchange_of(scope).principal
    if principal is None or not principal.may(route.scope) or scope["query_string"]:
        return False
    if route.body is None:
        return True
    headers = dict(scope["headers"])
    is_counted = b"content-length" in headers and b"transfer-encoding" not in headers
    return is_counted and headers.get(b"content-type") == JSON and b"idempotency-key" not in headers


async def _read(receive: Receive) -> list[Message]:
    messages = [await receive()]
    while messages[-1]["type"] == "http.request" and messages[-1].get("more_body", False):
        messages.append(await receive())
    return messages


def _understood(received: list[Message], model: type[BaseModel]) -> BaseModel | None:
    if received[-1]["type"] != "http.request":
        return None
    try:
        document = read_json(b"".join([message.get("body", b"") for message in received]))
        return model.model_validate(document) if isinstance(document, dict) else None
    except (NotJson, ValidationError, ApiError):
        return None


def _replayed(received: list[Message], receive: Receive) -> Receive:
    """Give what was read already to the ordinary route first."""
    waiting = iter(received)

    async def again() -> Message:
        return next(waiting, None) or await receive()

    return again
