"""Fewer points for a chart without losing its extremes."""

import numpy as np
from numpy.typing import NDArray

from openbell.analytics.returns import Floats

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
