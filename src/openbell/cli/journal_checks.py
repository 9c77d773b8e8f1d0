"""What `openbell doctor` looks for in a journal: gaps, entries that cannot be read, snapshots that do not match it."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeAlias

import msgspec

from openbell.adapters.codec import decode_recorded
from openbell.domain.events import Recorded
from openbell.domain.instants import instant_text
from openbell.domain.values import NANOS_PER_SECOND, Nanos
from openbell.engine.apply import apply
from openbell.engine.state import State, decode, state_hash

Ask: TypeAlias = Callable[[str], Sequence[Sequence[Any]]]
"""Runs a query and gives its rows."""

CLOCK_AHEAD_NS_MAX = 30 * 24 * 3_600 * NANOS_PER_SECOND
"""A server that nobody has started for so long is worth a remark: its clock may be wrong."""


_SNAPSHOTS = "SELECT seq, state_hash, digest, body FROM snapshots ORDER BY seq"


class Folded(msgspec.Struct, frozen=True):
    """A journal read to its end, or to where it could be read: the state there, and what is wrong, in sentences."""

    state: State
    problems: tuple[str, ...]


def gaps(ask: Ask) -> Iterator[str]:
    """Name the places where numbers are missing, at most three."""
    missing = "SELECT seq, before FROM (SELECT seq, LAG(seq, 1, 0) OVER (ORDER BY seq) AS before FROM journal) AS pairs"
    for seq, before in ask(f"{missing} WHERE seq <> before + 1 ORDER BY seq LIMIT 3"):
        yield f"events {before + 1} to {seq - 1} are missing"


def folded(ask: Ask) -> Folded:
    """Fold every event into a state, beside what snapshots say of it."""
    problems = list(gaps(ask))
    snapshots = {seq: (kept, digest, body) for seq, kept, digest, body in ask(_SNAPSHOTS)}
    state, last = State(), 0
    if problems:
        return Folded(state, tuple(problems))
    for record in _records(ask, problems):
        try:
            apply(state, record)
        except (KeyError, ValueError, AttributeError) as problem:
            problems.append(f"event {record.seq} does not follow from those before it ({problem!r})")
            break
        last = record.seq
        if record.seq in snapshots:
            problems += _unlike(record.seq, state, *snapshots[record.seq])
    beyond = [seq for seq in snapshots if seq > last]
    if beyond and not problems:
        problems.append(f"the snapshot after event {beyond[-1]} is ahead of the journal, which ends at {last}")
    return Folded(state, tuple(problems))


def clock_problem(recorded_ns: Nanos, now_ns: Nanos) -> str:
    """Say how far off this machine's clock is from the journal's last event; '' when that can be."""
    off = f"the last event is of {instant_text(recorded_ns)}, this machine says {instant_text(now_ns)}"
    if recorded_ns > now_ns + NANOS_PER_SECOND:
        return f"{off}: the clock was set back, or was ahead when the event was recorded"
    return off if recorded_ns and now_ns - recorded_ns > CLOCK_AHEAD_NS_MAX else ""


def _records(ask: Ask, problems: list[str]) -> Iterable[Recorded]:
    step, after = 1_000, 0
    columns = "seq, ts_ns, account_id, account_seq, body"
    while rows := ask(f"SELECT {columns} FROM journal WHERE seq > {after} ORDER BY seq LIMIT {step}"):  # noqa: S608
        for seq, ts_ns, account_id, account_seq, body in rows:
            try:
                yield decode_recorded(
                    seq=seq, ts_ns=ts_ns, account_id=account_id, account_seq=account_seq, body=bytes(body)
                )
            except (msgspec.MsgspecError, ValueError) as problem:
                problems.append(f"event {seq} cannot be read ({problem})")
                return
        after = rows[-1][0]


def _unlike(seq: int, state: State, kept_hash: str, digest: str, body: bytes) -> Iterator[str]:
    """Say how a snapshot differs from the events before it. One of an earlier release may read differently."""
    if hashlib.sha256(bytes(body)).hexdigest() != digest:
        yield f"the snapshot after event {seq} is damaged"
        return
    try:
        read = decode(bytes(body))
    except msgspec.MsgspecError:
        return
    if state_hash(read) == kept_hash != state_hash(state):
        yield f"the snapshot after event {seq} says something else than the events before it"
