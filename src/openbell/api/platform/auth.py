"""Signing in and out: /v1/auth."""

from typing import Annotated

from fastapi import Header, Request, Response
from pydantic import BaseModel, Field, model_validator

from openbell.api.deps import CurrentExchange, Deps, Reader
from openbell.api.errors import invalid, too_many
from openbell.api.limits import Router
from openbell.api.platform import session_cookie
from openbell.api.platform.users import UserAnswer, UserData, user_data
from openbell.services.access import TICKET_TTL_S, SignedIn

router = Router(prefix="/v1/auth", tag="auth")


class LoginRequest(BaseModel):
    """Who signs in. Either name will do in either field."""

    email: str = Field("", max_length=254)
    username: str = Field("", max_length=254)
    password: str = Field(max_length=1_024)
    mfa_token: str = Field("", max_length=64, description="Code of the second factor, where one is enabled.")

    @model_validator(mode="after")
    def _has_a_name(self) -> "LoginRequest":
        if not (self.email or self.username):
            raise ValueError("Give an email or a username.")
        return self


class RefreshRequest(BaseModel):
    """A refresh token, for callers that would rather not send it as a bearer token."""

    refresh_token: str = Field("", max_length=512)


class PasswordRequest(BaseModel):
    """A change of one's own password."""

    current_password: str = Field(max_length=1_024)
    new_password: str = Field(max_length=1_024)


class TokenAnswer(BaseModel):
    """A fresh pair of tokens. `expires_in` is the life of the access token in seconds.

    A page that asked for a cookie (`X-Openbell-Session: cookie`) gets an empty `refresh_token`; the cookie has it.
    """

    access_token: str
    refresh_token: str
    token_type: str = "bearer"  # noqa: S105 - the name of a scheme
    expires_in: int


class TicketData(BaseModel):
    """A ticket for one socket."""

    ticket: str
    expires_in: int


class TicketAnswer(BaseModel):
    """The ticket."""

    data: TicketData


class NoData(BaseModel):
    """Nothing: what was done leaves nothing to show."""


class MessageAnswer(BaseModel):
    """What was done."""

    message: str
    data: NoData = NoData()


@router.post("/login")
async def login(
    body: LoginRequest, services: Deps, exchange: CurrentExchange, request: Request, response: Response
) -> TokenAnswer:
    """Sign in with a password. With the header `X-Openbell-Session: cookie` the refresh token goes into a cookie."""
    name = body.email or body.username
    subject = await services.access.subject_of(name)
    exchange.quota = await services.quota.login(client_ip=exchange.client_ip, subject=subject)
    if exchange.quota is not None and not exchange.quota.is_allowed:
        raise too_many(exchange.quota)
    signed_in = await services.access.login(name, body.password, mfa_token=body.mfa_token)
    return _tokens(signed_in, request=request, response=response)


@router.post("/refresh")
async def refresh(
    services: Deps,
    request: Request,
    response: Response,
    body: RefreshRequest | None = None,
    authorization: Annotated[str, Header(max_length=512)] = "",
) -> TokenAnswer:
    """Change a refresh token, sent as bearer token, in the body or as a page's cookie, for a new pair.

    Each is good once. The cookie counts with the header `X-Openbell-Session: cookie` alone.
    """
    token = body.refresh_token if body else ""
    if not token:
        kind, _, token = authorization.partition(" ")
        token = token.strip() if kind.lower() == "bearer" else ""
    token = token or session_cookie.read(request)
    if not token:
        raise invalid("refresh_token", "Send the refresh token as `Authorization: Bearer` or in the body.")
    return _tokens(await services.access.refresh(token), request=request, response=response)


@router.post("/logout")
async def logout(services: Deps, principal: Reader, response: Response) -> MessageAnswer:
    """End this session: its tokens are void at once, and a page's cookie goes."""
    await services.access.logout(principal)
    session_cookie.clear(response)
    return MessageAnswer(message="Signed out")


@router.get("/me")
async def me(services: Deps, principal: Reader) -> UserAnswer:
    """Tell who is calling."""
    user = await services.users.get(principal, principal.user_id)
    return UserAnswer(data=UserData(**user_data(user), scopes=sorted(principal.scopes)))


@router.post("/password")
async def change_password(
    body: PasswordRequest, services: Deps, principal: Reader, exchange: CurrentExchange
) -> MessageAnswer:
    """Change one's own password; every session ends, this one too."""
    # An attempt to sign in like any other: else whoever has a token could guess the password faster here.
    exchange.quota = await services.quota.login(client_ip=exchange.client_ip, subject=principal.user_id)
    if exchange.quota is not None and not exchange.quota.is_allowed:
        raise too_many(exchange.quota)
    await services.users.change_password(principal, current=body.current_password, new=body.new_password)
    return MessageAnswer(message="Password changed; sign in again")


@router.post("/ws-ticket")
async def ws_ticket(services: Deps, principal: Reader) -> TicketAnswer:
    """Get a ticket that lets one socket in, once, within 30 seconds."""
    return TicketAnswer(data=TicketData(ticket=services.access.issue_ticket(principal), expires_in=TICKET_TTL_S))


def _tokens(signed_in: SignedIn, *, request: Request, response: Response) -> TokenAnswer:
    refresh_token = signed_in.refresh_token
    if session_cookie.is_wanted(request):
        session_cookie.write(response, refresh_token, request=request, ttl_s=signed_in.refresh_expires_in)
        refresh_token = ""
    return TokenAnswer(
        access_token=signed_in.access_token, refresh_token=refresh_token, expires_in=signed_in.expires_in
    )
