"""The catalog keeps datasets whole, finds them, and gives them back exactly and fast."""

import hashlib
import os
import signal
import subprocess
import sys
import time
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from openbell.adapters.catalog.packaged import packaged_path
from openbell.adapters.catalog.parquet import ParquetCatalog
from openbell.adapters.catalog.stored import Label, bar_schema, bar_writer
from openbell.domain.market import Timeframe
from openbell.domain.values import SCALE

DAY = 86_400 * 10**9
PACKAGED = ["AAPL-1d", "GOOG-1d", "MSFT-1d"]


def test_the_sample_data_is_there_and_is_what_it_says(catalog):
    datasets = catalog.datasets()
    assert [dataset.dataset_id for dataset in datasets] == PACKAGED
    for dataset in datasets:
        bars = catalog.bars(dataset.dataset_id)
        assert hashlib.sha256(packaged_path(dataset.dataset_id).read_bytes()).hexdigest() == dataset.digest
        assert (len(bars.ts_ns), bars.ts_ns[0], bars.ts_ns[-1] + DAY) == (
            dataset.rows,
            dataset.start_ns,
            dataset.end_ns,
        )


def test_the_sample_data_is_exact(catalog):
    bars = catalog.bars("GOOG")
    assert (bars.open[0], bars.high[0], bars.close[0]) == (10_001_000_000, 10_406_000_000, 10_033_500_000)
    assert bars.close[-1] == 80_619_000_000


def test_real_splits_are_seen_and_a_real_fall_is_not_called_one(catalog, shared_data):
    report = catalog.import_file(str(shared_data / "AAPL_1d_wiki.parquet"), symbol="AAPL", timeframe=Timeframe.D1)
    splits = [f.line for f in report.findings if "split" in f.problem]
    times = catalog.bars("AAPL-1d").ts_ns
    assert [str(np.datetime64(int(times[line - 1]), "ns"))[:10] for line in splits] == ["2000-06-21", "2005-02-28"]
    assert any("-52%" in f.problem for f in report.findings)


def test_a_period_is_cut_at_its_start_and_before_its_end(catalog):
    everything = catalog.bars("GOOG-1d").ts_ns
    part = catalog.bars("GOOG-1d", start_ns=int(everything[10]), end_ns=int(everything[20])).ts_ns
    assert (len(part), part[0], part[-1]) == (10, everything[10], everything[19])
    assert len(catalog.bars("GOOG-1d", start_ns=int(everything[20]), end_ns=int(everything[10])).ts_ns) == 0


def test_bars_come_back_as_events_in_order(catalog):
    events = list(catalog.events("goog-1d"))
    assert (len(events), events[0].symbol, events[0].timeframe) == (2148, "GOOG", Timeframe.D1)
    assert all(a.ts_ns < b.ts_ns for a, b in pairwise(events))


def test_an_import_takes_the_place_of_a_packaged_dataset_until_it_is_deleted(import_csv, catalog, tmp_path):
    file = tmp_path / "goog.csv"
    file.write_text("ts,open,high,low,close,volume\n2024-01-02,1,1,1,1,1\n")
    catalog.import_file(str(file), symbol="goog", timeframe=Timeframe.D1)
    assert catalog.dataset("GOOG-1d").rows == 1
    catalog.delete("GOOG-1d")
    assert catalog.dataset("GOOG-1d").rows == 2148


def test_packaged_datasets_cannot_be_deleted_and_unknown_ones_are_said_to_be(catalog):
    with pytest.raises(PermissionError, match="ships with"):
        catalog.delete("GOOG-1d")
    with pytest.raises(KeyError):
        catalog.delete("../GOOG-1d")
    with pytest.raises(KeyError):
        catalog.bars("NOPE")


def test_a_symbol_finds_its_dataset_only_when_one_fits(import_csv, catalog):
    import_csv("1704153600,1,1,1,1,1\n", timeframe=Timeframe.M1)
    assert catalog.dataset("x").dataset_id == "X-1m"
    import_csv("1704153600,1,1,1,1,1\n", timeframe=Timeframe.H1)
    assert catalog.dataset("x") is None


def test_two_symbols_never_share_a_file(tmp_path, catalog):
    file = tmp_path / "f.csv"
    file.write_text("ts,open,high,low,close,volume\n2024-01-02,1,1,1,1,1\n")
    catalog.import_file(str(file), symbol="BTC/USD", timeframe=Timeframe.D1)
    with pytest.raises(ValueError, match="already holds BTC/USD"):
        catalog.import_file(str(file), symbol="BTC-USD", timeframe=Timeframe.D1)


