"""What a strategy wants to hold, said as columns: the form that compiled code can play."""

from typing import NamedTuple

import numpy as np

from openbell.domain.values import Quantity, Rate
from openbell.engine.lines import Flags, Integers

KEEP = -(2**63)
"""In a column of targets: nothing is wanted on this bar, what is held or ordered stays."""


class Stop(NamedTuple):
    """A loss at which a position is closed, whatever the targets say."""

    part: Rate
    """Of the entry price."""
    watched: Flags
    """Bars on which it is looked at."""
    calm: Flags
    """After it nothing is entered before one of these has passed."""


class Signals(NamedTuple):
    """For each bar the signed position to bring about, by what is held at its close; KEEP for nothing.

    A target unlike what is held is ordered at once, at the market. An order that was denied is not asked for again
    before a later bar names a target.
    """

    when_flat: Integers
    when_long: Integers
    when_short: Integers
    stop: Stop | None = None


def targets(count: int, *wanted: tuple[Flags, Quantity]) -> Integers:
    """Give a column of KEEP with a quantity on each marked bar; of several marks the first counts."""
    column = np.full(count, KEEP, dtype=np.int64)
    for flags, quantity in reversed(wanted):
        column[flags] = quantity
    return column
