"""From a credential to a caller, remembered for a moment: the path every request takes."""

import asyncio
import hashlib
import hmac
import ipaddress
from collections.abc import Iterator
from functools import partial

import msgspec

from openbell.domain.access import SCOPES_OF_ROLE, ApiKey, KeyKind, Principal, Scope, Session, User
from openbell.domain.values import NANOS_PER_SECOND, Nanos
from openbell.ports import AccessStore, Clock
from openbell.services.standing import Standings
from openbell.services.tokens import Tokens

KEY_MARK = "ob_"
KEY_LENGTH_MAX = 128
REMEMBERED_MAX = 10_000
"""Callers remembered; past it all are looked up anew."""
RECHECK_NS = NANOS_PER_SECOND
"""How long a revocation made by another process may stay unseen. One made here is seen at once."""

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class _Known(msgspec.Struct):
    """A credential seen to be good."""

    principal: Principal
    expires_ns: Nanos
    recheck_ns: Nanos
    networks: tuple[Network, ...] = ()

    def admits(self, client_ip: str) -> bool:
        if not self.networks:
            return True
        try:
            address = ipaddress.ip_address(client_ip)
        except ValueError:
            return False
        # Who listens for both kinds of address, such as a proxy, writes one of IPv4 as a part of IPv6.
        mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
        return any(address in network or (mapped is not None and mapped in network) for network in self.networks)


def principal_of(user: User, *, scopes: frozenset[Scope], session_id: str = "", key_id: str = "") -> Principal:
    """Describe a user as a caller with these scopes at most."""
    return Principal(
        user_id=user.user_id,
        username=user.username,
        role=user.role,
        account_id=user.account_id,
        scopes=scopes & SCOPES_OF_ROLE[user.role],
        session_id=session_id,
        key_id=key_id,
    )


def hash_of(secret: str) -> str:
    """Give what is stored instead of a random secret: its SHA-256 in hexadecimal."""
    return hashlib.sha256(secret.encode()).hexdigest()


