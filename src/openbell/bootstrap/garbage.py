"""When the server looks for garbage that counting references does not find: seldom, and in proportion to what is new.

The interpreter's own rule goes through everything whenever the number of objects has grown by a quarter. A connection
is two hundred of them, so that a crowd coming in had the whole crowd before it gone through again and again: with some
thousand connections for up to a second at a time, and in all for longer than letting them in took.
"""

import asyncio
import gc

YOUNG = 10_000
"""Objects made, and not gone again, after which those are gone through: that takes 2 to 5 ms, and finds nearly all
garbage there is."""
NEVER = 1_000_000_000
GROWN = 250_000
"""So many more of them, and those are gone through once more: a tenth of a second, after 1,200 connections."""
OLD_MIN = 4_000_000
"""So many have to have been added, and at least as many as there were, before all are gone through."""
LOOK_S = 1.0
"""Time between two looks at how many there are."""


class Sweep:
    """Goes through what was added a second time, and through everything when that has doubled.

    What is there when it begins is taken to stay for good and is left out.
    """

    def __init__(self, *, grown: int = GROWN, old_min: int = OLD_MIN) -> None:
        self._grown_min, self._old_min = grown, old_min
        self._counted = 0
        self._added = 0
        self._kept = 0

    def begin(self) -> None:
        """Take over from the interpreter's own rule."""
        gc.freeze()
        gc.set_threshold(YOUNG, NEVER, NEVER)
        self._counted = _collections()
        gc.enable()

    def watch(self) -> None:
        """Look now and every second from now on, on the running loop."""
        self.look()
        asyncio.get_running_loop().call_later(LOOK_S, self.watch)

    def look(self) -> None:
        """Go through what was added, or through everything, if there is enough of it."""
        counted = _collections()
        grown = (counted - self._counted) * YOUNG
        if grown < self._grown_min:
            return
        self._counted = counted
        self._added += grown
        if self._added < max(self._kept, self._old_min):
            gc.collect(1)
            return
        gc.collect()
        self._added, self._kept = 0, len(gc.get_objects())


def _collections() -> int:
    """Count the looks through young objects so far."""
    return int(gc.get_stats()[0]["collections"])
