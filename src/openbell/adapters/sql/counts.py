"""How long lists are that only ever grow: what was counted once is not counted again.

Every page of a list says how many rows there are in all. Counting ten million of them takes seconds, counting those
that came since a moment ago does not. It holds only for filters by columns that never change, of tables that nothing is
ever taken from, whose keys grow: orders and fills, though not by an order's status.
"""

from collections.abc import Hashable, Sequence
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, func, select

KNOWN_MAX = 1_000
"""Filters whose count is remembered; past it all are counted anew."""


class Counts:
    """The counts of one table's lists, by filter: how many rows, and the last of them."""

    def __init__(self, key: Column[Any]) -> None:
        self._key = key
        self._known: dict[Hashable, tuple[int, int]] = {}

    def total(self, connection: Connection, *, where: Sequence[ColumnElement[bool]], name: Hashable) -> int:
        """Give how many rows meet all conditions. `name` tells one set of conditions and values from another."""
        known, last = self._known.get(name, (0, -1))
        rows = select(func.count(), func.max(self._key)).where(*where, self._key > last)
        added, latest = connection.execute(rows).one()
        if added:
            if len(self._known) >= KNOWN_MAX:
                self._known = {}
            # Two who count at once come to the same, or to an earlier state of it that holds as well.
            self._known[name] = (known + added, latest)
        return known + int(added)