class Principals:
    """Turns access tokens and API keys into callers."""

    def __init__(self, *, store: AccessStore, clock: Clock, tokens: Tokens) -> None:
        self._store = store
        self._clock = clock
        self._tokens = tokens
        self._known: dict[str, _Known] = {}
        self._looking: dict[str, asyncio.Future[_Known | None]] = {}
        self._era = object()
        """Another one after each time that somebody's rights changed."""
        self.standings = Standings(self._is_current)
        """Whether callers with open connections may keep them."""

    async def authenticate(self, credential: str, *, client_ip: str) -> Principal | None:
        """Give the caller behind an access token or API key, or None when it is not good (any more, or from there)."""
        now = self._clock.now_ns()
        known = self._known.get(credential)
        if known is None or known.recheck_ns <= now or known.expires_ns <= now:
            known = await self._asked(credential, now)
        if known is None or not known.admits(client_ip):
            return None
        return known.principal

    def known(self, credential: str, *, client_ip: str) -> Principal | None:
        """Give the caller where that needs no looking up: the credential was seen to be good within the last second."""
        known = self._known.get(credential)
        if known is None or not known.admits(client_ip):
            return None
        now = self._clock.now_ns()
        return known.principal if now < known.recheck_ns and now < known.expires_ns else None

    async def is_current(self, principal: Principal) -> bool:
        """Tell whether the session or key a caller came with still holds, with the same rights. For open sockets."""
        return await self.standings.holds(principal)

    async def of_key(self, key: ApiKey, *, client_ip: str) -> Principal | None:
        """Give the caller who has proved to hold a key, or None when it is not good (any more, or from there)."""
        known = await self._by_key(key, self._clock.now_ns())
        return known.principal if known is not None and known.admits(client_ip) else None

    def forget(self, *, user_id: str = "", session_id: str = "", key_id: str = "") -> None:
        """Look again, from the next request on, at whoever came as this user, in this session or with this key."""
        for credential in list(self._matching(user_id, session_id, key_id)):
            del self._known[credential]
        self._era = object()
        self._looking.clear()
        self.standings.forget()

    async def _is_current(self, principal: Principal) -> bool:
        if principal.session_id:
            known = await self._by_session(principal.user_id, principal.session_id, self._clock.now_ns())
        else:
            key = await self._key(principal.user_id, principal.key_id)
            known = await self._by_key(key, self._clock.now_ns())
        return known is not None and known.principal == principal

    def _matching(self, user_id: str, session_id: str, key_id: str) -> Iterator[str]:
        for credential, known in self._known.items():
            who = known.principal
            if (
                (user_id and who.user_id == user_id)
                or (session_id and who.session_id == session_id)
                or (key_id and who.key_id == key_id)
            ):
                yield credential

    async def _asked(self, credential: str, now: Nanos) -> _Known | None:
        """Look a credential up once for all requests that come with it meanwhile: a busy client has many at a time."""
        looking = self._looking.get(credential)
        if looking is None:
            looking = self._looking[credential] = asyncio.ensure_future(self._remembered(credential, now))
            looking.add_done_callback(partial(self._looked, credential))
        return await asyncio.shield(looking)

    def _looked(self, credential: str, looking: "asyncio.Future[_Known | None]") -> None:
        if self._looking.get(credential) is looking:
            del self._looking[credential]

    async def _remembered(self, credential: str, now: Nanos) -> _Known | None:
        self._known.pop(credential, None)
        era = self._era
        known = await self._look_up(credential, now)
        # Who was to be forgotten meanwhile may have been found as they were before.
        if known is not None and era is self._era:
            if len(self._known) >= REMEMBERED_MAX:
                self._known.clear()
            self._known[credential] = known
        return known

    async def _look_up(self, credential: str, now: Nanos) -> _Known | None:
        if credential.startswith(KEY_MARK):
            if len(credential) > KEY_LENGTH_MAX:
                return None
            secret_hash = hash_of(credential)
            key = await self._store.key_by_hash(secret_hash)
            # The store finds by hash, which tells nobody a secret; the comparison that decides takes constant time.
            is_right = key is not None and hmac.compare_digest(key.secret_hash, secret_hash)
            # The name of a signing key is no secret: it lets nobody in.
            is_bearer = is_right and key is not None and key.kind is not KeyKind.SIGNING
            known = await self._by_key(key, now) if is_bearer else None
        else:
            claims = self._tokens.read(credential)
            if claims is None:
                return None
            known = await self._by_session(claims.user_id, claims.session_id, now)
            if known is not None:
                known.expires_ns = min(known.expires_ns, claims.expires_ns)
        return known

    async def _by_session(self, user_id: str, session_id: str, now: Nanos) -> _Known | None:
        session = await self._store.session(session_id)
        if session is None or session.user_id != user_id:
            return None
        if session.revoked_ns is not None or session.expires_ns <= now:
            return None
        user = await self._store.user(user_id)
        if user is None or not user.is_active:
            return None
        if session.key_id:
            return await self._by_key_session(user, session, now)
        principal = principal_of(user, scopes=frozenset(Scope), session_id=session_id)
        return _Known(principal, session.expires_ns, now + RECHECK_NS)

    async def _by_key_session(self, user: User, session: Session, now: Nanos) -> _Known | None:
        key = await self._key(user.user_id, session.key_id)
        known = await self._by_key(key, now)
        if key is None or known is None:
            return None
        principal = principal_of(user, scopes=key.scopes, session_id=session.session_id, key_id=key.key_id)
        return _Known(principal, session.expires_ns, now + RECHECK_NS, known.networks)

    async def _key(self, user_id: str, key_id: str) -> ApiKey | None:
        return next((key for key in await self._store.keys(user_id) if key.key_id == key_id), None)

    async def _by_key(self, key: ApiKey | None, now: Nanos) -> _Known | None:
        if key is None or key.revoked_ns is not None or (key.expires_ns is not None and key.expires_ns <= now):
            return None
        user = await self._store.user(key.user_id)
        if user is None or not user.is_active:
            return None
        principal = principal_of(user, scopes=key.scopes, key_id=key.key_id)
        networks = tuple(ipaddress.ip_network(text) for text in key.allowed_networks)
        expires = now + RECHECK_NS if key.expires_ns is None else key.expires_ns
        return _Known(principal, expires, now + RECHECK_NS, networks)
