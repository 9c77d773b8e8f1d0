"""Signing in and out: sessions, their refresh tokens, and tickets for sockets."""

import hmac
import secrets

import msgspec

from openbell.domain.access import Principal, Session, User
from openbell.domain.values import NANOS_PER_SECOND, Nanos
from openbell.ports import AccessStore, Clock
from openbell.services.audit import CURRENT
from openbell.services.mfa import Mfa
from openbell.services.passwords import LENGTH_MAX, Passwords
from openbell.services.principals import Principals, hash_of
from openbell.services.refused import AccessCode, AccessRefused, SecondFactorDue
from openbell.services.tokens import CHALLENGE_TTL_S, Tokens, password_mark

SESSION_ID_BYTES = 16
TICKET_BYTES = 24
REFRESH_BYTES = 32
"""Bytes of chance, far beyond guessing."""
REFRESH_TTL_S = 30 * 24 * 3_600
TICKET_TTL_S = 30
TICKETS_MAX = 10_000
REFRESH_LENGTH_MAX = 256


class SignedIn(msgspec.Struct, frozen=True, kw_only=True):
    """A fresh pair of tokens and their lives in seconds: that of the access token, and of a session left unused."""

    access_token: str
    refresh_token: str
    expires_in: int
    refresh_expires_in: int
    user: User


class _Ticket(msgspec.Struct, frozen=True):
    principal: Principal
    expires_ns: Nanos


