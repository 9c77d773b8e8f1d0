"""Drawdowns: how far an equity series is below its highest value so far.

Depths are fractions at or below zero (-0.1 is ten percent below the peak). Positions are indexes into the
series, so that the caller can turn them into times.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from openbell.analytics.returns import Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawdown:
    """One fall from a peak: from the last bar at the peak to the first bar that is back at it.

    `recovery` is None while the series has not come back; `end` is then its last index.
    """

    depth: float
    peak: int
    trough: int
    recovery: int | None
    end: int

    @property
    def length(self) -> int:
        """Bars from the peak to the recovery, or to the end of the series."""
        return self.end - self.peak

    @property
    def decline(self) -> int:
        """Bars from the peak to the trough."""
        return self.trough - self.peak


def drawdown_series(equity: ArrayLike) -> Floats:
    """Return E[t] / max(E[0..t]) - 1 for each point. Where no value above zero was seen yet it is 0."""
    values = np.asarray(equity, dtype=np.float64)
    peaks = np.maximum.accumulate(values)
    out = np.zeros(values.shape)
    started = peaks > 0
    out[started] = values[started] / peaks[started] - 1.0
    return out


def max_drawdown(equity: ArrayLike) -> float | None:
    """Return the deepest drawdown as a fraction at or below zero; None for an empty series."""
    depths = drawdown_series(equity)
    return float(depths.min()) if depths.size else None


def drawdowns(equity: ArrayLike) -> list[Drawdown]:
    """Return every drawdown in the order of its peak."""
    depths = drawdown_series(equity)
    below = np.concatenate(([False], depths < 0, [False])).astype(np.int8)
    edges = np.diff(below)
    starts, stops = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    return [_episode(depths, int(start), int(stop)) for start, stop in zip(starts, stops, strict=True)]


def _episode(depths: Floats, start: int, stop: int) -> Drawdown:
    trough = start + int(np.argmin(depths[start:stop]))
    recovered = stop < depths.size
    return Drawdown(
        depth=float(depths[trough]),
        peak=start - 1,
        trough=trough,
        recovery=stop if recovered else None,
        end=stop if recovered else depths.size - 1,
    )


def largest_drawdowns(equity: ArrayLike, *, count: int = 5) -> list[Drawdown]:
    """Return the `count` deepest drawdowns, the deepest first; of two equally deep ones the earlier first."""
    return sorted(drawdowns(equity), key=lambda fall: fall.depth)[:count]


def average_drawdown(equity: ArrayLike) -> float | None:
    """Return the mean depth of all drawdowns as a fraction at or below zero; None where there was none."""
    falls = drawdowns(equity)
    return float(np.mean([fall.depth for fall in falls])) if falls else None


def ulcer_index(equity: ArrayLike) -> float | None:
    """Return sqrt(mean(D ** 2)) over every point, D being its drawdown as a fraction (Martin and McCann, 1989)."""
    depths = drawdown_series(equity)
    return float(np.sqrt(np.mean(depths**2))) if depths.size else None


def pain_index(equity: ArrayLike) -> float | None:
    """Return the mean size of the drawdown over every point, as a fraction (Becker, 2006)."""
    depths = drawdown_series(equity)
    return float(-np.mean(depths)) if depths.size else None


def time_under_water(equity: ArrayLike) -> float | None:
    """Return the share of the points that lie below the highest value before them."""
    depths = drawdown_series(equity)
    return float(np.mean(depths < 0)) if depths.size else None
