"""The public telemetry stream: WS /api/v1/ws/stream, read-only."""

from collections.abc import Awaitable, Callable

from fastapi import APIRouter, WebSocket

from openbell.api.deps import Services
from openbell.api.errors import ApiError, render, unavailable
from openbell.api.exchange import exchange_of
from openbell.api.settings import ApiSettings
from openbell.api.sockets import RETRY_AFTER_S, anybody, caller_of, check_origin, welcome_of
from openbell.domain.access import Principal, Scope
from openbell.domain.account import Mode
from openbell.services.neighbours import neighbourhood
from openbell.streaming.telemetry import TelemetryListener, converse

PATH = "/api/v1/ws/stream"
Admitted = tuple[TelemetryListener, Callable[[], Awaitable[bool]]]

router = APIRouter()


@router.websocket(PATH)
async def telemetry_stream(websocket: WebSocket) -> None:
    """Tell how one account does, once a second and on every change. Whoever may not hear is told so by HTTP."""
    services: Services = websocket.app.state.services
    settings: ApiSettings = websocket.app.state.settings
    try:
        listener, is_welcome = await _admit(websocket, services, settings)
    except ApiError as refusal:
        await websocket.send_denial_response(render(websocket.scope, refusal))
        return
    try:
        await websocket.accept()
        await converse(websocket, listener, now_ns=settings.now_ns, is_welcome=is_welcome)
    finally:
        services.telemetry_fan.leave(listener)


async def _admit(websocket: WebSocket, services: Services, settings: ApiSettings) -> Admitted:
    """Give a place among the listeners, and whether it still holds. Raises ApiError 401, 403, 429 or 503."""
    check_origin(websocket, settings)
    mode = services.telemetry.mode
    if mode is None:
        raise unavailable()
    is_welcome: Callable[[], Awaitable[bool]] = anybody
    if settings.telemetry_require_key or mode is Mode.LIVE:
        is_welcome = welcome_of(services, await _require_key(websocket, services))
    listener = services.telemetry_fan.join(neighbourhood(exchange_of(websocket.scope).client_ip))
    if listener is None:
        text = "Too many connections are open, from your address or in all; close one first."
        raise ApiError(429, "TOO_MANY_CONNECTIONS", text, retry_after_s=RETRY_AFTER_S)
    return listener, is_welcome


async def _require_key(websocket: WebSocket, services: Services) -> Principal:
    caller = await caller_of(websocket, services)
    if caller is None:
        text = "This stream needs a key: `X-API-Key`, `Authorization: Bearer`, `?ticket=` or `?token=`."
        raise ApiError(401, "UNAUTHORIZED", text, headers={"www-authenticate": "Bearer"})
    if not caller.may(Scope.READ):
        raise ApiError(403, "FORBIDDEN", f"This needs the scope {Scope.READ.value!r}, which you do not hold.")
    return caller
