"""Making a backup of a data directory, whether its server runs or not, and making a data directory from a backup.

What vouches for a backup is the state of the core: its hash is taken from the journal in the transaction that the
tables are copied in, and a restored journal must fold into the same one before anything is kept.
"""

import asyncio
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import msgspec
from sqlalchemy import Connection, StaticPool, func, select, text

from openbell import __version__
from openbell.adapters.backup.archive import CHUNK_BYTES, ArchiveDamaged, ArchiveReader, ArchiveWriter, Manifest
from openbell.adapters.backup.tables import VERSIONS, dumped, fill, in_order
from openbell.adapters.clock import SystemClock
from openbell.adapters.models import FOLDER as MODELS
from openbell.adapters.sql.connect import connect_writer, engine_on
from openbell.adapters.sql.database import beside_server, file_of, is_postgres
from openbell.adapters.sql.journal import JournalPast
from openbell.adapters.sql.lock import DataDirectoryLock
from openbell.adapters.sql.migrate import Migration, migrate, packaged_migrations
from openbell.adapters.sql.postgres_schema import has_schema, migrate_postgres
from openbell.adapters.sql.schema import metadata
from openbell.adapters.sql.unfinished import mark, marked_database, refuse_unfinished, sync_folder, unmark
from openbell.engine.state import state_hash
from openbell.runtime.recovery import recover

TABLES, KEYS, CATALOG = "tables", "keys", "catalog"
FOLDERS = (CATALOG, MODELS)
"""Folders of a data directory whose files are kept as they are."""
TABLE_SUFFIX = ".rows"
_KEY_NAME = re.compile(r"[a-z][a-z0-9_-]{0,63}\.key")
_FILE_NAME = re.compile(r"(?:[A-Za-z0-9_-][A-Za-z0-9._@+-]{0,127}/){0,4}[A-Za-z0-9_-][A-Za-z0-9._@+-]{0,199}")