class Access:
    """Sessions of people and programs that sign in with a password."""

    def __init__(
        self,
        *,
        store: AccessStore,
        clock: Clock,
        passwords: Passwords,
        tokens: Tokens,
        principals: Principals,
        mfa: Mfa | None = None,
        refresh_ttl_s: int = REFRESH_TTL_S,
    ) -> None:
        self._refresh_ttl_s = refresh_ttl_s
        self._store = store
        self._clock = clock
        self._passwords = passwords
        self._tokens = tokens
        self._principals = principals
        self._mfa = mfa
        self._tickets: dict[str, _Ticket] = {}

    async def login(self, login: str, password: str, *, mfa_token: str = "") -> SignedIn:
        """Begin a session for an email or username. Raises AccessRefused, alike whatever was wrong.

        Only whoever knows the password learns that a code is due: SecondFactorDue without one, and a wrong one is
        refused as such.
        """
        user = await self._store.user_by_login(login)
        matches = await self._passwords.matches(password[: LENGTH_MAX + 1], user.password_hash if user else None)
        if user is None or not matches or not user.is_active:
            raise _bad_credentials()
        if self._mfa is not None and await self._mfa.is_enabled(user.user_id):
            if not mfa_token:
                challenge = self._tokens.sign_challenge(user)
                raise SecondFactorDue(username=user.username, challenge=challenge, expires_in=CHALLENGE_TTL_S)
            await self._mfa.check(user.user_id, mfa_token)
        return await self.begin(user)

    async def subject_of(self, login: str) -> str:
        """Give what attempts to sign in under a name are counted by: its user, whichever of their names it is."""
        user = await self._store.user_by_login(login)
        return login if user is None else user.user_id

    async def answer(self, challenge: str, mfa_token: str) -> SignedIn:
        """Begin the session that a challenge waits for. Raises AccessRefused."""
        claims = self._tokens.read_challenge(challenge)
        user = await self._store.user(claims.user_id) if claims is not None else None
        is_current = claims is not None and user is not None and claims.session_id == password_mark(user)
        if self._mfa is None or user is None or not (is_current and user.is_active):
            raise AccessRefused(AccessCode.INVALID_TOKEN, "The challenge is not valid any more; sign in again.")
        await self._mfa.check(user.user_id, mfa_token)
        return await self.begin(user)

    async def begin(self, user: User, *, key_id: str = "") -> SignedIn:
        """Begin a session for a user who has proved to be one, by password or with a signing key.

        Raises AccessRefused when the user has been changed since they were looked up.
        """
        session_id = secrets.token_hex(SESSION_ID_BYTES)
        refresh_token = _new_refresh_token(session_id)
        now, origin = self._clock.now_ns(), CURRENT.get()
        await self._store.add_session(
            Session(
                session_id=session_id,
                user_id=user.user_id,
                refresh_hash=hash_of(refresh_token),
                created_ns=now,
                expires_ns=self._end_of(now),
                key_id=key_id,
                client_ip=origin.client_ip,
                agent=origin.agent,
            )
        )
        # Whoever changed the user since has ended the sessions that there were, and this one was not among them.
        present = await self._store.user(user.user_id)
        if present is None or not present.is_active or present.password_hash != user.password_hash:
            await self._end(session_id)
            raise _bad_credentials()
        return self._signed_in(user, session_id, refresh_token)

    async def refresh(self, refresh_token: str) -> SignedIn:
        """Change a refresh token for a new pair. One that was used before ends its session. Raises AccessRefused."""
        session = await self._session_of(refresh_token)
        user = await self._store.user(session.user_id)
        if user is None or not user.is_active:
            raise _bad_refresh()
        fresh = _new_refresh_token(session.session_id)
        old_hash, now = hash_of(refresh_token), self._clock.now_ns()
        rotated = hmac.compare_digest(old_hash, session.refresh_hash) and await self._store.rotate_session(
            session.session_id, old_hash=old_hash, new_hash=hash_of(fresh), at_ns=now, expires_ns=self._end_of(now)
        )
        if not rotated:
            # Somebody else holds a copy: neither of the two can be trusted any more.
            await self._end(session.session_id)
            raise _bad_refresh()
        return self._signed_in(user, session.session_id, fresh)

    async def logout(self, principal: Principal) -> None:
        """End the session a caller came with; its access tokens are void at once. Harmless for API keys."""
        if principal.session_id:
            await self._end(principal.session_id)

    async def authenticate(self, credential: str, *, client_ip: str) -> Principal | None:
        """Give the caller behind an access token or API key."""
        return await self._principals.authenticate(credential, client_ip=client_ip)

    def known(self, credential: str, *, client_ip: str) -> Principal | None:
        """Give the caller where that needs no looking up; None says nothing about whether it is good."""
        return self._principals.known(credential, client_ip=client_ip)

    async def is_current(self, principal: Principal) -> bool:
        """Tell whether a caller's session or key still holds: for sockets, to be asked every second."""
        return await self._principals.is_current(principal)

    def was_current(self, principal: Principal) -> bool:
        """Tell whether that was answered with yes so lately that asking again would tell nothing."""
        return self._principals.standings.known(principal)

    def issue_ticket(self, principal: Principal) -> str:
        """Give a ticket that lets a socket in once, within 30 seconds."""
        now = self._clock.now_ns()
        if len(self._tickets) >= TICKETS_MAX:
            self._tickets = {text: ticket for text, ticket in self._tickets.items() if ticket.expires_ns > now}
        if len(self._tickets) >= TICKETS_MAX:
            raise AccessRefused(AccessCode.BUSY, "Too many tickets are waiting to be used; try again shortly.")
        text = secrets.token_urlsafe(TICKET_BYTES)
        self._tickets[text] = _Ticket(principal, now + TICKET_TTL_S * NANOS_PER_SECOND)
        return text

    def redeem_ticket(self, text: str) -> Principal | None:
        """Take a ticket; it is good once."""
        ticket = self._tickets.pop(text, None)
        return ticket.principal if ticket is not None and ticket.expires_ns > self._clock.now_ns() else None

    async def _session_of(self, refresh_token: str) -> Session:
        session_id, dot, _ = refresh_token.partition(".")
        if not dot or len(refresh_token) > REFRESH_LENGTH_MAX:
            raise _bad_refresh()
        session = await self._store.session(session_id)
        if session is None or session.revoked_ns is not None or session.expires_ns <= self._clock.now_ns():
            raise _bad_refresh()
        return session

    def _end_of(self, used_ns: Nanos) -> Nanos:
        """Give when a session ends that is not used again."""
        return used_ns + self._refresh_ttl_s * NANOS_PER_SECOND

    async def _end(self, session_id: str) -> None:
        await self._store.revoke_session(session_id, at_ns=self._clock.now_ns())
        self._principals.forget(session_id=session_id)

    def _signed_in(self, user: User, session_id: str, refresh_token: str) -> SignedIn:
        return SignedIn(
            access_token=self._tokens.sign(user, session_id),
            refresh_token=refresh_token,
            expires_in=self._tokens.ttl_s,
            refresh_expires_in=self._refresh_ttl_s,
            user=user,
        )


def _new_refresh_token(session_id: str) -> str:
    return f"{session_id}.{secrets.token_urlsafe(REFRESH_BYTES)}"


def _bad_credentials() -> AccessRefused:
    return AccessRefused(AccessCode.INVALID_CREDENTIALS, "Invalid credentials")


def _bad_refresh() -> AccessRefused:
    return AccessRefused(AccessCode.INVALID_TOKEN, "The refresh token is not valid; sign in again.")
