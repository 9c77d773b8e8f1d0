"""Reads bars from Parquet tables, batch by batch, as the same rows of text that CSV gives."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from openbell.adapters.catalog.arrow import pa, pc, pq
from openbell.adapters.catalog.findings import FileRefused, Findings
from openbell.adapters.catalog.headers import PRICES, columns_of
from openbell.adapters.catalog.limits import BATCH_ROWS, ImportLimits
from openbell.adapters.catalog.numbers import NANOS_PER_DAY
from openbell.adapters.catalog.rows import Row


def opened(path: str, limits: ImportLimits) -> pq.ParquetFile:
    """Open a Parquet file and check what it says of itself. Raises FileRefused."""
    try:
        table = pq.ParquetFile(path)
    except (pa.ArrowException, OSError) as error:
        raise FileRefused("is not a readable Parquet file") from error
    footer = table.metadata
    unpacked = sum(footer.row_group(i).total_byte_size for i in range(footer.num_row_groups))
    if unpacked > limits.unpacked_bytes_max:
        raise FileRefused(f"unpacks to {unpacked:,} bytes, the limit is {limits.unpacked_bytes_max:,}")
    if footer.num_rows > limits.rows_max:
        raise FileRefused(f"has {footer.num_rows:,} rows, the limit is {limits.rows_max:,}")
    if len(table.schema_arrow.names) > limits.columns_max:
        raise FileRefused(f"has more than {limits.columns_max} columns")
    return table


def table_rows(table: pq.ParquetFile, findings: Findings, *, is_daily: bool) -> Iterator[Row]:
    """Yield the rows of an opened table. Raises FileRefused for columns that hold no numbers or times."""
    names = table.schema_arrow.names
    columns = columns_of(names, findings, line=0)
    if "date" in columns:
        raise FileRefused("two columns hold the time: keep one")
    wanted = [names[columns[role]] for role in ("time", *PRICES)]
    if "volume" in columns:
        wanted.append(names[columns["volume"]])
    line = 0
    try:
        for batch in table.iter_batches(batch_size=BATCH_ROWS, columns=wanted):
            times = _times(batch.column(wanted[0]), is_daily=is_daily)
            texts = [texts_of(batch.column(name), name) for name in wanted[1:]]
            if "volume" not in columns:
                texts.append(["0"] * batch.num_rows)
            for fields in zip(times, *texts, strict=True):
                line += 1
                yield Row(line, *fields)
    except MemoryError:
        raise
    except (pa.ArrowException, OSError) as error:
        raise FileRefused("the Parquet data is damaged", line=line + 1) from error


def _times(column: pa.Array, *, is_daily: bool) -> Sequence[str | int]:
    """Give times as nanoseconds, or as text where the column is text. A missing one is ''."""
    kind = column.type
    if pa.types.is_timestamp(kind):
        nanos = _as_nanos(column)
        if is_daily and kind.tz is not None:
            # Midnight where the market is names the session's date.
            local = _as_nanos(pc.local_timestamp(column))
            is_midnight = [value is not None and value % NANOS_PER_DAY == 0 for value in local]
            return [b if m else a for a, b, m in zip(nanos, local, is_midnight, strict=True)]
        return nanos
    if pa.types.is_date(kind):
        return _as_nanos(column.cast(pa.timestamp("s")))
    return texts_of(column, "the time column")


def _as_nanos(column: pa.Array) -> list[str | int]:
    zone = column.type.tz
    nanos = column.cast(pa.timestamp("ns", zone)).cast(pa.int64())
    return ["" if value is None else value for value in nanos.to_pylist()]


def texts_of(column: pa.Array, name: str) -> list[str]:
    """Give numbers as plain decimal text; a missing one is ''. Raises FileRefused for a column of something else."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        return texts_of(column.dictionary_decode(), name)
    if pa.types.is_floating(kind):
        return ["" if value is None else _float_text(value) for value in column.to_pylist()]
    if pa.types.is_integer(kind) or pa.types.is_decimal(kind):
        return ["" if value is None else str(value) for value in column.to_pylist()]
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return ["" if value is None else value for value in column.to_pylist()]
    raise FileRefused(f"{name} holds {kind}, expected numbers or text")


def _float_text(value: float) -> str:
    """Give the shortest decimal that reads back as the same float: what whoever wrote the file saw."""
    text = repr(value)
    return format(Decimal(text), "f") if "e" in text else text
