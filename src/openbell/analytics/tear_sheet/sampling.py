"""Fewer points for a chart without losing its extremes."""

import numpy as np
from numpy.typing import NDArray

from openbell.analytics.returns import Floats
from openbell.analytics.round_trips import SCALE

_POINTS_PER_BUCKET = 2


def min_max_indexes(values: Floats, *, points_max: int) -> NDArray[np.intp]:
    """Return ascending indexes of at most `points_max` values: both ends and each bucket's extremes.

    A drawn line keeps its shape, because no peak and no trough is ever skipped. `points_max` is at least 4.
    """
    if values.size <= points_max:
        return np.arange(values.size)
    buckets = (points_max - 2) // _POINTS_PER_BUCKET
    edges = np.linspace(0, values.size, buckets + 1).astype(np.intp)
    chosen = {0, values.size - 1}
    for start, stop in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        bucket = values[start:stop]
        chosen.add(start + int(bucket.argmin()))
        chosen.add(start + int(bucket.argmax()))
    return np.array(sorted(chosen), dtype=np.intp)


PRICES_MAX = 20_000
"""Points of a price that are enough for a drawing and for a benchmark's daily returns of two decades."""


def closes_to_draw(ts_ns: NDArray[np.int64], closes: NDArray[np.int64], *, length_ns: int) -> list[tuple[int, float]]:
    """Return scaled closes as points at the ends of their bars, extremes kept where there are very many.

    A close belongs to the day it was made on, not to the midnight that ends it.
    """
    kept = min_max_indexes(closes.astype(np.float64), points_max=PRICES_MAX)
    ends = (ts_ns[kept] + (length_ns - 1)).tolist()
    return list(zip(ends, (closes[kept] / SCALE).tolist(), strict=True))
