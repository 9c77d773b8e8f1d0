"""Start-up is recovery: the latest whole snapshot, then every event after it."""

import hashlib

import msgspec
import structlog

from openbell.engine.apply import apply
from openbell.engine.state import State, decode, encode, state_hash
from openbell.ports import Journal, Snapshot

log = structlog.get_logger(__name__)

SNAPSHOT_EVERY = 20_000
"""Events between two snapshots: bounds what a start has to replay."""


class StateDiffers(Exception):
    """A snapshot is not the state it was taken of; the journal needs a look before anything trades."""


class Recovered(msgspec.Struct, frozen=True):
    """What a start found: the state and how it was come by."""

    state: State
    snapshot_seq: int
    replayed: int


def recover(journal: Journal) -> Recovered:
    """Fold the journal into a state. Raises StateDiffers when a snapshot's hash does not hold."""
    state, snapshot_seq, replayed = State(), 0, 0
    snapshot = journal.load_snapshot()
    if snapshot is not None:
        if hashlib.sha256(snapshot.body).hexdigest() != snapshot.state_hash:
            raise StateDiffers(f"the snapshot at event {snapshot.seq} is not the state it was taken of")
        state, snapshot_seq = decode(snapshot.body), snapshot.seq
        if state_hash(state) != snapshot.state_hash:
            # A release that knew a smaller state took it: the journal alone tells what the rest is.
            log.warning("snapshot passed over", seq=snapshot.seq)
            state, snapshot_seq = State(), 0
    for record in journal.read(after_seq=snapshot_seq):
        apply(state, record)
        replayed += 1
    return Recovered(state=state, snapshot_seq=snapshot_seq, replayed=replayed)


def copy_of(state: State) -> State:
    """Give an independent copy, by way of the encoding that snapshots use."""
    return decode(encode(state))


def snapshot_of(state: State) -> Snapshot:
    """Take a snapshot of a committed state."""
    return Snapshot(seq=state.seq, state_hash=state_hash(state), body=encode(state))
