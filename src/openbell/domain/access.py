"""Who may do what: users, roles, scopes, keys and sessions."""

from enum import StrEnum

import msgspec

from openbell.domain.values import Nanos


class Role(StrEnum):
    """What a user may do: admins everything, traders their own account, viewers look."""

    ADMIN = "admin"
    TRADER = "user"
    VIEWER = "read-only"


class Scope(StrEnum):
    """What an API key may do, never more than its owner's role allows."""

    READ = "read"
    TRADE = "trade"
    CONTROL = "control"
    ADMIN = "admin"


SCOPES_OF_ROLE = {
    Role.ADMIN: frozenset(Scope),
    Role.TRADER: frozenset({Scope.READ, Scope.TRADE, Scope.CONTROL}),
    Role.VIEWER: frozenset({Scope.READ}),
}


class User(msgspec.Struct, kw_only=True):
    """A person or program with a login."""

    user_id: str
    email: str
    username: str
    role: Role
    account_id: str
    password_hash: str
    created_ns: Nanos
    is_active: bool = True


class KeyKind(StrEnum):
    """How a key is used: sent as it is, or to sign requests with."""

    BEARER = "bearer"
    SIGNING = "signing"


class ApiKey(msgspec.Struct, kw_only=True):
    """A key; `prefix` is the readable part that names it.

    Of a bearer key only the SHA-256 of the secret is kept. The secret of a signing key has to be read again and is kept
    sealed; its `prefix` is its whole public name, and `secret_hash` is the hash of that.
    """

    key_id: str
    user_id: str
    name: str
    prefix: str
    secret_hash: str
    scopes: frozenset[Scope]
    created_ns: Nanos
    expires_ns: Nanos | None = None
    revoked_ns: Nanos | None = None
    allowed_networks: tuple[str, ...] = ()
    sealed_secret: bytes | None = None

    @property
    def kind(self) -> KeyKind:
        """How the key is used."""
        return KeyKind.BEARER if self.sealed_secret is None else KeyKind.SIGNING


class Session(msgspec.Struct, kw_only=True):
    """A signed-in session: one family of refresh tokens. Only the newest refresh token's hash is good."""

    session_id: str
    user_id: str
    refresh_hash: str
    created_ns: Nanos
    expires_ns: Nanos
    revoked_ns: Nanos | None = None
    key_id: str = ""
    """The signing key it was begun with: the session may do no more than that key, and ends with it."""
    client_ip: str = ""
    agent: str = ""
    """What the program that signed in called itself."""
    refreshed_ns: Nanos | None = None
    """When its tokens were last renewed."""


class SecondFactor(msgspec.Struct, kw_only=True):
    """A user's source of one-time codes. `last_step` is the newest time step used up; all before it are as well."""

    user_id: str
    sealed_secret: bytes
    created_ns: Nanos
    last_step: int = 0
    enabled_ns: Nanos | None = None
    """When its first code was right; None while it waits for that."""


class Principal(msgspec.Struct, frozen=True, kw_only=True):
    """The caller of one request, as far as anybody needs to know."""

    user_id: str
    username: str
    role: Role
    account_id: str
    scopes: frozenset[Scope]
    session_id: str = ""
    key_id: str = ""

    @property
    def decides_on_access(self) -> bool:
        """Whether it is somebody who signed in, or a key for everything: no lesser key makes or ends others' access."""
        return not self.key_id or self.may(Scope.ADMIN)

    def may(self, scope: Scope) -> bool:
        """Tell whether the caller holds a scope."""
        return scope in self.scopes
