"""The list of stored datasets, rebuilt from the files whenever they changed; a cache spares hashing them again."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import msgspec

from openbell.adapters.catalog.arrow import pa, pq
from openbell.adapters.catalog.stored import SUFFIX, Label, digest_of, label_of, replacing, time_range
from openbell.ports import Dataset

CACHE_NAME = "index.json"


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """A file as it was when it was last read. A file with another size or time is read again."""

    name: str
    size: int
    mtime_ns: int
    dataset: Dataset | None
    problem: str = ""


class Index:
    """Datasets of one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._seen: dict[str, Seen] = self._cached()

    def datasets(self) -> dict[str, Dataset]:
        """Give the datasets as the folder has them now, by id."""
        return {seen.dataset.dataset_id: seen.dataset for seen in self._scan() if seen.dataset is not None}

    def problems(self) -> list[str]:
        """Name the files that are in the folder and cannot be read."""
        return [f"{seen.name}: {seen.problem}" for seen in self._scan() if seen.dataset is None]

    def path(self, dataset_id: str) -> Path:
        """Give where a dataset is, or would be, stored."""
        return self._folder / f"{dataset_id}{SUFFIX}"

    def _scan(self) -> list[Seen]:
        found: dict[str, Seen] = {}
        if self._folder.is_dir():
            with os.scandir(self._folder) as entries:
                ours = [one for one in entries if one.name.endswith(SUFFIX) and one.is_file(follow_symlinks=False)]
            if any(one.name not in self._seen for one in ours):
                # Whoever brought a file has hashed it and written that down.
                self._seen = self._cached() | self._seen
            found = {one.name: self._look(one) for one in ours}
        if found != self._seen:
            self._seen = found
            self._keep()
        return sorted(found.values(), key=lambda seen: seen.name)

    def _look(self, entry: os.DirEntry[str]) -> Seen:
        status = entry.stat(follow_symlinks=False)
        known = self._seen.get(entry.name)
        if known is not None and (known.size, known.mtime_ns) == (status.st_size, status.st_mtime_ns):
            return known
        try:
            dataset, problem = described(Path(entry.path)), ""
        except (ValueError, OSError, pa.ArrowException) as error:
            dataset, problem = None, str(error)
        return Seen(name=entry.name, size=status.st_size, mtime_ns=status.st_mtime_ns, dataset=dataset, problem=problem)

    def _cached(self) -> dict[str, Seen]:
        try:
            cached = msgspec.json.decode((self._folder / CACHE_NAME).read_bytes(), type=list[Seen])
        except (OSError, msgspec.MsgspecError):
            return {}
        return {seen.name: seen for seen in cached}

    def _keep(self) -> None:
        # The cache is worth nothing but time: a folder that cannot be written is still a catalog.
        with contextlib.suppress(OSError), replacing(self._folder / CACHE_NAME) as part:
            part.write_bytes(msgspec.json.encode(list(self._seen.values())))


def described(path: Path) -> Dataset:
    """Read what a stored file holds from its footer and hash it. Raises ValueError for a file that is not ours."""
    footer = pq.read_metadata(path)
    label = label_of(footer.metadata)
    start_ns, end_ns = _times(footer, label)
    return Dataset(
        dataset_id=path.name.removesuffix(SUFFIX),
        symbol=label.symbol,
        kind=label.kind,
        timeframe=label.timeframe,
        rows=footer.num_rows,
        start_ns=start_ns,
        end_ns=end_ns,
        source=label.source,
        licence=label.licence,
        is_packaged=False,
        digest=digest_of(path),
        owner_id=label.owner_id,
    )


def _times(footer: pq.FileMetaData, label: Label) -> tuple[int, int]:
    if label.timeframe is None:
        return label.start_ns, label.end_ns
    first, last = time_range(footer)
    return first, last + label.timeframe.length_ns
