"""Files from outside: taken in piece by piece, unpacked within bounds, and checked in a process that may be lost.

What arrives is written to a file of our own naming; nothing that a caller sends names a path. The process that reads it
has a limit on its memory, so that a file made to burst harms nobody but itself.
"""

import asyncio
import multiprocessing
import os
import resource
import signal
import zlib
from collections.abc import AsyncIterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import BinaryIO, Self, cast

import msgspec

from openbell.adapters.catalog.limits import ImportLimits
from openbell.adapters.catalog.parquet import ParquetCatalog
from openbell.adapters.catalog.stored import PART_SUFFIX
from openbell.domain.dataset import Finding
from openbell.ports import ImportReport, ImportRequest, IntakeBusy, Unavailable

AT_ONCE_MAX = 2
WAITING_MAX = 4
"""Files taken in at the same time, and senders that may wait for their turn."""
PIECE_SECONDS_MAX = 30.0
"""A sender that is silent for longer is given up."""
WORKER_MEMORY_BYTES_MAX = 2 * 1024**3
WORKER_NICENESS = 5
IDLE_SECONDS = 60.0
"""A worker takes a second to start; it waits this long for the next file."""
UNPACK_BYTES = 256 * 1024
FOLDER = ".uploads"
_GZIP_WINDOW = 31


class TooLarge(ValueError):
    """What was sent is larger, packed or unpacked, than may be taken in."""


class SenderGone(ValueError):
    """The sender fell silent."""


class FileIntake:
    """Implements `ports.Intake` over the catalog in a data directory."""

    def __init__(self, data_dir: str, *, limits: ImportLimits, catalog_bytes_max: int) -> None:
        self._data_dir = data_dir
        self._folder = Path(data_dir) / "catalog" / FOLDER
        self._limits = limits
        self._catalog_bytes_max = catalog_bytes_max
        self._places = asyncio.Semaphore(AT_ONCE_MAX)
        self._present = 0
        self._is_swept = False
        self._pool: ProcessPoolExecutor | None = None
        self._letting_go: asyncio.TimerHandle | None = None

    async def receive(self, pieces: AsyncIterator[bytes], wanted: ImportRequest, *, is_gzip: bool) -> ImportReport:
        """Take a file in, check it, and keep or refuse it. Memory does not depend on its size.

        Raises ValueError for a wish that cannot be (TooLarge and SenderGone are such), PermissionError for a dataset of
        somebody else, IntakeBusy when too many arrive at once.
        """
        if self._present >= AT_ONCE_MAX + WAITING_MAX:
            raise IntakeBusy("too many files are being taken in")
        self._present += 1
        try:
            async with self._places:
                return await self._received(pieces, wanted, is_gzip=is_gzip)
        except OSError as problem:
            if problem.errno is None:
                raise
            raise Unavailable(f"a file cannot be kept: {problem.strerror}") from problem
        finally:
            self._present -= 1

    def close(self) -> None:
        """Let the worker end; the next file gets a new one."""
        if self._letting_go is not None:
            self._letting_go.cancel()
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)
        self._letting_go = self._pool = None

    async def _received(self, pieces: AsyncIterator[bytes], wanted: ImportRequest, *, is_gzip: bool) -> ImportReport:
        with await asyncio.to_thread(self._opened) as file:
            await self._spool(file, pieces, _Unpacked(self._limits) if is_gzip else _Plain(self._limits))
            return await self._checked(file.name, wanted)

    def _opened(self) -> "_Spool":
        self._folder.mkdir(parents=True, exist_ok=True)
        if not self._is_swept:
            # A server that was killed left its files behind; one server alone uses a data directory.
            self._is_swept = True
            for left in self._folder.glob(f"*{PART_SUFFIX}"):
                left.unlink(missing_ok=True)
        held = sum(one.stat().st_size for one in self._folder.parent.glob("*") if one.is_file())
        if held > self._catalog_bytes_max:
            raise TooLarge(f"the catalog holds {held:,} bytes, the limit is {self._catalog_bytes_max:,}")
        return _Spool(self._folder)

    async def _spool(self, file: "_Spool", pieces: AsyncIterator[bytes], door: "_Plain") -> None:
        """Write everything that is sent, in larger pieces and off the loop."""
        waiting: list[bytes] = []
        size = 0
        while True:
            try:
                async with asyncio.timeout(PIECE_SECONDS_MAX):
                    piece = await anext(pieces, None)
            except TimeoutError:
                raise SenderGone(f"nothing came for {PIECE_SECONDS_MAX:.0f} seconds") from None
            if piece is not None:
                waiting.append(piece)
                size += len(piece)
            if piece is None or size >= UNPACK_BYTES:
                await asyncio.to_thread(door.write, b"".join(waiting), file.file)
                waiting, size = [], 0
            if piece is None:
                await asyncio.to_thread(door.finish, file.file)
                return

    async def _checked(self, path: str, wanted: ImportRequest) -> ImportReport:
        loop = asyncio.get_running_loop()
        if self._letting_go is not None:
            self._letting_go.cancel()
        if self._pool is None:
            context = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(1, mp_context=context, initializer=_step_back)
        try:
            packed = await loop.run_in_executor(self._pool, _admit, self._data_dir, path, wanted, self._limits)
        except BrokenProcessPool:
            self.close()
            return _burst()
        self._letting_go = loop.call_later(IDLE_SECONDS, self.close)
        return msgspec.msgpack.decode(packed, type=ImportReport)


