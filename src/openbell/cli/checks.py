"""The checks of `openbell doctor`: each looks at one thing, changes nothing, and says how to put it right."""

import asyncio
import errno
import os
import shutil
import socket
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from openbell.adapters.catalog.parquet import ParquetCatalog
from openbell.adapters.sql.connect import connect_reader
from openbell.adapters.sql.database import beside_server, file_of, is_postgres, open_database
from openbell.adapters.sql.lock import LOCK_NAME, DataDirectoryInUse, DataDirectoryLock, StoreInUse
from openbell.adapters.sql.migrate import packaged_migrations, schema_version
from openbell.cli.check import OK, WARNING, WRONG, Check
from openbell.ports import Unavailable

if TYPE_CHECKING:
    from openbell.config import Settings

PYTHON_MIN = (3, 11)
DISK_FREE_BYTES_MIN = 1024**3
KEY_SUFFIX = ".key"


def examine(settings: "Settings") -> Iterator[Check]:
    """Look at everything, one after the other."""
    data_dir = settings.data_dir
    yield python()
    yield writable(data_dir)
    yield disk(data_dir)
    holder = lock_holder(data_dir)
    yield lock(holder)
    if is_postgres(settings.database_url):
        yield postgres(settings)
    else:
        yield database(file_of(data_dir, settings.database_url))
    yield journal(settings)
    yield from key_files(data_dir)
    yield catalog(data_dir)
    yield port(settings.host, settings.port, holder)


def python() -> Check:
    """Look at the interpreter."""
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info < PYTHON_MIN:
        return Check(name="python", status=WRONG, detail=version, fix="install Python 3.11 or newer")
    return Check(name="python", status=OK, detail=f"{version} ({sys.executable})")


def writable(data_dir: Path) -> Check:
    """Look whether the data directory can be written, or made."""
    place = data_dir
    while not place.exists() and place != place.parent:
        place = place.parent
    if not (place.is_dir() and os.access(place, os.W_OK | os.X_OK)):
        fix = f"make it writable for {os.environ.get('USER', 'this user')}, or choose another with --data-dir"
        return Check(name="data directory", status=WRONG, detail=f"{place} cannot be written", fix=fix)
    detail = str(data_dir) if place == data_dir else f"{data_dir} (will be made)"
    return Check(name="data directory", status=OK, detail=detail)


def disk(data_dir: Path) -> Check:
    """Look at the free space where the data is."""
    place = next(folder for folder in (data_dir, *data_dir.parents) if folder.exists())
    free = shutil.disk_usage(place).free
    detail = f"{free / 1024**3:.1f} GiB free"
    if free < DISK_FREE_BYTES_MIN:
        return Check(
            name="disk", status=WRONG, detail=detail, fix="make room: orders are refused when the disk is full"
        )
    return Check(name="disk", status=OK, detail=detail)


def lock_holder(data_dir: Path) -> str:
    """Give the message of whoever serves from the directory, or ''."""
    if not (data_dir / LOCK_NAME).exists():
        return ""
    try:
        DataDirectoryLock(data_dir).release()
    except DataDirectoryInUse as holder:
        return str(holder)
    except OSError:
        return ""
    return ""


def lock(holder: str) -> Check:
    """Tell whether a server is running."""
    if holder:
        return Check(name="lock", status=OK, detail=holder.partition(":")[0] + " (a server is running)")
    return Check(name="lock", status=OK, detail="free")


def postgres(settings: "Settings") -> Check:
    """Look whether PostgreSQL answers."""
    tables = beside_server(settings.data_dir, settings.database_url)
    try:
        version = asyncio.run(
            tables.read(lambda connection: connection.exec_driver_sql("SHOW server_version").scalar())
        )
    except Unavailable as outage:
        fix = "start it, or correct DATABASE_URL"
        return Check(name="database", status=WRONG, detail=f"PostgreSQL: {outage}", fix=fix)
    return Check(name="database", status=OK, detail=f"PostgreSQL {version}")


def database(path: Path) -> Check:
    """Look at the file's own integrity and at its schema."""
    if not path.exists():
        return Check(name="database", status=OK, detail="none yet")
    try:
        with closing(connect_reader(path)) as connection:
            found = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
            version, latest = schema_version(connection), packaged_migrations()[-1].version
    except sqlite3.Error as problem:
        return Check(name="database", status=WRONG, detail=str(problem), fix=_restore(path.parent))
    if found != "ok":
        return Check(name="database", status=WRONG, detail=found, fix=_restore(path.parent))
    if version > latest:
        detail = f"schema {version}, this release knows {latest}"
        return Check(name="database", status=WRONG, detail=detail, fix="install the newer release")
    if version < latest:
        detail = f"whole, schema {version} of {latest}"
        return Check(name="database", status=WARNING, detail=detail, fix="the next start brings it up to date")
    return Check(name="database", status=OK, detail=f"whole, schema {version}")


def journal(settings: "Settings") -> Check:
    """Fold the journal into a state, as a start would."""
    data_dir, url = settings.data_dir, settings.database_url
    if not is_postgres(url) and not file_of(data_dir, url).exists():
        return Check(name="journal", status=OK, detail="none yet")
    from openbell.engine.state import state_hash  # noqa: PLC0415
    from openbell.runtime.recovery import recover  # noqa: PLC0415

    try:
        with closing(open_database(data_dir, url=url)) as opened:
            recovered = recover(opened.journal)
    except StoreInUse:
        return Check(name="journal", status=OK, detail="in use: the running server has replayed it")
    except (sqlite3.Error, msgspec.MsgspecError, Unavailable, ValueError, KeyError) as problem:
        return Check(name="journal", status=WRONG, detail=f"does not replay: {problem}", fix=_restore(data_dir))
    detail = f"{recovered.state.seq:,} events, state {state_hash(recovered.state)[:16]}"
    return Check(name="journal", status=OK, detail=detail)


def key_files(data_dir: Path) -> Iterator[Check]:
    """Look whether keys can be read by others."""
    for path in sorted(data_dir.glob(f"*{KEY_SUFFIX}")):
        mode = path.stat().st_mode & 0o777
        if mode & 0o077:
            detail = f"{path.name} has mode {mode:04o}: others can read it"
            yield Check(name="key file", status=WRONG, detail=detail, fix=f"chmod 600 {path}")
        else:
            yield Check(name="key file", status=OK, detail=f"{path.name} is private")


def catalog(data_dir: Path) -> Check:
    """Look whether every dataset can be read."""
    recorded = ParquetCatalog(str(data_dir))
    problems = recorded.problems()
    if problems:
        return Check(
            name="catalog", status=WARNING, detail="; ".join(problems), fix="delete the file and import it again"
        )
    return Check(name="catalog", status=OK, detail=f"{len(recorded.datasets())} datasets")


def port(host: str, number: int, holder: str) -> Check:
    """Look whether the server could listen, or is what listens."""
    name = f"port {number}"
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, number))
        except OSError as problem:
            if problem.errno == errno.EADDRINUSE and holder:
                return Check(name=name, status=OK, detail="taken, as a running server would")
            fix = "stop what listens there, or choose another with --port"
            return Check(name=name, status=WRONG, detail=f"{host}: {problem.strerror or problem}", fix=fix)
    return Check(name=name, status=OK, detail=f"free on {host}")


def _restore(data_dir: Path) -> str:
    return f"keep a copy of {data_dir} and restore a backup"
