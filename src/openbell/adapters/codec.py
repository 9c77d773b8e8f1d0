"""How events are written down: JSON text with the event's name in it, exact integers of any size."""

import msgspec

from openbell.domain.events import AnyEvent, Event, Recorded
from openbell.domain.values import Nanos

_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(AnyEvent)


def encode_event(event: Event) -> bytes:
    """Write an event as UTF-8 JSON; `type` is its name. The same event gives the same bytes."""
    return _ENCODER.encode(event)


def decode_recorded(*, seq: int, ts_ns: Nanos, account_id: str, account_seq: int, body: bytes) -> Recorded:
    """Read back one entry of a journal. Raises msgspec.DecodeError for a body that is no event."""
    return Recorded(seq, ts_ns, account_id, account_seq, _DECODER.decode(body))
