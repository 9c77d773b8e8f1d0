"""A client's conversation as a state machine: what it says goes in, what is to be done comes out. No I/O, no clock."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from openbell.domain.market import Timeframe
from openbell.domain.values import NANOS_PER_SECOND, Nanos
from openbell.streaming import wire
from openbell.streaming.pace import Pace
from openbell.streaming.topics import (
    DELTA,
    DEPTH_DEFAULT,
    DEPTH_MAX,
    DESK_CHANNELS,
    TERMINAL_CHANNELS,
    Channel,
    Topic,
)

TOO_MANY = 4429
TOO_BIG = 1009
IDLE = 1001
BATCH_MS_MAX = 100
_PARAMETERS = {Channel.CANDLES: "timeframe", Channel.ORDERBOOK: "depth", Channel.DESK_ORDERBOOK: "depth"}


class SessionLimits(msgspec.Struct, frozen=True, kw_only=True):
    """What one connection may do."""

    subscriptions_max: int = 50
    message_bytes_max: int = 64 * 1024
    messages_per_second: int = 10
    messages_burst: int = 50
    refusals_max: int = 100
    """Messages over the rate after which the connection is closed."""
    heartbeat_ns: Nanos = 30 * NANOS_PER_SECOND
    idle_ns: Nanos = 300 * NANOS_PER_SECOND


class Say(msgspec.Struct, frozen=True):
    """Send a message."""

    message: bytes


class Subscribe(msgspec.Struct, frozen=True, kw_only=True):
    """Join the client to topics of one channel, all of them."""

    topics: tuple[Topic, ...]
    reply_to: str | int | None
    from_seq: int | None
    batch_ms: int | None = None
    """How long market data of the connection is collected into one message; 0 ends that, None leaves it."""


class Unsubscribe(msgspec.Struct, frozen=True, kw_only=True):
    """Part the client from topics of one channel."""

    topics: tuple[Topic, ...]
    reply_to: str | int | None


class Beat(msgspec.Struct, frozen=True):
    """Send a heartbeat."""


class Close(msgspec.Struct, frozen=True):
    """End the connection."""

    code: int
    reason: str


Action = Say | Subscribe | Unsubscribe | Beat | Close


class Grammar(msgspec.Struct, frozen=True, kw_only=True):
    """What can be said on one of the sockets: its channels by name, and whether the account's stream is on it."""

    channels: Mapping[str, Channel]
    has_private: bool


TERMINAL = Grammar(channels=TERMINAL_CHANNELS, has_private=True)
DESK = Grammar(channels=DESK_CHANNELS, has_private=False)


class Wrong(Exception):
    """A message that is refused whole; the text says what to send instead."""


class ClientMessage(msgspec.Struct, kw_only=True):
    """What a client may say."""

    type: str
    id: str | int | None = None
    channel: str = ""
    instruments: list[str] = []
    symbols: list[str] = []
    symbol: str = ""
    parameters: dict[str, Any] = {}
    from_seq: int | None = None
    cancel_on_disconnect: bool | None = None
    """Beside a subscription, or alone in a message of that type: cancel hand-placed orders when this socket goes."""


