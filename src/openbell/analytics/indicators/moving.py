"""Moving averages: simple and exponential.

Over integers (prices at 1e-8) the simple average keeps an integer total, so it never drifts and two of them
compare exactly by their totals. Over floats the window is summed anew each time, exactly rounded.
"""

import math
from collections import deque
from typing import Literal

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import ArrayLike, NDArray

from openbell.analytics.returns import Floats

EmaSeed = Literal["sma", "first"]


def require_period(period: int) -> int:
    """Return the period, or raise ValueError where it is below 1."""
    if period < 1:
        raise ValueError(f"a period is at least 1 bar, not {period}")
    return period


class SMA:
    """Simple moving average: the mean of the last `period` values."""

    def __init__(self, period: int) -> None:
        self.period = require_period(period)
        self._window: deque[float] = deque()
        self._total: float = 0
        self._integers = True

    @property
    def total(self) -> float | None:
        """The sum of the window, exact for integers; None until the window is full.

        Comparing `fast.total * slow.period` with `slow.total * fast.period` compares two averages without
        rounding.
        """
        return self._total if len(self._window) == self.period else None

    def update(self, value: float) -> float | None:
        """Take the next value and return the average, or None until `period` values were seen."""
        self._integers = self._integers and isinstance(value, int)
        self._window.append(value)
        leaving = self._window.popleft() if len(self._window) > self.period else 0
        self._total = self._total + value - leaving if self._integers else math.fsum(self._window)
        return self._total / self.period if len(self._window) == self.period else None


def rolling_totals(values: ArrayLike, *, period: int) -> NDArray[np.int64]:
    """Return the sum of each full window of an integer array, exactly; the first ends at period - 1.

    The running sum may wrap round at 64 bits; the difference wraps back, so only a window's own sum has to
    fit.
    """
    numbers = np.asarray(values, dtype=np.int64)
    if numbers.size < require_period(period):
        return np.empty(0, dtype=np.int64)
    running = np.cumsum(numbers)
    running[period:] -= running[:-period].copy()
    return running[period - 1 :]


def sma(values: ArrayLike, *, period: int) -> Floats:
    """Return the simple moving average of an array; NaN for its first `period` - 1 elements."""
    numbers = np.asarray(values)
    out = np.full(numbers.shape, np.nan)
    if numbers.size < require_period(period):
        return out
    if np.issubdtype(numbers.dtype, np.integer):
        # Python divides integers with one rounding; numpy would round the total to a float first.
        totals: list[int] = rolling_totals(numbers, period=period).tolist()
        out[period - 1 :] = [total / period for total in totals]
    else:
        out[period - 1 :] = sliding_window_view(numbers, period).sum(axis=1) / period
    return out


class EMA:
    """Exponential moving average with alpha = 2 / (period + 1).

    Seed `sma` starts from the mean of the first `period` values and is silent before that (TA-Lib, most
    charts). Seed `first` starts from the first value and speaks at once (spreadsheets, pandas with adjust
    off).
    """

    def __init__(self, period: int, *, seed: EmaSeed = "sma") -> None:
        self.period = require_period(period)
        self._alpha = 2.0 / (period + 1)
        self._warmup: list[float] = []
        self._needed = period if seed == "sma" else 1
        self._value: float | None = None

    def update(self, value: float) -> float | None:
        """Take the next value and return the average, or None before the seed is complete."""
        if self._value is not None:
            self._value += self._alpha * (value - self._value)
            return self._value
        self._warmup.append(value)
        if len(self._warmup) == self._needed:
            self._value = math.fsum(self._warmup) / self._needed
        return self._value


def ema(values: ArrayLike, *, period: int, seed: EmaSeed = "sma") -> Floats:
    """Return the exponential moving average of an array; NaN before its seed is complete."""
    numbers: list[float] = np.asarray(values, dtype=np.float64).tolist()
    needed = require_period(period) if seed == "sma" else 1
    out = np.full(len(numbers), np.nan)
    if len(numbers) < needed:
        return out
    alpha = 2.0 / (period + 1)
    current = math.fsum(numbers[:needed]) / needed
    path = [current]
    for value in numbers[needed:]:
        current += alpha * (value - current)
        path.append(current)
    out[needed - 1 :] = path
    return out
