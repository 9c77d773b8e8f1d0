"""The latest finished candles of one instrument and timeframe; those of seconds are packed, for there are many."""

import struct
from collections import deque
from itertools import islice

from openbell.domain.market import Bar, Timeframe

CANDLES_KEPT_MAX = 5_000
"""Finished candles in memory for each instrument and timeframe."""
_PACKED = frozenset({Timeframe.S1, Timeframe.S5})
"""They fill up within hours and are seldom read: 100 bytes each, which as objects are 350."""
_NUMBERS = struct.Struct("7q")


class CandleSeries:
    """Finished bars, oldest first; past CANDLES_KEPT_MAX the oldest is let go."""

    def __init__(self, symbol: str, timeframe: Timeframe) -> None:
        self._symbol, self._timeframe = symbol, timeframe
        self._is_packed = timeframe in _PACKED
        self._bars: deque[Bar | bytes] = deque(maxlen=CANDLES_KEPT_MAX)

    def append(self, bar: Bar) -> None:
        """Add the next bar."""
        self._bars.append(_packed(bar) if self._is_packed else bar)

    def latest(self, count: int) -> list[Bar]:
        """Give the latest bars, oldest first."""
        symbol, timeframe, numbers = self._symbol, self._timeframe, _NUMBERS.unpack
        latest = list(islice(reversed(self._bars), max(0, count)))
        latest.reverse()
        return [Bar(symbol, timeframe, *numbers(bar)) if isinstance(bar, bytes) else bar for bar in latest]


def _packed(bar: Bar) -> Bar | bytes:
    try:
        return _NUMBERS.pack(bar.ts_ns, bar.open, bar.high, bar.low, bar.close, bar.volume, bar.vwap)
    except struct.error:  # a number of more than 64 bits, such as the volume of a coin worth next to nothing
        return bar
