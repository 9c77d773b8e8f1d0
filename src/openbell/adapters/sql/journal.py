"""The journal: appends through the writer's thread, snapshots beside them, reading for recovery."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from functools import partial
from typing import TypeAlias

import structlog
from sqlalchemy import Connection, Row, delete, func, insert, select

from openbell.adapters.codec import decode_recorded
from openbell.adapters.sql.schema import journal, snapshots
from openbell.adapters.sql.storage import Reads
from openbell.adapters.sql.writer import Writer
from openbell.domain.audit import AuditEntry
from openbell.domain.events import Recorded
from openbell.ports import BegunAnswer, JournalFailed, OnDurable, Snapshot

SNAPSHOTS_KEPT = 2
READ_ROWS = 1_000
"""Entries fetched at a time while reading."""

Rows: TypeAlias = Sequence[Row[int, int, str, int, bytes]]

_log = structlog.get_logger(__name__)
_COLUMNS = (journal.c.seq, journal.c.ts_ns, journal.c.account_id, journal.c.account_seq, journal.c.body)
_LAST_SEQ = select(func.max(journal.c.seq))
_SNAPSHOTS = select(snapshots).order_by(snapshots.c.seq.desc())


class OutOfSequence(Exception):
    """Records do not continue the journal without a gap: a fault in whoever numbers them. Nothing was queued."""


class SqlJournal:
    """The one durable order of events (ports.Journal)."""

    def __init__(self, reads: Reads, writer: Writer) -> None:
        self._reads = reads
        self._writer = writer
        self._next_seq: int = reads.submit(_last_seq).result() + 1

    @property
    def backlog(self) -> int:
        """Records that wait for their commit."""
        return self._writer.backlog

    @property
    def commits(self) -> int:
        """Groups committed since this journal was opened."""
        return self._writer.commits

    @property
    def stalled(self) -> str:
        """Why appends have to wait for now; '' while they do not."""
        return self._writer.stalled

    @property
    def scarce(self) -> str:
        """Why only what ends trading should be appended for now; '' while there is room for all."""
        return self._writer.scarce

    @property
    def failure(self) -> JournalFailed | None:
        """Why appends fail; None while they do not."""
        return self._writer.failure

    def append(
        self,
        records: Sequence[Recorded],
        on_durable: OnDurable,
        *,
        begun: BegunAnswer | None = None,
        entry: AuditEntry | None = None,
    ) -> None:
        """Queue records for the next commit. Raises OutOfSequence unless they go on from the last ones."""
        seq = self._next_seq
        for recorded in records:
            if recorded.seq != seq:
                raise OutOfSequence(f"record {recorded.seq} came where {seq} was due")
            seq += 1
        self._next_seq = seq
        self._writer.append(records, on_durable, begun=begun, entry=entry)

    def load_snapshot(self) -> Snapshot | None:
        """Give the latest snapshot that is whole; one that is not is passed over."""
        return self._reads.submit(_whole_snapshot).result()

    def save_snapshot(self, snapshot: Snapshot) -> None:
        """Queue a snapshot after everything appended so far. Failing leaves a longer recovery and is logged."""
        saved = self._writer.run(partial(_save_snapshot, snapshot=snapshot))
        saved.add_done_callback(partial(_report, seq=snapshot.seq))

    def read(self, *, after_seq: int) -> Iterable[Recorded]:
        """Yield every record after a place, in order, as the journal stands when reading begins."""
        last_seq = self._reads.submit(_last_seq).result()
        return _read(lambda work: self._reads.submit(work).result(), after_seq, last_seq)

    def close(self) -> None:
        """Commit what waits and let go of the file."""
        self._writer.close()


class JournalPast:
    """The journal as one transaction sees it (a part of ports.Journal)."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def load_snapshot(self) -> Snapshot | None:
        """Give the latest snapshot that is whole."""
        return _whole_snapshot(self._connection)

    def read(self, *, after_seq: int) -> Iterable[Recorded]:
        """Yield every record after a place, in order."""
        return _read(lambda work: work(self._connection), after_seq, _last_seq(self._connection))


def _last_seq(connection: Connection) -> int:
    return connection.execute(_LAST_SEQ).scalar() or 0


def _whole_snapshot(connection: Connection) -> Snapshot | None:
    last_seq = _last_seq(connection)
    for seq, state_hash, digest, body in connection.execute(_SNAPSHOTS):
        if seq <= last_seq and hashlib.sha256(body).hexdigest() == digest:
            return Snapshot(seq, state_hash, body)
        _log.warning("snapshot_damaged", seq=seq)
    return None


def _read(run: Callable[[Callable[[Connection], Rows]], Rows], after_seq: int, last_seq: int) -> Iterator[Recorded]:
    while after_seq < last_seq:
        for seq, ts_ns, account_id, account_seq, body in run(partial(_rows, after_seq=after_seq, last_seq=last_seq)):
            yield decode_recorded(seq=seq, ts_ns=ts_ns, account_id=account_id, account_seq=account_seq, body=body)
        after_seq += READ_ROWS


def _rows(connection: Connection, *, after_seq: int, last_seq: int) -> Rows:
    until = min(after_seq + READ_ROWS, last_seq)
    return connection.execute(
        select(*_COLUMNS).where(journal.c.seq > after_seq, journal.c.seq <= until).order_by(journal.c.seq)
    ).all()


def _save_snapshot(connection: Connection, *, snapshot: Snapshot) -> None:
    last_seq = connection.execute(select(func.max(journal.c.seq))).scalar() or 0
    if snapshot.seq > last_seq:
        raise ValueError(f"a snapshot after record {snapshot.seq} is ahead of the journal, which ends at {last_seq}")
    connection.execute(delete(snapshots).where(snapshots.c.seq == snapshot.seq))
    digest = hashlib.sha256(snapshot.body).hexdigest()
    connection.execute(
        insert(snapshots).values(seq=snapshot.seq, state_hash=snapshot.state_hash, digest=digest, body=snapshot.body)
    )
    kept = select(snapshots.c.seq).order_by(snapshots.c.seq.desc()).limit(SNAPSHOTS_KEPT)
    connection.execute(delete(snapshots).where(snapshots.c.seq.not_in(kept)))


def _report(saved: Future[None], *, seq: int) -> None:
    problem = saved.exception()
    if problem is not None:
        _log.warning("snapshot_not_saved", seq=seq, problem=str(problem))
