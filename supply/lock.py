"""What is pinned: names, versions and hashes, as the locks in requirements/ have them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)(?:\[[^\]]*\])?==(?P<version>[^\s;\\]+)(?:\s*;\s*(?P<when>[^\\]+))?")
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


@dataclass(frozen=True)
class Pinned:
    """One package of a lock; `when` is the condition under which it is installed, or ''."""

    name: str
    version: str
    when: str
    hashes: tuple[str, ...]

    @property
    def purl(self) -> str:
        """Its address, as other tools name it."""
        return f"pkg:pypi/{self.name}@{self.version}"


def read_lock(path: Path) -> Iterator[Pinned]:
    """Give every package of a lock. Raises ValueError for one that has no hash."""
    for block in re.split(r"\n(?=[A-Za-z0-9])", path.read_text("utf-8")):
        found = _PIN.match(block)
        if found is None:
            continue
        hashes = tuple(_HASH.findall(block))
        if not hashes:
            raise ValueError(f"{found['name']} is pinned without a hash: make lock")
        name = re.sub(r"[-_.]+", "-", found["name"]).lower()
        yield Pinned(name, found["version"], (found["when"] or "").strip(), hashes)
