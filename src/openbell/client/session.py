"""Who is signed in, and until when: an API key that always holds, or tokens that are renewed in time."""

from collections.abc import Callable, Iterator

from openbell.client.call import Call, Repeat, body_of, whole
from openbell.client.errors import Unauthorized
from openbell.client.models.access import Tokens

MARGIN_S = 30.0
"""Tokens are renewed this long before they end, or a tenth of their life where that is shorter."""


class Session:
    """One caller's credentials: an API key, or an e-mail (or username) and password.

    `second_factor` gives a fresh code whenever the password is sent, for users who have a second factor.
    """

    def __init__(
        self,
        *,
        api_key: str = "",
        email: str = "",
        password: str = "",
        second_factor: Callable[[], str] | None = None,
    ) -> None:
        self._api_key = api_key
        self._email = email
        self._password = password
        self._second_factor = second_factor
        self._tokens: Tokens | None = None
        self._renew_at = 0.0

    def __repr__(self) -> str:
        return f"Session(email={self._email!r}, has_api_key={bool(self._api_key)})"

    @property
    def bearer(self) -> str:
        """What to send as bearer token; '' while nobody is signed in."""
        return self._api_key or (self._tokens.access_token if self._tokens else "")

    @property
    def may_renew(self) -> bool:
        """Tell whether there is a way to another credential."""
        return not self._api_key and bool(self._tokens or self._password)

    def is_due(self, now_s: float) -> bool:
        """Tell whether to sign in or renew before the next call."""
        if self._api_key:
            return False
        return self._tokens is None or now_s >= self._renew_at

    def sign_ins(self) -> Iterator[Call[Tokens]]:
        """Describe the ways to new tokens, the cheapest first. Raises Unauthorized when there is none.

        A refresh token is good once, so that neither is sent twice.
        """
        if not (self._tokens or self._password):
            raise Unauthorized("NO_CREDENTIALS", "give an API key, or an e-mail and a password", status=401)
        if self._tokens is not None:
            yield _sign_in("/v1/auth/refresh", refresh_token=self._tokens.refresh_token)
        if self._password:
            code = self._second_factor() if self._second_factor else ""
            yield _sign_in("/v1/auth/login", email=self._email, password=self._password, code=code)

    def take(self, tokens: Tokens, *, now_s: float) -> None:
        """Keep new tokens."""
        self._tokens = tokens
        self._renew_at = now_s + tokens.expires_in - min(MARGIN_S, tokens.expires_in / 10)

    def forget(self) -> None:
        """Drop tokens that are void."""
        self._tokens = None


def _sign_in(
    path: str, *, refresh_token: str = "", email: str = "", password: str = "", code: str = ""
) -> Call[Tokens]:
    given = {"refresh_token": refresh_token, "email": email, "password": password, "mfa_token": code}
    return Call(
        method="POST",
        path=path,
        body=body_of({name: value for name, value in given.items() if value}),
        read=whole(Tokens),
        repeat=Repeat.UNSENT,
        is_open=True,
    )
