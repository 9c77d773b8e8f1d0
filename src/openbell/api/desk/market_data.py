"""The socket at /ws/market-data: quotes, trades and order books for everybody, limited by address."""

from fastapi import APIRouter, WebSocket

from openbell.api.deps import Services
from openbell.api.errors import ApiError, render, too_many
from openbell.api.exchange import exchange_of
from openbell.api.settings import ApiSettings
from openbell.api.sockets import (
    anybody,
    caller_of,
    check_origin,
    counted,
    is_resumed,
    name_of,
    resume_token,
    shows_credentials,
    symbols_of,
    was_welcome_of,
    welcome_of,
)
from openbell.domain.access import Principal, Scope
from openbell.streaming.session import DESK
from openbell.streaming.socket import Socket, SocketSetup

PATH = "/ws/market-data"

router = APIRouter()


@router.websocket(PATH)
async def market_data(websocket: WebSocket) -> None:
    """Talk about the market. No credentials are needed; wrong ones are refused, and good ones count by user."""
    services: Services = websocket.app.state.services
    settings: ApiSettings = websocket.app.state.settings
    try:
        check_origin(websocket, settings)
        caller = await _caller(websocket, services)
        with counted(services, PATH, caller or exchange_of(websocket.scope).client_ip):
            await check_pace(websocket, services, caller, PATH)
            await websocket.accept()
            setup = _setup(services, settings, caller, resume_token(websocket, services, caller))
            await Socket(websocket, caller=caller, setup=setup).run(from_seq=None)
    except ApiError as refusal:
        await websocket.send_denial_response(render(websocket.scope, refusal))


async def check_pace(websocket: WebSocket, services: Services, caller: Principal | None, path: str) -> None:
    """Count a new connection against its quota; one that is resumed is none. Raises ApiError 429."""
    if is_resumed(websocket, services, caller):
        return
    key = name_of(websocket, caller)
    verdict = await services.quota.request("GET", path, caller=key, role=None if caller is None else caller.role)
    if verdict is not None and not verdict.is_allowed:
        raise too_many(verdict)


async def _caller(websocket: WebSocket, services: Services) -> Principal | None:
    caller = await caller_of(websocket, services)
    if shows_credentials(websocket) and (caller is None or not caller.may(Scope.READ)):
        raise ApiError(401, "UNAUTHORIZED", "These credentials are not good; without any, the market is open to you.")
    return caller


def _setup(services: Services, settings: ApiSettings, caller: Principal | None, token: str) -> SocketSetup:
    return SocketSetup(
        resume_token=token,
        hub=services.streams,
        now_ns=settings.now_ns,
        symbols=symbols_of(services),
        is_welcome=anybody if caller is None else welcome_of(services, caller),
        was_welcome=(lambda: True) if caller is None else was_welcome_of(services, caller),
        grammar=DESK,
        limits=settings.sockets,
    )
