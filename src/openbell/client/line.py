"""A live stream as a state machine: what happened goes in, what is to be done comes out. No I/O, no clock.

The private stream numbers an account's events without holes. The line remembers the last number of which all parts
came, asks to go on from there whenever it comes back, drops what it has told already, and says so when something is
missing: a Gap where it can still be fetched, the server's resync where it is gone.
"""

from collections.abc import Callable
from enum import StrEnum

import msgspec

from openbell.client import frames
from openbell.client.backoff import BY_CHANCE, STREAM_BACKOFF, Backoff, Draw
from openbell.client.errors import OpenbellError, RateLimited, Unauthorized, Unavailable
from openbell.client.frames import ACCOUNT_CHANNELS, PRIVATE, Envelope, Subscription
from openbell.client.models.live import Gap, Message

BAD_CREDENTIALS = 4401
NOT_UNDERSTOOD = 1002


class State(StrEnum):
    """How a stream is."""

    IDLE = "idle"
    CONNECTING = "connecting"
    OPEN = "open"
    WAITING = "waiting"
    CLOSED = "closed"


TRANSITIONS: dict[State, frozenset[State]] = {
    State.IDLE: frozenset({State.CONNECTING, State.CLOSED}),
    State.CONNECTING: frozenset({State.OPEN, State.WAITING, State.CLOSED}),
    State.OPEN: frozenset({State.WAITING, State.CLOSED}),
    State.WAITING: frozenset({State.CONNECTING, State.CLOSED}),
    State.CLOSED: frozenset(),
}


class Connect(msgspec.Struct, frozen=True):
    """Open a socket, with another credential than the last where `is_renewed`."""

    from_seq: int | None
    is_renewed: bool


class Write(msgspec.Struct, frozen=True):
    """Send a frame."""

    text: str


class Wait(msgspec.Struct, frozen=True):
    """Let this many seconds pass, with no socket open."""

    seconds: float


class Deliver(msgspec.Struct, frozen=True):
    """Hand a message to whoever listens."""

    message: Message


class Stop(msgspec.Struct, frozen=True):
    """End for good, with the reason where there is one."""

    error: OpenbellError | None


Action = Connect | Write | Wait | Deliver | Stop


