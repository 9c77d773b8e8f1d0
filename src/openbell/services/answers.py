"""Answers kept by Idempotency-Key, so that a request sent twice is done once.

An answer can be lost with the server that was about to give it, after its effect is durable. So what each command of
such a request led to is kept in the transaction of its effect; when the request comes again, its commands are not
decided again but led to the same, and the answer is made from that. What is not a command of the core, a user or a
run, gets an id that follows from the key and the request, by which it is found when the request comes again.
"""

import hashlib
from contextvars import ContextVar

import msgspec

from openbell.domain.commands import Command
from openbell.domain.values import NANOS_PER_SECOND, Nanos
from openbell.ports import AnswerStore, BegunAnswer, Clock, KeptAnswer, Outcome

KEPT_NS = 24 * 3600 * NANOS_PER_SECOND
BEGUN = 0
"""Status of a request that has had effects and no answer yet."""


class KeyReused(msgspec.Struct, frozen=True):
    """The key came with another request before."""


class KeyInFlight(msgspec.Struct, frozen=True):
    """The first request with this key has not been answered yet."""


class Led(msgspec.Struct, frozen=True):
    """What a command of a request led to, by the kind of the command."""

    kind: str
    outcome: Outcome


class Claim(msgspec.Struct, kw_only=True):
    """A request under way that came with a key."""

    user_id: str
    key: str
    digest: str
    expires_ns: Nanos
    led: list[Led]
    """What its commands have led to, now and before an answer was lost."""
    recalled: list[Led]
    """What of that has not been asked for again."""


_CLAIM: ContextVar[Claim | None] = ContextVar("openbell_claim", default=None)
"""The claim of the request under way; tasks started from it inherit it."""
_LED = msgspec.json.Decoder(list[Led])


class Resumption:
    """What the engine asks about the request that a command comes from (ports.Resumption)."""

    def recall(self, command: Command) -> Outcome | None:
        """Give what the command led to before its request's answer was lost; None when it is new."""
        claim = _CLAIM.get()
        kind = type(command).__name__
        if claim is None or kind not in (one.kind for one in claim.recalled):
            return None
        # What was not asked for this time is done already: the state that it led to is why.
        while (led := claim.recalled.pop(0)).kind != kind:
            pass
        return led.outcome

    def begun(self, command: Command, outcome: Outcome) -> BegunAnswer | None:
        """Give what is to be kept with the effect of a command; None where no key came with its request."""
        claim = _CLAIM.get()
        if claim is None:
            return None
        claim.led.append(Led(type(command).__name__, outcome))
        return BegunAnswer(
            user_id=claim.user_id,
            key=claim.key,
            digest=claim.digest,
            outcomes=msgspec.json.encode(claim.led),
            expires_ns=claim.expires_ns,
        )


def id_of_request() -> str | None:
    """Give 32 hexadecimal digits that name the request under way, the same each time it comes; None without a key."""
    claim = _CLAIM.get()
    return None if claim is None else _digest(f"{claim.user_id}\n{claim.key}\n{claim.digest}".encode())[:32]


def is_kept(*, made_ns: Nanos, now_ns: Nanos) -> bool:
    """Tell whether what a request made is still its answer: the same key means another request after a day."""
    return now_ns < made_ns + KEPT_NS


class Answers:
    """Answers by user and key. A key is claimed before its request is done and settled or given up after it."""

    def __init__(self, *, store: AnswerStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._claimed: set[tuple[str, str]] = set()

    async def claim(self, user_id: str, key: str, *, request: bytes) -> KeptAnswer | KeyReused | KeyInFlight | None:
        """Give what was answered to this request before, or claim the key for the task that asks and give None."""
        if (user_id, key) in self._claimed:
            return KeyInFlight()
        kept = await self._looked_up(user_id, key)
        digest = _digest(request)
        if kept is None or (kept.status == BEGUN and kept.digest == digest):
            led = [] if kept is None else _LED.decode(kept.body)
            expires_ns = self._clock.now_ns() + KEPT_NS
            claim = Claim(user_id=user_id, key=key, digest=digest, expires_ns=expires_ns, led=led, recalled=[*led])
            _CLAIM.set(claim)
            return None
        self.give_up(user_id, key)
        return kept if kept.digest == digest else KeyReused()

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
        _CLAIM.set(None)

    async def _looked_up(self, user_id: str, key: str) -> KeptAnswer | None:
        """Claim a key and give what is kept under it; without an answer of the store nobody has claimed it."""
        self._claimed.add((user_id, key))
        is_answered = False
        try:
            kept = await self._store.kept(user_id, key)
            is_answered = True
            return kept
        finally:
            if not is_answered:
                self.give_up(user_id, key)


def _digest(request: bytes) -> str:
    return hashlib.sha256(request).hexdigest()
