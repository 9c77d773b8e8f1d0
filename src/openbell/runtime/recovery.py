"""Start-up is recovery: the latest whole snapshot, then every event after it."""

from collections.abc import Iterable
from typing import Protocol

import msgspec
import structlog

from openbell.domain.events import Recorded
from openbell.engine.apply import apply
from openbell.engine.state import State, decode, encode, state_hash
from openbell.ports import Snapshot

log = structlog.get_logger(__name__)

SNAPSHOT_EVERY = 20_000
"""Events between two snapshots: bounds what a start has to replay."""


class Past(Protocol):
    """What a journal holds (a part of ports.Journal)."""

    def load_snapshot(self) -> Snapshot | None:
        """Give the latest snapshot that is whole."""
        ...

    def read(self, *, after_seq: int) -> Iterable[Recorded]:
        """Yield every record after a place, in order."""
        ...


class Recovered(msgspec.Struct, frozen=True):
    """What a start found: the state and how it was come by."""

    state: State
    snapshot_seq: int
    replayed: int


def recover(journal: Past) -> Recovered:
    """Fold the journal into a state."""
    state, replayed = _latest_whole(journal) or State(), 0
    snapshot_seq = state.seq
    for record in journal.read(after_seq=snapshot_seq):
        apply(state, record)
        replayed += 1
    return Recovered(state=state, snapshot_seq=snapshot_seq, replayed=replayed)


def _latest_whole(journal: Past) -> State | None:
    """Give the state of the latest snapshot when this version reads it as it was written.

    One that an earlier version wrote may read differently: the events behind it are all still there and decide.
    """
    snapshot = journal.load_snapshot()
    if snapshot is None:
        return None
    try:
        state = decode(snapshot.body)
    except msgspec.DecodeError as problem:
        log.warning("snapshot not readable, replaying everything", seq=snapshot.seq, problem=str(problem))
        return None
    if state_hash(state) != snapshot.state_hash:
        log.warning("snapshot reads differently, replaying everything", seq=snapshot.seq)
        return None
    return state


def copy_of(state: State) -> State:
    """Give an independent copy, by way of the encoding that snapshots use."""
    return decode(encode(state))


def snapshot_of(state: State) -> Snapshot:
    """Take a snapshot of a committed state."""
    return Snapshot(seq=state.seq, state_hash=state_hash(state), body=encode(state))
