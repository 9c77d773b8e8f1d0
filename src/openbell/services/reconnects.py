"""Reconnecting: what shows that a socket goes on where one of ours broke off, so that it counts as no new one."""

import hashlib
import hmac
import secrets
from collections import deque

from openbell.domain.values import NANOS_PER_SECOND, Nanos

GOOD_FOR_NS = 24 * 3600 * NANOS_PER_SECOND
SOONEST_NS = NANOS_PER_SECOND
"""How long a connection must have been there: else opening and closing all the time would never count."""
USED_MAX = 100_000
"""Tokens remembered as used up."""
LENGTH_MAX = 200


class Reconnects:
    """Gives each connection a token, and takes it once from the same caller on the same path.

    Without a key of its own a process makes one up, and its tokens end with it.
    """

    def __init__(self, key: bytes | None = None) -> None:
        self._key = hmac.digest(key or secrets.token_bytes(32), b"reconnects", hashlib.sha256)
        self._used: set[str] = set()
        self._in_order: deque[str] = deque()

    def token(self, *, path: str, who: str, now_ns: Nanos) -> str:
        """Give the token of a connection that begins now. `who` is its user, or its address where nobody is known."""
        stem = f"{now_ns:x}.{secrets.token_hex(8)}"
        return f"{stem}.{self._signature(stem, path, who)}"

    def take(self, token: str, *, path: str, who: str, now_ns: Nanos) -> bool:
        """Use a token up, and tell whether it is one of ours, of this caller and path, and was not used before."""
        stem, _, signature = token[:LENGTH_MAX].rpartition(".")
        if not hmac.compare_digest(self._signature(stem, path, who).encode(), signature.encode("utf-8", "replace")):
            return False
        age_ns = now_ns - int(stem.partition(".")[0], 16)
        if stem in self._used or not SOONEST_NS <= age_ns < GOOD_FOR_NS:
            return False
        self._used.add(stem)
        self._in_order.append(stem)
        if len(self._in_order) > USED_MAX:
            self._used.discard(self._in_order.popleft())
        return True

    def _signature(self, stem: str, path: str, who: str) -> str:
        return hmac.new(self._key, f"{stem}\n{path}\n{who}".encode(), hashlib.sha256).hexdigest()
