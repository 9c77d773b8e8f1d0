"""Recordings that are still growing: one append-only file for each kind and symbol, made a dataset when it is full."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from openbell.adapters.catalog.arrow import pa, pq
from openbell.adapters.catalog.findings import Findings
from openbell.adapters.catalog.lock import turn
from openbell.adapters.catalog.neighbours import Neighbours, Steps
from openbell.adapters.catalog.recorded_rows import RECORDED_TIMEFRAME, batch_of, schemas
from openbell.adapters.catalog.stored import (
    COLUMNS,
    SUFFIX,
    Label,
    add_survey,
    bar_schema,
    bar_writer,
    label_of,
    labelled,
    metadata_of,
    replacing,
)
from openbell.adapters.catalog.timetable import known_calendar
from openbell.domain.dataset import Coverage, Survey
from openbell.domain.market import MarketEvent
from openbell.domain.values import NANOS_PER_SECOND, Nanos

FOLDER = ".recording"
SPOOL_SUFFIX = ".arrows"
_STAMP = "[0-9]" * 8 + "T" + "[0-9]" * 6


class RecordingLimits(msgspec.Struct, frozen=True, kw_only=True):
    """Bounds of recordings, each file being a dataset of its own."""

    file_ns: Nanos = 3600 * NANOS_PER_SECOND
    file_rows_max: int = 1_000_000
    files_max: int = 168
    """Files of one kind and symbol; the oldest go."""
    catalog_bytes_max: int = 20 * 1024**3
    """With more than this in the catalog nothing is recorded."""


class Spool:
    """One growing file. What was appended is readable even when nobody closed it."""

    def __init__(self, path: Path, label: Label, *, first_ns: Nanos) -> None:
        self.path = path
        self.first_ns = first_ns
        self.rows = 0
        self._file = path.open("wb")
        self._writer = pa.ipc.new_stream(self._file, schemas()[label.kind].with_metadata(metadata_of(label)))

    def append(self, batch: pa.RecordBatch) -> None:
        """Add rows."""
        self._writer.write_batch(batch)
        self._file.flush()
        self.rows += batch.num_rows

    def close(self) -> None:
        """End the file."""
        with contextlib.suppress(OSError):
            self._writer.close()
        self._file.close()


class Spools:
    """All recordings of one server, used by one thread at a time. Raises OSError where files cannot be written."""

    def __init__(self, folder: Path, *, feed_name: str, limits: RecordingLimits) -> None:
        self._catalog = folder
        self._folder = folder / FOLDER
        self._feed_name = feed_name
        self._limits = limits
        self._open: dict[tuple[str, str], Spool] = {}
        self._is_full = False

    def recover(self) -> int:
        """Make datasets of what an earlier server left open; gives how many."""
        self._folder.mkdir(parents=True, exist_ok=True)
        left = sorted(self._folder.glob(f"*{SPOOL_SUFFIX}"))
        for path in left:
            self._seal(path)
        self._measure()
        return len(left)

    def append(self, kind: str, symbol: str, events: Sequence[MarketEvent]) -> tuple[int, int]:
        """Add events of one kind and symbol; gives how many were kept, and how many files were full after that."""
        if self._is_full:
            self._measure()
            return 0, 0
        first_ns = events[0].ts_ns
        spool = self._open.get((kind, symbol))
        if spool is None:
            label = self._label(kind, symbol)
            spool = Spool(self._folder / f"{_id_of(label, first_ns)}{SPOOL_SUFFIX}", label, first_ns=first_ns)
            self._open[kind, symbol] = spool
        spool.append(batch_of(kind, events))
        is_due = events[-1].ts_ns - spool.first_ns >= self._limits.file_ns or spool.rows >= self._limits.file_rows_max
        if is_due:
            self._end(kind, symbol)
        return len(events), int(is_due)

    def close(self) -> int:
        """Make datasets of everything that is open; gives how many."""
        keys = list(self._open)
        for key in keys:
            self._end(*key)
        return len(keys)

    def drop(self) -> None:
        """Let go of all files as they are; what can be read of them is recovered by the next start."""
        for spool in self._open.values():
            spool.close()
        self._open.clear()

    def _label(self, kind: str, symbol: str) -> Label:
        return Label(
            symbol=symbol,
            kind=kind,
            timeframe=RECORDED_TIMEFRAME if kind == "bars" else None,
            source=f"recording of {self._feed_name}",
            licence="not stated",
            calendar_name=known_calendar("", symbol=symbol),
        )

    def _end(self, kind: str, symbol: str) -> None:
        spool = self._open.pop((kind, symbol))
        spool.close()
        self._seal(spool.path)
        self._measure()

    def _seal(self, path: Path) -> None:
        """Make a dataset of a growing file, whole or as far as it can be read, and let the oldest go."""
        found = _readable(path)
        if found is not None:
            label, table = found
            with turn(self._catalog):
                target = self._catalog / f"{path.name.removesuffix(SPOOL_SUFFIX)}{SUFFIX}"
                _store_bars(table, label, target) if label.kind == "bars" else _store_ticks(table, label, target)
                stem = target.name.removesuffix(SUFFIX).rpartition("-")[0]
                recorded = sorted(self._catalog.glob(f"{stem}-{_STAMP}{SUFFIX}"))
                for old in recorded[: max(0, len(recorded) - self._limits.files_max)]:
                    old.unlink(missing_ok=True)
        path.unlink(missing_ok=True)

    def _measure(self) -> None:
        held = sum(one.stat().st_size for one in self._catalog.glob(f"*{SUFFIX}"))
        self._is_full = held > self._limits.catalog_bytes_max


def _id_of(label: Label, first_ns: Nanos) -> str:
    stem = label.symbol.replace("/", "-")
    kind = label.timeframe.value if label.timeframe is not None else label.kind
    stamp = datetime.fromtimestamp(first_ns // NANOS_PER_SECOND, UTC).strftime("%Y%m%dT%H%M%S")
    return f"{stem}-{kind}-{stamp}"


def _readable(path: Path) -> tuple[Label, pa.Table] | None:
    """Read a growing file as far as it is whole; None when there is nothing in it."""
    batches: list[pa.RecordBatch] = []
    with path.open("rb") as file:
        try:
            stream = pa.ipc.open_stream(file)
            label = label_of(stream.schema.metadata)
            batches.extend(stream)
        except (pa.ArrowException, OSError, ValueError):
            # Cut off in the middle of a batch: what came before it is good.
            if not batches:
                return None
    table = pa.Table.from_batches(batches, stream.schema) if batches else None
    return (label, table) if table is not None and table.num_rows else None


def _store_bars(table: pa.Table, label: Label, target: Path) -> None:
    """Keep the bars that follow each other; what does not is named in the survey."""
    findings = Findings()
    neighbours = Neighbours(findings, timeframe=RECORDED_TIMEFRAME, calendar_name=label.calendar_name)
    rows: list[Steps] = list(zip(*(table.column(name).to_pylist() for name in COLUMNS), strict=True))
    good = [neighbours.take(line, row) for line, row in enumerate(rows, start=1)]
    kept = table.filter(pa.array(good)).cast(bar_schema(label))
    with replacing(target) as part, bar_writer(part, label) as writer:
        writer.write_table(kept)
        add_survey(writer, neighbours.survey())


def _store_ticks(table: pa.Table, label: Label, target: Path) -> None:
    if label.kind != "book":
        # A book's order is that of its numbers.
        table = table.sort_by("ts")
    times = table.column("ts").cast(pa.int64()).to_pylist()
    first, last = min(times), max(times)
    survey = Survey(coverage=Coverage(first_ns=first, last_ns=last, rows=len(times)), warnings=0)
    placed = msgspec.structs.replace(label, start_ns=first, end_ns=last + 1)
    with replacing(target) as part:
        pq.write_table(labelled(table, placed, survey), part, compression="zstd")
