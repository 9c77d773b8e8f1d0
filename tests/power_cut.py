"""Power cuts over the product's own system calls: what a process asked of the disk is recorded, then cut anywhere.

A recording is a process under strace. A cut keeps what was synced before it and, of what was not, any part of any
write, by sectors: disks reorder and tear. What had been acknowledged by then must still be there.
"""

import random
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

SECTOR = 512
CALLS = "pwrite64,write,fdatasync,fsync,ftruncate"
STDOUT = 1

_CALL = re.compile(r"^(?P<pid>\d+) +(?P<name>\w+)\((?P<fd>\d+)<(?P<path>[^>]*)>(?:, )?(?P<rest>.*)$")
_RESUMED = re.compile(r"^(?P<pid>\d+) +<\.\.\. (?P<name>\w+) resumed>.*= (?P<result>-?\d+)")
_BYTES = re.compile(r'"((?:\\x[0-9a-f]{2})*)"(?P<cut>\.\.\.)?(?:, \d+(?:, (?P<offset>\d+))?)?')


@dataclass(frozen=True)
class Write:
    """Bytes asked to be at a place of a file."""

    path: str
    offset: int
    data: bytes


@dataclass(frozen=True)
class Truncate:
    """A file asked to have a length."""

    path: str
    size: int


@dataclass(frozen=True)
class Sync:
    """Everything asked of a file so far has reached the disk."""

    path: str


@dataclass(frozen=True)
class Said:
    """Bytes that left through standard output."""

    data: bytes


Event = Write | Truncate | Sync | Said


def record(command: list[str], log: Path, *, environment: dict[str, str]) -> None:
    """Run a command to its end, and log its writes."""
    strace = ["strace", "-f", "-y", "-xx", "-s", "200000", "-e", f"trace={CALLS}", "-o", str(log)]
    subprocess.run(
        [*strace, *command],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        check=True,
        timeout=120,
    )


def events(log: Path) -> Iterator[Event]:
    """Read a log. A write may reach the disk from when it begins, a sync counts from when it ends."""
    syncing: dict[str, str] = {}
    for line in log.read_text("ascii", "replace").splitlines():
        if resumed := _RESUMED.match(line):
            path = syncing.pop(resumed["pid"], None)
            if path is not None and resumed["result"] == "0":
                yield Sync(path)
        elif call := _CALL.match(line):
            path = bytes.fromhex(call["path"].replace("\\x", "")).decode() if "\\x" in call["path"] else call["path"]
            if call["name"] not in ("fdatasync", "fsync"):
                yield from _asked(call["name"], int(call["fd"]), path, call["rest"])
            elif "unfinished" in call["rest"]:
                syncing[call["pid"]] = path
            elif call["rest"].endswith("= 0"):
                yield Sync(path)


def _asked(name: str, descriptor: int, path: str, rest: str) -> Iterator[Event]:
    if name == "ftruncate":
        yield Truncate(path, int(re.match(r"\d+", rest)[0]))
        return
    parsed = _BYTES.match(rest)
    assert parsed and not parsed["cut"], f"a write that is not whole in the log: {rest[:80]}"
    data = bytes.fromhex(parsed[1].replace("\\x", ""))
    if name == "pwrite64":
        yield Write(path, int(parsed["offset"]), data)
    elif descriptor == STDOUT:
        yield Said(data)


@dataclass
class Disk:
    """Files as far as they have reached the platter, and what is still under way to them."""

    durable: dict[str, bytearray]
    pending: dict[str, list[Write | Truncate]] = field(default_factory=dict)

    def take(self, event: Event) -> None:
        """Follow the process by one event."""
        if isinstance(event, Sync):
            content = self.durable.setdefault(event.path, bytearray())
            for asked in self.pending.pop(event.path, []):
                _apply(content, asked)
        elif not isinstance(event, Said):
            self.pending.setdefault(event.path, []).append(event)

    def cut(self, chance: random.Random) -> dict[str, bytes]:
        """Give the files as they might be found after the power has gone."""
        found = {path: bytearray(content) for path, content in self.durable.items()}
        for path, asked in self.pending.items():
            content = found.setdefault(path, bytearray())
            kept = [one for one in asked if chance.random() < 0.5]
            chance.shuffle(kept)
            for one in kept:
                _apply(content, one, chance)
        return {path: bytes(content) for path, content in found.items()}


def _apply(content: bytearray, asked: Write | Truncate, chance: random.Random | None = None) -> None:
    if isinstance(asked, Truncate):
        content[asked.size :] = b"\0" * max(0, asked.size - len(content))
        return
    is_torn = chance is not None and chance.random() < 0.5
    for start in range(0, len(asked.data), SECTOR):
        if chance is not None and is_torn and chance.random() < 0.5:
            continue
        place, piece = asked.offset + start, asked.data[start : start + SECTOR]
        if len(content) < place:
            content.extend(b"\0" * (place - len(content)))
        content[place : place + len(piece)] = piece
