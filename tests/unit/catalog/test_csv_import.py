"""What is wrong in a CSV is named by line and field, and nothing of it is kept."""

import pytest

from openbell.adapters.catalog.limits import ImportLimits
from openbell.adapters.catalog.parquet import ParquetCatalog
from openbell.domain.market import Timeframe
from openbell.domain.values import SCALE

GOOD = "2024-01-02,10,12,9,11,1000\n2024-01-03,11,13,10,12.5,900\n"

BAD_ROWS = [
    ("2024-01-04,abc,13,10,12,1", "open", "not a number"),
    ("2024-01-04,11,NaN,10,12,1", "high", "not a number"),
    ("2024-01-04,11,13,inf,12,1", "low", "not a number"),
    ("2024-01-04,11,13,10,1e400000,1", "close", "not a number"),
    ("2024-01-04,11,13,10,1e99,1", "close", "larger"),
    ("2024-01-04,11,13,10," + "9" * 200 + ",1", "close", "not a number"),
    ('2024-01-04,11,13,10,"1,200.50",1', "close", "not a number"),
    ("2024-01-04,-11,13,10,12,1", "open", "negative"),
    ("2024-01-04,11,13,0,12,1", "low", "zero"),
    ("2024-01-04,11,10,13,12,1", "high", "below the low"),
    ("2024-01-04,9,13,10,12,1", "open", "outside low to high"),
    ("2024-01-04,11,13,10,14,1", "close", "outside low to high"),
    ("2024-01-04,11,13,10,,1", "close", "missing"),
    ("2024-01-04,11,13,10,12,-1", "volume", "negative"),
    ("2024-01-04,11,13,10,12,92233720369", "volume", "larger"),
    ("2024-01-03,11,13,10,12,1", "time", "same as on line 3"),
    ("2024-01-01,11,13,10,12,1", "time", "earlier than on line 3"),
    ("2024-02-30,11,13,10,12,1", "time", "not a date"),
    ("04/01/2024,11,13,10,12,1", "time", "not a time"),
    (",11,13,10,12,1", "time", "missing"),
    ("2024-01-04,11,13,10,12", "", "5 fields"),
    ("2024-01-04,11,13,10,12,1,2", "", "7 fields"),
    ('2024-01-04,"11,13,10,12,1', "", "quote"),
    ("2024-01-04,11,13,10,12,\0", "", "NUL"),
]


@pytest.mark.parametrize(("row", "field", "problem"), BAD_ROWS)
def test_a_bad_row_is_named_by_line_and_field_and_keeps_everything_out(row, field, problem, import_csv, catalog):
    report = import_csv(GOOD + row + "\n2024-01-05,11,13,10,12,1\n")
    assert (report.dataset, report.errors) == (None, 1)
    finding = report.findings[0]
    assert (finding.line, finding.field, finding.is_error) == (4, field, True)
    assert problem in finding.problem
    assert catalog.dataset("X") is None


def test_every_bad_row_is_named_not_only_the_first(import_csv):
    report = import_csv("2024-01-02,x,12,9,11,1\n2024-01-03,11,13,10,12,1\n2024-01-04,11,y,10,12,z\n")
    assert [(f.line, f.field) for f in report.findings] == [(2, "open"), (4, "high"), (4, "volume")]
    assert (report.rows, report.errors) == (3, 3)


def test_a_thousand_errors_are_counted_and_a_hundred_told(import_csv):
    report = import_csv("2024-01-02,x,12,9,11,1\n" * 1000)
    assert (report.errors, len(report.findings)) == (1000, 100)


