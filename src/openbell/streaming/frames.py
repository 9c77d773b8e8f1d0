"""Messages as they go over the wire: each is framed once, whoever it goes to."""

from collections.abc import Sequence

_TEXT = 0x81
_SHORT, _LONG = 126, 1 << 16


def framed(message: bytes) -> bytes:
    """Write a text frame as a server does: whole, not masked, not compressed (RFC 6455, section 5.2)."""
    length = len(message)
    if length < _SHORT:
        return bytes((_TEXT, length)) + message
    if length < _LONG:
        return bytes((_TEXT, _SHORT)) + length.to_bytes(2, "big") + message
    return bytes((_TEXT, _SHORT + 1)) + length.to_bytes(8, "big") + message


class Frames:
    """The frames of one round. Messages are told apart by identity, and held so that none can take another's."""

    def __init__(self) -> None:
        self._held: list[Sequence[bytes]] = []
        self._one: dict[int, bytes] = {}
        self._joined: dict[tuple[int, ...], bytes] = {}

    def of(self, messages: Sequence[bytes]) -> bytes:
        """Give messages as they go over the wire."""
        key = tuple(map(id, messages))
        found = self._joined.get(key)
        if found is None:
            self._held.append(messages)
            found = self._joined[key] = b"".join([self._frame(message) for message in messages])
        return found

    def _frame(self, message: bytes) -> bytes:
        found = self._one.get(id(message))
        if found is None:
            found = self._one[id(message)] = framed(message)
        return found
