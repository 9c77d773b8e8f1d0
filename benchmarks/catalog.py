"""Recorded data: a million bars loaded, cut to a range and joined into hours, beside DuckDB and Polars."""

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import duckdb
import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
from figures import Figure, Size, figure, main

from openbell.adapters.catalog.columns import FOLDER
from openbell.adapters.catalog.parquet import ParquetCatalog
from openbell.adapters.catalog.stored import COLUMNS, Label, bar_schema, bar_writer, read_bars
from openbell.domain.market import Timeframe
from openbell.domain.values import NANOS_PER_SECOND, SCALE
from openbell.ports import BarColumns

MINUTE, HOUR = 60 * NANOS_PER_SECOND, 3600 * NANOS_PER_SECOND
START = 1_600_000_200 * NANOS_PER_SECOND
CUT = 1_000
"""Bars that the range leaves out at each end."""
HOURS = """
    select ts_ns // 3600000000000 * 3600000000000 as t, arg_min(open, ts_ns), max(high), min(low),
    arg_max(close, ts_ns), sum(volume) from {source} where ts_ns >= {start} and ts_ns < {end} group by t order by t
"""


def columns(count: int) -> list[np.ndarray]:
    """Make minute bars on a random walk in whole cents, with a hole now and then."""
    chance = np.random.default_rng(7)
    times = START + np.cumsum(1 + (chance.random(count) < 0.001) * 30).astype(np.int64) * MINUTE
    close = (100_000 + np.cumsum(chance.integers(-5, 6, count))) * (SCALE // 100)
    spread = chance.integers(0, 9, count) * (SCALE // 100)
    return [times, close - spread, close + spread, close - 2 * spread, close, chance.integers(1, 999, count) * SCALE]


class Bench:
    """The same bars in our catalog, in a plain Parquet file and in a DuckDB table."""

    def __init__(self, folder: Path, count: int) -> None:
        made = columns(count)
        self.folder = folder / "catalog"
        self.folder.mkdir()
        self.stored = self.folder / "BENCH-1m.parquet"
        label = Label(symbol="BENCH", kind="bars", timeframe=Timeframe.M1, source="benchmark", licence="none")
        with bar_writer(self.stored, label) as writer:
            writer.write_table(pa.table(made, schema=bar_schema(label)), row_group_size=65_536)
        self.plain = folder / "plain.parquet"
        pq.write_table(pa.table(made, names=list(COLUMNS)), self.plain)
        self.catalog = ParquetCatalog(str(folder))
        self.start, self.end = (int(ts) - int(ts) % HOUR for ts in (made[0][CUT % count], made[0][-CUT % count]))
        self.database = duckdb.connect()
        self.database.execute(f"create table bars as select * from '{self.plain}'")

    def ours(self) -> BarColumns:
        """Cut and join with the catalog."""
        return self.catalog.bars("BENCH-1m", start_ns=self.start, end_ns=self.end, timeframe=Timeframe.H1)

    def by_duckdb(self, source: str) -> dict[str, np.ndarray]:
        """Cut and join with DuckDB."""
        query = HOURS.format(source=source, start=self.start, end=self.end)
        return self.database.execute(query).fetchnumpy()

    def by_polars(self) -> pl.DataFrame:
        """Cut and join with Polars."""
        ts = pl.col("ts_ns")
        return (
            pl.scan_parquet(self.plain)
            .filter((ts >= self.start) & (ts < self.end))
            .group_by((ts // HOUR * HOUR).alias("t"), maintain_order=True)
            .agg(
                pl.col("open").first(),
                pl.col("high").max(),
                pl.col("low").min(),
                pl.col("close").last(),
                pl.col("volume").sum(),
            )
            .collect()
        )

    def forget(self) -> None:
        """Take away what was kept ready."""
        for path in (self.folder / FOLDER).glob("*"):
            path.unlink()
        self.catalog = ParquetCatalog(str(self.folder.parent))
        self.catalog.datasets()

    def check(self) -> None:
        """See that all give the same."""
        ours = [getattr(self.ours(), name).tolist() for name in COLUMNS]
        assert ours == [column.to_list() for column in self.by_polars().get_columns()]
        assert ours == [column.astype(np.int64).tolist() for column in self.by_duckdb("bars").values()]


def milliseconds(
    work: Callable[[], object], *, repeats: int, before: Callable[[], object] = lambda: None
) -> list[float]:
    """Give what work takes by the wall clock: the peers use all cores."""
    took = []
    for _ in range(repeats):
        before()
        begin = time.perf_counter()
        work()
        took.append((time.perf_counter() - begin) * 1_000)
    return took


def latest(bench: Bench, count: int) -> BarColumns:
    """Give the latest bars."""
    ends = bench.catalog.dataset("BENCH-1m")
    assert ends is not None
    return bench.catalog.bars("BENCH-1m", start_ns=ends.end_ns - count * MINUTE)


def csv_rate(bench: Bench, folder: Path, count: int) -> float:
    """Give the rows a second that an import from CSV checks and keeps."""
    file = folder / "given.csv"
    rows = (f"{1_600_000_020 + 60 * n},{100 + n % 7},{108 + n % 7},{99},{101 + n % 5},{n % 999}" for n in range(count))
    file.write_text("ts,open,high,low,close,volume\n" + "\n".join(rows) + "\n")
    begin = time.perf_counter()
    report = bench.catalog.import_file(str(file), symbol="GIVEN", timeframe=Timeframe.M1)
    assert report.rows == count, report
    return count / (time.perf_counter() - begin)


def measure(size: Size) -> list[Figure]:
    """Measure everything here."""
    count, repeats = size.pick(5_000, 200_000, 1_000_000), size.pick(1, 5, 15)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        bench = Bench(folder, count)
        bench.check()
        shown, unit = f"{count:,} bars", "ms"
        joined = f"{shown} cut to a range and joined into hours"
        ours = milliseconds(bench.ours, repeats=repeats)
        plain = f"'{bench.plain}'"
        figures = [
            figure(joined, ours, unit=unit, target=20),
            figure(f"{joined}, the first time", milliseconds(bench.ours, repeats=3, before=bench.forget), unit=unit),
            *(
                figure(f"{joined} by {peer}", milliseconds(work, repeats=repeats), unit=unit, role="limit")
                for peer, work in (
                    ("DuckDB from its own table", lambda: bench.by_duckdb("bars")),
                    ("DuckDB from Parquet", lambda: bench.by_duckdb(plain)),
                    ("Polars from Parquet", bench.by_polars),
                )
            ),
            figure(
                f"{shown} loaded",
                milliseconds(lambda: bench.catalog.bars("BENCH"), repeats=repeats),
                unit=unit,
                target=50,
            ),
            figure(
                f"{shown} unpacked from Parquet",
                milliseconds(lambda: read_bars(bench.stored, start_ns=None, end_ns=None), repeats=repeats),
                unit=unit,
                target=50,
            ),
            figure(
                "the latest 500 bars", milliseconds(lambda: latest(bench, 500), repeats=repeats), unit=unit, target=1
            ),
        ]
        rows = size.pick(2_000, 50_000, 300_000)
        rates = [csv_rate(bench, folder, rows) for _ in range(size.pick(1, 1, 3))]
        figures.append(
            figure("rows of CSV checked and kept", rates, unit="rows/s", is_less_better=False, note="one core")
        )
        assert statistics.median(ours) > 0
        bench.database.close()
    return figures


if __name__ == "__main__":
    main(measure, about=__doc__ or "")
