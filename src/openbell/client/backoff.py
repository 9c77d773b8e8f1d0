"""How long to wait before trying again: exponential, with full jitter, never sooner than the server asks for."""

import secrets
from collections.abc import Callable

import msgspec

Draw = Callable[[], float]
"""Gives a number from 0 to 1, uniformly by chance."""

BY_CHANCE: Draw = secrets.SystemRandom().random


class Backoff(msgspec.Struct, frozen=True, kw_only=True):
    """Waits in seconds: drawn between `floor_s` and a ceiling that doubles from `base_s` up to `cap_s`."""

    base_s: float = 0.25
    floor_s: float = 0.0
    cap_s: float = 5.0

    def wait_s(self, attempt: int, *, draw: Draw, retry_after: float | None = None) -> float:
        """Give the wait after failed attempt number `attempt`, from 1.

        The server's Retry-After is a lower bound, and the drawn wait comes on top of it, so that all the clients that
        were told the same second do not come back in it.

        >>> Backoff().wait_s(3, draw=lambda: 0.5), Backoff(floor_s=1, cap_s=30).wait_s(1, draw=lambda: 0.0)
        (0.5, 1.0)
        """
        ceiling = max(self.floor_s, min(self.cap_s, self.base_s * 2 ** min(attempt - 1, 30)))
        drawn = self.floor_s + draw() * (ceiling - self.floor_s)
        return float(drawn if retry_after is None else retry_after + draw() * self.base_s)


STREAM_BACKOFF = Backoff(base_s=2.0, floor_s=1.0, cap_s=30.0)
"""Of a socket that comes back: never sooner than a second, never later than half a minute."""