class _Spool:
    """A file of our own naming that is gone when it is left."""

    def __init__(self, folder: Path) -> None:
        self._held = NamedTemporaryFile(dir=folder, suffix=PART_SUFFIX)  # noqa: SIM115 - closed on leaving
        self.file = cast("BinaryIO", self._held.file)
        self.name = self._held.name

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._held.close()


class _Plain:
    """Writes what comes as it is, up to the limit."""

    def __init__(self, limits: ImportLimits) -> None:
        self._bytes_max = limits.file_bytes_max
        self._written = 0

    def write(self, data: bytes, file: BinaryIO) -> None:
        """Write a piece. Raises TooLarge."""
        self._written += len(data)
        if self._written > self._bytes_max:
            raise TooLarge(f"the file has more than {self._bytes_max:,} bytes")
        file.write(data)

    def finish(self, file: BinaryIO) -> None:
        """Put the last bytes on their way."""
        file.flush()


class _Unpacked(_Plain):
    """Unpacks gzip a little at a time: a small piece never becomes a large one in memory."""

    def __init__(self, limits: ImportLimits) -> None:
        super().__init__(limits)
        self._unpacker = zlib.decompressobj(_GZIP_WINDOW)

    def write(self, data: bytes, file: BinaryIO) -> None:
        """Unpack and write a piece. Raises TooLarge, and ValueError for what is no gzip."""
        is_full = False
        while data or is_full:
            if self._unpacker.eof:
                # Files packed one after the other are one file.
                self._unpacker = zlib.decompressobj(_GZIP_WINDOW)
            try:
                unpacked = self._unpacker.decompress(data, UNPACK_BYTES)
            except zlib.error as problem:
                raise ValueError("the file is not gzip, as was said") from problem
            super().write(unpacked, file)
            data = self._unpacker.unconsumed_tail or self._unpacker.unused_data
            # With a full measure there may be more to come from what was read already.
            is_full = len(unpacked) == UNPACK_BYTES and not self._unpacker.eof

    def finish(self, file: BinaryIO) -> None:
        """Check that nothing is missing."""
        if not self._unpacker.eof:
            raise ValueError("the packed file ends too early")
        super().finish(file)


def _step_back() -> None:
    """Begin a worker: behind the server in everything, and with bounded memory."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.nice(WORKER_NICENESS)
    resource.setrlimit(resource.RLIMIT_DATA, (WORKER_MEMORY_BYTES_MAX, WORKER_MEMORY_BYTES_MAX))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _admit(data_dir: str, path: str, wanted: ImportRequest, limits: ImportLimits) -> bytes:
    """Do one import, in a worker process."""
    try:
        report = ParquetCatalog(data_dir, limits=limits).admit(path, wanted)
    except MemoryError:
        report = _burst()
    return msgspec.msgpack.encode(report)


def _burst() -> ImportReport:
    finding = Finding(line=0, field="", problem="needs more memory than a file may", value="", is_error=True)
    return ImportReport(dataset=None, rows=0, errors=1, warnings=0, findings=[finding])
