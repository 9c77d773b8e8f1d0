"""Whatever bytes and names come: a report or a refusal, and never a file outside the catalog."""

import io

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from openbell.adapters.catalog.limits import ImportLimits
from openbell.adapters.catalog.parquet import ParquetCatalog
from openbell.domain.market import Timeframe
from openbell.ports import ImportRequest

HEADER = b"ts,open,high,low,close,volume\n"
MAGICS = [
    b"",
    HEADER,
    b"PAR1",
    b"\x80\x04",
    b"\x1f\x8b",
    b"PK\x03\x04",
    b"\x93NUMPY",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"\0",
]
LIMITS = ImportLimits(file_bytes_max=100_000, rows_max=1_000, unpacked_bytes_max=1_000_000)
KINDS = ["bars", "trades", "quotes", "book"]


def a_table():
    """A good Parquet file of one bar."""
    file = io.BytesIO()
    columns = {name: [1.0] for name in ("open", "high", "low", "close")}
    pq.write_table(pa.table({"ts": pa.array([np.datetime64("2024-01-02", "ns")]), **columns}), file)
    return file.getvalue()


TABLE = a_table()


def outside(folder, catalog_folder):
    return [path for path in folder.rglob("*") if path.is_file() and catalog_folder not in path.parents]


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(MAGICS), st.binary(max_size=400), st.sampled_from(KINDS))
@example(b"", b"\x80\nA", "trades")
@example(b"", b"ts,price,size,buyer_maker\n\x80,1,1,1\n", "trades")
def test_any_bytes_give_a_report(tmp_path, magic, content, kind):
    file = tmp_path / "given"
    file.write_bytes(magic + content)
    wanted = ImportRequest(symbol="X", timeframe=Timeframe.D1, kind=kind, is_kept=False)
    report = ParquetCatalog(str(tmp_path / "data"), limits=LIMITS).admit(str(file), wanted)
    assert report.errors or report.rows
    assert not (tmp_path / "data").exists()


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, len(TABLE) - 1), st.integers(0, 255), st.integers(1, 40))
def test_a_damaged_table_gives_a_report(tmp_path, place, value, length):
    file = tmp_path / "given"
    file.write_bytes(TABLE[:place] + bytes([value]) * length + TABLE[place + length :])
    wanted = ImportRequest(symbol="X", timeframe=Timeframe.D1, is_kept=False)
    report = ParquetCatalog(str(tmp_path / "data"), limits=LIMITS).admit(str(file), wanted)
    assert report.errors or report.rows == 1


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.text(max_size=40) | st.sampled_from(["../x", "a/../../b", "/etc/passwd", "..", ".", "C:\\x", "%2e%2e/x", "~/x"])
)
@example("A/B")
def test_any_symbol_is_refused_or_stays_inside(tmp_path, symbol):
    folder = tmp_path / "here" / "data"
    file = tmp_path / "given.csv"
    file.write_bytes(HEADER + b"2024-01-02,1,1,1,1,1\n")
    try:
        report = ParquetCatalog(str(folder)).admit(str(file), ImportRequest(symbol=symbol, timeframe=Timeframe.D1))
    except ValueError:
        pass
    else:
        assert report.dataset is not None
    assert outside(tmp_path, folder / "catalog") == [file]
