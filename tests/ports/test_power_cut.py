"""Promises 2 and 3: a power cut takes nothing that was acknowledged, and a disk that fails stops everything."""

import os
import random
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

import power_cut
from openbell.adapters.sql.database import open_database

EVERY = int(os.environ.get("OPENBELL_TEST_EVERY", "7"))
CUTS = int(os.environ.get("OPENBELL_TEST_CUTS", "500"))
ORDERS = 60
SCRIPT = Path(__file__).with_name("recorded_process.py")
SOURCES = os.pathsep.join(str(Path(__file__).parents[2] / folder) for folder in ("src", "tests/ports", "tests"))
ENVIRONMENT = {**os.environ, "PYTHONPATH": SOURCES}
pytestmark = pytest.mark.skipif(
    shutil.which("strace") is None, reason="system calls are recorded by strace: install it"
)
DATABASE_FILES = ("openbell.db", "openbell.db-wal")


def command(data_dir: Path, synchronous: str) -> list[str]:
    return [sys.executable, str(SCRIPT), str(data_dir), str(ORDERS), synchronous]


@pytest.fixture
def data_dir(tmp_path):
    """A data directory whose database is made: what is cut is trading, not the installation."""
    open_database(tmp_path / "data").close()
    return tmp_path / "data"


@pytest.fixture
def cuts(data_dir, tmp_path):
    """Record a process, then give found files and the last acknowledgement for cuts anywhere."""

    def recorded(synchronous: str, count: int):
        disk = power_cut.Disk(
            {str(p): bytearray(p.read_bytes()) for p in data_dir.iterdir() if p.name in DATABASE_FILES}
        )
        power_cut.record(command(data_dir, synchronous), tmp_path / "log", environment=ENVIRONMENT)
        story = [e for e in power_cut.events(tmp_path / "log") if isinstance(e, power_cut.Said) or is_ours(e.path)]
        chance = random.Random(2)  # noqa: S311 - one seed repeats a failure
        places = sorted(chance.choices(range(len(story)), k=count))
        last = 0
        for place, event in enumerate(story):
            disk.take(event)
            if isinstance(event, power_cut.Said):
                last = int(event.data.split()[-1])
            while places and places[0] == place:
                places.pop(0)
                yield disk.cut(chance), last

    def is_ours(path: str) -> bool:
        return Path(path).name in DATABASE_FILES

    return recorded


def kept(files: dict[str, bytes], folder: Path) -> list[int]:
    """Open what was found, as a start would, and list the journal's places. Raises sqlite3.Error for a broken file."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for path, content in files.items():
        (folder / Path(path).name).write_bytes(content)
    with closing(sqlite3.connect(folder / "openbell.db")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        (placed,) = connection.execute("SELECT count(*) FROM orders").fetchone()
        seqs = [seq for (seq,) in connection.execute("SELECT seq FROM journal ORDER BY seq")]
    assert len(seqs) == 2 * placed, "the read table follows the journal"
    assert seqs == list(range(1, len(seqs) + 1))
    return seqs


def test_a_power_cut_anywhere_takes_nothing_that_was_acknowledged(cuts, tmp_path):
    seen = 0
    for files, last in cuts("FULL", CUTS):
        seqs = kept(files, tmp_path / "found")
        assert len(seqs) >= last, f"{last} was acknowledged, {len(seqs)} were found"
        seen += 1
    assert seen == CUTS


def test_the_same_cuts_lose_acknowledged_records_at_synchronous_normal(cuts, tmp_path):
    lost = 0
    for files, last in cuts("NORMAL", 100):
        try:
            lost += len(kept(files, tmp_path / "found")) < last
        except sqlite3.Error:
            lost += 1
    assert lost > 0, "cuts that lose nothing whatever the setting prove nothing"


@pytest.mark.parametrize("call", ["pwrite64", "fdatasync"])
def test_an_io_error_is_never_acknowledged_and_stops_everything(data_dir, tmp_path, call):
    untouched = {path.name: path.read_bytes() for path in data_dir.iterdir()}
    for nth in range(EVERY, 7 * 6, EVERY):
        shutil.rmtree(data_dir)
        data_dir.mkdir()
        for name, content in untouched.items():
            (data_dir / name).write_bytes(content)
        fault = ["strace", "-f", "-o", "/dev/null", "-e", f"trace={call}", "-e", f"inject={call}:error=EIO:when={nth}"]
        done = subprocess.run(
            [*fault, *command(data_dir, "FULL")],
            env=ENVIRONMENT,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        *acknowledged, end = done.stdout.split() or [""]
        assert done.returncode in (1, 3), "it does not go on as if nothing had happened"
        files = {str(p): p.read_bytes() for p in data_dir.iterdir() if p.name in DATABASE_FILES}
        seqs = kept(files, tmp_path / "found")
        last = int(acknowledged[-1]) if acknowledged else 0
        assert end in ("refused", "") and last <= len(seqs) <= last + 2, "no more than the one in doubt"
