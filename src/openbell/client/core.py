"""How a call becomes an answer, without I/O: signing in, trying again, giving up.

Everything here is a generator. It yields what is to be done next (send this, wait so long) and is sent what came of it;
its return value is the result. A blocking and an asynchronous driver of a few lines each run the same generators.
"""

import secrets
from collections.abc import Callable, Generator, Mapping
from typing import Any, TypeVar

import msgspec

from openbell.client.backoff import BY_CHANCE, Backoff, Draw
from openbell.client.call import Call, Repeat
from openbell.client.errors import (
    BAD_ANSWER,
    UNREACHABLE,
    OpenbellError,
    OutcomeUnknown,
    Unauthorized,
    Unavailable,
    error_of,
    seconds_of,
)
from openbell.client.session import Session

T = TypeVar("T")

RETRIED_STATUSES = frozenset({502, 503, 504})
IN_PROGRESS = "REQUEST_IN_PROGRESS"


class Send(msgspec.Struct, frozen=True):
    """Send this request. To be answered with a Reply or a Failed."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes | None


class Pause(msgspec.Struct, frozen=True):
    """Let this many seconds pass."""

    seconds: float


class Alone(msgspec.Struct, frozen=True):
    """Run another flow while nobody else runs one so."""

    flow: Callable[[], "Flow[None]"]


class Ask(msgspec.Struct, frozen=True):
    """Do this whole call, retries and all. To be answered with its result."""

    call: Call[Any]


class Reply(msgspec.Struct, frozen=True):
    """What the server answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Failed(msgspec.Struct, frozen=True):
    """No answer came. `is_sent` is False only when the request certainly never left."""

    reason: str
    is_sent: bool


Flow = Generator[Send | Pause | Alone | Ask, Any, T]


class Retries(msgspec.Struct, frozen=True, kw_only=True):
    """How often and how patiently a call is tried. A Retry-After above `wait_s_max` is left to the caller."""

    attempts_max: int = 4
    wait_s_max: float = 30.0
    backoff: Backoff = Backoff()


class Core:
    """What both clients share. `clock` gives seconds that only go forward, `draw` chance from 0 to 1."""

    def __init__(
        self,
        session: Session,
        *,
        retries: Retries,
        clock: Callable[[], float],
        draw: Draw = BY_CHANCE,
    ) -> None:
        self._session = session
        self._retries = retries
        self._clock = clock
        self._draw = draw

    def perform(self, call: Call[T]) -> Flow[T]:
        """Do a call. Raises OpenbellError."""
        key = {"idempotency-key": secrets.token_hex(16)} if call.is_keyed else {}
        used = ""
        if not call.is_open:
            used = yield from self.bearer()
        reply = yield from self._attempts(call, headers={**key, **_authorization(used)})
        if reply.status == 401 and used and self._session.may_renew:
            yield Alone(lambda: self._renew(used))
            reply = yield from self._attempts(call, headers={**key, **_authorization(self._session.bearer)})
        return _result(call, reply)

    def bearer(self) -> Flow[str]:
        """Give a credential that still holds for a while, signing in or renewing where it does not."""
        if self._session.is_due(self._clock()):
            held = self._session.bearer
            yield Alone(lambda: self._renew(held))
        return self._session.bearer

    def credential(self, refused: str) -> Flow[str]:
        """Give a credential, and another than one that was refused. Raises Unauthorized where there is no other."""
        if not refused:
            return (yield from self.bearer())
        if not self._session.may_renew:
            raise Unauthorized("UNAUTHORIZED", "the credential is not accepted", status=401)
        yield Alone(lambda: self._renew(refused))
        return self._session.bearer

    def _renew(self, refused: str) -> Flow[None]:
        """Get new tokens, unless somebody else did while we waited for our turn."""
        if self._session.bearer != refused:
            return
        for call in self._session.sign_ins():
            reply = yield from self._attempts(call, headers={})
            if reply.status == 200:
                self._session.take(_result(call, reply), now_s=self._clock())
                return
            if reply.status != 401:
                break
            self._session.forget()
        raise _error(reply)

    def _attempts(self, call: Call[Any], *, headers: Mapping[str, str]) -> Flow[Reply]:
        """Send a call until there is an answer to keep. Raises Unavailable."""
        types = {"accept": "application/json", "content-type": call.content_type}
        request = Send(call.method, call.path, call.query, {**types, **headers}, call.body)
        is_sent, attempt = False, 1
        while True:
            outcome: Reply | Failed = yield request
            wait = self._wait(call, outcome, attempt)
            is_sent = is_sent or not isinstance(outcome, Failed) or outcome.is_sent
            if wait is None:
                return _kept(call, outcome, is_sent=is_sent)
            yield Pause(wait)
            attempt += 1

    def _wait(self, call: Call[Any], outcome: Reply | Failed, attempt: int) -> float | None:
        """Give how long to wait before the next attempt, or None when this was the last."""
        if attempt >= self._retries.attempts_max or not _may_repeat(call, outcome):
            return None
        after = seconds_of(outcome.headers.get("retry-after")) if isinstance(outcome, Reply) else None
        wait = self._retries.backoff.wait_s(attempt, draw=self._draw, retry_after=after)
        return wait if wait <= self._retries.wait_s_max else None


def _authorization(bearer: str) -> dict[str, str]:
    return {"authorization": f"Bearer {bearer}"} if bearer else {}


def _may_repeat(call: Call[Any], outcome: Reply | Failed) -> bool:
    if isinstance(outcome, Failed):
        return call.repeat is Repeat.ALWAYS or not outcome.is_sent
    if call.repeat is not Repeat.ALWAYS:
        return False
    if outcome.status == 409:
        # Our own first attempt is still under way: its result is what we want.
        return _error(outcome).code == IN_PROGRESS
    # An order that was refused for its rate is on record as refused: the same id would only read that again.
    return outcome.status in RETRIED_STATUSES or (outcome.status == 429 and call.method == "GET")


def _kept(call: Call[Any], outcome: Reply | Failed, *, is_sent: bool) -> Reply:
    if isinstance(outcome, Reply):
        return outcome
    kind = OutcomeUnknown if is_sent and call.method != "GET" else Unavailable
    raise kind(UNREACHABLE, f"no answer to {call.method} {call.path}: {outcome.reason}")


def _result(call: Call[T], reply: Reply) -> T:
    if not 200 <= reply.status < 300:
        raise _error(reply)
    try:
        return call.read(reply.body)
    except (msgspec.DecodeError, UnicodeDecodeError) as problem:
        raise Unavailable(BAD_ANSWER, f"the answer is not understood: {problem}", status=reply.status) from problem


def _error(reply: Reply) -> OpenbellError:
    return error_of(reply.status, headers=reply.headers, body=reply.body)
