"""Promise 1: what was acknowledged is there after `kill -9`, whole and once; and one server a data directory."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from openbell.adapters.sql.database import open_database
from openbell.adapters.sql.lock import DataDirectoryInUse
from postgres_server import name_in

KILLS = int(os.environ.get("OPENBELL_TEST_JOURNAL_KILLS", "20"))
ACKNOWLEDGEMENTS_BEFORE_KILL_MAX = 120


@contextmanager
def appending(data_dir: Path, url: str = ""):
    script = Path(__file__).with_name("appending_process.py")
    command = [sys.executable, str(script), str(data_dir), url]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2] / "src")}
    with subprocess.Popen(command, stdin=-1, stdout=-1, text=True, bufsize=1, env=environment) as process:
        yield process
        process.stdin.close()


@pytest.fixture
def appender(tmp_path: Path):
    with appending(tmp_path / "data") as process:
        yield process


def start_victim(appender: subprocess.Popen) -> int:
    appender.stdin.write("start\n")
    return int(appender.stdout.readline().removeprefix("pid "))


def acknowledged_before_kill(appender: subprocess.Popen, acknowledgements: int) -> int:
    """Kill after so many acknowledgements; give the last one that came out."""
    victim, last = start_victim(appender), 0
    for _ in range(acknowledgements):
        last = int(appender.stdout.readline())
    os.kill(victim, signal.SIGKILL)
    while (line := appender.stdout.readline()) != "dead\n":
        last = int(line)
    return last


def test_every_acknowledged_record_survives_kill_9(appender, tmp_path):
    chance = random.Random(7)  # noqa: S311 - one seed repeats a failure
    for _ in range(KILLS):
        last = acknowledged_before_kill(appender, chance.randint(1, ACKNOWLEDGEMENTS_BEFORE_KILL_MAX))
        with closing(sqlite3.connect(tmp_path / "data" / "openbell.db")) as connection:
            seqs = [seq for (seq,) in connection.execute("SELECT seq FROM journal ORDER BY seq")]
            placed = connection.execute("SELECT count(*), count(submitted_ns) FROM orders").fetchone()
        assert seqs == list(range(1, len(seqs) + 1))
        assert seqs[-1] >= last
        assert placed == (len(seqs) // 2, len(seqs) // 2), "the read table follows the journal"


def test_every_record_acknowledged_by_postgresql_survives_kill_9(postgres, postgres_url, tmp_path):
    chance = random.Random(7)  # noqa: S311 - one seed repeats a failure
    name = name_in(postgres_url)
    with appending(tmp_path / "data", postgres_url) as appender:
        for _ in range(KILLS // 2):
            last = acknowledged_before_kill(appender, chance.randint(1, ACKNOWLEDGEMENTS_BEFORE_KILL_MAX))
            count, top = postgres.sql(name, "SELECT count(*), max(seq) FROM journal").split("|")
            assert int(count) == int(top) >= last
            placed = postgres.sql(name, "SELECT count(*), count(submitted_ns) FROM orders")
            assert placed == f"{int(count) // 2}|{int(count) // 2}", "the read table follows the journal"


def test_a_second_server_on_a_data_directory_is_refused_by_name(appender, tmp_path):
    victim = start_victim(appender)
    appender.stdout.readline()  # it has acknowledged something, so it holds the directory
    with pytest.raises(DataDirectoryInUse, match=rf"process {victim}: .*--data-dir"):
        open_database(tmp_path / "data")
    os.kill(victim, signal.SIGKILL)
    while appender.stdout.readline() != "dead\n":
        pass
    open_database(tmp_path / "data").close()


def test_closing_lets_the_next_one_in(tmp_path):
    for _ in range(2):
        database = open_database(tmp_path)
        with pytest.raises(DataDirectoryInUse):
            open_database(tmp_path)
        database.close()
        database.close()


def test_a_file_is_held_by_whatever_name_a_server_has_for_it(tmp_path):
    (tmp_path / "linked").mkdir()
    (tmp_path / "linked" / "openbell.db").symlink_to(tmp_path / "real" / "openbell.db")
    (tmp_path / "same").symlink_to(tmp_path / "real")
    with closing(open_database(tmp_path / "real", url=f"sqlite:///{tmp_path / 'same' / 'openbell.db'}")):
        for name in ("linked", "same", "real"):
            with pytest.raises(DataDirectoryInUse):
                open_database(tmp_path / name)
