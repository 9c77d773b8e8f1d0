"""Writes to all connections that have something waiting, once for all of them: the fast way out of the house.

In a round every connection that is owed something gets one write. What waits for one connection alone is written first,
so that the state of the market a client asked for comes before what follows it; then each group of connections that
listen to the same is written to, with the same bytes.
"""

import asyncio
from typing import Protocol
from weakref import WeakValueDictionary

from openbell.streaming.frames import Frames
from openbell.streaming.group import Group
from openbell.streaming.heart import Heart
from openbell.streaming.topics import Topic

INTERVAL_S = 0.002
"""Time between two rounds. What comes after a silence leaves at once; what comes in a stream waits this long at most,
and shares a write with what came meanwhile."""


class Outlet(Protocol):
    """One connection's end of it."""

    def flush(self, frames: Frames) -> None:
        """Write what waits, as far as the client takes it."""
        ...

    def settle(self) -> None:
        """Note that the round is over: whoever has nothing waiting may join a group."""
        ...


class Fan:
    """The rounds of one server. A connection that takes nothing stays out of them, and costs the others nothing."""

    def __init__(self, *, interval_s: float = INTERVAL_S) -> None:
        self._interval_s = interval_s
        self._owed: dict[Outlet, None] = {}
        self._groups_owed: list[Group] = []
        self._groups: WeakValueDictionary[tuple[frozenset[Topic], float], Group] = WeakValueDictionary()
        self._is_due = False
        self._last_s = float("-inf")
        self.heart = Heart()

    def owe(self, outlet: Outlet) -> None:
        """Have a connection written to in the next round."""
        self._owed[outlet] = None
        if not self._is_due:
            self._schedule()

    def forget(self, outlet: Outlet) -> None:
        """Leave a connection out, when it has ended."""
        self._owed.pop(outlet, None)

    def group(self, topics: frozenset[Topic], *, batch_s: float) -> Group:
        """Give the group of those who listen to these topics, and have them collected for so long."""
        key = (topics, batch_s)
        found = self._groups.get(key)
        if found is None:
            found = self._groups[key] = Group(topics, owe=self._owe_group, batch_s=batch_s)
        return found

    def _owe_group(self, group: Group) -> None:
        if group.batch_s:
            asyncio.get_running_loop().call_later(group.batch_s, group.flush)
            return
        self._groups_owed.append(group)
        if not self._is_due:
            self._schedule()

    def _schedule(self) -> None:
        self._is_due = True
        loop = asyncio.get_running_loop()
        wait_s = self._last_s + self._interval_s - loop.time()
        if wait_s > 0:
            loop.call_later(wait_s, self._round)
        else:
            loop.call_soon(self._round)

    def _round(self) -> None:
        self._is_due = False
        owed, self._owed = self._owed, {}
        groups, self._groups_owed = self._groups_owed, []
        frames = Frames()
        for outlet in owed:
            outlet.flush(frames)
        for group in groups:
            group.flush(frames)
        for outlet in owed:
            outlet.settle()
        self._last_s = asyncio.get_running_loop().time()
