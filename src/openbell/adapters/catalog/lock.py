"""Whose turn it is to change the catalog: one process or thread at a time, however many read."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from openbell.adapters.catalog.stored import PART_SUFFIX, SUFFIX

LOCK_NAME = ".lock"


@contextmanager
def turn(folder: Path) -> Iterator[None]:
    """Wait for our turn to change the folder, and clear away what a killed import left behind."""
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder / LOCK_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        for part in folder.glob(f"*{SUFFIX}.*{PART_SUFFIX}"):
            part.unlink(missing_ok=True)
        yield
    finally:
        os.close(descriptor)
