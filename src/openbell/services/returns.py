"""What present holdings would have made each day: one-day profits from recent candles, for risk figures."""

import math
from collections.abc import Mapping, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from openbell.analytics.returns import simple_returns
from openbell.domain.instrument import Instrument
from openbell.domain.market import Timeframe
from openbell.domain.values import NANOS_PER_SECOND, SCALE, Money
from openbell.ports import Market

Floats = NDArray[np.float64]
BARS_MAX = 1_000
BARS_MIN = 31
"""Bars that make a series: thirty returns."""
TIMEFRAMES = (Timeframe.D1, Timeframe.H1, Timeframe.M15, Timeframe.M5, Timeframe.M1, Timeframe.S5, Timeframe.S1)
"""Tried in this order: a day is best said by days; shorter bars are stretched by the square root of time."""


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """One-day profits in base currency, and the benchmark's one-day returns over the same bars (empty without any)."""

    timeframe: Timeframe | None
    profits: Sequence[float] = ()
    benchmark: Sequence[float] = ()

    @property
    def observations(self) -> int:
        """Number of bars the sample rests on."""
        return len(self.profits)


class Samples:
    """Makes samples from the market's finished candles."""

    def __init__(self, *, market: Market) -> None:
        self._market = market

    def of(self, exposures: Mapping[str, Money], *, benchmark: str) -> Sample:
        """Give the profits that signed exposures would have made, over the longest bars that all of them have."""
        for timeframe in TIMEFRAMES if exposures else ():
            series = {symbol: self._returns(symbol, timeframe) for symbol in exposures}
            times = sorted(set.intersection(*(set(one) for one in series.values())))
            if len(times) < BARS_MIN - 1:
                continue
            profits = np.zeros(len(times))
            for symbol, amount in exposures.items():
                profits += np.array([series[symbol][time] for time in times]) * (amount / SCALE)
            beside = self._returns(benchmark, timeframe)
            moves = [beside[time] for time in times] if all(time in beside for time in times) else []
            return Sample(timeframe=timeframe, profits=profits.tolist(), benchmark=moves)
        return Sample(timeframe=None)

    def _returns(self, symbol: str, timeframe: Timeframe) -> dict[int, float]:
        """Give returns by the bars' open times, stretched to a day of the instrument's trading."""
        instrument = self._market.instrument(symbol)
        if instrument is None:
            return {}
        bars = [bar for bar in self._market.candles(instrument.symbol, timeframe, limit=BARS_MAX) if bar.is_final]
        moves: Floats = simple_returns([bar.close / SCALE for bar in bars])
        stretch = math.sqrt(_bars_a_day(instrument, timeframe))
        return {bar.ts_ns: float(move) * stretch for bar, move in zip(bars[1:], moves, strict=True)}


def _bars_a_day(instrument: Instrument, timeframe: Timeframe) -> float:
    if timeframe is Timeframe.D1:
        return 1.0
    calendar = instrument.calendar
    opens, closes = (one.hour * 3600 + one.minute * 60 for one in (calendar.opens, calendar.closes))
    day_s = closes - opens if closes > opens else 24 * 3600
    return max(1.0, day_s * NANOS_PER_SECOND / timeframe.length_ns)
