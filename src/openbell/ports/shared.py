"""What requests share: kept answers, counts of a limit, and a cache."""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from openbell.domain.values import Nanos


class KeptAnswer(msgspec.Struct, frozen=True):
    """An answer kept under an Idempotency-Key: the digest of the request it belongs to, its status and its body."""

    digest: str
    status: int
    body: bytes


class AnswerStore(Protocol):
    """Answers kept by Idempotency-Key for 24 hours."""

    async def kept(self, user_id: str, key: str) -> KeptAnswer | None:
        """Give the kept answer."""
        ...

    async def keep(self, user_id: str, key: str, answer: KeptAnswer, *, expires_ns: Nanos) -> None:
        """Keep an answer."""
        ...


class KeptBucket(msgspec.Struct, frozen=True):
    """One caller's share of a rate limit: when its requests passed, oldest first, and when the last one is over."""

    name: str
    times: tuple[Nanos, ...]
    expires_ns: Nanos


class QuotaStore(Protocol):
    """Where rate limits survive a restart."""

    async def load(self, *, now_ns: Nanos) -> list[KeptBucket]:
        """Give every bucket that is not over."""
        ...

    async def save(self, buckets: Sequence[KeptBucket], *, now_ns: Nanos) -> None:
        """Replace these buckets; those that are over are dropped."""
        ...


class WindowCount(msgspec.Struct, frozen=True, kw_only=True):
    """What a shared window says to one request: how many passed in the period, this one included, how long to wait.

    Waiting for nothing means that it passed. `full_ns` is how long until all of them are over.
    """

    passed: int
    wait_ns: Nanos
    full_ns: Nanos


class SharedWindows(Protocol):
    """Rate limits counted over several servers."""

    async def take(self, name: str, *, requests: int, period_ns: Nanos) -> WindowCount:
        """Count one request under a name, if fewer than `requests` passed within the period. Raises Unavailable."""
        ...

    async def ping(self) -> None:
        """Prove that the store answers. Raises Unavailable."""
        ...

    async def close(self) -> None:
        """Close the connections."""
        ...


class SharedCache(Protocol):
    """Answers that several servers share for a while. It may forget anything at any time."""

    async def get(self, name: str) -> bytes | None:
        """Give what is kept under a name. Raises Unavailable."""
        ...

    async def put(self, name: str, value: bytes, *, ttl_ns: Nanos) -> None:
        """Keep a value for a while. Raises Unavailable."""
        ...

    async def ping(self) -> None:
        """Prove that the store answers. Raises Unavailable."""
        ...

    async def close(self) -> None:
        """Close the connections."""
        ...
