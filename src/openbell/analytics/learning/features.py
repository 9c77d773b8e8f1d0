"""Features of a bar, each twice: fed one bar at a time, and computed over whole columns. Both give the same numbers.

A feature has no scale of its own market, so that a model of one price level is of use at another:

| name | value |
|---|---|
| `rsi_N` | relative strength index over N bars, 0 to 100 |
| `macd`, `macd_signal`, `macd_histogram` | MACD(12, 26, 9), in percent of the close |
| `volume_sma_N` | volume as a multiple of its N-bar average |
| `sma_N`, `ema_N` | close over its N-bar average, less one |
| `return_N` | close over the close N bars before, less one |
| `zscore_N` | close in deviations from its N-bar mean |
| `volatility_N` | standard deviation of the last N one-bar returns |
| `atr_N` | average true range over N bars, as a part of the close |
"""

import math
import re
from collections import deque
from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from openbell.analytics.indicators import (
    ATR,
    EMA,
    MACD,
    RSI,
    SMA,
    RollingStdev,
    ZScore,
    atr,
    ema,
    macd,
    rolling_stdev,
    rsi,
    sma,
    zscore,
)
from openbell.analytics.returns import Floats

PERIOD_MAX = 1_000
_NAME = re.compile(r"(?P<base>[a-z_]+?)(?:_(?P<period>[0-9]{1,4}))?", re.ASCII)


class UnknownFeature(ValueError):
    """A name that is no feature."""


class Columns(NamedTuple):
    """Bars as columns of floats."""

    high: Floats
    low: Floats
    close: Floats
    volume: Floats


class Stepper(Protocol):
    """A feature that is fed one bar at a time."""

    def __call__(self, high: float, low: float, close: float, volume: float, /) -> float | None:
        """Take in a bar; give the value, None before there is one."""
        ...


class _Feature(NamedTuple):
    """How a feature is made: bar by bar and over columns, and the bars before its first value."""

    step: Callable[[int], Stepper]
    columns: Callable[[Columns, int], Floats]
    quiet: Callable[[int], int]
    has_period: bool = True


def _rsi(period: int) -> Stepper:
    index = RSI(period)
    return lambda _high, _low, close, _volume: index.update(close)


def _macd(part: int) -> Callable[[int], Stepper]:
    def make(_period: int) -> Stepper:
        average = MACD()

        def step(_high: float, _low: float, close: float, _volume: float) -> float | None:
            point = average.update(close)
            value = None if point is None else point[part]
            return None if value is None else 100.0 * value / close

        return step

    return make


def _volume_sma(period: int) -> Stepper:
    average = SMA(period)

    def step(_high: float, _low: float, _close: float, volume: float) -> float | None:
        mean = average.update(volume)
        return None if mean is None else volume / mean if mean > 0 else math.nan

    return step


def _over(average: EMA | SMA) -> Stepper:
    def step(_high: float, _low: float, close: float, _volume: float) -> float | None:
        mean = average.update(close)
        return None if mean is None else close / mean - 1.0

    return step


def _return(period: int) -> Stepper:
    closes: deque[float] = deque(maxlen=period + 1)

    def step(_high: float, _low: float, close: float, _volume: float) -> float | None:
        closes.append(close)
        return close / closes[0] - 1.0 if len(closes) > period else None

    return step


def _zscore(period: int) -> Stepper:
    seen, scores = 0, ZScore(period)

    def step(_high: float, _low: float, close: float, _volume: float) -> float | None:
        nonlocal seen
        seen += 1
        value = scores.update(close)
        # A market that stands still has no score; that is a gap in the data, not a lack of history.
        return math.nan if value is None and seen >= period else value

    return step


def _volatility(period: int) -> Stepper:
    before: list[float] = []
    spread = RollingStdev(period)

    def step(_high: float, _low: float, close: float, _volume: float) -> float | None:
        value = spread.update(close / before[0] - 1.0) if before else None
        before[:] = [close]
        return value

    return step


def _atr(period: int) -> Stepper:
    average = ATR(period)

    def step(high: float, low: float, close: float, _volume: float) -> float | None:
        value = average.update(high, low=low, close=close)
        return None if value is None else value / close

    return step


