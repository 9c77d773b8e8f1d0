"""Reads a stretch of CSV text as columns where every line is of the ordinary form; any other is read line by line.

Ordinary is what most programs write: plain numbers of at most eight decimals, one form of time, no quotes, no spaces,
no empty lines and nothing beyond ASCII, prices above zero with open and close between low and high. There is nothing to
tell of such bars but how they follow each other, so that reading them at once finds what reading them one by one would.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from openbell.adapters.catalog.arrow import pa, pa_csv, pc
from openbell.adapters.catalog.headers import PRICES
from openbell.adapters.catalog.limits import INT64_MAX
from openbell.adapters.catalog.rows import Row
from openbell.domain.values import NANOS_PER_SECOND

_NUMBER = r"^\d{1,10}(\.\d{1,8})?$"
_EPOCH, _DAY, _SECOND = r"^\d{9,18}$", r"^\d{4}-\d\d-\d\d$", r"^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\dZ?$"
_YEARS_S = -8_520_336_000, 9_214_646_400
"""The years 1700 to 2261 in seconds since the epoch, the end excluded."""
_EPOCH_UNITS = ((11, NANOS_PER_SECOND), (14, 10**6), (17, 10**3), (18, 1))
"""Longest number of digits of an epoch, and the nanoseconds that it counts by."""


class Header(NamedTuple):
    """What the header line says: its line, the names, what parts the fields, and the place of each column."""

    line: int
    names: list[str]
    delimiter: str
    columns: dict[str, int]


class Block(NamedTuple):
    """Lines that follow each other as columns of bars: nanoseconds, then open, high, low, close and volume in steps."""

    line: int
    columns: list[np.ndarray]
    times: pa.Array
    """As the file has them."""
    rows: Callable[[], Iterator[Row]]
    """Gives the same lines one by one."""


def block_of(
    raw: bytes, header: Header, *, line: int, line_bytes_max: int, rows: Callable[[], Iterator[Row]]
) -> Block | None:
    """Read whole lines, the first of which is number `line`; None where any of them is not of the ordinary form."""
    if "date" in header.columns or not _are_plain_lines(raw, line_bytes_max):
        return None
    places = [header.columns[name] for name in ("time", *PRICES)]
    if "volume" in header.columns:
        places.append(header.columns["volume"])
    try:
        table = _table(raw, header, places)
        times = _nanos(table.column(0).combine_chunks())
        numbers = [_steps(column.combine_chunks()) for column in table.columns[1:]]
    except (pa.ArrowException, ValueError):
        return None
    if times is None or any(column is None for column in numbers):
        return None
    columns = [times, *(column for column in numbers if column is not None)]
    if "volume" not in header.columns:
        columns.append(np.zeros(len(times), dtype=np.int64))
    _, open_, high, low, close, _ = columns
    is_sound = (low > 0) & (low <= open_) & (open_ <= high) & (low <= close) & (close <= high)
    return Block(line, columns, table.column(0).combine_chunks(), rows) if is_sound.all() else None


def _are_plain_lines(raw: bytes, line_bytes_max: int) -> bool:
    # Beyond ASCII there may be text that is not UTF-8, or a byte order mark, which the library would not tell of.
    if not raw.isascii():
        return False
    if b'"' in raw or b"\0" in raw or (b"\r" in raw and not raw.count(b"\r") == raw.count(b"\r\n") == raw.count(b"\n")):
        return False
    ends = np.flatnonzero(np.frombuffer(raw, dtype=np.uint8) == ord("\n"))
    lengths = np.diff(ends, prepend=-1, append=[] if raw.endswith(b"\n") else len(raw))
    # An empty line is its end alone.
    return bool(lengths.min() > 2 and lengths.max() <= line_bytes_max)


def _table(raw: bytes, header: Header, places: list[int]) -> pa.Table:
    names = [str(place) for place in range(len(header.names))]
    kept = [names[place] for place in places]
    return pa_csv.read_csv(
        pa.py_buffer(raw),
        read_options=pa_csv.ReadOptions(column_names=names, use_threads=False, block_size=len(raw) + 1),
        parse_options=pa_csv.ParseOptions(delimiter=header.delimiter, quote_char=False, ignore_empty_lines=False),
        convert_options=pa_csv.ConvertOptions(
            include_columns=kept, column_types=dict.fromkeys(kept, pa.string()), strings_can_be_null=False
        ),
    )


def _steps(texts: pa.Array) -> np.ndarray | None:
    """Read plain numbers as scaled steps; None where one is not plain."""
    if not pc.all(pc.match_substring_regex(texts, _NUMBER)).as_py():
        return None
    # A decimal of eight places is kept as its number of steps, in 16 bytes of which the lower 8 hold all.
    exact = texts.cast(pa.decimal128(38, 8))
    halves = np.frombuffer(exact.buffers()[1], dtype=np.int64)
    return halves[2 * exact.offset : 2 * (exact.offset + len(exact)) : 2].copy()


def _nanos(texts: pa.Array) -> np.ndarray | None:
    """Read times that are all of one form; None where they are not."""
    shortest, longest = (pc.min_max(pc.binary_length(texts))[name].as_py() for name in ("min", "max"))
    if shortest != longest:
        return None
    if _are_all(texts, _EPOCH):
        unit = next(unit for digits, unit in _EPOCH_UNITS if longest <= digits)
        counted = texts.cast(pa.int64()).to_numpy()
        return counted * unit if int(counted.max()) <= INT64_MAX // unit else None
    if not _are_all(texts, _DAY) and not _are_all(texts, _SECOND):
        return None
    plain = pc.utf8_rtrim(texts, "Z") if longest > len("2024-01-31T14:30:00") else texts
    seconds = plain.cast(pa.timestamp("s")).cast(pa.int64()).to_numpy()
    is_within = _YEARS_S[0] <= int(seconds.min()) and int(seconds.max()) < _YEARS_S[1]
    return seconds * NANOS_PER_SECOND if is_within else None


def _are_all(texts: pa.Array, form: str) -> bool:
    return bool(pc.all(pc.match_substring_regex(texts, form)).as_py())
