"""API keys: made once, shown once, good until they expire or are revoked."""

import asyncio
import ipaddress
import secrets
import string

import msgspec

from openbell.domain.access import SCOPES_OF_ROLE, ApiKey, KeyKind, Principal, Scope
from openbell.domain.values import Nanos
from openbell.ports import AccessStore, Clock, Vault
from openbell.services.principals import KEY_MARK, Principals, hash_of
from openbell.services.refused import AccessCode, AccessRefused

PREFIX_LENGTH = 8
SECRET_LENGTH = 43
"""Characters of base 62: 256 bits."""
SIGNING_MARK = "obs_"
SIGNING_NAME_LENGTH = 24
KEYS_MAX = 50
"""Keys a user may hold, revoked ones not counted."""
NETWORKS_MAX = 50

_ALPHABET = string.ascii_letters + string.digits


class NewKey(msgspec.Struct, frozen=True, kw_only=True):
    """What a key is to be."""

    name: str
    scopes: frozenset[Scope]
    expires_ns: Nanos | None = None
    allowed_networks: tuple[str, ...] = ()
    kind: KeyKind = KeyKind.BEARER


class ShownKey(msgspec.Struct, frozen=True):
    """A new key with its secret, the only time it can be seen. A bearer key's secret is what is sent."""

    key: ApiKey
    secret: str


class Keys:
    """API keys of users. A caller sees and ends their own; an admin anybody's."""

    def __init__(self, *, store: AccessStore, clock: Clock, principals: Principals, vault: Vault | None = None) -> None:
        self._vault = vault
        self._store = store
        self._clock = clock
        self._principals = principals
        self._making = asyncio.Lock()

    async def create(self, principal: Principal, wanted: NewKey, *, user_id: str = "") -> ShownKey:
        """Make a key for oneself, or as an admin for somebody. Raises AccessRefused."""
        owner_id = await self._owner(principal, user_id)
        # One at a time: else many at once would each be the last that may be.
        async with self._making:
            await self._check(principal, owner_id, wanted)
            shown = self._made(owner_id, wanted)
            try:
                await self._store.add_key(shown.key)
            except KeyError:
                raise _no_such_user() from None
        return shown

    async def list(self, principal: Principal, *, user_id: str = "") -> list[ApiKey]:
        """List one's own keys, or as an admin somebody's, revoked ones included."""
        return await self._store.keys(await self._owner(principal, user_id))

    async def revoke(self, principal: Principal, key_id: str, *, user_id: str = "") -> ApiKey:
        """End a key at once; ending it twice is harmless. Raises AccessRefused for one that is not there."""
        owner_id = await self._owner(principal, user_id)
        if not principal.decides_on_access and key_id != principal.key_id:
            raise AccessRefused(AccessCode.FORBIDDEN, "A key ends no other key: sign in with a password.")
        key = next((key for key in await self._store.keys(owner_id) if key.key_id == key_id), None)
        if key is None:
            raise AccessRefused(AccessCode.NOT_FOUND, "No such key is known to you.")
        if key.revoked_ns is None:
            key = msgspec.structs.replace(key, revoked_ns=self._clock.now_ns())
            await self._store.update_key(key)
            self._principals.forget(key_id=key_id)
        return key

    def _made(self, owner_id: str, wanted: NewKey) -> ShownKey:
        key_id = f"key_{secrets.token_hex(8)}"
        sealed = None
        if wanted.kind is KeyKind.SIGNING:
            name, secret = f"{SIGNING_MARK}{_random(SIGNING_NAME_LENGTH)}", _random(SECRET_LENGTH)
            sealed, hashed = self._sealed(key_id, secret), name
        else:
            name = f"{KEY_MARK}{_random(PREFIX_LENGTH)}"
            secret = hashed = f"{name}_{_random(SECRET_LENGTH)}"
        key = ApiKey(
            key_id=key_id,
            user_id=owner_id,
            name=wanted.name,
            prefix=name,
            secret_hash=hash_of(hashed),
            scopes=wanted.scopes,
            created_ns=self._clock.now_ns(),
            expires_ns=wanted.expires_ns,
            allowed_networks=wanted.allowed_networks,
            sealed_secret=sealed,
        )
        return ShownKey(key, secret)

    def _sealed(self, key_id: str, secret: str) -> bytes:
        if self._vault is None:
            raise AccessRefused(AccessCode.INVALID, "Signing keys cannot be kept here.", field="kind")
        return self._vault.seal(secret.encode(), context=key_id)

    async def _owner(self, principal: Principal, user_id: str) -> str:
        if not user_id or user_id == principal.user_id:
            return principal.user_id
        # To others, somebody else's keys are as if they were not there.
        if not principal.may(Scope.ADMIN) or await self._store.user(user_id) is None:
            raise _no_such_user()
        return user_id

    async def _check(self, principal: Principal, owner_id: str, wanted: NewKey) -> None:
        owner = await self._store.user(owner_id)
        may = SCOPES_OF_ROLE[owner.role] if owner is not None else frozenset()
        if not principal.decides_on_access:
            # Else a key with an end or a network of its own could make one without.
            raise AccessRefused(AccessCode.FORBIDDEN, "Sign in with a password to make a key.")
        if not wanted.scopes or not wanted.scopes <= may:
            raise AccessRefused(
                AccessCode.INVALID, f"Choose from: {', '.join(sorted(may)) or 'nothing'}.", field="scopes"
            )
        if wanted.expires_ns is not None and wanted.expires_ns <= self._clock.now_ns():
            raise AccessRefused(AccessCode.INVALID, "This is in the past.", field="expires_at")
        _check_networks(wanted.allowed_networks)
        held = [key for key in await self._store.keys(owner_id) if key.revoked_ns is None]
        if len(held) >= KEYS_MAX:
            raise AccessRefused(AccessCode.INVALID, f"At most {KEYS_MAX} keys a user; revoke one first.")


def _check_networks(networks: tuple[str, ...]) -> None:
    if len(networks) > NETWORKS_MAX:
        raise AccessRefused(AccessCode.INVALID, f"At most {NETWORKS_MAX} networks.", field="allowed_networks")
    for network in networks:
        if not _is_network(network):
            raise AccessRefused(
                AccessCode.INVALID, "Give each as an address or as 10.0.0.0/8.", field="allowed_networks"
            )


def _is_network(text: str) -> bool:
    try:
        ipaddress.ip_network(text)
    except ValueError:
        return False
    # A zone (fe80::1%eth0) says something on one machine only, and may be any text.
    return "%" not in text


def _no_such_user() -> AccessRefused:
    return AccessRefused(AccessCode.NOT_FOUND, "No such user is known to you.")


def _random(length: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))
