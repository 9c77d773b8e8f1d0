"""The mark of a restore that is under way: a data directory that bears it is not whole, and nobody serves from it."""

import os
from pathlib import Path

from openbell.ports import Unavailable

MARK_NAME = "openbell.restoring"


def refuse_unfinished(data_dir: Path) -> None:
    """Raise Unavailable for a directory into which a restore was begun and not brought to its end."""
    if (data_dir / MARK_NAME).exists():
        raise Unavailable(
            f"a restore into {data_dir} is under way or was interrupted: `openbell restore` into it again starts over"
        )


def mark(data_dir: Path, database: str) -> None:
    """Mark a directory, durably, before anything is put into it. `database` is the path of the file to be, or ''."""
    descriptor = os.open(data_dir / MARK_NAME, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(os.fsencode(database))
        file.flush()
        os.fsync(file.fileno())
    sync_folder(data_dir)


def marked_database(data_dir: Path) -> str | None:
    """Give what an unfinished restore was going to make its database; None where there is no mark."""
    path = data_dir / MARK_NAME
    return os.fsdecode(path.read_bytes()) if path.exists() else None


def unmark(data_dir: Path) -> None:
    """Take the mark off, durably; harmless where there is none."""
    (data_dir / MARK_NAME).unlink(missing_ok=True)
    sync_folder(data_dir)


def sync_folder(folder: Path) -> None:
    """Have the names in a folder reach the disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