def _share(part: Floats, whole: Floats) -> Floats:
    out = np.full(part.shape, np.nan)
    np.divide(part, whole, out=out, where=whole > 0)
    return out


def _lagged(close: Floats, period: int) -> Floats:
    out = np.full(close.shape, np.nan)
    out[period:] = close[period:] / close[:-period] - 1.0
    return out


def _volatilities(close: Floats, period: int) -> Floats:
    out = np.full(close.shape, np.nan)
    out[1:] = rolling_stdev(close[1:] / close[:-1] - 1.0, period=period)
    return out


def _macd_columns(part: int) -> Callable[[Columns, int], Floats]:
    def columns(bars: Columns, _period: int) -> Floats:
        return np.asarray(100.0 * macd(bars.close)[part] / bars.close, dtype=np.float64)

    return columns


_FEATURES = {
    "rsi": _Feature(_rsi, lambda bars, n: rsi(bars.close, period=n), lambda n: n),
    "macd": _Feature(_macd(0), _macd_columns(0), lambda _: 25, has_period=False),
    "macd_signal": _Feature(_macd(1), _macd_columns(1), lambda _: 33, has_period=False),
    "macd_histogram": _Feature(_macd(2), _macd_columns(2), lambda _: 33, has_period=False),
    "volume_sma": _Feature(
        _volume_sma, lambda bars, n: _share(bars.volume, sma(bars.volume, period=n)), lambda n: n - 1
    ),
    "sma": _Feature(
        lambda n: _over(SMA(n)), lambda bars, n: bars.close / sma(bars.close, period=n) - 1.0, lambda n: n - 1
    ),
    "ema": _Feature(
        lambda n: _over(EMA(n)), lambda bars, n: bars.close / ema(bars.close, period=n) - 1.0, lambda n: n - 1
    ),
    "return": _Feature(_return, lambda bars, n: _lagged(bars.close, n), lambda n: n),
    "zscore": _Feature(_zscore, lambda bars, n: zscore(bars.close, period=n), lambda n: n - 1),
    "volatility": _Feature(_volatility, lambda bars, n: _volatilities(bars.close, n), lambda n: n),
    "atr": _Feature(
        _atr,
        lambda bars, n: atr(bars.high, low=bars.low, close=bars.close, period=n) / bars.close,
        lambda n: n - 1,
    ),
}


class FeatureSet:
    """Features in a given order, fed one bar at a time. Raises UnknownFeature naming what there is."""

    def __init__(self, names: Sequence[str]) -> None:
        found = [_found(name) for name in names]
        self._steps = [feature.step(period) for feature, period in found]
        self.warm_up_bars = 1 + max((feature.quiet(period) for feature, period in found), default=0)
        """Bars after which all of them have a value."""
        self._seen = 0

    def update(self, *, high: float, low: float, close: float, volume: float) -> list[float] | None:
        """Take in a bar; give the features, NaN for one that cannot be said, or None before there is history enough."""
        values = [step(high, low, close, volume) for step in self._steps]
        self._seen += 1
        if self._seen < self.warm_up_bars:
            return None
        return [math.nan if value is None else value for value in values]


def feature_columns(names: Sequence[str], bars: Columns) -> NDArray[np.float64]:
    """Return the features as columns, NaN where there is no value. Raises UnknownFeature."""
    found = [_found(name) for name in names]
    return np.column_stack([feature.columns(bars, period) for feature, period in found])


def _found(name: str) -> tuple[_Feature, int]:
    match = _NAME.fullmatch(name)
    feature = _FEATURES.get(match["base"]) if match else None
    if match is None or feature is None or feature.has_period is (match["period"] is None):
        known = ", ".join(f"{base}_N" if one.has_period else base for base, one in _FEATURES.items())
        raise UnknownFeature(f"{name[:40]} is no feature; there are {known}, N a number of bars")
    period = int(match["period"] or 1)
    if not 1 <= period <= PERIOD_MAX or (match["base"] in ("volatility", "zscore") and period < 2):
        raise UnknownFeature(f"{name}: expected 2 to {PERIOD_MAX} bars")
    return feature, period
