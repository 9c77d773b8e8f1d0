"""A backup on disk: one zip file of tables and files, with a manifest that vouches for every byte.

The file appears under its name once it is whole: it is written beside it, flushed to the disk and then renamed.
"""

import errno
import hashlib
import os
import secrets
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from openbell.adapters.sql.unfinished import sync_folder

FORMAT = 1
MANIFEST = "manifest.json"
MANIFEST_BYTES_MAX = 64 * 1024 * 1024
CHUNK_BYTES = 1024 * 1024


class ArchiveDamaged(Exception):
    """This is no backup, or not all of one; the message says what is wrong with which part."""


class Entry(msgspec.Struct, frozen=True):
    """One part of a backup: its name in the archive, its size in bytes and the SHA-256 of its content."""

    name: str
    size: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a backup holds. `state_hash` is the hash of the core's state after the `seq`th event of the journal."""

    format: int = FORMAT
    openbell: str
    created_ns: int
    database: str
    schema_version: int
    seq: int
    state_hash: str
    entries: tuple[Entry, ...] = ()


class ArchiveWriter:
    """Writes a backup; used as a context, which leaves nothing behind unless `finish` was reached."""

    def __init__(self, target: Path) -> None:
        self._target = target
        # Two that are told to write the same file, as a clock may tell them, do not write into one another's.
        self._part = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
        self._entries: list[Entry] = []
        self._end = ExitStack()

    def __enter__(self) -> Self:
        # Keys go into it: nobody else may read it, from its first byte on.
        descriptor = os.open(self._part, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        self._end.callback(self._part.unlink, missing_ok=True)
        self._file = self._end.enter_context(os.fdopen(descriptor, "w+b"))
        self._zip = self._end.enter_context(zipfile.ZipFile(self._file, "w", zipfile.ZIP_DEFLATED))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end.close()

    def add(self, name: str, chunks: Iterable[bytes]) -> None:
        """Write one part, as long as it turns out to be."""
        digest, size = hashlib.sha256(), 0
        with self._zip.open(name, "w", force_zip64=True) as part:
            for chunk in chunks:
                digest.update(chunk)
                size += len(chunk)
                part.write(chunk)
        self._entries.append(Entry(name, size, digest.hexdigest()))

    def finish(self, manifest: Manifest) -> Manifest:
        """Write the manifest with what was added, and give the file its name. Durable on return.

        Raises FileExistsError when somebody else gave the name away meanwhile.
        """
        whole = msgspec.structs.replace(manifest, entries=tuple(self._entries))
        self._zip.writestr(MANIFEST, msgspec.json.format(msgspec.json.encode(whole)))
        self._zip.close()
        self._file.flush()
        os.fsync(self._file.fileno())
        if self._target.exists():
            raise FileExistsError(errno.EEXIST, "somebody else has just made it", str(self._target))
        self._part.rename(self._target)
        sync_folder(self._target.parent)
        return whole


class ArchiveReader:
    """Reads a backup; used as a context. Raises ArchiveDamaged for what cannot be relied on."""

    def __init__(self, source: Path) -> None:
        try:
            self._zip = zipfile.ZipFile(source)
        except zipfile.BadZipFile:
            raise ArchiveDamaged(f"{source} is not a backup, or only the beginning of one") from None
        try:
            self.manifest = self._manifest(source)
        except ArchiveDamaged:
            self._zip.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._zip.close()

    def names(self, folder: str) -> list[str]:
        """Name the parts in a folder of the archive."""
        return [entry.name for entry in self.manifest.entries if entry.name.startswith(f"{folder}/")]

    def chunks(self, name: str) -> Iterator[bytes]:
        """Yield the content of a part; the last step raises ArchiveDamaged unless it was what had been written."""
        (entry,) = (entry for entry in self.manifest.entries if entry.name == name)
        digest, size = hashlib.sha256(), 0
        try:
            with self._zip.open(name) as part:
                while chunk := part.read(CHUNK_BYTES):
                    digest.update(chunk)
                    size += len(chunk)
                    if size > entry.size:
                        break
                    yield chunk
        except (zipfile.BadZipFile, KeyError, EOFError, OSError, zlib.error) as problem:
            raise ArchiveDamaged(f"{name} in the backup cannot be read: {problem}") from problem
        if size != entry.size or digest.hexdigest() != entry.sha256:
            raise ArchiveDamaged(f"{name} in the backup is not what was written: its SHA-256 differs")

    def _manifest(self, source: Path) -> Manifest:
        try:
            if self._zip.getinfo(MANIFEST).file_size > MANIFEST_BYTES_MAX:
                raise ArchiveDamaged(f"the manifest of {source} is too large to be one")
            manifest = msgspec.json.decode(self._zip.read(MANIFEST), type=Manifest)
        except (KeyError, zipfile.BadZipFile, msgspec.DecodeError) as problem:
            raise ArchiveDamaged(f"{source} has no readable manifest: {problem}") from problem
        if manifest.format != FORMAT:
            raise ArchiveDamaged(f"{source} has format {manifest.format}; this release reads format {FORMAT}")
        return manifest
