"""Signing in with a signature: /api/v1/auth. docs/api/authentication.md says what is signed."""

from typing import Annotated

from fastapi import Request
from pydantic import BaseModel, BeforeValidator, Field

from openbell.api.asking import Ask
from openbell.api.deps import CurrentExchange, Deps, Reader
from openbell.api.errors import too_many
from openbell.api.limits import Router
from openbell.services.access import TICKET_TTL_S, SignedIn
from openbell.services.signing import NONCE_LENGTH_MAX, RECV_WINDOW_MS, RECV_WINDOW_MS_MAX, SignedCall

router = Router(prefix="/api/v1/auth", tag="desk")


def _timestamp(value: object) -> str:
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    return str(value) if is_whole or isinstance(value, str) else "not a whole number"


class Signature(Ask):
    """A key's name, and what proves that its secret is known."""

    api_key: str = Field(min_length=1, max_length=128, examples=["obs_3fT9..."])
    signature: str = Field(max_length=256, description="HMAC-SHA256 in hexadecimal.")
    timestamp: Annotated[str, BeforeValidator(_timestamp)] = Field(
        pattern=r"^\d{1,15}$",
        description="Seconds or milliseconds since 1970, as signed.",
        json_schema_extra={"type": "integer", "pattern": ""},
    )
    nonce: str = Field("", max_length=NONCE_LENGTH_MAX, pattern=r"^[\x21-\x7e]*$", description="Good once.")
    recv_window: int = Field(RECV_WINDOW_MS, ge=1, le=RECV_WINDOW_MS_MAX, description="Milliseconds it may be old.")

    def call(self, method: str, path: str) -> SignedCall:
        """Give what was signed for a request whose body does not count."""
        return SignedCall(
            api_key=self.api_key,
            signature=self.signature,
            timestamp=self.timestamp,
            nonce=self.nonce,
            recv_window_ms=self.recv_window,
            method=method,
            path=path,
        )


class RefreshRequest(Ask):
    """A refresh token."""

    refresh_token: str = Field(max_length=512)


class SessionAnswer(BaseModel):
    """A session. `token` is the access token under its other name; `expires_in` is its life in seconds."""

    success: bool = True
    token: str
    access_token: str
    refresh_token: str
    token_type: str = "bearer"  # noqa: S105 - the name of a scheme
    expires_in: int
    account_id: str


class TicketAnswer(BaseModel):
    """A ticket for one socket."""

    ticket: str
    expires_in: int


class DoneAnswer(BaseModel):
    """What was done."""

    success: bool = True
    message: str


@router.post("/login")
async def desk_login(body: Signature, request: Request, services: Deps, exchange: CurrentExchange) -> SessionAnswer:
    """Sign in with a signing key; the session may do no more than the key."""
    subject = await services.signing.subject_of(body.api_key)
    exchange.quota = await services.quota.login(client_ip=exchange.client_ip, subject=subject)
    if exchange.quota is not None and not exchange.quota.is_allowed:
        raise too_many(exchange.quota)
    call = body.call(request.method, request.url.path)
    return _session(await services.signing.sign_in(call, client_ip=exchange.client_ip))


@router.post("/refresh")
async def desk_refresh(body: RefreshRequest, services: Deps) -> SessionAnswer:
    """Change a refresh token for a new pair. Each is good once."""
    return _session(await services.access.refresh(body.refresh_token))


@router.post("/logout")
async def desk_logout(services: Deps, principal: Reader) -> DoneAnswer:
    """End this session: its tokens are void at once, and its sockets close."""
    await services.access.logout(principal)
    return DoneAnswer(message="Signed out")


@router.post("/ws-ticket")
async def desk_ticket(services: Deps, principal: Reader) -> TicketAnswer:
    """Get a ticket that lets one socket in, once, within 30 seconds."""
    return TicketAnswer(ticket=services.access.issue_ticket(principal), expires_in=TICKET_TTL_S)


def _session(signed_in: SignedIn) -> SessionAnswer:
    return SessionAnswer(
        token=signed_in.access_token,
        access_token=signed_in.access_token,
        refresh_token=signed_in.refresh_token,
        expires_in=signed_in.expires_in,
        account_id=signed_in.user.account_id,
    )
