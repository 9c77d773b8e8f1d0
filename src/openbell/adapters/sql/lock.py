"""One server for one data directory: a lock that the operating system lets go of however the process ends."""

import fcntl
import os
from pathlib import Path

LOCK_NAME = "openbell.lock"


class StoreInUse(Exception):
    """Somebody else holds what this process wants to write to; the message names them and says what to do."""


class DataDirectoryInUse(StoreInUse):
    """Another process serves from this data directory; the message names it and says what to do."""


class DataDirectoryLock:
    """Exclusive hold of a data directory. Raises DataDirectoryInUse when somebody else has it."""

    def __init__(self, data_dir: Path) -> None:
        self._descriptor = os.open(data_dir / LOCK_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(self._descriptor, 32, 0).decode("ascii", "replace").strip()
            os.close(self._descriptor)
            raise DataDirectoryInUse(
                f"{data_dir} is in use by process {holder or '(starting)'}: stop that server, or give this one "
                "another --data-dir. Several servers over the same accounts need PostgreSQL."
            ) from None
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, f"{os.getpid()}\n".encode("ascii"), 0)

    def release(self) -> None:
        """Let go. Harmless when done twice. The file stays: removing it would let two processes lock two files."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)
