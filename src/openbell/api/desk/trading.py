"""The socket at /ws/trading: opened by anybody, used by whoever says who they are in time."""

from typing import Any

from fastapi import APIRouter, WebSocket

from openbell.api.deps import Services
from openbell.api.desk.market_data import check_pace
from openbell.api.desk.trading_talk import TradingSetup, TradingTalk
from openbell.api.desk.trading_words import read_authenticate
from openbell.api.errors import ApiError, render, too_many
from openbell.api.exchange import exchange_of
from openbell.api.settings import ApiSettings
from openbell.api.sockets import caller_of, check_origin, counted, from_seq_of, resume_token, shows_credentials
from openbell.domain.access import Principal, Scope
from openbell.services.audit import identify
from openbell.services.limiter import Verdict
from openbell.services.quota import ORDERS
from openbell.services.refused import AccessCode, AccessRefused, Unavailable
from openbell.streaming.line import Line

PATH = "/ws/trading"

router = APIRouter()


@router.websocket(PATH)
async def trading(websocket: WebSocket) -> None:
    """Trade over a socket. Credentials come at the handshake, or in the first message."""
    services: Services = websocket.app.state.services
    settings: ApiSettings = websocket.app.state.settings
    try:
        check_origin(websocket, settings)
        caller = await _caller(websocket, services)
        from_seq = from_seq_of(websocket.query_params)
        with counted(services, PATH, caller or exchange_of(websocket.scope).client_ip):
            await check_pace(websocket, services, caller, PATH)
            await websocket.accept()
            setup = _setup(websocket, services, settings, resume_token(websocket, services, caller))
            await _talk(websocket, setup, caller, from_seq)
    except ApiError as refusal:
        await websocket.send_denial_response(render(websocket.scope, refusal))


async def _talk(websocket: WebSocket, setup: TradingSetup, caller: Principal | None, from_seq: int | None) -> None:
    line = Line(websocket)
    talk = TradingTalk(line, setup)
    talk.greet()
    if caller is not None:
        wanted = websocket.query_params.get("cancel_on_disconnect", "").lower() == "true"
        talk.admit(caller, from_seq=from_seq, cancel_on_disconnect=wanted, reply_to=None)
    try:
        await line.run(talk, at_once=talk.hear_at_once)
    finally:
        await talk.close()


async def _caller(websocket: WebSocket, services: Services) -> Principal | None:
    caller = await caller_of(websocket, services)
    if shows_credentials(websocket) and (caller is None or not caller.may(Scope.READ)):
        raise ApiError(401, "UNAUTHORIZED", "These credentials are not good.", headers={"www-authenticate": "Bearer"})
    return caller


def _setup(websocket: WebSocket, services: Services, settings: ApiSettings, token: str) -> TradingSetup:
    client_ip = exchange_of(websocket.scope).client_ip

    async def recognise(body: dict[str, Any]) -> Principal:
        return await _recognised(services, body, client_ip)

    async def is_current(caller: Principal) -> bool:
        try:
            return await services.access.is_current(caller)
        except Unavailable:
            return True  # an outage of the store is no reason to throw anybody out

    async def count_order(caller: Principal) -> Verdict | None:
        # The bucket of orders by HTTP: another road gains nothing.
        return await services.quota.take(ORDERS, caller=caller.user_id, role=caller.role)

    def passes_now(caller: Principal) -> bool:
        return services.quota.passes_now(ORDERS, caller=caller.user_id, role=caller.role)

    return TradingSetup(
        resume_token=token,
        hub=services.streams,
        orders=services.orders,
        now_ns=settings.now_ns,
        limits=settings.sockets,
        recognise=recognise,
        is_current=is_current,
        count_order=count_order,
        passes_now=passes_now,
        enter=lambda caller: services.turnstile.enter(caller.user_id, PATH, role=caller.role),
        leave=lambda caller: services.turnstile.leave(caller.user_id, PATH),
    )


async def _recognised(services: Services, body: dict[str, Any], client_ip: str) -> Principal:
    """Give the caller behind an authenticate message. Raises AccessRefused, or ApiError 429."""
    wanted = read_authenticate(body)
    signature = wanted.signature
    if signature is None:
        caller = await services.access.authenticate(wanted.token, client_ip=client_ip)
    else:
        subject = await services.signing.subject_of(signature.api_key)
        verdict = await services.quota.login(client_ip=client_ip, subject=subject)
        if verdict is not None and not verdict.is_allowed:
            raise too_many(verdict)
        caller = await services.signing.recognise(signature.call("GET", PATH), client_ip=client_ip)
    if caller is None or not caller.may(Scope.READ):
        raise AccessRefused(AccessCode.INVALID_CREDENTIALS, "Invalid credentials")
    identify(caller)
    return caller
