"""Momentum: the relative strength index and moving average convergence/divergence."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from openbell.analytics.indicators.moving import EMA, EmaSeed, ema, require_period
from openbell.analytics.returns import Floats


class WilderAverage:
    """Wilder's smoothing (1978): alpha = 1 / period, see `EMA` for the two seeds."""

    def __init__(self, period: int, *, seed: EmaSeed = "sma") -> None:
        self.period = require_period(period)
        self._warmup: list[float] = []
        self._needed = period if seed == "sma" else 1
        self._value: float | None = None

    def update(self, value: float) -> float | None:
        """Take the next value and return the average, or None before the seed is complete."""
        if self._value is not None:
            self._value = (self._value * (self.period - 1) + value) / self.period
            return self._value
        self._warmup.append(value)
        if len(self._warmup) == self._needed:
            self._value = math.fsum(self._warmup) / self._needed
        return self._value


class RSI:
    """Relative strength index, 0 to 100: 100 * gain / (gain + loss) of Wilder's averages of the changes.

    Seed `sma`, the default, is Wilder's own and TA-Lib's: the averages start from the mean of the first
    `period` changes. Seed `first` is the spreadsheet's: they start from zero before the first change. The two
    differ by points at first and converge. The first value comes with bar `period` + 1 under both; a market
    that never moved reads 50.
    """

    def __init__(self, period: int = 14, *, seed: EmaSeed = "sma") -> None:
        self.period = require_period(period)
        self._gain = WilderAverage(period, seed=seed)
        self._loss = WilderAverage(period, seed=seed)
        if seed == "first":
            self._gain.update(0.0)
            self._loss.update(0.0)
        self._last: float | None = None
        self._changes = 0

    def update(self, value: float) -> float | None:
        """Take the next close and return the index, or None until `period` changes were seen."""
        last, self._last = self._last, value
        if last is None:
            return None
        change = value - last
        self._changes += 1
        gain = self._gain.update(max(change, 0.0))
        loss = self._loss.update(max(-change, 0.0))
        if gain is None or loss is None or self._changes < self.period:
            return None
        return 100.0 * gain / (gain + loss) if gain + loss > 0 else 50.0


def wilder(values: Floats, *, period: int) -> Floats:
    """Return Wilder's average of an array, seeded by the mean of its first `period` elements."""
    numbers: list[float] = values.tolist()
    out = np.full(len(numbers), np.nan)
    if len(numbers) < require_period(period):
        return out
    current = math.fsum(numbers[:period]) / period
    path = [current]
    for value in numbers[period:]:
        current = (current * (period - 1) + value) / period
        path.append(current)
    out[period - 1 :] = path
    return out


def _wilder_from_zero(values: Floats, *, period: int) -> Floats:
    current, path = 0.0, []
    for value in values.tolist():
        current = (current * (period - 1) + value) / period
        path.append(current)
    return np.asarray(path, dtype=np.float64)


def rsi(values: ArrayLike, *, period: int = 14, seed: EmaSeed = "sma") -> Floats:
    """Return the RSI of an array of closes; NaN for its first `period` elements. Seeds as in `RSI`."""
    closes = np.asarray(values, dtype=np.float64)
    out = np.full(closes.shape, np.nan)
    if closes.size <= require_period(period):
        return out
    changes = np.diff(closes)
    average = wilder if seed == "sma" else _wilder_from_zero
    gain = average(np.maximum(changes, 0.0), period=period)[period - 1 :]
    loss = average(np.maximum(-changes, 0.0), period=period)[period - 1 :]
    moved = gain + loss > 0
    index = np.full(gain.shape, 50.0)
    index[moved] = 100.0 * gain[moved] / (gain[moved] + loss[moved])
    out[period:] = index
    return out


class MACDPoint(NamedTuple):
    """The MACD line, its signal and their difference; the last two are None until the signal has its seed."""

    line: float
    signal: float | None
    histogram: float | None


class MACDColumns(NamedTuple):
    """The MACD line, its signal and their difference as arrays, NaN where they do not exist yet."""

    line: Floats
    signal: Floats
    histogram: Floats


class MACD:
    """EMA(fast) - EMA(slow), and an EMA of that as its signal (Appel).

    Each average is seeded from its own first values; TA-Lib instead starts the fast one late, so that
    the first rows differ and then converge.
    """

    def __init__(self, fast: int = 12, *, slow: int = 26, signal: int = 9, seed: EmaSeed = "sma") -> None:
        if fast >= slow:
            raise ValueError(f"the fast period ({fast}) must be below the slow one ({slow})")
        self._fast = EMA(fast, seed=seed)
        self._slow = EMA(slow, seed=seed)
        self._signal = EMA(signal, seed=seed)

    def update(self, value: float) -> MACDPoint | None:
        """Take the next close and return the point, or None until the slow average exists."""
        fast, slow = self._fast.update(value), self._slow.update(value)
        if fast is None or slow is None:
            return None
        line = fast - slow
        signal = self._signal.update(line)
        return MACDPoint(line, signal, None if signal is None else line - signal)


def macd(values: ArrayLike, *, fast: int = 12, slow: int = 26, signal: int = 9, seed: EmaSeed = "sma") -> MACDColumns:
    """Return MACD over an array of closes. Conventions as in `MACD`."""
    if fast >= slow:
        raise ValueError(f"the fast period ({fast}) must be below the slow one ({slow})")
    closes = np.asarray(values, dtype=np.float64)
    line = ema(closes, period=fast, seed=seed) - ema(closes, period=slow, seed=seed)
    start = slow - 1 if seed == "sma" else 0
    smoothed = np.full(closes.shape, np.nan)
    smoothed[start:] = ema(line[start:], period=signal, seed=seed)
    return MACDColumns(line, smoothed, line - smoothed)
