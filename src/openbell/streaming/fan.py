"""Writes to all connections that have something waiting, once for all of them: the fast way out of the house.

What the same messages look like on the wire is worked out once, whoever they go to: connections that are owed the same
get the same bytes. Nothing is kept between two rounds, so there are no groups to be kept right.
"""

import asyncio
from collections.abc import Sequence
from typing import Protocol

INTERVAL_S = 0.002
"""Time between two rounds. What comes after a silence leaves at once; what comes in a stream waits this long at most,
and shares a write with what came meanwhile."""

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


class Outlet(Protocol):
    """One connection's end of it."""

    def flush(self, frames: Frames) -> None:
        """Write what waits, as far as the client takes it."""
        ...


class Fan:
    """The rounds. A connection that takes nothing stays out of them, and costs the others nothing."""

    def __init__(self, *, interval_s: float = INTERVAL_S) -> None:
        self._interval_s = interval_s
        self._owed: dict[Outlet, None] = {}
        self._is_due = False
        self._last_s = float("-inf")

    def owe(self, outlet: Outlet) -> None:
        """Have a connection written to in the next round."""
        self._owed[outlet] = None
        if not self._is_due:
            self._is_due = True
            loop = asyncio.get_running_loop()
            wait_s = self._last_s + self._interval_s - loop.time()
            if wait_s > 0:
                loop.call_later(wait_s, self._round)
            else:
                loop.call_soon(self._round)

    def forget(self, outlet: Outlet) -> None:
        """Leave a connection out, when it has ended."""
        self._owed.pop(outlet, None)

    def _round(self) -> None:
        self._is_due = False
        owed, self._owed = self._owed, {}
        frames = Frames()
        for outlet in owed:
            outlet.flush(frames)
        self._last_s = asyncio.get_running_loop().time()
