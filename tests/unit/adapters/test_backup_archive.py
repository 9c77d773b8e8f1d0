"""The file of a backup: whole or not there, and believed in nothing that its manifest does not vouch for."""

import zipfile
from contextlib import closing

import msgspec
import pytest
from sqlalchemy import create_engine, select

from openbell.adapters.backup import tables
from openbell.adapters.backup.archive import ArchiveDamaged, ArchiveReader, ArchiveWriter, Manifest
from openbell.adapters.backup.tables import dumped, fill, in_order
from openbell.adapters.sql.schema import candles, metadata, strategy_sources
from openbell.bootstrap.backups import BackupRefused, Place, restore

MANIFEST = Manifest(openbell="1", created_ns=1, database="sqlite", schema_version=1, seq=0, state_hash="0" * 64)


def written(path, parts):
    with ArchiveWriter(path) as archive:
        for name, content in parts.items():
            archive.add(name, iter([content]))
        archive.finish(MANIFEST)
    return path


def rewritten(path, name, content):
    """Put other content into a backup, as somebody who can write the file might."""
    with zipfile.ZipFile(path) as old:
        parts = {entry: old.read(entry) for entry in old.namelist()}
    with zipfile.ZipFile(path, "w") as new:
        for entry, was in parts.items():
            new.writestr(entry, content if entry == name else was)
    return path


def test_what_was_added_comes_back(tmp_path):
    with ArchiveReader(written(tmp_path / "b", {"keys/a.key": b"x" * 3_000_000})) as archive:
        assert b"".join(archive.chunks("keys/a.key")) == b"x" * 3_000_000


def test_a_backup_that_is_not_finished_is_not_there(tmp_path):
    with ArchiveWriter(tmp_path / "b") as archive:
        archive.add("keys/a.key", iter([b"x"]))
    assert list(tmp_path.iterdir()) == []


def test_other_content_is_not_believed(tmp_path):
    path = rewritten(written(tmp_path / "b", {"keys/a.key": b"ours"}), "keys/a.key", b"evil")
    with ArchiveReader(path) as archive, pytest.raises(ArchiveDamaged, match=r"keys/a\.key .* SHA-256"):
        list(archive.chunks("keys/a.key"))


@pytest.mark.parametrize(
    "name", ["keys/../evil.key", "keys/EVIL.sh", "catalog/../../evil", "catalog//evil", "keys/.key"]
)
def test_a_name_that_leads_elsewhere_is_refused(tmp_path, name):
    path = written(tmp_path / "b", {name: b"evil"})
    with pytest.raises(ArchiveDamaged, match="not the name of anything"):
        restore(path, Place(data_dir=tmp_path / "data" / "inner"))
    assert not list(tmp_path.rglob("*evil*"))


def test_a_backup_of_a_later_release_is_refused_by_its_schema(tmp_path):
    later = msgspec.structs.replace(MANIFEST, schema_version=10_000)
    with ArchiveWriter(tmp_path / "b") as archive:
        archive.finish(later)
    with pytest.raises(BackupRefused, match="schema 10000"):
        restore(tmp_path / "b", Place(data_dir=tmp_path / "data"))


def test_a_manifest_whose_state_is_not_the_journals_is_refused(tmp_path):
    path = written(tmp_path / "b", {})
    with pytest.raises(ArchiveDamaged, match="its manifest says"):
        restore(path, Place(data_dir=tmp_path / "data"))
    assert not list((tmp_path / "data").glob("openbell.db*"))


def test_amounts_beyond_64_bits_come_back_exactly():
    row = {"symbol": "AAPL", "timeframe": "1d", "ts_ns": 1, "open": 1, "high": 1, "low": 1, "close": 1, "vwap": 1}
    engine = create_engine("sqlite://")
    metadata.create_all(engine)
    with closing(engine.connect()) as connection:
        connection.execute(candles.insert(), [{**row, "volume": 10**30}])
        frames = list(dumped(connection, candles))
        connection.execute(candles.delete())
        assert fill(connection, "candles", frames) == 1
        assert connection.execute(select(candles.c.volume)).scalar() == 10**30
    engine.dispose()


def test_tables_that_are_referred_to_come_first():
    order = in_order(metadata.tables)
    referred = [(key.column.table.name, table.name) for table in metadata.tables.values() for key in table.foreign_keys]
    assert referred and all(order.index(one) <= order.index(other) for one, other in referred)


def test_a_table_of_long_rows_is_dumped_in_frames_that_can_be_read_again(monkeypatch):
    monkeypatch.setattr(tables, "FRAME_BYTES", 50_000, raising=False)
    monkeypatch.setattr(tables, "FRAME_BYTES_MAX", 100_000)
    engine = create_engine("sqlite://")
    metadata.create_all(engine)
    rows = [{"sha256": f"{n:064}", "source": "x" * 2_000, "owner_id": "o", "created_ns": n} for n in range(300)]
    with engine.connect() as connection:
        connection.execute(strategy_sources.insert(), rows)
        content = list(dumped(connection, strategy_sources))
        connection.execute(strategy_sources.delete())
        assert fill(connection, "strategy_sources", iter(content)) == 300
        kept = connection.execute(select(strategy_sources).order_by(strategy_sources.c.sha256)).mappings()
        assert [dict(row) for row in kept] == rows
    engine.dispose()
