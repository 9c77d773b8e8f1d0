"""The socket at /ws: who may open it, and the conversation on it."""

from collections.abc import Mapping

from fastapi import APIRouter, WebSocket
from starlette.datastructures import URL

from openbell.api.deps import Services
from openbell.api.errors import ApiError, invalid, render
from openbell.api.exchange import exchange_of
from openbell.api.settings import ApiSettings
from openbell.domain.access import Principal, Scope
from openbell.services.refused import Unavailable
from openbell.streaming.socket import Socket, SocketSetup

PATH = "/ws"
RETRY_AFTER_S = 5
CREDENTIAL_LENGTH_MAX = 4_096
SEQ_DIGITS_MAX = 18

router = APIRouter()


@router.websocket(PATH)
async def stream(websocket: WebSocket) -> None:
    """Talk over a socket. Whoever may not is told so by HTTP, before the connection is upgraded."""
    services: Services = websocket.app.state.services
    settings: ApiSettings = websocket.app.state.settings
    try:
        caller = await _admit(websocket, services, settings)
        from_seq = _from_seq(websocket.query_params)
        _enter(services, caller)
    except ApiError as refusal:
        await websocket.send_denial_response(render(websocket.scope, refusal))
        return
    try:
        await websocket.accept()
        await Socket(websocket, caller=caller, setup=_setup(services, settings, caller)).run(from_seq=from_seq)
    finally:
        services.turnstile.leave(caller.user_id, PATH)


async def _admit(websocket: WebSocket, services: Services, settings: ApiSettings) -> Principal:
    """Give the caller. Raises ApiError 401 without good credentials and 403 from a foreign page."""
    if not _is_ours(websocket, settings):
        raise ApiError(403, "FORBIDDEN", "This origin may not open sockets here.")
    caller = await _caller(websocket, services)
    if caller is None or not caller.may(Scope.READ):
        text = "Send a token or an API key: `?token=`, `?ticket=`, `Authorization: Bearer` or `X-API-Key`."
        raise ApiError(401, "UNAUTHORIZED", text, headers={"www-authenticate": "Bearer"})
    return caller


def _enter(services: Services, caller: Principal) -> None:
    """Count the connection in. Raises ApiError 429 when there are as many as may be."""
    if not services.turnstile.enter(caller.user_id, PATH, role=caller.role):
        text = "You have as many connections open as you may; close one first."
        raise ApiError(429, "TOO_MANY_CONNECTIONS", text, retry_after_s=RETRY_AFTER_S)


async def _caller(websocket: WebSocket, services: Services) -> Principal | None:
    exchange = exchange_of(websocket.scope)
    ticket, token = websocket.query_params.get("ticket"), websocket.query_params.get("token")
    if ticket:
        return services.access.redeem_ticket(ticket)
    if token and len(token) <= CREDENTIAL_LENGTH_MAX:
        return await services.access.authenticate(token, client_ip=exchange.client_ip)
    return exchange.principal


def _is_ours(websocket: WebSocket, settings: ApiSettings) -> bool:
    """Tell whether a browser page that opens the socket is one of ours; programs send no origin."""
    origin = websocket.headers.get("origin")
    if origin is None or origin in settings.cors_origins:
        return True
    return URL(origin).netloc == websocket.headers.get("host")


def _from_seq(query: Mapping[str, str]) -> int | None:
    """Read where the private stream is to go on. Raises ApiError 400."""
    text = query.get("from_seq")
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= SEQ_DIGITS_MAX):
        raise invalid("from_seq", "Expected the number of the last private event you have seen.")
    return int(text)


def _setup(services: Services, settings: ApiSettings, caller: Principal) -> SocketSetup:
    def symbols(text: str) -> str | None:
        instrument = services.market.instrument(text)
        return None if instrument is None else instrument.symbol

    async def is_welcome() -> bool:
        try:
            return await services.access.is_current(caller)
        except Unavailable:
            return True  # an outage of the store is no reason to throw anybody out

    return SocketSetup(hub=services.streams, now_ns=settings.now_ns, symbols=symbols, is_welcome=is_welcome)
