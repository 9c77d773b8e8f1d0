"""CSV read many lines at once is CSV read line by line: the same report, the same refusals, the same stored bytes."""

import tempfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openbell.adapters.catalog import csv_rows
from openbell.adapters.catalog.csv_blocks import block_of
from openbell.adapters.catalog.findings import Findings
from openbell.adapters.catalog.importing import BarImport
from openbell.adapters.catalog.limits import ImportLimits
from openbell.adapters.catalog.stored import Label
from openbell.domain.market import Timeframe

ODD_NUMBERS = ["", "0", "-1", "1e1", "1e-05", " 12", "12 ", "+12", ".5", "5.", "1.123456789", "99999999999", "x", "٣"]
ODD_TIMES = [
    "",
    "2024-02-30T00:00:00",
    "1600000000.5",
    "2024-01-02",
    "2024-01-02T00:00:00+01:00",
    "20240102",
    "9999-01-01T00:00:00",
]
ODD_LINES = ["", "", "   ", "1,2", '"a,b', "1,2,3,4,5,6,7", "a\0b,1,2,3,4,5", "x" * 300]
HEADERS = [
    "ts,open,high,low,close,volume",
    "ts,open,high,low,close,volume",
    "volume,close,note,low,high,open,time",
    "date,o,h,l,c",
    "date,time,open,high,low,close",
]
SORTS = [(Timeframe.M1, "24/7"), (Timeframe.M1, "XNYS"), (Timeframe.D1, "XNYS"), (Timeframe.D1, "24/7")]

minutes = st.integers(0, 3).map(lambda gap: 1 if gap else 90)
moves = st.sampled_from([0, 0, 0, 1, -1, 3, -3, 60, -60])
odd = st.one_of(
    st.tuples(st.just("number"), st.sampled_from(ODD_NUMBERS)),
    st.tuples(st.just("time"), st.sampled_from(ODD_TIMES)),
    st.tuples(st.just("line"), st.sampled_from(ODD_LINES)),
    st.tuples(st.just("back"), st.sampled_from(["0", "-60", "-3600"])),
)
steps = st.lists(
    st.tuples(minutes, moves, st.none() | st.none() | st.none() | st.none() | odd), min_size=0, max_size=60
)
files = st.fixed_dictionaries(
    {
        "header": st.sampled_from(HEADERS),
        "steps": steps,
        "form": st.sampled_from(["epoch", "iso", "milliseconds", "zulu", "day"]),
        "end": st.sampled_from(["\n", "\n", "\r\n", "\r"]),
        "last": st.booleans(),
        "bytes": st.sampled_from([40, 200, 1_000, 1_000_000]),
        "rows_max": st.sampled_from([20, 1_000_000]),
    }
)


def text_of_time(seconds, form):
    when = datetime.fromtimestamp(seconds, UTC)
    return {
        "epoch": str(seconds),
        "milliseconds": str(seconds * 1_000),
        "iso": when.strftime("%Y-%m-%d %H:%M:%S"),
        "zulu": when.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "day": when.strftime("%Y-%m-%d"),
    }[form]


def csv_of(file):
    names = file["header"].split(",")
    lines, seconds, price = [file["header"]], 1_600_000_020, 100.0
    for gap, move, wrong in file["steps"]:
        seconds += gap * (86_400 if file["form"] == "day" else 60)
        kind, value = wrong or ("", "")
        if kind == "back":
            seconds += int(value)
        if kind == "line":
            lines.append(value)
            continue
        opened, price = price, max(1.0, price + move)
        said = {
            "o": opened, "h": max(opened, price) + 0.25, "l": min(opened, price) - 0.5, "c": price, "v": 7, "n": "note",
            "t": value if kind == "time" else text_of_time(seconds, file["form"]), "d": text_of_time(seconds, "day"),
        }  # fmt: skip
        if kind == "number":
            said["c"] = value
        lines.append(",".join(str(said[name[0]]) for name in names))
    return file["end"].join(lines) + (file["end"] if file["last"] else "")


def imported(text, file, *, timeframe, calendar):
    """Import a file; give everything that is told and kept."""
    findings, told = Findings(), []
    limits = ImportLimits(rows_max=file["rows_max"], line_bytes_max=256)
    work = BarImport(findings, timeframe=timeframe, limits=limits, on_rows=told.append)
    label = Label(symbol="X", kind="bars", timeframe=timeframe, source="s", licence="l", calendar_name=calendar)
    with tempfile.TemporaryDirectory() as folder:
        given, kept = Path(folder) / "given.csv", Path(folder) / "kept.parquet"
        given.write_bytes(text if isinstance(text, bytes) else text.encode())
        is_kept = work.store(str(given), kept, label)
        stored = kept.read_bytes() if kept.exists() else None
    return is_kept, work.rows, work.survey, findings.first(), findings.counts, stored, told


@given(
    files,
    st.sampled_from(SORTS),
)
def test_many_lines_at_once_are_lines_one_by_one(file, sort):
    text, (timeframe, calendar) = csv_of(file), sort
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(csv_rows, "BLOCK_BYTES", file["bytes"])
        at_once = imported(text, file, timeframe=timeframe, calendar=calendar)
        patch.setattr(csv_rows, "block_of", lambda *given, **named: None)
        one_by_one = imported(text, file, timeframe=timeframe, calendar=calendar)
    assert at_once == one_by_one


@pytest.mark.parametrize("odd", [b"1600000080,1,2,1,1,\xff\n", b"1600000080,1,2,1,1,\xed\xa0\x80\n", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("before", [b"", b"1600000020,1,2,1,1,note\n"])
def test_bytes_that_no_column_of_bars_holds_are_told_of_as_well(before, odd):
    """Text that is not UTF-8 in a column that is not used, and a byte order mark within the file."""
    raw = b"ts,open,high,low,close,note\n" + before + odd + b"1600000140,1,2,1,1,note\n"
    file = {"rows_max": 99}
    is_kept, _, _, findings, *_ = imported(raw, file, timeframe=Timeframe.M1, calendar="24/7")
    line = 3 if before else 2
    assert not is_kept
    assert [(one.line, one.field) for one in findings if one.is_error] == [(line, "time" if odd[0] == 0xEF else "")]


@pytest.mark.parametrize("form", ["epoch", "iso", "milliseconds", "zulu"])
def test_what_most_programs_write_is_read_at_once(form, monkeypatch):
    read = []

    def counting(*given, **named):
        read.append(block_of(*given, **named))
        return read[-1]

    monkeypatch.setattr(csv_rows, "block_of", counting)
    file = {"header": HEADERS[0], "steps": [(1, 1, None)] * 50, "form": form, "end": "\n", "last": True, "rows_max": 99}
    is_kept, rows, *_ = imported(csv_of(file), file, timeframe=Timeframe.M1, calendar="24/7")
    assert (is_kept, rows, [block is not None for block in read]) == (True, 50, [True])
