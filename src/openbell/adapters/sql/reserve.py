"""Space put aside on the disk: when everything else is full there is still room to cancel, to stop, and to look."""

import os
from contextlib import suppress
from pathlib import Path

RESERVE_NAME = "openbell.reserve"
RESERVE_BYTES = 16 * 1024 * 1024
"""Room for some 50,000 cancels with everything that is recorded about them."""

FREE_FACTOR = 3
"""The reserve is put aside (again) once this many times its size is free: one that is given and taken back with
every record would let trading start and stop all the time."""


class Reserve:
    """One file of a fixed size, there to be deleted."""

    def __init__(self, folder: Path, *, size: int = RESERVE_BYTES) -> None:
        self._path = folder / RESERVE_NAME
        self._size = size
        self.is_held = False
        """Whether the space is put aside at the moment."""
        self.hold()

    def hold(self) -> bool:
        """Put the space aside where there is room enough, and tell whether it is."""
        with suppress(OSError):
            self.is_held = self._path.exists() and self._path.stat().st_size == self._size
            if not self.is_held and self._free() >= FREE_FACTOR * self._size:
                self._allocate()
                self.is_held = True
        return self.is_held

    def give(self) -> bool:
        """Free the space; False when that has been done already."""
        was_held, self.is_held = self.is_held, False
        self._path.unlink(missing_ok=True)
        return was_held

    def _free(self) -> int:
        disk = os.statvfs(self._path.parent)
        return disk.f_bavail * disk.f_frsize

    def _allocate(self) -> None:
        descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        try:
            os.posix_fallocate(descriptor, 0, self._size)
        except OSError:
            self._path.unlink(missing_ok=True)
            raise
        finally:
            os.close(descriptor)