class Session:
    """One conversation. `symbols` gives the canonical spelling of an instrument, or None when there is none."""

    def __init__(
        self,
        *,
        symbols: Callable[[str], str | None],
        now_ns: Nanos,
        limits: SessionLimits | None = None,
        may_cancel: Callable[[], bool] = lambda: False,
        grammar: Grammar = TERMINAL,
    ) -> None:
        self.cancels_on_disconnect = False
        self._may_cancel = may_cancel
        self._symbols = symbols
        self._grammar = grammar
        self._limits = limits or SessionLimits()
        self._topics: set[Topic] = {Topic(Channel.PRIVATE)} if grammar.has_private else set()
        self._pace = Pace(self._limits.messages_per_second, burst=self._limits.messages_burst, now_ns=now_ns)
        self._refusals = 0
        self._beat_ns = now_ns
        self._alive_ns = now_ns

    def receive(self, text: str | bytes, *, now_ns: Nanos) -> list[Action]:
        """Take one message of the client."""
        self._alive_ns = now_ns
        size = len(text) if isinstance(text, bytes) else len(text.encode("utf-8", "surrogatepass"))
        if size > self._limits.message_bytes_max:
            return [Close(TOO_BIG, f"a message may have {self._limits.message_bytes_max} bytes")]
        if not self._pace.admits(now_ns):
            return self._refuse_rate(now_ns)
        try:
            said = msgspec.json.decode(text, type=ClientMessage)
        except (msgspec.DecodeError, UnicodeError) as problem:
            return [self._refuse(f"the message is not understood: {problem}", now_ns=now_ns)]
        try:
            return self._answer(said, now_ns)
        except Wrong as wrong:
            return [self._refuse(str(wrong), now_ns=now_ns, reply_to=said.id)]

    def pulse(self, *, now_ns: Nanos) -> list[Action]:
        """Let time pass: about once a second."""
        if now_ns - self._alive_ns >= self._limits.idle_ns:
            return [Close(IDLE, "idle: neither messages nor signs of life")]
        if now_ns - self._beat_ns >= self._limits.heartbeat_ns:
            self._beat_ns = now_ns
            return [Beat()]
        return []

    def alive(self, *, now_ns: Nanos) -> None:
        """Note a sign of life that is no message: the client has taken what was written to it."""
        self._alive_ns = now_ns

    @property
    def subscriptions(self) -> int:
        """Topics subscribed to; the private stream does not count."""
        return len(self._topics - {Topic(Channel.PRIVATE)})

    def _answer(self, said: ClientMessage, now_ns: Nanos) -> list[Action]:
        if said.cancel_on_disconnect and not self._may_cancel():
            raise Wrong("cancel_on_disconnect is for those who may trade")
        actions = self._done(said, now_ns)
        if said.cancel_on_disconnect is not None:
            self.cancels_on_disconnect = said.cancel_on_disconnect
        return actions

    def _done(self, said: ClientMessage, now_ns: Nanos) -> list[Action]:
        match said.type:
            case "cancel_on_disconnect":
                if said.cancel_on_disconnect is None:
                    raise Wrong("say cancel_on_disconnect: true or false")
                body = wire.cancel_on_disconnect(said.cancel_on_disconnect, now_ns=now_ns, reply_to=said.id)
                return [Say(body)]
            case "subscribe":
                return [self._subscribe(said)]
            case "unsubscribe":
                return [self._unsubscribe(said)]
            case "ping":
                return [Say(wire.pong(now_ns=now_ns, reply_to=said.id))]
            case "pong":
                return []
            case other:
                raise Wrong(
                    f"unknown type {other[:32]!r}; there are subscribe, unsubscribe, cancel_on_disconnect and ping"
                )

    def _subscribe(self, said: ClientMessage) -> Action:
        batch_ms = _batch_ms(said)
        topics = self._named(said)
        new = self._topics | set(topics)
        if len(new - {Topic(Channel.PRIVATE)}) > self._limits.subscriptions_max:
            raise Wrong(f"a connection may have {self._limits.subscriptions_max} subscriptions")
        if said.from_seq is not None and (topics[0].channel.is_market or said.from_seq < 0):
            raise Wrong("from_seq is the number of a private event, and only private channels are replayed")
        self._topics = new
        return Subscribe(topics=topics, reply_to=said.id, from_seq=said.from_seq, batch_ms=batch_ms)

    def _unsubscribe(self, said: ClientMessage) -> Action:
        channel = self._channel(said.channel)
        said.parameters.pop("batch_ms", None)
        if channel.is_market and not said.parameters:
            # Without a time frame or depth, every one of them is meant.
            names = self._canonical(said) if _names(said) else None
            topics = tuple(
                sorted(one for one in self._topics if one.channel is channel and (not names or one.symbol in names))
            )
            topics = topics or tuple(Topic(channel, symbol) for symbol in names or ("",))
        else:
            topics = self._named(said)
        self._topics -= set(topics)
        return Unsubscribe(topics=topics, reply_to=said.id)

    def _named(self, said: ClientMessage) -> tuple[Topic, ...]:
        """Give the topics a message names. Raises Wrong when one of them is no topic."""
        channel = self._channel(said.channel)
        if not channel.is_market:
            return (Topic(channel),)
        symbols = self._canonical(said)
        if not symbols:
            raise Wrong("name at least one of the instruments to listen to")
        parameter = _parameter(channel, said.parameters)
        return tuple(Topic(channel, symbol, parameter) for symbol in symbols)

    def _channel(self, name: str) -> Channel:
        channel = self._grammar.channels.get(name)
        if channel is None:
            raise Wrong(f"unknown channel {name[:32]!r}; there are {', '.join(self._grammar.channels)}")
        return channel

    def _canonical(self, said: ClientMessage) -> list[str]:
        names = _names(said)
        found = [(name, self._symbols(name)) for name in names]
        unknown = [name[:32] for name, symbol in found if symbol is None]
        if unknown:
            raise Wrong(f"unknown instruments: {', '.join(unknown[:10])}")
        return list(dict.fromkeys(symbol for _, symbol in found if symbol is not None))

    def _refuse_rate(self, now_ns: Nanos) -> list[Action]:
        self._refusals += 1
        if self._refusals > self._limits.refusals_max:
            return [Close(TOO_MANY, "too many messages")]
        text = f"{self._limits.messages_per_second} messages a second are allowed; this one was dropped"
        return [Say(wire.error("RATE_LIMITED", text, now_ns=now_ns))]

    @staticmethod
    def _refuse(text: str, *, now_ns: Nanos, reply_to: str | int | None = None) -> Action:
        return Say(wire.error("INVALID_SUBSCRIPTION", text[:500], now_ns=now_ns, reply_to=reply_to))