def test_good_rows_are_kept_exactly(import_csv, catalog):
    report = import_csv("2024-01-02,0.1,0.3,0.1,0.30000000,12345.678\n")
    bars = catalog.bars("X-1d")
    assert report.dataset.rows == 1
    assert (bars.open[0], bars.close[0], bars.volume[0]) == (SCALE // 10, 3 * SCALE // 10, 1_234_567_800_000)


def test_decimals_past_the_eighth_are_rounded_and_told(import_csv, catalog):
    report = import_csv("2024-01-02,50.32284179174976,60,50,55,1\n")
    assert (report.warnings, report.findings[0].field) == (1, "open")
    assert "rounded" in report.findings[0].problem
    assert catalog.bars("X").open[0] == 5_032_284_179


@pytest.mark.parametrize(
    ("header", "row"),
    [
        ("Date,Open,High,Low,Close,Vol\n", "2024-01-02,10,12,9,11,1000"),
        ("timestamp;o;h;l;c;v\n", "1704153600;10;12;9;11;1000"),
        ("datetime\topen\thigh\tlow\tclose\tvolume\n", "2024-01-02T00:00:00Z\t10\t12\t9\t11\t1000"),
        ('"time","open","high","low","close","volume"\n', '"1704153600000","10","12","9","11","1000"'),
        ("volume,close,low,high,open,ts\n", "1000,11,9,12,10,1704153600000000"),
        ("\ufeffts,open,high,low,close,volume\r\n", "1704153600000000000,10,12,9,11,1e3"),
        ("Date,Time,Open,High,Low,Close,Volume\n", "2024-01-02,00:00:00,10,12,9,11,1000"),
        ("Date,Open,High,Low,Close,Volume\n", "2024-01-02 00:00:00-05:00,10,12,9,11,1000"),
        ("Date,Open,High,Low,Close,Volume\n", "20240102,10,12,9,11,1000"),
    ],
)
def test_the_usual_headers_times_and_delimiters_are_understood(header, row, import_csv, catalog):
    assert import_csv(row + "\n", header=header).errors == 0
    bars = catalog.bars("X-1d")
    assert (bars.ts_ns[0], bars.high[0], bars.volume[0]) == (1_704_153_600 * 10**9, 12 * SCALE, 1000 * SCALE)


def test_an_offset_moves_intraday_times_to_utc(import_csv, catalog):
    import_csv("2024-01-02T09:30:00-05:00,10,12,9,11,1\n", timeframe=Timeframe.M1)
    assert catalog.bars("X-1m").ts_ns[0] == (1_704_153_600 + 14 * 3600 + 30 * 60) * 10**9


def test_bars_closer_than_the_timeframe_are_refused(import_csv):
    report = import_csv("1704153600,10,12,9,11,1\n1704153660,10,12,9,11,1\n", timeframe=Timeframe.H1)
    assert "less than one bar of 1h" in report.findings[0].problem


def test_a_gap_and_a_split_are_warned_of_and_change_nothing(import_csv, catalog):
    report = import_csv("2024-01-02,100,101,99,100,1\n2024-01-12,50,51,49,50,1\n2024-01-16,50,90,49,80,1\n")
    assert [(f.line, f.field) for f in report.findings] == [(3, "time"), (3, "open"), (4, "close")]
    assert "split of 2 for 1" in report.findings[1].problem
    assert report.dataset is not None
    assert catalog.bars("X").close.tolist() == [100 * SCALE, 50 * SCALE, 80 * SCALE]


def test_unused_columns_and_a_missing_volume_are_told(import_csv):
    report = import_csv("2024-01-02,10,12,9,11,11\n", header="date,open,high,low,close,adj close\n")
    assert [f.field for f in report.findings] == ["adj close", "volume"]
    assert report.dataset is not None


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "no header"),
        (b"ts,open,high,low,close,volume\n", "no rows"),
        (b"2024-01-02,10,12,9,11,1\n", "header"),
        (b"ts,open,high,low,volume\n2024-01-02,1,1,1,1\n", "no column for close"),
        (b"ts,open,open,high,low,close\n2024-01-02,1,1,1,1,1\n", "two columns"),
        ("ts,open,high,low,close\n".encode("utf-16"), "UTF-16"),
        (b"\x80\x04\x95\x0f\x00", "pickle"),
        (b"\x93NUMPY\x01\x00v\x00", "NumPy"),
        (b"PK\x03\x04....", "archives"),
        (b"\x1f\x8b\x08\x00", "compressed"),
        (b"PAR1 and then nothing of the kind", "Parquet"),
        (b"\x00" * 100_000, "header"),
        (b"," * 1000 + b"\n", "header"),
    ],
)
def test_a_file_that_is_no_table_of_bars_is_refused_with_the_reason(content, problem, import_csv, catalog):
    report = import_csv(content)
    assert report.dataset is None
    assert any(problem in finding.problem for finding in report.findings)


def test_limits_of_size_rows_and_line_length_hold(tmp_path, import_csv):
    small = ParquetCatalog(
        str(tmp_path / "d"), limits=ImportLimits(file_bytes_max=100_000, rows_max=3, line_bytes_max=80)
    )
    rows = [f"2024-01-0{day},10,12,9,11,1\n" for day in range(2, 8)]
    assert "more than 3 rows" in import_csv("".join(rows), into=small).findings[0].problem
    assert "longer than 80 bytes" in import_csv(rows[0] + " " * 50_000 + "\n", into=small).findings[0].problem
    assert "the limit is 100,000" in import_csv("x" * 100_001, into=small).findings[0].problem
    assert import_csv("".join(rows[:3]), into=small).dataset is not None


@pytest.mark.parametrize("symbol", ["../../etc/passwd", "A/../B", "", ".hidden", "A B", "A\0B", "x" * 33, "A//B"])
def test_a_symbol_that_leads_elsewhere_is_refused(symbol, tmp_path, catalog):
    with pytest.raises(ValueError, match="a symbol is"):
        catalog.import_file(str(tmp_path / "f.csv"), symbol=symbol, timeframe=Timeframe.D1)
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("name", ["absent.csv", ".", "nul\0.csv"])
def test_a_path_that_is_no_file_is_refused(name, tmp_path, catalog):
    report = catalog.import_file(str(tmp_path / name), symbol="X", timeframe=Timeframe.D1)
    assert (report.errors, report.dataset) == (1, None)
