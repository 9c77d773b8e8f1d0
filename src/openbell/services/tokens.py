"""Access tokens: signed claims about who signed in, in which session, and until when."""

import hashlib
from collections.abc import Mapping
from typing import Any

import jwt
import msgspec

from openbell.domain.access import User
from openbell.domain.values import NANOS_PER_SECOND, Nanos
from openbell.ports import Clock

ALGORITHM = "HS256"
AUDIENCE = "openbell"
CHALLENGE_AUDIENCE = "mfa"
"""Audience of a token that only stands for a password that was right; nothing but the next step takes it."""
CHALLENGE_TTL_S = 300
MARK_LENGTH = 32
KEY_BYTES_MIN = 32
TOKEN_LENGTH_MAX = 2_048
"""Characters of an access token; longer ones are not even looked at."""


class Claims(msgspec.Struct, frozen=True):
    """What a good token says."""

    user_id: str
    session_id: str
    expires_ns: Nanos


def password_mark(user: User) -> str:
    """Give what a challenge remembers of a password, so that it is void once the password changes."""
    return hashlib.sha256(user.password_hash.encode()).hexdigest()[:MARK_LENGTH]


class Tokens:
    """Signs and reads access tokens with one key and one algorithm.

    Expiry is judged by our clock, which never goes back: setting the machine's clock revives no token.
    """

    def __init__(self, key: bytes, *, clock: Clock, ttl_s: int = 3_600) -> None:
        if len(key) < KEY_BYTES_MIN:
            raise ValueError(f"the signing key needs at least {KEY_BYTES_MIN} bytes")
        self._key = key
        self._clock = clock
        self.ttl_s = ttl_s

    def sign(self, user: User, session_id: str) -> str:
        """Make a token for a session."""
        now_s = self._clock.now_ns() // NANOS_PER_SECOND
        claims = {
            "sub": user.user_id,
            "sid": session_id,
            "roles": [user.role.value],
            "aud": AUDIENCE,
            "iat": now_s,
            "exp": now_s + self.ttl_s,
        }
        return jwt.encode(claims, self._key, ALGORITHM)

    def sign_challenge(self, user: User) -> str:
        """Make a token that says: this user's password was right, and the second factor is due."""
        now_s = self._clock.now_ns() // NANOS_PER_SECOND
        claims = {
            "sub": user.user_id,
            "sid": password_mark(user),
            "aud": CHALLENGE_AUDIENCE,
            "iat": now_s,
            "exp": now_s + CHALLENGE_TTL_S,
        }
        return jwt.encode(claims, self._key, ALGORITHM)

    def read_challenge(self, token: str) -> Claims | None:
        """Give the claims of a challenge that is ours and not over."""
        return self._read(token, audience=CHALLENGE_AUDIENCE)

    def read(self, token: str) -> Claims | None:
        """Give the claims of an access token that is ours and not over."""
        return self._read(token, audience=AUDIENCE)

    def _read(self, token: str, *, audience: str) -> Claims | None:
        if len(token) > TOKEN_LENGTH_MAX:
            return None
        try:
            claims = jwt.decode(
                token,
                self._key,
                algorithms=[ALGORITHM],
                audience=audience,
                options={
                    "require": ["exp", "iat", "sub", "sid", "aud"],
                    "verify_exp": False,
                    "verify_iat": False,
                },
            )
        except jwt.PyJWTError:
            return None
        return self._current(claims)

    def _current(self, claims: Mapping[str, Any]) -> Claims | None:
        expires, user_id, session_id = claims["exp"], claims["sub"], claims["sid"]
        if not (isinstance(expires, int) and isinstance(user_id, str) and isinstance(session_id, str)):
            return None
        expires_ns = expires * NANOS_PER_SECOND
        return Claims(user_id, session_id, expires_ns) if expires_ns > self._clock.now_ns() else None
