"""A stored dataset: one Parquet file of int64 columns that describes itself, written whole or not at all."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import msgspec
import numpy as np

from openbell.adapters.catalog.arrow import pa, pq
from openbell.domain.dataset import Survey
from openbell.domain.market import Timeframe
from openbell.domain.values import Nanos
from openbell.ports import BarColumns

SUFFIX = ".parquet"
PART_SUFFIX = ".part"
COLUMNS = ("ts_ns", "open", "high", "low", "close", "volume")
_KEY = b"openbell"
_SURVEY_KEY = b"openbell.survey"


class Label(msgspec.Struct, frozen=True, kw_only=True):
    """What a stored file says of itself. Times are there for what is not stored as bars."""

    symbol: str
    kind: str
    timeframe: Timeframe | None
    source: str
    licence: str
    start_ns: Nanos = 0
    end_ns: Nanos = 0
    version: int = 1
    calendar_name: str = ""
    owner_id: str = ""


def metadata_of(label: Label) -> dict[bytes, bytes]:
    """Write a label as what files say of themselves."""
    return {_KEY: msgspec.json.encode(label)}


def bar_schema(label: Label) -> pa.Schema:
    """Give the columns of stored bars: nanoseconds and 1e-8 steps, exact."""
    return pa.schema([(name, pa.int64()) for name in COLUMNS], metadata=metadata_of(label))


def bar_writer(path: Path, label: Label) -> pq.ParquetWriter:
    """Open a writer of bars. Differences of neighbours are small: packed, they take half the room at no cost."""
    return pq.ParquetWriter(
        path,
        bar_schema(label),
        compression="none",
        use_dictionary=False,
        column_encoding=dict.fromkeys(COLUMNS, "DELTA_BINARY_PACKED"),
        write_statistics=["ts_ns"],
    )


def add_survey(writer: pq.ParquetWriter, survey: Survey) -> None:
    """Keep what the validation saw in the file itself, so that one is never there without the other."""
    writer.add_key_value_metadata({_SURVEY_KEY: msgspec.json.encode(survey)})


def labelled(table: pa.Table, label: Label, survey: Survey) -> pa.Table:
    """Give a table its label and survey, in place of whatever it carried."""
    return table.replace_schema_metadata({**metadata_of(label), _SURVEY_KEY: msgspec.json.encode(survey)})


def survey_of(footer: pq.FileMetaData) -> Survey | None:
    """Read a stored file's survey; None for a file from before they were kept."""
    try:
        return msgspec.json.decode((footer.metadata or {})[_SURVEY_KEY], type=Survey)
    except (KeyError, msgspec.MsgspecError):
        return None


def label_of(metadata: Mapping[bytes, bytes] | None) -> Label:
    """Read the label of a file from what it says of itself. Raises ValueError when it has none of ours."""
    try:
        return msgspec.json.decode((metadata or {})[_KEY], type=Label)
    except (KeyError, msgspec.MsgspecError) as error:
        raise ValueError("the file is not one of the catalog's") from error


def read_bars(path: Path, *, start_ns: Nanos | None, end_ns: Nanos | None) -> BarColumns:
    """Load the bars of [start, end) from a memory-mapped file, reading only the row groups that hold them."""
    with pq.ParquetFile(path, memory_map=True) as file:
        groups = [i for i in range(file.metadata.num_row_groups) if _touches(file.metadata, i, start_ns, end_ns)]
        table = file.read_row_groups(groups, columns=list(COLUMNS))
    columns = [np.ascontiguousarray(table.column(name).to_numpy()) for name in COLUMNS]
    return between(BarColumns(*columns), start_ns=start_ns, end_ns=end_ns)


def between(bars: BarColumns, *, start_ns: Nanos | None, end_ns: Nanos | None) -> BarColumns:
    """Cut bars to those that open in [start, end)."""
    first = 0 if start_ns is None else int(np.searchsorted(bars.ts_ns, start_ns))
    last = len(bars.ts_ns) if end_ns is None else int(np.searchsorted(bars.ts_ns, end_ns))
    columns = (bars.ts_ns, bars.open, bars.high, bars.low, bars.close, bars.volume)
    return BarColumns(*(column[first : max(first, last)] for column in columns))


def time_range(footer: pq.FileMetaData) -> tuple[Nanos, Nanos]:
    """Give the first and the last time of stored bars, from the footer alone."""
    groups = [footer.row_group(i).column(0).statistics for i in range(footer.num_row_groups)]
    return min(group.min for group in groups), max(group.max for group in groups)


def _touches(footer: pq.FileMetaData, group: int, start_ns: Nanos | None, end_ns: Nanos | None) -> bool:
    times = footer.row_group(group).column(0).statistics
    return (start_ns is None or times.max >= start_ns) and (end_ns is None or times.min < end_ns)


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a place to write; on leaving without an exception it becomes `path`, durably and in one step."""
    part = path.with_name(f"{path.name}.{os.getpid()}{PART_SUFFIX}")
    try:
        yield part
        _sync(part)
        part.replace(path)
        _sync(path.parent)
    finally:
        part.unlink(missing_ok=True)


def digest_of(path: Path) -> str:
    """Give the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
