"""Puts bars that come one by one or many at once into batches of one size, as they are stored."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from openbell.adapters.catalog.arrow import pa
from openbell.adapters.catalog.limits import BATCH_ROWS
from openbell.adapters.catalog.neighbours import Steps
from openbell.adapters.catalog.stored import COLUMNS


class Packer:
    """Bars that wait for a batch to be full."""

    def __init__(self) -> None:
        self._count = 0
        self._pieces: list[np.ndarray] = []
        self._bars: list[Steps] = []

    def add(self, bar: Steps) -> None:
        """Add one bar."""
        self._bars.append(bar)
        self._count += 1

    def add_columns(self, columns: Sequence[np.ndarray]) -> None:
        """Add many."""
        self._gather()
        self._pieces.append(np.stack(columns))
        self._count += len(columns[0])

    def full(self) -> Iterator[pa.RecordBatch]:
        """Yield the batches that are full."""
        if self._count < BATCH_ROWS:
            return
        bars = self._all()
        whole = self._count - self._count % BATCH_ROWS
        for first in range(0, whole, BATCH_ROWS):
            yield _packed(bars[:, first : first + BATCH_ROWS])
        self._pieces, self._count = [bars[:, whole:]], self._count - whole

    def rest(self) -> Iterator[pa.RecordBatch]:
        """Yield what is left."""
        if self._count:
            yield _packed(self._all())

    def _all(self) -> np.ndarray:
        self._gather()
        return np.concatenate(self._pieces, axis=1)

    def _gather(self) -> None:
        if self._bars:
            self._pieces.append(np.array(self._bars, dtype=np.int64).T)
            self._bars.clear()


def _packed(bars: np.ndarray) -> pa.RecordBatch:
    columns = [pa.array(np.ascontiguousarray(column)) for column in bars]
    return pa.record_batch(columns, schema=pa.schema([(name, pa.int64()) for name in COLUMNS]))
