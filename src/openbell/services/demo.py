"""Demo credentials for development on this machine: a key everybody knows, for a user with pretend money."""

import asyncio
import secrets

import msgspec

from openbell.domain.access import SCOPES_OF_ROLE, ApiKey, Role, User
from openbell.ports import AccessStore, Clock, Vault
from openbell.services.principals import hash_of
from openbell.services.users import NewUser, Users

DEMO_API_KEY = "demo_api_key"
DEMO_SECRET = b"demo_secret"
DEMO_KEY_ID = "key_demo"
DEMO_EMAIL = "demo@openbell.local"
LITERALS = frozenset({"signature", "test"})
"""Signatures that the integration guide's own examples send."""


class Demo:
    """The demo user and key, made when somebody first asks for them."""

    def __init__(self, *, store: AccessStore, users: Users, vault: Vault, clock: Clock) -> None:
        self._store = store
        self._users = users
        self._vault = vault
        self._clock = clock
        self._making = asyncio.Lock()
        self._is_ready = False

    def accepts(self, api_key: str, signature: str) -> bool:
        """Tell whether these are the literals of the guide's examples."""
        return api_key == DEMO_API_KEY and signature in LITERALS

    async def key(self) -> ApiKey | None:
        """Give the demo key, made with its user on first use."""
        async with self._making:
            if not self._is_ready:
                await self._get_ready()
                self._is_ready = True
        return await self._store.key_by_hash(hash_of(DEMO_API_KEY))

    async def _get_ready(self) -> None:
        user = await self._store.user_by_login(DEMO_EMAIL) or await self._new_user()
        kept = next((key for key in await self._store.keys(user.user_id) if key.key_id == DEMO_KEY_ID), None)
        if kept is None:
            await self._store.add_key(self._new_key(user))
        elif kept.revoked_ns is not None:
            # An earlier start had demo credentials switched off.
            await self._store.update_key(msgspec.structs.replace(kept, revoked_ns=None))

    async def _new_user(self) -> User:
        password = secrets.token_urlsafe(24)  # nobody is to sign in with it
        return await self._users.create(NewUser(email=DEMO_EMAIL, password=password, role=Role.TRADER))

    def _new_key(self, user: User) -> ApiKey:
        return ApiKey(
            key_id=DEMO_KEY_ID,
            user_id=user.user_id,
            name="demo credentials",
            prefix=DEMO_API_KEY,
            secret_hash=hash_of(DEMO_API_KEY),
            scopes=SCOPES_OF_ROLE[Role.TRADER],
            created_ns=self._clock.now_ns(),
            sealed_secret=self._vault.seal(DEMO_SECRET, context=DEMO_KEY_ID),
        )


async def retire_demo(store: AccessStore, *, clock: Clock) -> None:
    """Revoke the demo key of an earlier start; harmless when there is none. Its sessions end with it."""
    user = await store.user_by_login(DEMO_EMAIL)
    keys = [] if user is None else await store.keys(user.user_id)
    for key in keys:
        if key.key_id == DEMO_KEY_ID and key.revoked_ns is None:
            await store.update_key(msgspec.structs.replace(key, revoked_ns=clock.now_ns()))