class BackupRefused(Exception):
    """A backup cannot be made or restored as things stand; the message says why and what to do."""


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where a server keeps things: its data directory, and the URL of a database that is elsewhere or ''."""

    data_dir: Path
    url: str = ""

    @property
    def database(self) -> str:
        """Name the kind of database."""
        return "postgresql" if is_postgres(self.url) else "sqlite"


def back_up(place: Place, target: Path) -> Manifest:
    """Write a backup beside whatever else is going on, and give its manifest.

    Raises BackupRefused, Unavailable when the database does not answer, OSError when the file cannot be written.
    """
    refuse_unfinished(place.data_dir)
    if target.exists():
        raise BackupRefused(f"{target} is there already: name a file that is not")
    if not is_postgres(place.url) and not file_of(place.data_dir, place.url).exists():
        raise BackupRefused(f"{place.data_dir} holds no data yet: name another directory with --data-dir")
    with ArchiveWriter(target) as archive:
        keys = _keys(place.data_dir)
        manifest = asyncio.run(
            beside_server(place.data_dir, place.url).read(lambda connection: _tables(connection, archive, place))
        )
        if _keys(place.data_dir) != keys:
            raise BackupRefused("a key was changed meanwhile, and what it seals with it: make the backup again")
        for name, key in keys.items():
            archive.add(f"{KEYS}/{name}", iter([key]))
        for folder in FOLDERS:
            _add_files(archive, place.data_dir / folder)
        return archive.finish(manifest)


def restore(source: Path, place: Place) -> Manifest:
    """Make a data directory, and its database, from a backup. What fails leaves nothing behind.

    Raises BackupRefused where there is data already, ArchiveDamaged for a backup that is not whole.
    """
    with ArchiveReader(source) as archive, ExitStack() as undo:
        migrations = _migrations(archive.manifest)
        if marked_database(place.data_dir) is None:
            _check_empty(place)
        place.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        undo.callback(DataDirectoryLock(place.data_dir).release)
        _clear_unfinished(place.data_dir)
        _check_empty(place)
        with ExitStack() as on_failure:
            on_failure.callback(unmark, place.data_dir)
            mark(place.data_dir, "" if is_postgres(place.url) else str(file_of(place.data_dir, place.url)))
            for folder in (KEYS, *FOLDERS):
                _put_files(archive, folder, place, on_failure)
            if is_postgres(place.url):
                _fill_postgres(archive, place, migrations)
            else:
                _fill_sqlite(archive, file_of(place.data_dir, place.url), migrations, on_failure)
            unmark(place.data_dir)
            on_failure.pop_all()
    return archive.manifest


def _keys(data_dir: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(data_dir.glob("*.key"))}


def _add_files(archive: ArchiveWriter, folder: Path) -> None:
    for path in sorted(found for found in folder.rglob("*") if found.is_file() and not found.is_symlink()):
        name = path.relative_to(folder).as_posix()
        # A file still being written has a name that begins with a dot or ends as a part.
        if _FILE_NAME.fullmatch(name) and not name.endswith(".part"):
            archive.add(f"{folder.name}/{name}", _read(path))


def _put_files(archive: ArchiveReader, folder: str, place: Place, on_failure: ExitStack) -> None:
    """Write the files of a folder of the archive, so that they survive a power cut from here on."""
    made = {place.data_dir}
    for name in archive.names(folder):
        path = _place_of(name, place)
        on_failure.callback(path.unlink, missing_ok=True)
        _write(path, archive.chunks(name), private=folder == KEYS)
        made.update(one for one in path.parents if one.is_relative_to(place.data_dir))
    for one in made:
        sync_folder(one)


def _clear_unfinished(data_dir: Path) -> None:
    """Remove what an interrupted restore has put into a directory that held no data before it."""
    database = marked_database(data_dir)
    if database is None:
        return
    for path in data_dir.glob("*.key"):
        path.unlink()
    for folder in FOLDERS:
        shutil.rmtree(data_dir / folder, ignore_errors=True)
    if database:
        for suffix in ("", "-wal", "-shm"):
            Path(database + suffix).unlink(missing_ok=True)


def _tables(connection: Connection, archive: ArchiveWriter, place: Place) -> Manifest:
    present = connection.execute(select(func.max(text("version"))).select_from(text(VERSIONS))).scalar() or 0
    latest = packaged_migrations()[-1].version
    if present != latest:
        raise BackupRefused(
            f"the database has schema {present} and this release writes {latest}: make the backup with the release "
            "that wrote the database, or start this one once to bring it up to date (a copy is kept)"
        )
    state = recover(JournalPast(connection)).state
    for name in in_order(metadata.tables):
        archive.add(f"{TABLES}/{name}{TABLE_SUFFIX}", dumped(connection, metadata.tables[name]))
    return Manifest(
        openbell=__version__,
        created_ns=SystemClock().now_ns(),
        database=place.database,
        schema_version=present,
        seq=state.seq,
        state_hash=state_hash(state),
    )


def _check_empty(place: Place) -> None:
    if not is_postgres(place.url):
        if file_of(place.data_dir, place.url).exists():
            raise BackupRefused(f"{place.data_dir} holds data already: restore into a directory without any")
    elif asyncio.run(beside_server(place.data_dir, place.url).read(has_schema)):
        raise BackupRefused("the database at DATABASE_URL has been used already: restore into an empty one")
    taken = [
        path.name
        for folder in ("*.key", *(f"{folder}/*" for folder in FOLDERS))
        for path in place.data_dir.glob(folder)
    ]
    if taken:
        raise BackupRefused(f"{place.data_dir} holds {taken[0]} already: restore into a directory without any data")


def _migrations(manifest: Manifest) -> tuple[Migration, ...]:
    packaged = packaged_migrations()
    if manifest.schema_version > packaged[-1].version:
        raise BackupRefused(
            f"the backup was made by Openbell {manifest.openbell} with schema {manifest.schema_version}; this release "
            f"knows schemas up to {packaged[-1].version}: restore it with that release or a later one"
        )
    return tuple(migration for migration in packaged if migration.version <= manifest.schema_version)


def _fill_sqlite(archive: ArchiveReader, path: Path, migrations: tuple[Migration, ...], on_failure: ExitStack) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    for suffix in ("", "-wal", "-shm"):
        on_failure.callback(path.with_name(path.name + suffix).unlink, missing_ok=True)
    with closing(connect_writer(path)) as raw:
        migrate(raw, migrations, backup_dir=path.parent)
        engine = engine_on(lambda: raw, {"poolclass": StaticPool})
        with engine.connect() as connection:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            _fill(connection, archive)
            connection.exec_driver_sql("COMMIT")
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _fill_postgres(archive: ArchiveReader, place: Place, migrations: tuple[Migration, ...]) -> None:
    def work(connection: Connection) -> None:
        migrate_postgres(connection, migrations)
        _fill(connection, archive)

    asyncio.run(beside_server(place.data_dir, place.url).write(work))


def _fill(connection: Connection, archive: ArchiveReader) -> None:
    """Fill the tables within the transaction under way; it is only kept when the state comes out as it was."""
    parts = {name.removeprefix(f"{TABLES}/").removesuffix(TABLE_SUFFIX): name for name in archive.names(TABLES)}
    for table in in_order(parts):
        fill(connection, table, archive.chunks(parts[table]))
    state = recover(JournalPast(connection)).state
    manifest = archive.manifest
    if (state.seq, state_hash(state)) != (manifest.seq, manifest.state_hash):
        raise ArchiveDamaged(
            f"the journal in the backup ends at event {state.seq} with state {state_hash(state)[:16]}; its manifest "
            f"says event {manifest.seq} with state {manifest.state_hash[:16]}"
        )


def _place_of(name: str, place: Place) -> Path:
    folder, _, rest = name.partition("/")
    pattern = _KEY_NAME if folder == KEYS else _FILE_NAME
    if not pattern.fullmatch(rest):
        raise ArchiveDamaged(f"{name} in the backup is not the name of anything that a backup holds")
    return place.data_dir / rest if folder == KEYS else place.data_dir / folder / rest


def _read(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            yield chunk


def _write(path: Path, chunks: Iterator[bytes], *, private: bool) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with path.open("xb") as file:
        if private:
            path.chmod(0o600)
        for chunk in chunks:
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())
