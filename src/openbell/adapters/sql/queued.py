"""What waits for the writer: records, audit entries and work on stores; and telling who waits what became of it."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from typing import Any

import msgspec
from sqlalchemy import Connection

from openbell.domain.audit import AuditEntry
from openbell.domain.events import Recorded
from openbell.ports import BegunAnswer, JournalFailed, OnDurable, Unavailable

GROUP_RECORDS_MAX = 2_000
"""Records of one commit, unless a single step has more. A server gives up a statement that takes too long: all that
gathers while a database is away would be tried as one, and in vain, for ever."""


class Append(msgspec.Struct, frozen=True, gc=False):
    """Records waiting for the next commit."""

    records: Sequence[Recorded]
    on_durable: OnDurable
    begun: BegunAnswer | None
    entry: AuditEntry | None


class Note(msgspec.Struct, frozen=True):
    """An audit entry waiting for the next commit."""

    entry: AuditEntry
    future: Future[None]


class Task(msgspec.Struct, frozen=True):
    """Work on a store waiting for its own transaction."""

    work: Callable[[Connection], Any]
    future: Future[Any]


def in_groups(appends: Sequence[Append]) -> Iterator[Sequence[Append]]:
    """Cut what waits into what one commit takes, in order."""
    begin = count = 0
    for end, one in enumerate(appends):
        if begin < end and count + len(one.records) > GROUP_RECORDS_MAX:
            yield appends[begin:end]
            begin, count = end, 0
        count += len(one.records)
    yield appends[begin:]


def settle(waiting: Sequence[Note | Task], outage: Unavailable | None) -> None:
    """Tell what became of entries. Whoever asked may have left since: what they wanted has been done all the same."""
    for one in waiting:
        if one.future.set_running_or_notify_cancel():
            if outage is None:
                one.future.set_result(None)
            else:
                one.future.set_exception(outage)


def run_callbacks(callbacks: list[OnDurable], failure: JournalFailed | None) -> None:
    """Tell all of a group, in order."""
    told = 0
    try:
        for on_durable in callbacks:
            told += 1
            on_durable(failure)
    finally:
        # One that raises is a bug of its own; the others still have to hear.
        if told < len(callbacks):
            run_callbacks(callbacks[told:], failure)
