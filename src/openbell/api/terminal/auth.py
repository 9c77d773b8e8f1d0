"""Signing in and out, with a second factor where there is one: /api/auth."""

from typing import Annotated

from fastapi import Header, Response
from pydantic import Field

from openbell.api.asking import Ask
from openbell.api.deps import CurrentExchange, Deps, Reader
from openbell.api.errors import ApiError, invalid, too_many
from openbell.api.limits import Router
from openbell.api.numbers import answer
from openbell.api.terminal.schemas import Answer
from openbell.services.access import SignedIn
from openbell.services.refused import SecondFactorDue

router = Router(prefix="/api/auth", tag="terminal: auth")

Authorization = Annotated[str, Header(max_length=4_096)]


class LoginRequest(Ask):
    """Who signs in; an email will do as username."""

    username: str = Field(min_length=1, max_length=254)
    password: str = Field(max_length=1_024)
    mfa_token: str = Field("", max_length=64, description="Code of the second factor, where one is enabled.")


class RefreshRequest(Ask):
    """A refresh token, for callers that would rather not send it as a bearer token."""

    refresh_token: str = Field("", max_length=512)


class CodeRequest(Ask):
    """A one-time code, or a recovery code where a second factor is enabled already."""

    mfa_token: str = Field(min_length=6, max_length=64)


class UserData(Answer):
    """Who signed in."""

    id: str
    username: str
    roles: list[str]


class LoginAnswer(Answer):
    """A fresh pair of tokens.

    While a second factor is due, `success` is false and `token` is good for /api/auth/verify-mfa alone, for 5 minutes.
    """

    success: bool
    token: str
    refresh_token: str
    expires_in: int = Field(description="Life of the token in seconds.")
    user: UserData
    mfa_required: bool


class ProfileAnswer(UserData):
    """Who is calling."""

    email: str
    account_id: str
    scopes: list[str]
    mfa_enabled: bool
    recovery_codes_left: int


class SetupAnswer(Answer):
    """What is needed to set up a device. It is shown this once."""

    success: bool
    secret: str = Field(description="Base32, for typing in.")
    otpauth_uri: str
    qr_code: str = Field(description="The address as a QR code: an SVG as data URI.")
    recovery_codes: list[str] = Field(description="Each signs in once in place of a code.")


class DoneAnswer(Answer):
    """What was done."""

    success: bool
    mfa_enabled: bool


class LogoutAnswer(Answer):
    """The session is over."""

    success: bool


@router.post("/login", response_model=LoginAnswer)
async def login(body: LoginRequest, services: Deps, exchange: CurrentExchange) -> Response:
    """Sign in with a password and, where one is enabled, the second factor."""
    subject = await services.access.subject_of(body.username)
    exchange.quota = await services.quota.login(client_ip=exchange.client_ip, subject=subject)
    if exchange.quota is not None and not exchange.quota.is_allowed:
        raise too_many(exchange.quota)
    try:
        return _tokens(await services.access.login(body.username, body.password, mfa_token=body.mfa_token))
    except SecondFactorDue as due:
        return answer(_challenge(due))


@router.post("/verify-mfa", response_model=LoginAnswer | DoneAnswer)
async def verify_mfa(
    body: CodeRequest, services: Deps, exchange: CurrentExchange, authorization: Authorization = ""
) -> Response:
    """Finish a sign-in, with the token it gave as bearer; or enable a second factor, with an access token."""
    if exchange.principal is not None:
        await services.mfa.confirm(exchange.principal, body.mfa_token)
        return answer(DoneAnswer(success=True, mfa_enabled=True))
    challenge = _bearer(authorization)
    if not challenge:
        raise ApiError(401, "UNAUTHORIZED", "Send the token that the sign-in gave as `Authorization: Bearer`.")
    return _tokens(await services.access.answer(challenge, body.mfa_token))


@router.post("/setup-mfa", response_model=SetupAnswer)
async def setup_mfa(services: Deps, principal: Reader) -> Response:
    """Begin a second factor: it is asked for once /api/auth/verify-mfa has seen its first code."""
    made = await services.mfa.begin(principal)
    return answer(
        SetupAnswer(
            success=True,
            secret=made.secret,
            otpauth_uri=made.otpauth_uri,
            qr_code=made.qr_code,
            recovery_codes=list(made.recovery_codes),
        )
    )


@router.post("/disable-mfa", response_model=DoneAnswer)
async def disable_mfa(body: CodeRequest, services: Deps, principal: Reader) -> Response:
    """Take the second factor away; that needs one of its codes."""
    await services.mfa.disable(principal, body.mfa_token)
    return answer(DoneAnswer(success=True, mfa_enabled=False))


@router.post("/refresh", response_model=LoginAnswer)
async def refresh(services: Deps, body: RefreshRequest | None = None, authorization: Authorization = "") -> Response:
    """Change a refresh token, sent in the body or as bearer token, for a new pair. Each is good once."""
    token = (body.refresh_token if body else "") or _bearer(authorization)
    if not token:
        raise invalid("refresh_token", "Send the refresh token in the body or as `Authorization: Bearer`.")
    return _tokens(await services.access.refresh(token))


@router.post("/logout", response_model=LogoutAnswer)
async def logout(services: Deps, principal: Reader) -> Response:
    """End this session: its tokens are void at once."""
    await services.access.logout(principal)
    return answer(LogoutAnswer(success=True))


@router.get("/profile", response_model=ProfileAnswer)
async def profile(services: Deps, principal: Reader) -> Response:
    """Tell who is calling."""
    user = await services.users.get(principal, principal.user_id)
    state = await services.mfa.state(user.user_id)
    return answer(
        ProfileAnswer(
            id=user.user_id,
            username=user.username,
            roles=[user.role],
            email=user.email,
            account_id=user.account_id,
            scopes=sorted(principal.scopes),
            mfa_enabled=state.is_enabled,
            recovery_codes_left=state.recovery_codes_left,
        )
    )


def _tokens(signed_in: SignedIn) -> Response:
    user = signed_in.user
    return answer(
        LoginAnswer(
            success=True,
            token=signed_in.access_token,
            refresh_token=signed_in.refresh_token,
            expires_in=signed_in.expires_in,
            user=UserData(id=user.user_id, username=user.username, roles=[user.role]),
            mfa_required=False,
        )
    )


def _challenge(due: SecondFactorDue) -> LoginAnswer:
    return LoginAnswer(
        success=False,
        token=due.challenge,
        refresh_token="",
        expires_in=due.expires_in,
        user=UserData(id="", username=due.username, roles=[]),
        mfa_required=True,
    )


def _bearer(authorization: str) -> str:
    kind, _, token = authorization.partition(" ")
    return token.strip() if kind.lower() == "bearer" else ""