def test_another_process_and_a_lost_cache_see_the_same_datasets(import_csv, catalog, tmp_path):
    import_csv("2024-01-02,1,1,1,1,1\n")
    (tmp_path / "data" / "catalog" / "index.json").write_text("not json")
    assert ParquetCatalog(str(tmp_path / "data")).datasets() == catalog.datasets()


def test_a_stray_or_damaged_file_is_told_of_and_hurts_nothing(import_csv, catalog, tmp_path):
    import_csv("2024-01-02,1,1,1,1,1\n")
    folder = tmp_path / "data" / "catalog"
    pq.write_table(pa.table({"a": [1]}), folder / "STRAY-1d.parquet")
    (folder / "BROKEN-1d.parquet").write_bytes((folder / "X-1d.parquet").read_bytes()[:-5])
    assert [d.dataset_id for d in catalog.datasets()] == [*PACKAGED, "X-1d"]
    assert [text.split(":")[0] for text in catalog.problems()] == ["BROKEN-1d.parquet", "STRAY-1d.parquet"]


def test_a_failed_import_leaves_the_earlier_one_as_it_was(import_csv, catalog):
    import_csv("2024-01-02,1,1,1,1,1\n")
    before = catalog.dataset("X-1d")
    assert import_csv("2024-01-02,1,1,1,oops,1\n").dataset is None
    assert catalog.dataset("X-1d") == before


def test_an_import_killed_in_the_middle_leaves_nothing(tmp_path):
    pipe_like = tmp_path / "big.csv"
    with pipe_like.open("w") as file:
        file.write("ts,open,high,low,close,volume\n")
        file.writelines(f"{1_600_000_000 + 60 * i},1,1,1,1,1\n" for i in range(400_000))
    code = (
        "from openbell.adapters.catalog.parquet import ParquetCatalog as C;"
        f"C({str(tmp_path)!r}).import_file({str(pipe_like)!r}, symbol='X', timeframe='1m')"
    )
    code = code.replace("'1m'", "__import__('openbell.domain.market').domain.market.Timeframe.M1")
    process = subprocess.Popen([sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": "src"})
    while not list(tmp_path.glob("catalog/*.part")) and process.poll() is None:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    catalog = ParquetCatalog(str(tmp_path))
    assert [d.dataset_id for d in catalog.datasets()] == PACKAGED
    pipe_like.write_text("ts,open,high,low,close,volume\n2024-01-02,1,1,1,1,1\n")
    assert catalog.import_file(str(pipe_like), symbol="X", timeframe=Timeframe.M1).dataset is not None
    assert not list(tmp_path.glob("catalog/*.part"))


def test_a_parquet_table_gives_the_same_bars_as_the_same_csv(import_csv, catalog, tmp_path):
    import_csv("2024-01-02,10.1,12.2,9.3,11.4,1000.5\n")
    from_csv = catalog.bars("X-1d")
    table = pa.table(
        {
            "Date": pa.array([np.datetime64("2024-01-02T05:00", "ns")]).cast(pa.timestamp("ns", "America/New_York")),
            "Open": [10.1],
            "High": pa.array(["12.2"]),
            "Low": [9.3],
            "Close": [11.4],
            "Volume": [1000.5],
        }
    )
    pq.write_table(table, tmp_path / "t.parquet")
    assert catalog.import_file(str(tmp_path / "t.parquet"), symbol="X", timeframe=Timeframe.D1).errors == 0
    from_table = catalog.bars("X-1d")
    for name in ("ts_ns", "open", "high", "low", "close", "volume"):
        assert getattr(from_csv, name).tolist() == getattr(from_table, name).tolist()


def test_a_million_bars_load_in_fifty_milliseconds(catalog, tmp_path):
    count = 1_000_000
    folder = tmp_path / "data" / "catalog"
    folder.mkdir(parents=True)
    steps = np.random.default_rng(1).integers(-1000, 1001, count).cumsum() * 10**6 + 10**13
    times = np.arange(count, dtype=np.int64) * 60 * 10**9
    label = Label(symbol="M", kind="bars", timeframe=Timeframe.M1, source="", licence="")
    with bar_writer(folder / "M-1m.parquet", label) as writer:
        columns = [times, steps, steps + SCALE, steps - SCALE, steps, np.full(count, SCALE)]
        writer.write_table(pa.table(columns, schema=bar_schema(label)), row_group_size=65_536)
    assert catalog.dataset("M").rows == count
    assert catalog.bars("M").close[-1] == steps[-1]
