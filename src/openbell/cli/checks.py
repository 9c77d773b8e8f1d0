"""The checks of `openbell doctor`: each looks at one thing, changes nothing, and says how to put it right."""

import asyncio
import errno
import os
import shutil
import socket
import sqlite3
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy.exc import SQLAlchemyError

from openbell.adapters.catalog.parquet import ParquetCatalog
from openbell.adapters.clock import SystemClock
from openbell.adapters.sql.connect import DATABASE_NAME, connect_reader
from openbell.adapters.sql.database import beside_server, file_of, is_postgres
from openbell.adapters.sql.lock import LOCK_NAME, DataDirectoryInUse, DataDirectoryLock
from openbell.adapters.sql.migrate import packaged_migrations, schema_version
from openbell.adapters.sql.reserve import RESERVE_BYTES, RESERVE_NAME
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
        yield reserve(file_of(data_dir, settings.database_url).parent, holder)
    yield from journal(settings, holder)
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


def journal(settings: "Settings", holder: str) -> Iterator[Check]:
    """Fold the journal into a state, as a start would, and hold snapshots and this machine's clock against it."""
    data_dir, url = settings.data_dir, settings.database_url
    if holder:
        yield Check(name="journal", status=OK, detail="in use: the running server has replayed it")
        return
    if not is_postgres(url) and not file_of(data_dir, url).exists():
        yield Check(name="journal", status=OK, detail="none yet")
        return
    from openbell.cli.journal_checks import clock_problem, folded  # noqa: PLC0415 - the core takes time to import
    from openbell.engine.state import state_hash  # noqa: PLC0415

    try:
        with _asking(settings) as ask:
            found = folded(ask)
    except (sqlite3.Error, SQLAlchemyError, Unavailable) as problem:
        yield Check(name="journal", status=WRONG, detail=f"cannot be read: {problem}", fix=_restore(data_dir))
        return
    if found.problems:
        yield Check(name="journal", status=WRONG, detail="; ".join(found.problems), fix=_restore(data_dir))
        return
    detail = f"{found.state.seq:,} events, state {state_hash(found.state)[:16]}"
    yield Check(name="journal", status=OK, detail=detail)
    off = clock_problem(found.state.ts_ns, SystemClock().now_ns())
    fix = "set this machine's clock; let it be kept by NTP"
    yield Check(name="clock", status=WARNING, detail=off, fix=fix) if off else Check(name="clock", status=OK, detail="")


@contextmanager
def _asking(settings: "Settings") -> Iterator[Callable[[str], Sequence[Sequence[Any]]]]:
    """Give a way to query the database that changes nothing."""
    if is_postgres(settings.database_url):
        tables = beside_server(settings.data_dir, settings.database_url)
        yield lambda query: asyncio.run(tables.read(lambda connection: connection.exec_driver_sql(query).all()))
        return
    with closing(connect_reader(file_of(settings.data_dir, settings.database_url))) as connection:
        yield lambda query: connection.execute(query).fetchall()


def reserve(folder: Path, holder: str) -> Check:
    """Look whether the space is put aside that cancels need on a full disk."""
    path = folder / RESERVE_NAME
    size = path.stat().st_size if path.exists() else None
    if size == RESERVE_BYTES or (size is None and not (folder / DATABASE_NAME).exists()):
        return Check(name="reserve", status=OK, detail="none yet" if size is None else f"{size >> 20} MiB put aside")
    if size is None:
        fix = "make room: it is put aside again" + ("" if holder else " at the next start")
        return Check(name="reserve", status=WARNING, detail="used up: the disk was full", fix=fix)
    detail = f"{RESERVE_NAME} is left over with {size:,} bytes of {RESERVE_BYTES:,}"
    return Check(name="reserve", status=WARNING, detail=detail, fix=f"delete {path}: the next start makes it anew")


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