def _names(said: ClientMessage) -> list[str]:
    return [*said.instruments, *said.symbols, *([said.symbol] if said.symbol else [])]


def _batch_ms(said: ClientMessage) -> int | None:
    """Take the request for batches out of a message's parameters. Raises Wrong."""
    wanted = said.parameters.pop("batch_ms", None)
    if wanted is None:
        return None
    if isinstance(wanted, bool) or not isinstance(wanted, int) or not 0 <= wanted <= BATCH_MS_MAX:
        raise Wrong(f"batch_ms is a whole number from 0 to {BATCH_MS_MAX}")
    return wanted


def _parameter(channel: Channel, given: dict[str, Any]) -> str:
    """Read the one parameter a channel takes, in its canonical form. Raises Wrong for any other."""
    wanted = _PARAMETERS.get(channel, "")
    known = {"depth", "delta"} if channel is Channel.ORDERBOOK else {wanted}
    unknown = [name[:32] for name in given if name not in known]
    if unknown:
        raise Wrong(
            f"{channel.word} takes {'the parameter ' + wanted if wanted else 'no parameters'}, not {unknown[0]!r}"
        )
    if channel is Channel.CANDLES:
        name = given.get("timeframe", Timeframe.M1)
        if name not in tuple(Timeframe):
            raise Wrong(f"unknown timeframe; there are {', '.join(Timeframe)}")
        return str(name)
    if wanted == "depth":
        depth = given.get("depth", DEPTH_DEFAULT)
        if isinstance(depth, bool) or not isinstance(depth, int) or not 1 <= depth <= DEPTH_MAX:
            raise Wrong(f"depth is a whole number from 1 to {DEPTH_MAX}")
        if not isinstance(given.get("delta", False), bool):
            raise Wrong("delta is true or false")
        return f"{depth}{DELTA}" if given.get("delta") else str(depth)
    return ""
