"""A backup is of one moment, and of everything; a restore that was cut off is no data directory."""

import asyncio
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
from msgspec.structs import replace

from openbell.adapters.backup.archive import ArchiveWriter, Manifest
from openbell.adapters.sql.database import open_database
from openbell.bootstrap import backups
from openbell.bootstrap.backups import BackupRefused, Place, back_up, restore
from openbell.bootstrap.rotation import rotate
from openbell.ports import Unavailable

MODEL = b'{"a": "model"}'
KILLED = """
import os, sys
from pathlib import Path
from openbell.bootstrap import backups
def die(*_):
    (Path(sys.argv[2]) / "wrote").touch()
    os._exit(9)
backups._fill = die
backups.restore(Path(sys.argv[1]), backups.Place(data_dir=Path(sys.argv[2]), url=sys.argv[3]))
"""


@pytest.fixture
def place(tmp_path, script, durable) -> Place:
    """A data directory in which a little has happened."""
    made = Place(data_dir=tmp_path / "data")
    raised = replace(script.alert(account_id=""), account_seq=0)
    with closing(open_database(made.data_dir)) as database:
        assert asyncio.run(durable(database.journal, raised)) is None
    for name in ("models/m.json", "models/n.1234abcd.part", "catalog/bars/AAPL.parquet"):
        (made.data_dir / name).parent.mkdir(parents=True, exist_ok=True)
        (made.data_dir / name).write_bytes(MODEL)
    return made


def test_trained_models_and_data_are_in_a_backup_and_drafts_are_not(place, tmp_path):
    back_up(place, tmp_path / "b")
    restore(tmp_path / "b", Place(data_dir=tmp_path / "again"))
    kept = sorted(path.relative_to(tmp_path / "again").as_posix() for path in (tmp_path / "again").rglob("*.*"))
    assert [name for name in kept if "/" in name] == ["catalog/bars/AAPL.parquet", "models/m.json"]
    assert (tmp_path / "again" / "models" / "m.json").read_bytes() == MODEL


@pytest.mark.parametrize("database_url", ["sqlite", "postgres"], indirect=True)
def test_nobody_serves_from_a_restore_that_was_cut_off_and_the_next_one_starts_over(place, tmp_path, database_url):
    manifest, target = back_up(place, tmp_path / "b"), Place(data_dir=tmp_path / "again", url=database_url)
    arguments = [sys.executable, "-c", KILLED, str(tmp_path / "b"), str(target.data_dir), database_url]
    ended = subprocess.run(arguments, check=False, timeout=120)
    assert ended.returncode == 9
    assert (target.data_dir / "wrote").exists()
    assert list(target.data_dir.glob("*.key"))
    with pytest.raises(Unavailable, match="restore"):
        open_database(target.data_dir, url=database_url)
    assert restore(tmp_path / "b", target) == manifest
    with closing(open_database(target.data_dir, url=database_url)) as database:
        assert len(list(database.journal.read(after_seq=0))) == 1


def test_a_key_that_changes_while_a_backup_is_made_is_noticed(place, tmp_path, monkeypatch):
    tables = backups._tables

    def and_then_a_rotation(*given):
        manifest = tables(*given)
        with ThreadPoolExecutor() as other:
            other.submit(rotate, place.data_dir, "vault").result()
        return manifest

    monkeypatch.setattr(backups, "_tables", and_then_a_rotation)
    with pytest.raises(BackupRefused, match="key was changed"):
        back_up(place, tmp_path / "b")
    assert not list(tmp_path.glob("*b*"))


def test_two_backups_of_one_name_do_not_write_into_each_other(tmp_path):
    made = Manifest(openbell="1", created_ns=1, database="sqlite", schema_version=1, seq=0, state_hash="0")
    with ArchiveWriter(tmp_path / "b") as one:
        one.add("keys/a.key", iter([b"one" * 50_000]))
        with ArchiveWriter(tmp_path / "b") as two:
            two.add("keys/a.key", iter([b"two" * 90_000]))
            one.finish(made)
            kept = (tmp_path / "b").read_bytes()
            with pytest.raises(FileExistsError):
                two.finish(made)
    assert [path.name for path in tmp_path.iterdir()] == ["b"] and (tmp_path / "b").read_bytes() == kept
