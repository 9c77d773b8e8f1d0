"""Axes: where ticks go, what they say, and how a value becomes a place on the page."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

import numpy as np

from openbell.analytics.returns import Floats, Timestamps
from openbell.analytics.tear_sheet.formats import moment, number

_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
_MINUTE = 60
_HOUR = 60 * _MINUTE
_DAY = 24 * _HOUR
_CLOCK_STEPS_S = (
    *(n * _MINUTE for n in (1, 5, 15, 30)),
    *(n * _HOUR for n in (1, 3, 6, 12)),
    *(n * _DAY for n in (1, 2, 7, 14)),
)
_MONTH_STEPS = (1, 3, 6, 12, 24, 60, 120, 240, 600)
_NS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Tick:
    """A place on an axis, in data units, and its label."""

    at: float
    label: str


Scale = Literal["linear", "log"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """A map from data to pixels; `first` may be the larger pixel, as on a vertical axis.

    On a log axis equal distances are equal ratios, and every value is above zero.
    """

    low: float
    high: float
    first: float
    last: float
    scale: Scale = "linear"

    def place(self, value: float) -> float:
        """Return the pixel of a value."""
        return float(self.places(np.array([value], dtype=np.float64))[0])

    def places(self, values: Floats | Timestamps) -> Floats:
        """Return the pixels of an array of values."""
        low, high = self.low, self.high
        if self.scale == "log":
            values, low, high = np.log(values), math.log(low), math.log(high)
        share = (values - low) / (high - low)
        return np.asarray(self.first + share * (self.last - self.first), dtype=np.float64)


def value_ticks(low: float, *, high: float, count: int, label: Callable[[float], str]) -> list[Tick]:
    """Return about `count` round-numbered ticks that enclose low to high."""
    if high <= low:
        spread = abs(low) * 0.01 or 1.0
        low, high = low - spread, high + spread
    raw = (high - low) / count
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(factor * power for factor in _STEPS if factor * power >= raw * 0.999)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    stops = [i * step for i in range(first, last + 1)]
    labels = [label(stop) for stop in stops]
    if len(set(labels)) < len(labels):
        # Short labels may not tell 100,010 from 100,020; then all digits are written.
        labels = [number(stop, decimals=max(0, -math.floor(math.log10(step)))) for stop in stops]
    return [Tick(stop, text) for stop, text in zip(stops, labels, strict=True)]


def log_ticks(low: float, *, high: float, label: Callable[[float], str]) -> list[Tick]:
    """Return the ticks at 1, 2 and 5 times powers of ten from low to high, both above zero."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    stops = [factor * 10.0**power for power in powers for factor in (1, 2, 5)]
    return [Tick(stop, label(stop)) for stop in stops if low <= stop <= high]


def time_ticks(start_ns: int, *, end_ns: int, count: int) -> list[Tick]:
    """Return at most `count` ticks on round UTC times, years and months included."""
    span = (end_ns - start_ns) / _NS
    for step in _CLOCK_STEPS_S:
        if span / step <= count:
            return _clock_ticks(start_ns, end_ns, step)
    months = next((step for step in _MONTH_STEPS if span / (step * 30.44 * _DAY) <= count), _MONTH_STEPS[-1])
    return _month_ticks(start_ns, end_ns, months)


def _clock_ticks(start_ns: int, end_ns: int, step: int) -> list[Tick]:
    first = -(-start_ns // (step * _NS))
    stops = range(first * step * _NS, end_ns + 1, step * _NS)
    return [Tick(stop, _clock_label(moment(stop))) for stop in stops]


def _clock_label(at: datetime) -> str:
    return f"{at.day} {at:%b}" if at.hour == at.minute == 0 else f"{at:%H:%M}"


def _month_ticks(start_ns: int, end_ns: int, step: int) -> list[Tick]:
    start = moment(start_ns)
    index = start.year * 12 + start.month - 1
    index -= index % step
    ticks = []
    while (tick := _month_tick(index, step)).at <= end_ns:
        if tick.at >= start_ns:
            ticks.append(tick)
        index += step
    return ticks


def _month_tick(index: int, step: int) -> Tick:
    at = datetime(index // 12, index % 12 + 1, 1, tzinfo=UTC)
    since = at - datetime(1970, 1, 1, tzinfo=UTC)
    label = f"{at:%Y}" if at.month == 1 or step >= 12 else f"{at:%b}"
    return Tick(since // timedelta(microseconds=1) * 1000, label)