class Line:
    """One stream over however many sockets it takes."""

    def __init__(
        self,
        *,
        from_seq: int | None = None,
        on_state: Callable[[State], None] | None = None,
        backoff: Backoff = STREAM_BACKOFF,
        draw: Draw = BY_CHANCE,
    ) -> None:
        self.state = State.IDLE
        self.last_seq = from_seq
        self._on_state = on_state
        self._backoff = backoff
        self._draw = draw
        self._attempt = 0
        self._part = 0
        self._is_asked = False
        self._is_refused = False
        self._number = 0
        self._wanted: dict[Subscription, int] = {}
        self._seen: dict[str, int] = {}

    def start(self) -> list[Action]:
        """Begin."""
        return self._connect()

    def elapsed(self) -> list[Action]:
        """Note that the wait is over."""
        return self._connect() if self.state is State.WAITING else []

    def lost(self, code: int, reason: str) -> list[Action]:
        """Note that the socket is gone, or did not come to be (code 0)."""
        self._is_refused = code == BAD_CREDENTIALS
        return self._again(Unavailable("CONNECTION_LOST", f"the stream was cut ({code}): {reason}"))

    def refused(self, error: OpenbellError) -> list[Action]:
        """Note that the server, or the way to a credential, refused the connection."""
        if isinstance(error, Unauthorized) and not self._is_refused:
            self._is_refused = True
            return self._again(error)
        if isinstance(error, Unavailable | RateLimited):
            return self._again(error)
        return self.close(error)

    def received(self, text: str | bytes) -> list[Action]:
        """Take a frame."""
        if self.state in (State.CLOSED, State.WAITING):
            return []
        try:
            envelope = frames.read(text)
            return self._take(envelope)
        except (msgspec.DecodeError, UnicodeDecodeError) as problem:
            return self.lost(NOT_UNDERSTOOD, f"a frame is not understood: {problem}")

    def subscribe(self, subscription: Subscription) -> list[Action]:
        """Listen to something, now and after every reconnect."""
        if subscription in self._wanted:
            return []
        self._wanted[subscription] = 0
        return [self._say(subscription)] if self.state is State.OPEN else []

    def unsubscribe(self, subscription: Subscription) -> list[Action]:
        """Listen to something no longer."""
        if self._wanted.pop(subscription, None) is None:
            return []
        self._seen.pop(subscription.channel, None)
        self._number += 1
        said = frames.write("unsubscribe", subscription, number=self._number)
        return [Write(said)] if self.state is State.OPEN else []

    def close(self, error: OpenbellError | None = None) -> list[Action]:
        """End for good."""
        if self.state is State.CLOSED:
            return []
        self._move(State.CLOSED)
        return [Stop(error)]

    def _connect(self) -> list[Action]:
        self._move(State.CONNECTING)
        return [Connect(self.last_seq, self._is_refused)]

    def _again(self, error: OpenbellError) -> list[Action]:
        if self.state not in (State.CONNECTING, State.OPEN):
            return []
        self._attempt += 1
        self._is_asked = False
        self._move(State.WAITING)
        return [Wait(self._backoff.wait_s(self._attempt, draw=self._draw, retry_after=error.retry_after))]

    def _move(self, state: State) -> None:
        if state not in TRANSITIONS[self.state]:
            raise AssertionError(f"a stream that is {self.state} cannot be {state}")
        self.state = state
        if self._on_state is not None:
            self._on_state(state)

    def _take(self, envelope: Envelope) -> list[Action]:
        match envelope.type:
            case "connected":
                return self._greeted(envelope)
            case "heartbeat":
                return self._beat(msgspec.json.decode(envelope.data, type=frames.Beat).seq)
            case "subscribed":
                return self._acknowledged(envelope)
            case "unsubscribed" | "pong":
                return []
            case "resync":
                return self._resynced(envelope)
            case "error":
                return self._wrong(envelope)
            case "snapshot":
                return [Deliver(frames.message_of(envelope))]
            case _ if envelope.channel == PRIVATE and envelope.seq:
                return self._private(envelope)
            case _ if envelope.channel in ACCOUNT_CHANNELS and envelope.seq is not None:
                return self._of_account(envelope)
            case _:
                return [Deliver(frames.message_of(envelope))]

    def _greeted(self, envelope: Envelope) -> list[Action]:
        greeting = msgspec.json.decode(envelope.data, type=frames.Greeting)
        if self.state is not State.CONNECTING:
            return []
        self._move(State.OPEN)
        self._attempt, self._is_refused = 0, False
        if self.last_seq is None:
            self.last_seq = greeting.seq
        return [self._say(one) for one in self._wanted]

    def _beat(self, seqs: dict[str, int]) -> list[Action]:
        for channel in self._seen:
            self._seen[channel] = max(self._seen[channel], seqs.get(channel, 0))
        newest = seqs.get(PRIVATE, 0)
        return self._missing(newest) if self.last_seq is not None and newest > self.last_seq else []

    def _acknowledged(self, envelope: Envelope) -> list[Action]:
        if envelope.channel == PRIVATE:
            self._is_asked = False
        elif envelope.channel in ACCOUNT_CHANNELS:
            # What was missed has been told before this, and everything later has a higher number.
            self._seen[envelope.channel] = envelope.seq or 0
        return []

    def _resynced(self, envelope: Envelope) -> list[Action]:
        seq = envelope.seq or 0
        if envelope.channel == PRIVATE:
            self.last_seq, self._part, self._is_asked = seq, 0, False
        else:
            self._seen[envelope.channel] = seq
        return [Deliver(frames.message_of(envelope))]

    def _wrong(self, envelope: Envelope) -> list[Action]:
        """Hand on a refusal. A subscription that was refused is not asked for again."""
        for subscription, number in list(self._wanted.items()):
            if number and number == envelope.id:
                del self._wanted[subscription]
        return [Deliver(frames.message_of(envelope))]

    def _private(self, envelope: Envelope) -> list[Action]:
        seq = envelope.seq or 0
        last = self.last_seq or 0
        if seq <= last or (seq == last + 1 and envelope.part <= self._part):
            return []  # told before the socket was lost
        if seq > last + 1 or envelope.part > self._part + 1:
            return self._missing(seq)
        self._part = envelope.part
        if envelope.part >= envelope.parts:
            self.last_seq, self._part = seq, 0
        return [Deliver(frames.message_of(envelope))]

    def _missing(self, seen: int) -> list[Action]:
        """Ask for what did not come; what comes before the answer comes again with it."""
        if self._is_asked:
            return []
        self._is_asked = True
        after = self.last_seq or 0
        self._number += 1
        asked = frames.write("subscribe", Subscription(channel=PRIVATE), number=self._number, from_seq=after)
        return [Deliver(Message(type="gap", channel=PRIVATE, data=Gap(after, seen))), Write(asked)]

    def _of_account(self, envelope: Envelope) -> list[Action]:
        seq, channel = envelope.seq or 0, envelope.channel
        if seq <= self._seen.get(channel, 0):
            return []
        self._seen[channel] = seq
        return [Deliver(frames.message_of(envelope))]

    def _say(self, subscription: Subscription) -> Action:
        self._number += 1
        self._wanted[subscription] = self._number
        from_seq = self._seen.get(subscription.channel)
        return Write(frames.write("subscribe", subscription, number=self._number, from_seq=from_seq))
