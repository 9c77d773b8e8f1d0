"""Files made to harm: bombs, liars and executables are refused, with memory bounded and nothing left behind."""

import asyncio
import gzip
import io
import resource
import zlib
from functools import partial

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from openbell.adapters.catalog import intake as intakes
from openbell.adapters.catalog.intake import FileIntake, TooLarge
from openbell.adapters.catalog.limits import ImportLimits
from openbell.domain.market import Timeframe
from openbell.ports import ImportRequest, IntakeBusy

MIB = 1024 * 1024
WANTED = ImportRequest(symbol="X", timeframe=Timeframe.D1)
GOOD = b"ts,open,high,low,close,volume\n2024-01-02,10,12,9,11,1000\n"


@pytest.fixture
async def intake(tmp_path):
    intake = FileIntake(str(tmp_path), limits=ImportLimits(file_bytes_max=64 * MIB), catalog_bytes_max=10 * MIB)
    yield intake
    intake.close()


async def sent(data, size=64 * 1024):
    for first in range(0, len(data), size):
        yield data[first : first + size]


def left(tmp_path):
    return [path.name for path in (tmp_path / "catalog").rglob("*") if path.is_file() and path.name != ".lock"]


def peak_mib():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


async def test_a_good_file_is_kept_and_its_spool_is_gone(intake, tmp_path):
    report = await intake.receive(sent(GOOD, 7), WANTED, is_gzip=False)
    assert report.dataset.dataset_id == "X-1d"
    assert set(left(tmp_path)) == {"X-1d.parquet", "index.json"}
    packed = gzip.compress(GOOD[:30]) + gzip.compress(GOOD[30:])
    assert (await intake.receive(sent(packed, 5), WANTED, is_gzip=True)).rows == 1


async def test_a_gzip_bomb_is_refused_before_it_bursts(intake, tmp_path):
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    zeros = b"0" * MIB
    bomb = b"".join(packer.compress(zeros) for _ in range(1024)) + packer.flush()
    before = peak_mib()
    with pytest.raises(TooLarge):
        await intake.receive(sent(bomb), WANTED, is_gzip=True)
    assert peak_mib() - before < 32
    assert left(tmp_path) == []


async def test_a_gzip_file_is_unpacked_to_its_last_byte(intake):
    rows = b"".join(b"%d,1,1,1,1,1\n" % (86_400 * day) for day in range(11_574, 61_574))
    report = await intake.receive(sent(gzip.compress(b"ts,open,high,low,close,volume\n" + rows)), WANTED, is_gzip=True)
    assert (report.rows, report.errors) == (50_000, 0)


PACKED = gzip.compress(GOOD, mtime=0)  # without the time of day, or each worker of a run would know other tests


@pytest.mark.parametrize("packed", [b"not gzip at all", PACKED[:-6], b"", PACKED + b"more"])
async def test_damaged_gzip_is_refused(packed, intake):
    with pytest.raises(ValueError, match=r"gzip|too early"):
        await intake.receive(sent(packed), WANTED, is_gzip=True)


async def test_a_csv_that_is_one_endless_line_is_refused_by_line(intake):
    report = await intake.receive(sent(GOOD + b"9" * 8 * MIB), WANTED, is_gzip=False)
    assert (report.dataset, report.findings[0].line) == (None, 3)


async def test_a_parquet_bomb_takes_its_reader_with_it_and_nobody_else(intake, monkeypatch, tmp_path):
    # Of the standard library alone: a worker knows no module of the tests.
    tight = partial(resource.setrlimit, resource.RLIMIT_DATA, (1024 * MIB, 1024 * MIB))
    monkeypatch.setattr(intakes, "_step_back", tight)
    # One text, named three million times: a few kilobytes that unpack to hundreds of gigabytes.
    cell = pa.array(["9" * 16 * 1024])
    column = pa.DictionaryArray.from_arrays(pa.array([0] * 3_000_000, pa.int32()), cell)
    file = io.BytesIO()
    pq.write_table(pa.table(dict.fromkeys(("ts", "open", "high", "low", "close"), column)), file, compression="zstd")
    assert len(file.getvalue()) < MIB
    report = await intake.receive(sent(file.getvalue()), WANTED, is_gzip=False)
    assert (report.dataset, report.findings[0].problem) == (None, "needs more memory than a file may")
    assert [name for name in left(tmp_path) if name.endswith(".part")] == []
    good = await intake.receive(sent(GOOD), WANTED, is_gzip=False)
    assert good.dataset is not None, good.findings


@pytest.mark.parametrize(
    "content",
    [
        b"\x80\x04\x95\x10\x00\x00\x00\x00\x00\x00\x00\x8c\x05posix",
        b"\x80\x02cposix\nsystem\n",
        b"cos\nsystem\n(S'true'\ntR.",
        b"\x93NUMPY\x01\x00",
        b"PK\x03\x04",
        b"\x89HDF\r\n\x1a\n",
        b"PAR1" + b"\xff" * 64 + b"PAR1",
        b"\x7fELF",
    ],
)
async def test_what_could_run_or_is_no_table_is_refused(content, intake):
    report = await intake.receive(sent(content), WANTED, is_gzip=False)
    assert (report.dataset, report.errors > 0) == (None, True)


async def test_a_full_catalog_takes_nothing_more(intake, tmp_path):
    (tmp_path / "catalog").mkdir()
    (tmp_path / "catalog" / "OLD-1d.parquet").write_bytes(b"x" * 11 * MIB)
    with pytest.raises(TooLarge, match="the catalog holds"):
        await intake.receive(sent(GOOD), WANTED, is_gzip=False)


async def test_somebody_elses_dataset_is_not_replaced(intake):
    theirs = ImportRequest(symbol="X", timeframe=Timeframe.D1, owner_id="ada", may_replace="ada")
    assert (await intake.receive(sent(GOOD), theirs, is_gzip=False)).dataset.owner_id == "ada"
    with pytest.raises(PermissionError, match="belongs to somebody else"):
        await intake.receive(
            sent(GOOD), ImportRequest(symbol="X", timeframe=Timeframe.D1, may_replace="bob"), is_gzip=False
        )


async def test_a_crowd_of_senders_is_told_to_come_back_and_the_silent_are_given_up(intake, monkeypatch):
    monkeypatch.setattr(intakes, "PIECE_SECONDS_MAX", 0.2)

    async def silent():
        await asyncio.sleep(30)
        yield b""

    crowd = [intake.receive(silent(), WANTED, is_gzip=False) for _ in range(7)]
    ends = await asyncio.gather(*crowd, return_exceptions=True)
    assert sum(isinstance(end, IntakeBusy) for end in ends) == 1
    assert sum("nothing came" in str(end) for end in ends) == 6


async def test_files_of_a_killed_server_are_swept_away(tmp_path, intake):
    uploads = tmp_path / "catalog" / ".uploads"
    uploads.mkdir(parents=True)
    (uploads / "old.part").write_bytes(b"x")
    await intake.receive(sent(GOOD), WANTED, is_gzip=False)
    assert list(uploads.iterdir()) == []
