"""Compare the locks with advisories in the OSV format, one a JSON file, in a folder. There is no network in this.

python supply/audit.py FOLDER requirements/runtime.txt requirements/dev.txt

Ends with 0 when nothing is known to be wrong, 1 when something is, 2 when there was nothing to compare with.
"""

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from lock import Pinned, read_lock
from packaging.version import InvalidVersion, Version

NOTHING_TO_COMPARE = 2
HOW = """No advisories compared: there is no vulnerability database in the source, and none is asked for over a network.
Download the PyPI part of the OSV database where you may, unpack it, and say: make audit ADVISORIES=folder"""


def matches(one: Pinned, advisory: dict[str, Any]) -> bool:
    """Tell whether an advisory is about a package in the version that is pinned."""
    return not advisory.get("withdrawn") and any(
        affected.get("package", {}).get("ecosystem") == "PyPI"
        and affected["package"]["name"].lower().replace("_", "-").replace(".", "-") == one.name
        and (one.version in affected.get("versions", ()) or _in_a_range(one.version, affected.get("ranges", ())))
        for affected in advisory.get("affected", ())
    )


def _in_a_range(version: str, ranges: Sequence[dict[str, Any]]) -> bool:
    return any(
        _lies_between(Version(version), one["events"]) for one in ranges if one.get("type") in ("ECOSYSTEM", "SEMVER")
    )


def _lies_between(version: Version, events: Sequence[dict[str, str]]) -> bool:
    """Follow the events in order of their versions: the last one at or before ours decides."""
    is_affected = False
    for event in sorted(events, key=lambda event: _place(next(iter(event.values())))):
        kind, text = next(iter(event.items()))
        at = _place(text)
        if kind == "introduced" and at <= version:
            is_affected = True
        if (kind == "fixed" and at <= version) or (kind == "last_affected" and at < version):
            is_affected = False
    return is_affected


def _place(text: str) -> Version:
    try:
        return Version(text)
    except InvalidVersion:
        return Version("0")


def advisories_in(folder: Path) -> Iterator[dict[str, Any]]:
    """Read every advisory."""
    for path in sorted(folder.rglob("*.json")):
        yield json.loads(path.read_text("utf-8"))


def main(folder: str, *locks: str) -> int:
    """Say what is known to be wrong."""
    advisories = list(advisories_in(Path(folder))) if folder and Path(folder).is_dir() else []
    if not advisories:
        sys.stderr.write(HOW + "\n")
        return NOTHING_TO_COMPARE
    packages = sorted({one for lock in locks for one in read_lock(Path(lock))}, key=lambda one: one.purl)
    found = [(one, advisory) for one in packages for advisory in advisories if matches(one, advisory)]
    for one, advisory in found:
        sys.stdout.write(f"{one.name} {one.version}: {advisory['id']} {advisory.get('summary', '')}\n")
    sys.stdout.write(f"{len(packages)} packages, {len(advisories)} advisories, {len(found)} matches\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
