"""Lets time pass for all connections of a server: one timer for them, a few at a time, instead of one for each."""

import asyncio
from typing import Protocol

PULSE_S = 0.5
"""Time between two looks at a connection and its credentials, so that a revocation is seen within a second."""
PARTS = 10
"""So many parts the connections are looked at in, one after the other: no look holds up what is written for long."""


class Beating(Protocol):
    """One connection."""

    def beat(self) -> None:
        """Let time pass."""
        ...


class Heart:
    """Beats while there is anybody."""

    def __init__(self) -> None:
        self._parts: list[dict[Beating, None]] = [{} for _ in range(PARTS)]
        self._next = 0
        self._timer: asyncio.TimerHandle | None = None

    def join(self, one: Beating) -> None:
        """Beat for a connection, from half a second on."""
        min(self._parts, key=len)[one] = None
        if self._timer is None:
            self._wait()

    def leave(self, one: Beating) -> None:
        """Beat for it no more."""
        for part in self._parts:
            part.pop(one, None)

    def _wait(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(PULSE_S / PARTS, self._beat)

    def _beat(self) -> None:
        self._timer = None
        if not any(self._parts):
            return
        self._wait()
        part = self._parts[self._next % PARTS]
        self._next += 1
        loop = asyncio.get_running_loop()
        for one in part:
            # One by one, so that one that fails takes no other with it.
            loop.call_soon(one.beat)
