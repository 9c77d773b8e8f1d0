"""Brings a file into the catalog: recognises it, checks every row, and keeps all of it or nothing."""

from __future__ import annotations

import os
import stat
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from openbell.adapters.catalog.arrow import pa
from openbell.adapters.catalog.checks import BarChecks
from openbell.adapters.catalog.csv_blocks import Block
from openbell.adapters.catalog.csv_rows import csv_rows
from openbell.adapters.catalog.findings import FileRefused, Findings
from openbell.adapters.catalog.limits import ImportLimits
from openbell.adapters.catalog.packing import Packer
from openbell.adapters.catalog.rows import Row
from openbell.adapters.catalog.stored import Label, add_survey, bar_writer, replacing
from openbell.adapters.catalog.table_rows import opened, table_rows
from openbell.domain.dataset import Survey
from openbell.domain.market import Timeframe

PARQUET_MAGIC = b"PAR1"
PROGRESS_ROWS = 10_000
OnRows = Callable[[int], None]
_REFUSED = {
    b"\x80\x02": "pickles can run code when they are opened and are never read",
    b"\x80\x03": "pickles can run code when they are opened and are never read",
    b"\x80\x04": "pickles can run code when they are opened and are never read",
    b"\x80\x05": "pickles can run code when they are opened and are never read",
    b"\x93NUMPY": "NumPy files may hold objects that run code and are never read",
    b"PK\x03\x04": "archives and spreadsheets are not read: save the sheet as CSV",
    b"\x1f\x8b": "the file is compressed: unpack it first",
    b"BZh": "the file is compressed: unpack it first",
    b"\x28\xb5\x2f\xfd": "the file is compressed: unpack it first",
    b"\xfd7zXZ": "the file is compressed: unpack it first",
    b"\x89HDF": "HDF5 files are not read: export CSV or Parquet",
}
_REFUSED_SUFFIXES = frozenset(
    {".pkl", ".pickle", ".npy", ".npz", ".joblib", ".pt", ".pth", ".h5", ".hdf5", ".xlsx", ".zip"}
)


@contextmanager
def source(path: str, limits: ImportLimits) -> Iterator[BinaryIO]:
    """Open a regular file of bearable size that is neither executable nor packed. Raises FileRefused."""
    try:
        # Without O_NONBLOCK a named pipe would hold us until somebody writes to it.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not a path"
        raise FileRefused(f"cannot be read: {reason}") from error
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        os.close(descriptor)
        raise FileRefused("is not a regular file")
    with os.fdopen(descriptor, "rb") as file:
        if status.st_size > limits.file_bytes_max:
            raise FileRefused(f"has {status.st_size:,} bytes, the limit is {limits.file_bytes_max:,}")
        head = file.read(8)
        file.seek(0)
        for magic, problem in _REFUSED.items():
            if head.startswith(magic):
                raise FileRefused(problem)
        if Path(path).suffix.lower() in _REFUSED_SUFFIXES:
            raise FileRefused("only CSV and Parquet files are read")
        yield file


class _NothingKept(Exception):
    """Errors were found: what was written so far is dropped."""


class BarImport:
    """One import of bars: streams rows through the checks into a file that appears only when all were good."""

    def __init__(
        self, findings: Findings, *, timeframe: Timeframe, limits: ImportLimits, on_rows: OnRows | None = None
    ) -> None:
        self.rows = 0
        self.survey: Survey | None = None
        self._on_rows = on_rows
        self._findings = findings
        self._timeframe = timeframe
        self._limits = limits

    def store(self, path: str, target: Path | None, label: Label) -> bool:
        """Check the file at `path` and keep it as `target` (None keeps nothing); False when anything is wrong.

        `survey` then says what was seen.
        """
        try:
            with source(path, self._limits) as file:
                batches = self._batches(self._rows_of(path, file), label.calendar_name)
                if target is None:
                    deque(batches, maxlen=0)
                else:
                    self._keep(batches, target, label)
        except FileRefused as refused:
            self._findings.error(refused.line, "", str(refused))
            return False
        except UnicodeDecodeError:
            self._findings.error(0, "", "has names of columns that are not UTF-8")
            return False
        except _NothingKept:
            return False
        return True

    def _keep(self, batches: Iterator[pa.RecordBatch], target: Path, label: Label) -> None:
        with replacing(target) as part, bar_writer(part, label) as writer:
            for batch in batches:
                writer.write_batch(batch)
            assert self.survey is not None  # noqa: S101 - made at the end of the batches
            add_survey(writer, self.survey)

    def _rows_of(self, path: str, file: BinaryIO) -> Iterator[Row | Block]:
        if file.read(len(PARQUET_MAGIC)) == PARQUET_MAGIC:
            is_daily = self._timeframe is Timeframe.D1
            return table_rows(opened(path, self._limits), self._findings, is_daily=is_daily)
        file.seek(0)
        return csv_rows(file, self._findings, self._limits)

    def _batches(self, rows: Iterator[Row | Block], calendar_name: str) -> Iterator[pa.RecordBatch]:
        """Yield good bars in batches. Raises FileRefused, or in the end _NothingKept when there were errors."""
        checks = BarChecks(self._findings, timeframe=self._timeframe, calendar_name=calendar_name)
        packer = Packer()
        for one in rows:
            if isinstance(one, Block) and self._has_room(len(one.columns[0])) and checks.has_taken(one):
                self._count_all(len(one.columns[0]))
                if not self._findings.errors:
                    packer.add_columns(one.columns)
            else:
                for row in one.rows() if isinstance(one, Block) else (one,):
                    self._count(row)
                    bar = checks.bar_of(row)
                    if bar is not None and not self._findings.errors:
                        packer.add(bar)
            yield from packer.full()
        if not self.rows and not self._findings.errors:
            raise FileRefused("has no rows below the header")
        self.survey = checks.survey()
        if self._findings.errors:
            raise _NothingKept
        yield from packer.rest()

    def _has_room(self, rows: int) -> bool:
        return self.rows + rows <= self._limits.rows_max

    def _count_all(self, rows: int) -> None:
        before, self.rows = self.rows, self.rows + rows
        if self._on_rows is not None:
            for told in range(before // PROGRESS_ROWS + 1, self.rows // PROGRESS_ROWS + 1):
                self._on_rows(told * PROGRESS_ROWS)

    def _count(self, row: Row) -> None:
        self.rows += 1
        if self.rows > self._limits.rows_max:
            raise FileRefused(f"has more than {self._limits.rows_max:,} rows", line=row.line)
        if self._on_rows is not None and self.rows % PROGRESS_ROWS == 0:
            self._on_rows(self.rows)
