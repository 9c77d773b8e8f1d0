"""Spread round a moving average: rolling standard deviation, z-score, Bollinger bands.

Deviations divide by n unless `ddof` says otherwise (Bollinger's own choice). Each window is measured from its
first value, so that a window of equal values has a deviation of exactly zero.
"""

import math
from collections import deque
from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import ArrayLike

from openbell.analytics.indicators.moving import require_period
from openbell.analytics.returns import Floats

# Windows are copied while they are measured; a block of this many keeps that copy small.
_WINDOWS_PER_BLOCK = 16_384


def _require_window(period: int, ddof: int) -> int:
    if require_period(period) <= ddof:
        raise ValueError(f"a deviation with ddof={ddof} needs more than {ddof} values, not {period}")
    return period


class _MeanAndDeviation:
    """Mean and standard deviation of the last `period` values."""

    def __init__(self, period: int, *, ddof: int) -> None:
        self.period = _require_window(period, ddof)
        self._ddof = ddof
        self._window: deque[float] = deque(maxlen=period)

    def update(self, value: float) -> tuple[float, float] | None:
        self._window.append(value)
        if len(self._window) < self.period:
            return None
        origin = self._window[0]
        offsets = [number - origin for number in self._window]
        centre = math.fsum(offsets) / self.period
        squares = math.fsum((offset - centre) ** 2 for offset in offsets)
        return origin + centre, math.sqrt(squares / (self.period - self._ddof))


def _mean_and_deviation(values: ArrayLike, *, period: int, ddof: int) -> tuple[Floats, Floats]:
    numbers = np.asarray(values, dtype=np.float64)
    mean, deviation = np.full(numbers.shape, np.nan), np.full(numbers.shape, np.nan)
    if numbers.size < _require_window(period, ddof):
        return mean, deviation
    windows = sliding_window_view(numbers, period)
    for start in range(0, len(windows), _WINDOWS_PER_BLOCK):
        block = windows[start : start + _WINDOWS_PER_BLOCK]
        offsets = block - block[:, :1]
        place = slice(start + period - 1, start + period - 1 + len(block))
        mean[place] = block[:, 0] + offsets.mean(axis=1)
        deviation[place] = offsets.std(axis=1, ddof=ddof)
    return mean, deviation


class RollingStdev:
    """Standard deviation of the last `period` values."""

    def __init__(self, period: int, *, ddof: int = 0) -> None:
        self._window = _MeanAndDeviation(period, ddof=ddof)

    def update(self, value: float) -> float | None:
        """Take the next value and return the deviation, or None until `period` values were seen."""
        measured = self._window.update(value)
        return None if measured is None else measured[1]


def rolling_stdev(values: ArrayLike, *, period: int, ddof: int = 0) -> Floats:
    """Return the rolling standard deviation of an array; NaN for its first `period` - 1 elements."""
    return _mean_and_deviation(values, period=period, ddof=ddof)[1]


class ZScore:
    """Distance of the newest value from the window's mean, in deviations: (x - mean) / stdev."""

    def __init__(self, period: int, *, ddof: int = 0) -> None:
        self._window = _MeanAndDeviation(period, ddof=ddof)

    def update(self, value: float) -> float | None:
        """Take the next value and return its score; None until the window is full or where it never moved."""
        measured = self._window.update(value)
        if measured is None or measured[1] == 0:
            return None
        return (value - measured[0]) / measured[1]


def zscore(values: ArrayLike, *, period: int, ddof: int = 0) -> Floats:
    """Return the rolling z-score of an array; NaN before the window is full and where it never moved."""
    numbers = np.asarray(values, dtype=np.float64)
    mean, deviation = _mean_and_deviation(numbers, period=period, ddof=ddof)
    out = np.full(numbers.shape, np.nan)
    np.divide(numbers - mean, deviation, out=out, where=deviation > 0)
    return out


class BollingerPoint(NamedTuple):
    """The window's mean and the bands `width` deviations below and above it."""

    lower: float
    middle: float
    upper: float


class BollingerColumns(NamedTuple):
    """The lower band, the mean and the upper band as arrays."""

    lower: Floats
    middle: Floats
    upper: Floats


class BollingerBands:
    """Mean of the last `period` values and bands `width` deviations round it (Bollinger, 2001)."""

    def __init__(self, period: int = 20, *, width: float = 2.0, ddof: int = 0) -> None:
        self._window = _MeanAndDeviation(period, ddof=ddof)
        self._width = width

    def update(self, value: float) -> BollingerPoint | None:
        """Take the next value and return the bands, or None until `period` values were seen."""
        measured = self._window.update(value)
        if measured is None:
            return None
        middle, reach = measured[0], self._width * measured[1]
        return BollingerPoint(middle - reach, middle, middle + reach)


def bollinger_bands(values: ArrayLike, *, period: int = 20, width: float = 2.0, ddof: int = 0) -> BollingerColumns:
    """Return the Bollinger bands of an array; NaN for its first `period` - 1 elements."""
    middle, deviation = _mean_and_deviation(values, period=period, ddof=ddof)
    return BollingerColumns(middle - width * deviation, middle, middle + width * deviation)
