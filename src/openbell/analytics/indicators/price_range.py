"""The range of a bar and its average: true range and Wilder's average true range."""

import numpy as np
from numpy.typing import ArrayLike

from openbell.analytics.indicators.momentum import WilderAverage, wilder
from openbell.analytics.returns import Floats


class ATR:
    """Average true range (Wilder, 1978), in price units.

    The true range of a bar is max(high, previous close) - min(low, previous close). The first bar has no
    previous close and counts high - low, so the first average comes with bar `period`; TA-Lib leaves that bar
    out and starts one later.
    """

    def __init__(self, period: int = 14) -> None:
        self._average = WilderAverage(period)
        self._previous_close: float | None = None

    def update(self, high: float, *, low: float, close: float) -> float | None:
        """Take the next bar and return the average, or None until `period` bars were seen."""
        previous, self._previous_close = self._previous_close, close
        if previous is None:
            return self._average.update(high - low)
        return self._average.update(max(high, previous) - min(low, previous))


def true_range(high: ArrayLike, *, low: ArrayLike, close: ArrayLike) -> Floats:
    """Return the true range of each bar; the first is high - low."""
    highs = np.asarray(high, dtype=np.float64).copy()
    lows = np.asarray(low, dtype=np.float64).copy()
    closes = np.asarray(close, dtype=np.float64)
    highs[1:] = np.maximum(highs[1:], closes[:-1])
    lows[1:] = np.minimum(lows[1:], closes[:-1])
    return np.asarray(highs - lows, dtype=np.float64)


def atr(high: ArrayLike, *, low: ArrayLike, close: ArrayLike, period: int = 14) -> Floats:
    """Return the average true range of an array of bars; NaN for its first `period` - 1 elements."""
    return wilder(true_range(high, low=low, close=close), period=period)
