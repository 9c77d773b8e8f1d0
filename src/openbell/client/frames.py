"""Frames of the socket: read into envelopes and messages, and written."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import msgspec

from openbell.client.models import live

PRIVATE = "private"
ACCOUNT_CHANNELS = frozenset({"portfolio_updates", "trade_notifications", "order_fills"})
"""Channels that number their messages as the private stream does, with holes."""


class Greeting(msgspec.Struct):
    """What a server says first."""

    seq: int


class Beat(msgspec.Struct):
    """The latest number of each stream that is heard."""

    seq: dict[str, int] = {}


class Envelope(msgspec.Struct, kw_only=True):
    """What stands round a message."""

    type: str
    channel: str = ""
    seq: int | None = None
    prev_seq: int | None = None
    part: int = 1
    parts: int = 1
    id: str | int | None = None
    data: msgspec.Raw = msgspec.Raw(b"null")
    error: msgspec.Raw = msgspec.Raw(b"null")


class Subscription(msgspec.Struct, frozen=True, kw_only=True):
    """Something to listen to."""

    channel: str
    instruments: tuple[str, ...] = ()
    timeframe: str | None = None
    depth: int | None = None

    @property
    def parameters(self) -> dict[str, Any]:
        """The parameters that are given."""
        given = {"timeframe": self.timeframe, "depth": self.depth}
        return {name: value for name, value in given.items() if value is not None}


_TYPES: Mapping[str, type[msgspec.Struct]] = {
    "tick": live.Tick,
    "candle": live.Candle,
    "orderbook": live.Book,
    "order_update": live.OrderUpdate,
    "trade": live.Trade,
    "trade_notification": live.TradeNotification,
    "order_fill": live.OrderFill,
    "position_update": live.PositionUpdate,
    "portfolio_update": live.PortfolioUpdate,
    "snapshot": live.Snapshot,
    "resync": live.Resync,
    "error": live.StreamProblem,
}
_decoders: dict[str, msgspec.json.Decoder[Any]] = {name: msgspec.json.Decoder(kind) for name, kind in _TYPES.items()}
_envelope = msgspec.json.Decoder(Envelope)
_plain: msgspec.json.Decoder[Any] = msgspec.json.Decoder(float_hook=Decimal)


def read(text: str | bytes) -> Envelope:
    """Read a frame. Raises msgspec.DecodeError where it is none of ours."""
    return _envelope.decode(text)


def message_of(envelope: Envelope) -> live.Message:
    """Read the data of a frame; data that a newer server writes otherwise is given as it is."""
    raw = envelope.error if envelope.type == "error" else envelope.data
    try:
        data = _decoders.get(envelope.type, _plain).decode(raw)
    except msgspec.ValidationError:
        data = _plain.decode(raw)
    return live.Message(
        type=envelope.type, data=data, channel=envelope.channel, seq=envelope.seq, prev_seq=envelope.prev_seq
    )


def write(kind: str, subscription: Subscription, *, number: int, from_seq: int | None = None) -> str:
    """Write `subscribe` or `unsubscribe`."""
    said: dict[str, Any] = {"type": kind, "id": number, "channel": subscription.channel}
    if subscription.instruments:
        said["instruments"] = list(subscription.instruments)
    if subscription.parameters:
        said["parameters"] = subscription.parameters
    if from_seq is not None:
        said["from_seq"] = from_seq
    return msgspec.json.encode(said).decode()
