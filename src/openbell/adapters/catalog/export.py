"""A dataset as a file for other programs: CSV, or Parquet with exact decimals; an import reads both back unchanged."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from tempfile import TemporaryFile
from typing import Any, BinaryIO

import numpy as np

from openbell.adapters.catalog.arrow import pa, pq
from openbell.adapters.catalog.limits import BATCH_ROWS
from openbell.adapters.catalog.parquet import ParquetCatalog
from openbell.domain.dataset import Adjustment
from openbell.domain.values import NANOS_PER_SECOND, SCALE_DIGITS, text_of
from openbell.ports import BarColumns

FORMATS = ("csv", "parquet")
PIECE_BYTES = 256 * 1024
NAMES = ("open", "high", "low", "close", "volume")


class Exporter:
    """Implements `ports.Export` over a catalog."""

    def __init__(self, catalog: ParquetCatalog) -> None:
        self._catalog = catalog

    def __call__(self, dataset_id: str, file_format: str, adjustment: Adjustment) -> Iterator[bytes]:
        """Begin an export; everything that can be wrong is said before the first piece."""
        dataset = self._catalog.dataset(dataset_id)
        if dataset is None:
            raise KeyError(dataset_id)
        if file_format not in FORMATS:
            raise ValueError(f"unknown format {file_format!r}: one of {', '.join(FORMATS)}")
        if dataset.kind == "bars":
            bars = self._catalog.bars(dataset.dataset_id, adjustment=adjustment)
            return _csv(_bar_batches(bars, _bar_texts)) if file_format == "csv" else _bar_parquet(bars)
        if adjustment is not Adjustment.NONE:
            raise ValueError(f"{dataset.dataset_id} holds {dataset.kind}: only bars are adjusted")
        # Opened here, so that a deletion during the export does no harm.
        path = self._catalog.path(dataset.dataset_id)
        file = path.open("rb")
        return _csv(_tick_batches(file)) if file_format == "csv" else _pieces(file)


def _bar_batches(bars: BarColumns, made: Callable[[BarColumns], pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    columns = (bars.ts_ns, bars.open, bars.high, bars.low, bars.close, bars.volume)
    for first in range(0, len(bars.ts_ns), BATCH_ROWS):
        yield made(BarColumns(*(column[first : first + BATCH_ROWS] for column in columns)))


def _bar_texts(bars: BarColumns) -> pa.RecordBatch:
    columns = [_times(bars.ts_ns), *(_texts(getattr(bars, name)) for name in NAMES)]
    return pa.record_batch(columns, names=["ts", *NAMES])


def _bar_table(bars: BarColumns) -> pa.RecordBatch:
    times = pa.array(np.ascontiguousarray(bars.ts_ns)).cast(_bar_schema().field("ts").type)
    return pa.record_batch([times, *(_decimals(getattr(bars, name)) for name in NAMES)], schema=_bar_schema())


@cache
def _decimal() -> pa.DataType:
    return pa.decimal128(19, SCALE_DIGITS)


@cache
def _bar_schema() -> pa.Schema:
    return pa.schema([("ts", pa.timestamp("ns", "UTC")), *((name, _decimal()) for name in NAMES)])


def _decimals(column: np.ndarray) -> pa.Array:
    """Give steps as decimals, by their bytes: a decimal of 128 bits is its unscaled integer."""
    low = np.ascontiguousarray(column)
    both = np.empty((len(low), 2), np.int64)
    both[:, 0], both[:, 1] = low, low >> 63
    return pa.Array.from_buffers(_decimal(), len(low), [None, pa.py_buffer(both)])


def _texts(column: np.ndarray) -> pa.Array:
    return pa.array([text_of(steps, 0) for steps in column.tolist()], pa.string())


def _times(ts_ns: np.ndarray) -> pa.Array:
    """Write times as RFC 3339 in UTC, with as many decimals of a second as they need."""
    is_fine = bool((ts_ns % NANOS_PER_SECOND).any())
    instants: Any = ts_ns.astype("datetime64[ns]")
    texts = np.datetime_as_string(instants, unit="ns" if is_fine else "s", timezone="UTC")
    return pa.array(texts.tolist(), pa.string())


def _csv(batches: Iterator[pa.RecordBatch]) -> Iterator[bytes]:
    is_first = True
    for batch in batches:
        lines = [",".join(batch.schema.names)] if is_first else []
        is_first = False
        lines += (",".join(row) for row in zip(*(column.to_pylist() for column in batch.columns), strict=True))
        yield ("\n".join(lines) + "\n").encode()


def _bar_parquet(bars: BarColumns) -> Iterator[bytes]:
    with TemporaryFile() as file:
        with pq.ParquetWriter(file, _bar_schema(), compression="zstd") as writer:
            for batch in _bar_batches(bars, _bar_table):
                writer.write_batch(batch)
        file.seek(0)
        while piece := file.read(PIECE_BYTES):
            yield piece


def _tick_batches(file: BinaryIO) -> Iterator[pa.RecordBatch]:
    with file, pq.ParquetFile(file) as table:
        for batch in table.iter_batches(batch_size=BATCH_ROWS):
            yield pa.record_batch([_tick_texts(column) for column in batch.columns], names=batch.schema.names)


def _tick_texts(column: pa.Array) -> pa.Array:
    if pa.types.is_timestamp(column.type):
        nanos = column.cast(pa.timestamp("ns", "UTC")).cast(pa.int64()).to_numpy()
        return _times(nanos)
    return pa.array(["" if value is None else str(value) for value in column.to_pylist()], pa.string())


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    with file:
        while piece := file.read(PIECE_BYTES):
            yield piece
