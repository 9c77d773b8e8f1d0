"""Hot routes: what is asked most, found by one look-up in front of the router and answered without its machinery.

A hot route takes requests of the plainest form only and calls the very function that the ordinary route calls. Any
other request, and any that it does not understand, goes on to the ordinary route untouched, so that there is one place
that words a refusal. `tests/contracts/platform/test_hot_routes.py` holds the two together, answer by answer.
"""

from collections.abc import Callable, Coroutine, Mapping
from typing import Any, NamedTuple

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
    answer: Callable[[Asked], Coroutine[Any, Any, BaseModel | bytes | Response]]
    """Gives the answer, its text, or all that is sent."""
    body: type[BaseModel] | None = None
    """What a request's body is read as; None where there is no body."""
    status: int = 200
    waits_for_nothing: bool = False
    """It changes nothing and is answered from memory, with 200: it may be asked before the framework is."""


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
            is_whole = received[-1]["type"] == "http.request"
            body = understood(b"".join([one.get("body", b"") for one in received]), route.body) if is_whole else None
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
        if isinstance(answer, Response):
            return answer
        headers = {name: value for name, value in response.headers.items() if name != "content-length"}
        return Response(written(answer), response.status_code, headers, "application/json")


def written(answer: BaseModel | bytes) -> bytes:
    """Write an answer as the framework does."""
    if isinstance(answer, bytes):
        return answer
    text: bytes = type(answer).__pydantic_serializer__.to_json(answer, by_alias=True)
    return text


def is_plain(exchange: Exchange, route: HotRoute, query: bytes) -> bool:
    """Tell whether a caller may ask this, and asks it without anything that only the ordinary route knows."""
    return not query and exchange.principal is not None and exchange.principal.may(route.scope)


def understood(sent: bytes, model: type[BaseModel]) -> BaseModel | None:
    """Read a body; None for one that the ordinary route is to refuse."""
    try:
        document = read_json(sent)
        return model.model_validate(document) if isinstance(document, dict) else None
    except (NotJson, ValidationError, ApiError):
        return None


def _is_plain(scope: Scope, route: HotRoute) -> bool:
    """Tell whether a request has nothing about it that only the ordinary route knows."""
    if not is_plain(exchange_of(scope), route, scope["query_string"]):
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


def _replayed(received: list[Message], receive: Receive) -> Receive:
    """Give what was read already to the ordinary route first."""
    waiting = iter(received)

    async def again() -> Message:
        return next(waiting, None) or await receive()

    return again
