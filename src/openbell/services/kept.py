"""Answers that may be given again for a few seconds: what takes long to work out is worked out once."""

from collections.abc import Hashable
from typing import Generic, TypeVar

from openbell.domain.values import Nanos

KEPT_MAX = 1_000

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Kept(Generic[K, V]):
    """Values by key, each good for so long. A time to live of nothing keeps nothing."""

    def __init__(self, *, ttl_ns: Nanos) -> None:
        self._ttl_ns = ttl_ns
        self._values: dict[K, tuple[Nanos, V]] = {}

    def get(self, key: K, *, now_ns: Nanos) -> V | None:
        """Give a value that is still good."""
        made = self._values.get(key)
        return made[1] if made is not None and 0 <= now_ns - made[0] < self._ttl_ns else None

    def put(self, key: K, value: V, *, now_ns: Nanos) -> V:
        """Keep a value and give it back."""
        if self._ttl_ns > 0:
            if len(self._values) >= KEPT_MAX:
                self._values.clear()
            self._values[key] = (now_ns, value)
        return value
