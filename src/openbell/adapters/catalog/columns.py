"""Columns kept ready: stored bars unpacked once into a file of plain integers, and mapped into memory from then on.

What is mapped costs no memory of our own, is shared by all processes, and is there in microseconds. The files are worth
nothing but time: they may be deleted at any moment, and the oldest are when there is too much of them.
"""

import contextlib
import os
import threading
from collections import OrderedDict
from pathlib import Path

import numpy as np

from openbell.adapters.catalog.arrow import pq
from openbell.adapters.catalog.stored import COLUMNS
from openbell.ports import BarColumns

FOLDER = ".columns"
SUFFIX = ".i64"
CACHE_BYTES_MAX = 8 * 1024**3
MAPPED_MAX = 64
"""Datasets that one process keeps mapped."""
_WIDTH = 8


class ColumnCache:
    """Bars by the digest of the file that they are stored in."""

    def __init__(self, folder: Path, *, bytes_max: int = CACHE_BYTES_MAX) -> None:
        self._folder = folder / FOLDER
        self._bytes_max = bytes_max
        self._mapped: OrderedDict[str, BarColumns] = OrderedDict()
        self._lock = threading.Lock()

    def bars(self, source: Path, *, digest: str, rows: int) -> BarColumns | None:
        """Give the bars of a stored file, mapped; None where there is no room for them."""
        with self._lock:
            known = self._mapped.get(digest)
            if known is not None:
                self._mapped.move_to_end(digest)
                return known
            return self._map(source, digest, rows)

    def forget(self, digest: str) -> None:
        """Remove what belongs to a file that is gone."""
        with self._lock:
            self._mapped.pop(digest, None)
        with contextlib.suppress(OSError):
            (self._folder / f"{digest}{SUFFIX}").unlink(missing_ok=True)

    def _map(self, source: Path, digest: str, rows: int) -> BarColumns | None:
        path = self._folder / f"{digest}{SUFFIX}"
        size = rows * _WIDTH * len(COLUMNS)
        if size > self._bytes_max:
            return None
        # A full or read-only disk takes away the speed and nothing else.
        with contextlib.suppress(OSError):
            if not path.is_file() or path.stat().st_size != size:
                self._unpack(source, path, rows)
            os.utime(path)
            return self._keep(digest, np.memmap(path, dtype=np.int64, mode="r", shape=(len(COLUMNS), rows)))
        return None

    def _keep(self, digest: str, mapped: np.ndarray) -> BarColumns:
        bars = self._mapped[digest] = BarColumns(*(np.asarray(column) for column in mapped))
        while len(self._mapped) > MAPPED_MAX:
            self._mapped.popitem(last=False)
        return bars

    def _unpack(self, source: Path, path: Path, rows: int) -> None:
        self._folder.mkdir(exist_ok=True)
        self._make_room(rows * _WIDTH * len(COLUMNS))
        part = path.with_name(f"{path.name}.{os.getpid()}.part")
        try:
            columns = np.memmap(part, dtype=np.int64, mode="w+", shape=(len(COLUMNS), rows))
            with pq.ParquetFile(source, memory_map=True) as file:
                place = 0
                for group in range(file.metadata.num_row_groups):
                    table = file.read_row_group(group, columns=list(COLUMNS))
                    for row, name in enumerate(COLUMNS):
                        columns[row, place : place + table.num_rows] = table.column(name).to_numpy()
                    place += table.num_rows
            columns.flush()
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)

    def _make_room(self, wanted: int) -> None:
        """Delete the files that were not asked for longest. What is mapped stays readable until it is let go."""
        files = sorted(self._folder.glob(f"*{SUFFIX}"), key=lambda path: path.stat().st_mtime_ns)
        held = sum(path.stat().st_size for path in files)
        for path in files:
            if held + wanted <= self._bytes_max:
                return
            held -= path.stat().st_size
            path.unlink(missing_ok=True)
