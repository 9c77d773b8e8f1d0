"""Bars cut into parts that fit in memory many times over, with those of several symbols brought into one order."""

from collections.abc import Iterator, Mapping, Sequence

import msgspec
import numpy as np

from openbell.domain.market import Bar, Timeframe
from openbell.engine.lines import Flags, Integers
from openbell.ports import BarColumns

PART_BARS = 16_384
"""Bars between two looks at progress and cancellation, and bars that are Python integers at a time; for one symbol."""
PART_SYMBOLS_MAX = 8
"""With more symbols parts grow with them, so far: what a part costs a symbol is then shared by as many of its bars."""


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """Some bars in the order they happen: by their end, then by the order of the symbols."""

    bars: dict[str, BarColumns]
    places: dict[str, Integers]
    """Of each symbol the places of its bars among all of the part."""
    ends_ns: Integers
    """The end of each bar, by place."""
    lasts: Flags
    """Which bar is the last of its instant, by place."""
    owners: Integers
    """The number of the symbol of each bar, by place."""
    rows: Integers
    """The place of each bar among those of its symbol, by place."""

    def places_listed(self) -> dict[str, Sequence[int]]:
        """Give the places of each symbol's bars as Python integers."""
        if len(self.bars) == 1:
            return dict.fromkeys(self.bars, range(len(self.ends_ns)))
        return {symbol: places.tolist() for symbol, places in self.places.items()}

    def in_order(self, timeframe: Timeframe) -> Iterator[Bar]:
        """Yield the bars as they happen."""
        bars = [list(bars_of(symbol, timeframe, columns)) for symbol, columns in self.bars.items()]
        for owner, row in zip(self.owners.tolist(), self.rows.tolist(), strict=True):
            yield bars[owner][row]


def part_of(bars: Mapping[str, BarColumns], timeframe: Timeframe) -> Part:
    """Bring the bars of some symbols into order."""
    starts = np.concatenate([columns.ts_ns for columns in bars.values()])
    order = np.argsort(starts, kind="stable") if len(bars) > 1 else np.arange(len(starts))
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    ends_ns = starts[order] + timeframe.length_ns
    lasts = np.append(ends_ns[1:] != ends_ns[:-1], True) if len(bars) > 1 else np.ones(len(ends_ns), dtype=bool)
    lengths = [len(columns.ts_ns) for columns in bars.values()]
    return Part(
        bars=dict(bars),
        places=dict(zip(bars, np.split(rank, np.cumsum(lengths)[:-1]), strict=True)),
        ends_ns=ends_ns,
        lasts=lasts,
        owners=np.repeat(np.arange(len(lengths)), lengths)[order],
        rows=np.concatenate([np.arange(length) for length in lengths])[order],
    )


def parts_of(series: Mapping[str, BarColumns], timeframe: Timeframe) -> Iterator[Part]:
    """Cut series into parts of about `PART_BARS` bars, or some times as many; bars of one instant stay together."""
    starts = np.sort(np.concatenate([bars.ts_ns for bars in series.values()])) if len(series) > 1 else None
    count = sum(len(bars.ts_ns) for bars in series.values())
    taken = dict.fromkeys(series, 0)
    size = PART_BARS * min(len(series), PART_SYMBOLS_MAX)
    for first in range(0, count, size):
        until = {
            symbol: (min(first + size, count) if starts is None else _cut(bars, starts, first + size))
            for symbol, bars in series.items()
        }
        cut = {symbol: sliced(bars, taken[symbol], until[symbol]) for symbol, bars in series.items()}
        taken = until
        if any(len(bars.ts_ns) for bars in cut.values()):
            yield part_of(cut, timeframe)


def sliced(bars: BarColumns, first: int, end: int) -> BarColumns:
    """Give the bars in [first, end)."""
    columns = (bars.ts_ns, bars.open, bars.high, bars.low, bars.close, bars.volume)
    return BarColumns(*(column[first:end] for column in columns))


def bars_of(symbol: str, timeframe: Timeframe, bars: BarColumns) -> Iterator[Bar]:
    """Yield columns as bars."""
    columns = (bars.ts_ns, bars.open, bars.high, bars.low, bars.close, bars.volume)
    for values in zip(*(column.tolist() for column in columns), strict=True):
        yield Bar(symbol, timeframe, *values)


def _cut(bars: BarColumns, starts: Integers, place: int) -> int:
    if place >= len(starts):
        return len(bars.ts_ns)
    return int(np.searchsorted(bars.ts_ns, starts[place], side="left"))
