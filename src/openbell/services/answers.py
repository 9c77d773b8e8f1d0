"""Answers kept by Idempotency-Key, so that a request sent twice is done once."""

import hashlib

import msgspec

from openbell.domain.values import NANOS_PER_SECOND
from openbell.ports import AnswerStore, Clock, KeptAnswer

KEPT_NS = 24 * 3600 * NANOS_PER_SECOND


class KeyReused(msgspec.Struct, frozen=True):
    """The key came with another request before."""


class KeyInFlight(msgspec.Struct, frozen=True):
    """The first request with this key has not been answered yet."""


class Answers:
    """Answers by user and key. A key is claimed before its request is done and settled or given up after it."""

    def __init__(self, *, store: AnswerStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._claimed: set[tuple[str, str]] = set()

    async def claim(self, user_id: str, key: str, *, request: bytes) -> KeptAnswer | KeyReused | KeyInFlight | None:
        """Give what was answered to this request before, or claim the key and give None."""
        if (user_id, key) in self._claimed:
            return KeyInFlight()
        self._claimed.add((user_id, key))
        kept = await self._store.kept(user_id, key)
        if kept is None:
            return None
        self.give_up(user_id, key)
        return kept if kept.digest == _digest(request) else KeyReused()

    async def settle(self, user_id: str, key: str, *, request: bytes, status: int, body: bytes) -> None:
        """Keep the answer for 24 hours and let go of the key."""
        answer = KeptAnswer(digest=_digest(request), status=status, body=body)
        try:
            await self._store.keep(user_id, key, answer, expires_ns=self._clock.now_ns() + KEPT_NS)
        finally:
            self.give_up(user_id, key)

    def give_up(self, user_id: str, key: str) -> None:
        """Let go of a key whose request came to nothing, so that it may be tried again."""
        self._claimed.discard((user_id, key))


def _digest(request: bytes) -> str:
    return hashlib.sha256(request).hexdigest()
