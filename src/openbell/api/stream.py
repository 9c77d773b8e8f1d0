"""The socket at /ws: who may open it, and the conversation on it."""

from fastapi import APIRouter, WebSocket

from openbell.api.deps import Services
from openbell.api.errors import ApiError, render
from openbell.api.settings import ApiSettings
from openbell.api.sockets import (
    caller_of,
    canceller_of,
    check_new,
    check_origin,
    counted,
    from_seq_of,
    is_resumed,
    resume_token,
    symbols_of,
    was_welcome_of,
    welcome_of,
)
from openbell.domain.access import Principal, Scope
from openbell.streaming.socket import Socket, SocketSetup

PATH = "/ws"

router = APIRouter()


@router.websocket(PATH)
async def stream(websocket: WebSocket) -> None:
    """Talk over a socket. Whoever may not is told so by HTTP, before the connection is upgraded."""
    services: Services = websocket.app.state.services
    settings: ApiSettings = websocket.app.state.settings
    try:
        caller = await _admit(websocket, services, settings)
        from_seq = from_seq_of(websocket.query_params)
        with counted(services, PATH, caller):
            if not is_resumed(websocket, services, caller):
                await check_new(services, caller, path=PATH, from_seq=from_seq)
            await websocket.accept()
            setup = _setup(services, settings, caller, resume_token(websocket, services, caller))
            await Socket(websocket, caller=caller, setup=setup).run(from_seq=from_seq)
    except ApiError as refusal:
        await websocket.send_denial_response(render(websocket.scope, refusal))


async def _admit(websocket: WebSocket, services: Services, settings: ApiSettings) -> Principal:
    """Give the caller. Raises ApiError 401 without good credentials and 403 from a foreign page."""
    check_origin(websocket, settings)
    caller = await caller_of(websocket, services)
    if caller is None or not caller.may(Scope.READ):
        text = "Send a token or an API key: `?token=`, `?ticket=`, `Authorization: Bearer` or `X-API-Key`."
        raise ApiError(401, "UNAUTHORIZED", text, headers={"www-authenticate": "Bearer"})
    return caller


def _setup(services: Services, settings: ApiSettings, caller: Principal, token: str) -> SocketSetup:
    return SocketSetup(
        resume_token=token,
        hub=services.streams,
        now_ns=settings.now_ns,
        symbols=symbols_of(services),
        is_welcome=welcome_of(services, caller),
        was_welcome=was_welcome_of(services, caller),
        on_lost=canceller_of(services, caller),
        limits=settings.sockets,
    )
