"""Signed links: addresses that open one thing for a while without a login, as a browser needs for a report."""

import hashlib
import hmac
import secrets

from openbell.domain.values import NANOS_PER_SECOND, Nanos

LINK_TTL_S = 24 * 3600


class Links:
    """Signs paths. Without a key of its own a process makes one up, and its links end with it."""

    def __init__(self, key: bytes | None = None) -> None:
        self._key = key or secrets.token_bytes(32)

    def sign(self, path: str, *, now_ns: Nanos) -> str:
        """Give a path with what proves for 24 hours that we gave it."""
        expires = now_ns // NANOS_PER_SECOND + LINK_TTL_S
        return f"{path}?expires={expires}&signature={self._signature(path, expires)}"

    def holds(self, path: str, *, expires: int, signature: str, now_ns: Nanos) -> bool:
        """Tell whether a link is one of ours and still good."""
        fresh = now_ns // NANOS_PER_SECOND < expires
        return fresh and hmac.compare_digest(self._signature(path, expires).encode(), signature.encode())

    def _signature(self, path: str, expires: int) -> str:
        return hmac.new(self._key, f"{path}\n{expires}".encode(), hashlib.sha256).hexdigest()
