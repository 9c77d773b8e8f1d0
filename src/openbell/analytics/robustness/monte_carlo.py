"""A backtest's trades in other orders and other selections, with the bands their equity stays within.

Shuffling keeps every trade and changes the order: the end stays, the way there differs. Bootstrapping draws with
replacement: the end differs as well. Both take trades for independent of each other and of the size of the account.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from openbell.analytics.returns import Floats

BAND_POINTS_MAX = 200
_CELLS_AT_A_TIME = 4_000_000


class Spread(NamedTuple):
    """Where a number lies over all samples: the ends of the band, the median and the mean."""

    low: float
    median: float
    high: float
    mean: float


class Band(NamedTuple):
    """Equity after some number of trades, over all samples."""

    trade: int
    low: float
    median: float
    high: float


class Drawn(NamedTuple):
    """What became of all samples. Drawdowns are fractions of the highest equity so far, 0 or negative."""

    final_equity: Spread
    max_drawdown: Spread
    loss_probability: float
    """Part of the samples that ends below the start."""
    ruin_probability: float
    """Part of the samples that had nothing left at some time."""
    bands: tuple[Band, ...]


def bootstrapped(profits: ArrayLike, *, cash: float, samples: int, confidence: float, seed: int) -> Drawn | None:
    """Draw as many trades as there were, with replacement, `samples` times; None without trades."""
    trades = np.asarray(profits, dtype=np.float64)
    draws = np.random.default_rng(seed)
    return _drawn(trades, cash, samples, confidence, lambda rows: draws.integers(0, trades.size, (rows, trades.size)))


def shuffled(profits: ArrayLike, *, cash: float, samples: int, confidence: float, seed: int) -> Drawn | None:
    """Put the trades into other orders, `samples` times; None without trades."""
    trades = np.asarray(profits, dtype=np.float64)
    draws = np.random.default_rng(seed)
    order = np.arange(trades.size)
    return _drawn(trades, cash, samples, confidence, lambda rows: draws.permuted(np.tile(order, (rows, 1)), axis=1))


def _drawn(
    trades: Floats, cash: float, samples: int, confidence: float, places: Callable[[int], NDArray[np.int64]]
) -> Drawn | None:
    if trades.size == 0 or samples < 1:
        return None
    shown = np.unique(np.linspace(0, trades.size, min(BAND_POINTS_MAX, trades.size + 1)).astype(np.int64))
    finals, falls, lows, ways = [], [], [], []
    rows_max = max(1, _CELLS_AT_A_TIME // (trades.size + 1))
    for start in range(0, samples, rows_max):
        rows = min(rows_max, samples - start)
        equity = np.full((rows, trades.size + 1), cash)
        equity[:, 1:] += np.cumsum(trades[places(rows)], axis=1)
        peaks = np.maximum.accumulate(equity, axis=1)
        falls.append((equity / peaks - 1.0).min(axis=1))
        finals.append(equity[:, -1])
        lows.append(equity.min(axis=1))
        ways.append(equity[:, shown])
    final, way = np.concatenate(finals), np.concatenate(ways)
    ends = ((1.0 - confidence) / 2.0, 0.5, (1.0 + confidence) / 2.0)
    return Drawn(
        final_equity=_spread(final, ends),
        max_drawdown=_spread(np.concatenate(falls), ends),
        loss_probability=float(np.mean(final < cash)),
        ruin_probability=float(np.mean(np.concatenate(lows) <= 0)),
        bands=tuple(
            Band(int(trade), *(float(value) for value in np.quantile(way[:, place], ends)))
            for place, trade in enumerate(shown)
        ),
    )


def _spread(values: Floats, ends: tuple[float, float, float]) -> Spread:
    low, median, high = (float(value) for value in np.quantile(values, ends))
    return Spread(low, median, high, float(values.mean()))
