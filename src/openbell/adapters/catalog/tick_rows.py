"""Trades, quotes and books from CSV, and what is odd between their rows: crossed quotes, lost or repeated updates."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, BinaryIO

import numpy as np

from openbell.adapters.catalog.arrow import pa, pa_csv, pc
from openbell.adapters.catalog.findings import FileRefused, Findings
from openbell.adapters.catalog.limits import ImportLimits
from openbell.adapters.catalog.numbers import NotRead, nanos_of
from openbell.domain.dataset import FindingCode

CSV_ROWS_MAX = 10_000_000
BLOCK_BYTES = 1024 * 1024
_INTEGERS = frozenset({"id", "seq", "first_id", "last_id", "checksum", "update_id"})
_TRUTHS = {"true": True, "1": True, "false": False, "0": False, "": None}


def tick_table(file: BinaryIO, kind: str, findings: Findings, limits: ImportLimits) -> pa.Table:
    """Read a CSV of trades, quotes or book updates as the table that the same Parquet file would be.

    Raises FileRefused for text that is no such table; rows that cannot be read become findings.
    """
    try:
        texts = _texts(file, limits)
    except pa.ArrowException as problem:
        raise FileRefused(f"is not a CSV table of {kind}: {str(problem)[:100]}") from problem
    columns: dict[str, Any] = {}
    for name in texts.column_names:
        column = texts.column(name).to_pylist()
        if name == "ts":
            nanos = _read(column, name, findings, lambda text: nanos_of(text, is_daily=False))
            columns[name] = pa.array(nanos, pa.timestamp("ns", "UTC"))
        elif name == "buyer_maker":
            columns[name] = pa.array(_read(column, name, findings, _truth), pa.bool_())
        elif name in _INTEGERS and (name != "id" or kind == "book"):
            columns[name] = pa.array(_read(column, name, findings, _integer), pa.int64())
        else:
            columns[name] = texts.column(name)
    return pa.table(columns)


def _texts(file: BinaryIO, limits: ImportLimits) -> pa.Table:
    """Read all cells as text, block by block, up to the limits."""
    reader = pa_csv.open_csv(
        file,
        read_options=pa_csv.ReadOptions(block_size=BLOCK_BYTES, use_threads=False),
        parse_options=pa_csv.ParseOptions(newlines_in_values=False),
        convert_options=pa_csv.ConvertOptions(strings_can_be_null=False, default_column_type=pa.string()),
    )
    if len(reader.schema.names) > limits.columns_max or len(set(reader.schema.names)) < len(reader.schema.names):
        raise FileRefused(f"the header is not one of at most {limits.columns_max} different columns", line=1)
    batches, rows = [], 0
    for batch in reader:
        rows += batch.num_rows
        if rows > min(CSV_ROWS_MAX, limits.rows_max):
            raise FileRefused(f"has more than {min(CSV_ROWS_MAX, limits.rows_max):,} rows")
        batches.append(batch)
    return pa.Table.from_batches(batches, reader.schema)


def _read(column: list[str], name: str, findings: Findings, read: Callable[[str], Any]) -> list[Any]:
    values = []
    for line, text in enumerate(column, start=2):
        try:
            values.append(read(text.strip()))
        except NotRead as problem:
            findings.error(line, name, str(problem), text)
            values.append(None)
    return values


def _truth(text: str) -> bool | None:
    try:
        return _TRUTHS[text.lower()]
    except KeyError:
        raise NotRead("is not true, false or empty") from None


def _integer(text: str) -> int | None:
    if not text:
        return None
    if not text.removeprefix("-").isdecimal() or len(text) > 18:
        raise NotRead("is not a whole number")
    return int(text)


class TickComparison:
    """Notes what is odd between rows that are good in themselves. `first_line` is the line of the first of them."""

    def __init__(self, table: pa.Table, findings: Findings, *, first_line: int) -> None:
        self._table = table
        self._findings = findings
        self._first_line = first_line

    def note(self, kind: str) -> None:
        """Look through rows of a kind: crossed quotes, trades told twice, updates left out."""
        names = set(self._table.column_names)
        if kind == "quotes":
            crossed = pc.greater(self._decimals("bid"), self._decimals("ask"))
            self._warn(_places(crossed), "bid", "is above the ask", FindingCode.CROSSED)
        elif kind == "trades" and "id" in names and len(self._table) > 1:
            ids = self._column("id")
            again = pc.and_(pc.equal(ids[1:], ids[:-1]), pc.is_valid(ids[1:]))
            self._warn(_places(again) + 1, "id", "is the same as in the row before", FindingCode.DUPLICATE)
        elif kind == "book" and {"first_id", "last_id"} <= names:
            self._lost()

    def _lost(self) -> None:
        """Look for updates that the venue's numbers leave out; a snapshot may begin anywhere."""
        first, last = (self._column(name).fill_null(-1).to_numpy() for name in ("first_id", "last_id"))
        is_delta = pc.not_equal(self._column("type"), "snapshot").to_numpy(zero_copy_only=False)
        lost = (first[1:] > last[:-1] + 1) & is_delta[1:] & (last[1:] != last[:-1])
        self._warn(np.flatnonzero(lost) + 1, "first_id", "leaves out updates after the row before", FindingCode.GAP)

    def _column(self, name: str) -> pa.Array:
        return self._table.column(name).combine_chunks()

    def _decimals(self, name: str) -> pa.Array:
        return self._column(name).cast(pa.decimal128(28, 8))

    def _warn(self, places: np.ndarray, field: str, problem: str, code: FindingCode) -> None:
        for place in places.tolist():
            self._findings.warn(place + self._first_line, field, problem, code=code)


def _places(odd: pa.Array) -> np.ndarray:
    return np.flatnonzero(pc.fill_null(odd, False).to_numpy(zero_copy_only=False))  # noqa: FBT003 - a value
