"""Trades, quotes and order books in the catalog: stored as recorded, read by the replay feed's own readers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from openbell.adapters.catalog.arrow import pa, pc, pq
from openbell.adapters.catalog.findings import FileRefused, Findings
from openbell.adapters.catalog.importing import PARQUET_MAGIC, PROGRESS_ROWS, OnRows, source
from openbell.adapters.catalog.limits import INT64_MAX, ImportLimits
from openbell.adapters.catalog.numbers import NotRead, steps_of
from openbell.adapters.catalog.stored import Label, labelled, replacing
from openbell.adapters.catalog.table_rows import opened, texts_of
from openbell.adapters.catalog.tick_rows import TickComparison, tick_table
from openbell.adapters.feeds.recordings import UnknownShape, events_of, kind_of, read_columns
from openbell.domain.dataset import Coverage, FindingCode, Survey
from openbell.domain.market import MarketEvent
from openbell.domain.values import text_of
from openbell.ports import Dataset

TICK_ROWS_MAX = 10_000_000
"""Rows of one recording: it is checked, and later read, as a whole."""
PRICES = {"trades": ("price",), "quotes": ("bid", "ask"), "book": ("price",)}
SIZES = {"trades": ("size",), "quotes": ("bid_size", "ask_size"), "book": ("size",)}


def recorded_events(path: Path, dataset: Dataset) -> Iterator[MarketEvent]:
    """Yield the events of a stored recording in order of time."""
    return events_of(read_columns(str(path)), symbol=dataset.symbol)


class TickImport:
    """One import of a recording: every row is checked, then it is stored with its columns as they were."""

    def __init__(self, findings: Findings, *, limits: ImportLimits, on_rows: OnRows | None = None) -> None:
        self.rows = 0
        self.survey: Survey | None = None
        self._first_line = 1
        self._findings = findings
        self._limits = msgspec.structs.replace(limits, rows_max=min(limits.rows_max, TICK_ROWS_MAX))
        self._on_rows = on_rows

    def store(self, path: str, target: Path | None, label: Label) -> bool:
        """Check the file at `path` and keep it as `target` (None keeps nothing); False when anything is wrong.

        `survey` then says what was seen.
        """
        try:
            table = self._checked(path, label)
        except FileRefused as refused:
            self._findings.error(refused.line, "", str(refused))
            return False
        except UnicodeDecodeError:
            self._findings.error(1, "", "has names of columns that are not UTF-8")
            return False
        if table is None:
            return False
        times = _nanos(table)
        placed = msgspec.structs.replace(label, start_ns=min(times), end_ns=max(times) + 1)
        self.survey = _survey(times, self._findings)
        if target is not None:
            with replacing(target) as part:
                pq.write_table(labelled(table, placed, self.survey), part, compression="zstd")
        return True

    def _read(self, path: str, kind: str) -> pa.Table:
        with source(path, self._limits) as file:
            if file.read(len(PARQUET_MAGIC)) != PARQUET_MAGIC:
                file.seek(0)
                self._first_line = 2
                return tick_table(file, kind, self._findings, self._limits)
        try:
            return opened(path, self._limits).read()
        except MemoryError:
            raise
        except (pa.ArrowException, OSError) as error:
            raise FileRefused("the Parquet data is damaged") from error

    def _checked(self, path: str, label: Label) -> pa.Table | None:
        """Give the table to store, prices and sizes as text; None when a row is wrong."""
        table = self._read(path, label.kind)
        try:
            kind = kind_of(table.column_names)
        except UnknownShape as error:
            raise FileRefused(str(error)) from error
        if kind != label.kind:
            raise FileRefused(f"the columns are those of {kind}, not of {label.kind}")
        if "symbol" in table.column_names:
            table = table.filter(pc.equal(table.column("symbol"), label.symbol))
        self.rows = table.num_rows
        if not table.num_rows:
            raise FileRefused(f"has no rows of {label.symbol}")
        if not pa.types.is_timestamp(table.schema.field("ts").type):
            raise FileRefused("the column ts holds no timestamps")
        table = self._numbers(table, kind)
        self._times(_nanos(table), kind)
        if self._findings.errors:
            return None
        TickComparison(table, self._findings, first_line=self._first_line).note(kind)
        return table

    def _numbers(self, table: pa.Table, kind: str) -> pa.Table:
        for names, least, problem in ((PRICES[kind], 1, "is not above zero"), (SIZES[kind], 0, "is negative")):
            for name in names:
                given = texts_of(table.column(name).combine_chunks(), name)
                texts = self._plain(name, given, least, problem)
                table = table.set_column(table.schema.get_field_index(name), name, pa.array(texts, pa.large_string()))
        return table

    def _plain(self, name: str, texts: Sequence[str], least: int, problem: str) -> list[str]:
        """Check a column of numbers and give them written the one way that readers take."""
        plain = []
        for line, text in enumerate(texts, start=self._first_line):
            try:
                steps, is_rounded = steps_of(text)
            except NotRead as unread:
                self._findings.error(line, name, str(unread), text)
                continue
            if steps < least or steps > INT64_MAX:
                code = FindingCode.NOT_POSITIVE if steps < least else FindingCode.UNREADABLE
                self._findings.error(line, name, problem if steps < least else "is too large", text, code=code)
            elif is_rounded:
                self._findings.error(line, name, "has more than 8 decimals", text, code=FindingCode.ROUNDED)
            plain.append(text_of(steps, 0))
            if self._on_rows is not None and line % PROGRESS_ROWS == 0:
                self._on_rows(line)
        # With an error the column is not kept, whatever its length.
        return plain if len(plain) == len(texts) else list(texts)

    def _times(self, times: Sequence[int | None], kind: str) -> None:
        """Check the order of time. A book's is that of its sequence: a snapshot that was asked for may come late."""
        out_of_order = self._findings.warn if kind == "book" else self._findings.error
        code = FindingCode.OUT_OF_ORDER
        before = None
        for line, ts in enumerate(times, start=self._first_line):
            if ts is None:
                self._findings.error(line, "ts", "is missing")
            elif before is not None and ts < before:
                out_of_order(line, "ts", "is earlier than the row before", code=code)
            before = before if ts is None else ts


def _survey(times: Sequence[int], findings: Findings) -> Survey:
    return Survey(
        coverage=Coverage(first_ns=min(times), last_ns=max(times), rows=len(times)),
        warnings=findings.warnings,
        counts=dict(sorted(findings.counts.items())),
        findings=findings.first(),
    )


def _nanos(table: pa.Table) -> list[int]:
    nanos: list[int] = table.column("ts").cast(pa.timestamp("ns", "UTC")).cast(pa.int64()).to_pylist()
    return nanos
