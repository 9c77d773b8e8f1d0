"""What all streams share at the door: whose page it is, who calls, and how many connections they have."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Annotated

from fastapi import Depends, Request, WebSocket
from starlette.datastructures import URL
from starlette.requests import HTTPConnection

from openbell.api.deps import Policy, Services
from openbell.api.errors import ApiError, invalid, too_many
from openbell.api.exchange import exchange_of
from openbell.api.settings import ApiSettings
from openbell.domain.access import Principal, Scope
from openbell.services.audit import identify
from openbell.services.neighbours import neighbourhood
from openbell.services.refused import Unavailable

RETRY_AFTER_S = 5
CREDENTIAL_LENGTH_MAX = 4_096
SEQ_DIGITS_MAX = 18


def check_origin(connection: HTTPConnection, settings: ApiSettings) -> None:
    """Let in pages of ours; programs send no origin. Raises ApiError 403 for a foreign page."""
    origin = connection.headers.get("origin")
    if origin is None or origin in settings.cors_origins:
        return
    if URL(origin).netloc != connection.headers.get("host"):
        raise ApiError(403, "FORBIDDEN", "This origin may not open streams here.")


async def caller_of(connection: HTTPConnection, services: Services) -> Principal | None:
    """Give whoever the handshake's ticket, token, bearer header or key belongs to."""
    exchange = exchange_of(connection.scope)
    ticket, token = connection.query_params.get("ticket"), connection.query_params.get("token")
    if ticket:
        held = services.access.redeem_ticket(ticket)
        # What a ticket was given for may have ended since.
        return held if held is not None and await services.access.is_current(held) else None
    if token and len(token) <= CREDENTIAL_LENGTH_MAX:
        return await services.access.authenticate(token, client_ip=exchange.client_ip)
    return exchange.principal


def shows_credentials(websocket: WebSocket) -> bool:
    """Tell whether a handshake tries to say who calls."""
    query, headers = websocket.query_params, websocket.headers
    return any(query.get(name) for name in ("ticket", "token")) or "authorization" in headers or "x-api-key" in headers


@contextmanager
def counted(services: Services, path: str, who: Principal | str) -> Iterator[None]:
    """Count a connection in, and out in the end. `who` is an address where nobody is known.

    Raises ApiError 429 when there are as many as may be.
    """
    name, role = (who.user_id, who.role) if isinstance(who, Principal) else (f"ip:{neighbourhood(who)}", None)
    if not services.turnstile.enter(name, path, role=role):
        text = "You have as many connections open as you may; close one first."
        raise ApiError(429, "TOO_MANY_CONNECTIONS", text, retry_after_s=RETRY_AFTER_S)
    if isinstance(who, Principal):
        identify(who)
    try:
        yield
    finally:
        services.turnstile.leave(name, path)


def name_of(websocket: WebSocket, caller: Principal | None) -> str:
    """Give what a connection is counted by: its user, or its address where nobody is known."""
    return caller.user_id if caller is not None else f"ip:{neighbourhood(exchange_of(websocket.scope).client_ip)}"


def resume_token(websocket: WebSocket, services: Services, caller: Principal | None) -> str:
    """Give what a connection may come back with when it breaks off."""
    exchange = exchange_of(websocket.scope)
    who = name_of(websocket, caller)
    return services.reconnects.token(path=websocket.url.path, who=who, now_ns=exchange.received_ns)


def is_resumed(websocket: WebSocket, services: Services, caller: Principal | None) -> bool:
    """Tell whether a connection goes on where one broke off: then it is no new one."""
    token = websocket.query_params.get("resume_token", "")
    now_ns = exchange_of(websocket.scope).received_ns
    who = name_of(websocket, caller)
    return bool(token) and services.reconnects.take(token, path=websocket.url.path, who=who, now_ns=now_ns)


def from_seq_of(query: Mapping[str, str]) -> int | None:
    """Read where the private stream is to go on. Raises ApiError 400."""
    return seq_of(query.get("from_seq"), "from_seq")


def seq_of(text: str | None, field: str) -> int | None:
    """Read the number of a private event. Raises ApiError 400."""
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= SEQ_DIGITS_MAX):
        raise invalid(field, "Expected the number of the last private event you have seen.")
    return int(text)


def symbols_of(services: Services) -> Callable[[str], str | None]:
    """Give the look-up of canonical symbols."""

    def canonical(text: str) -> str | None:
        instrument = services.market.instrument(text)
        return None if instrument is None else instrument.symbol

    return canonical


def welcome_of(services: Services, caller: Principal) -> Callable[[], Awaitable[bool]]:
    """Give the question whether a caller's credentials still hold."""

    async def is_welcome() -> bool:
        try:
            return await services.access.is_current(caller)
        except Unavailable:
            return True  # an outage of the store is no reason to throw anybody out

    return is_welcome


def was_welcome_of(services: Services, caller: Principal) -> Callable[[], bool]:
    """Give the question whether that was answered just now, for another connection of theirs perhaps."""
    return partial(services.access.was_current, caller)


async def anybody() -> bool:
    """Stand for the question of a connection that needs no credentials."""
    return True


def canceller_of(services: Services, caller: Principal) -> Callable[[], Awaitable[None]] | None:
    """Give what cancels a caller's hand-placed orders when their connection is lost; None for who may not trade."""
    if not caller.may(Scope.TRADE) or services.dead_men is None:
        return None
    return partial(services.dead_men.disconnected, caller.account_id, actor=caller.user_id)


async def check_new(services: Services, caller: Principal, *, path: str, from_seq: int | None) -> None:
    """Count a new connection. Raises ApiError 429 when there have been as many in a minute as may be."""
    # Whoever goes on where a connection broke off is no new one: else a few broken lines would lock them out.
    if from_seq is not None and 0 < from_seq <= services.streams.private_seq(caller.account_id):
        return
    verdict = await services.quota.socket(user_id=caller.user_id, path=path, role=caller.role)
    if verdict is not None and not verdict.is_allowed:
        raise too_many(verdict)


class StreamPolicy(Policy):
    """Who may open a stream over HTTP: as for any route, and also by `?ticket=` or `?token=`, as for a socket."""

    async def __call__(self, request: Request) -> Principal:
        """Give the caller. Raises ApiError 401 without credentials, 403 without the scope."""
        exchange = exchange_of(request.scope)
        exchange.principal = await caller_of(request, request.app.state.services)
        return await super().__call__(request)


Listens = Annotated[Principal, Depends(StreamPolicy(Scope.READ))]
"""Declare `principal: Listens` on a route that is a stream."""
