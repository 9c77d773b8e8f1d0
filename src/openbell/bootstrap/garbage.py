"""When the server looks for garbage that counting references does not find: seldom, and for a thousandth of the time.

Free memory goes back to the system with it.

The interpreter's own rule goes through everything whenever the number of objects has grown by a quarter. A connection
is two hundred of them, so that a crowd coming in had the whole crowd before it gone through again and again: with some
thousand connections for up to a second at a time, and in all for longer than letting them in took.
"""

import asyncio
import ctypes
import gc
import sys
import time
from collections.abc import Callable

YOUNG = 10_000
"""Objects made, and not gone again, after which those are gone through: that takes 2 to 5 ms, and finds nearly all
garbage there is."""
NEVER = 1_000_000_000
GROWN = 250_000
"""So many more of them, and those are gone through once more: a tenth of a second, after 1,200 connections."""
ALL_S = 60.0
"""At the least this long after everything was gone through, it is again: what was young twice while it was in use, as
a connection is, is found by nothing else."""
SHARE = 1_000
"""One part in so many of the time goes into that: the more there is to go through, the more seldom it is done."""
CROWD = 5
"""Looks at young objects within a second that tell of a crowd coming in, which is let in first..."""
CROWD_S = 600.0
"""...but no longer than this: it may as well be that it is always so busy."""
LOOK_S = 1.0
"""Time between two looks at how many there are."""
LARGE_BYTES = 1024 * 1024
"""A piece of memory of this size or more, such as a snapshot's, goes back to the system as soon as it is free."""
_MMAP_THRESHOLD = -3
"""M_MMAP_THRESHOLD of the C library's mallopt. Unless it is set, the size grows with the pieces that are freed."""


class Sweep:
    """Goes through what was added a second time, and through everything from time to time.

    What is there when it begins is taken to stay for good and is left out.
    """

    def __init__(self, *, grown: int = GROWN, clock: Callable[[], float] = time.monotonic) -> None:
        self._grown_min, self._clock = grown, clock
        self._seen = self._counted = self._swept = 0
        self._due_s = 0.0
        self._give_back = _call("malloc_trim")

    def begin(self) -> None:
        """Take over from the interpreter's own rule, and have large pieces of memory come and go by themselves."""
        _call("mallopt")(_MMAP_THRESHOLD, LARGE_BYTES)
        gc.freeze()
        gc.set_threshold(YOUNG, NEVER, NEVER)
        self._seen = self._counted = self._swept = _collections()
        self._due_s = self._clock() + ALL_S
        gc.enable()

    def watch(self) -> None:
        """Look now and every second from now on, on the running loop."""
        self.look()
        asyncio.get_running_loop().call_later(LOOK_S, self.watch)

    def look(self) -> None:
        """Go through everything if that is due, or through what was added if there is enough of it."""
        now_s, counted = self._clock(), _collections()
        is_calm, self._seen = counted - self._seen < CROWD, counted
        if counted > self._swept and now_s >= self._due_s + (0.0 if is_calm else CROWD_S):
            gc.collect()
            self._give_back(0)
            self._due_s = now_s + max(ALL_S, SHARE * (self._clock() - now_s))
            self._counted = self._swept = counted
        elif (counted - self._counted) * YOUNG >= self._grown_min:
            gc.collect(1)
            self._counted = counted


def _call(name: str) -> Callable[..., object]:
    """Find a call of the C library by its name; one that does nothing where there is none.

    Without them what a busy moment took stays with the process, between what was made at the same time and is kept.
    """
    library = ctypes.CDLL(None) if sys.platform == "linux" else None
    found: Callable[..., object] = getattr(library, name, lambda *_: None)
    return found


def _collections() -> int:
    """Count the looks through young objects so far."""
    return int(gc.get_stats()[0]["collections"])
