"""Volume-weighted average price over a rolling window."""

import math
from collections import deque
from typing import TypeVar

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import ArrayLike

from openbell.analytics.indicators.moving import require_period
from openbell.analytics.returns import Floats

Number = TypeVar("Number", float, Floats)


def typical_price(high: Number, *, low: Number, close: Number) -> Number:
    """Return (high + low + close) / 3: the price that stands for a bar whose trades are not known."""
    return (high + low + close) / 3.0


class RollingVWAP:
    """Sum of price times volume over sum of volume for the last `period` values.

    While fewer than `period` values were seen it is the average of all of them, as a session's VWAP is.
    """

    def __init__(self, period: int = 14) -> None:
        self.period = require_period(period)
        self._traded: deque[tuple[float, float]] = deque(maxlen=period)

    def update(self, price: float, *, volume: float) -> float | None:
        """Take the next price and volume and return the average; None where the window traded nothing."""
        self._traded.append((price * volume, volume))
        total = math.fsum(volume for _, volume in self._traded)
        return math.fsum(value for value, _ in self._traded) / total if total > 0 else None


def rolling_vwap(price: ArrayLike, *, volume: ArrayLike, period: int = 14) -> Floats:
    """Return the rolling VWAP of an array; NaN where the window traded nothing."""
    volumes = np.asarray(volume, dtype=np.float64)
    values = np.asarray(price, dtype=np.float64) * volumes
    padding = np.zeros(require_period(period) - 1)
    traded = sliding_window_view(np.concatenate((padding, values)), period).sum(axis=1)
    total = sliding_window_view(np.concatenate((padding, volumes)), period).sum(axis=1)
    out = np.full(volumes.shape, np.nan)
    np.divide(traded, total, out=out, where=total > 0)
    return out
