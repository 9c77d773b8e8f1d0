"""Candles as text: there may be thousands in an answer, and all but the last stay as they are."""

from collections.abc import Sequence

import msgspec

from openbell.api.values import timestamp
from openbell.domain.market import Bar, Timeframe
from openbell.domain.values import text_of

KEPT_MAX = 64
"""Series whose text is kept, about 150 bytes a candle; past it all are let go."""


class _Series(msgspec.Struct, frozen=True):
    """The ends of the finished candles of one answer, and the text of all."""

    first: Bar
    last: Bar
    text: str

    def is_of(self, bars: Sequence[Bar]) -> bool:
        # Candles follow one another without holes being filled: with equal ends and length all of them are the same.
        return self.first == bars[0] and self.last == bars[-1]


class CandleText:
    """Writes candles; the text of those that are finished is kept for whoever asks for the same next."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, Timeframe, int], _Series] = {}

    def write(self, symbol: str, timeframe: Timeframe, bars: Sequence[Bar]) -> str:
        """Write an answer: terminal.schemas_market.CandlesAnswer describes it."""
        is_open = bool(bars) and not bars[-1].is_final
        rows = self._finished(symbol, timeframe, bars[:-1] if is_open else bars)
        if is_open:
            rows = f"{rows},{_row(bars[-1])}" if rows else _row(bars[-1])
        return f'{{"instrument":"{symbol}","timeframe":"{timeframe}","data":[{rows}]}}'

    def _finished(self, symbol: str, timeframe: Timeframe, bars: Sequence[Bar]) -> str:
        if not bars:
            return ""
        key = (symbol, timeframe, len(bars))
        found = self._kept.get(key)
        if found is None or not found.is_of(bars):
            if len(self._kept) >= KEPT_MAX:
                self._kept.clear()
            found = self._kept[key] = _Series(bars[0], bars[-1], ",".join([_row(bar) for bar in bars]))
        return found.text


def _row(bar: Bar) -> str:
    vwap = f',"vwap":{text_of(bar.vwap, 0)}' if bar.vwap else ""
    return (
        f'{{"time":"{timestamp(bar.ts_ns)}","open":{text_of(bar.open, 0)},"high":{text_of(bar.high, 0)},'
        f'"low":{text_of(bar.low, 0)},"close":{text_of(bar.close, 0)},"volume":{text_of(bar.volume, 0)},'
        f'"is_final":{"true" if bar.is_final else "false"}{vwap}}}'
    )
