"""What a database gives the stores: one connection that writes, some that read, and their end."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Protocol, TypeVar

from sqlalchemy import Connection

from openbell.domain.audit import AuditEntry
from openbell.domain.events import Recorded
from openbell.ports import BegunAnswer, Unavailable

T = TypeVar("T")

READERS = 4
"""Connections that serve queries."""


class StorageFailed(Unavailable):
    """The storage itself can no longer be relied on: nothing may be written after this."""


class Pen(Protocol):
    """The one connection that writes, used by the writer's thread alone."""

    @property
    def stalled(self) -> str:
        """Tell why what is being written has to wait, from any thread; '' while it does not."""
        ...

    @property
    def scarce(self) -> str:
        """Tell why only what ends trading should still be written, from any thread; '' while there is room."""
        ...

    def mend(self) -> None:
        """Undo what was done for want of room, where there is some again. Called every so often while scarce."""
        ...

    def append(
        self, records: Sequence[Recorded], entries: Sequence[AuditEntry], begun: Sequence[BegunAnswer] = ()
    ) -> None:
        """Write records, what follows from them, audit entries and begun answers in one transaction; durable on return.

        Waits out what is known to pass without a trace. Whatever it raises means that the outcome is unknown, or that
        the records can never be written.
        """
        ...

    def note(self, entries: Sequence[AuditEntry]) -> None:
        """Write audit entries that no record came with. Raises as `run` does."""
        ...

    def run(self, work: Callable[[Connection], T]) -> T:
        """Run changes of a store in one transaction; durable on return.

        Raises Unavailable for an outage, StorageFailed for one that does not pass, else what the work raises.
        """
        ...

    def hurry(self) -> None:
        """Stop waiting for anything to pass, as the server is about to stop. Called from another thread."""
        ...

    def close(self) -> None:
        """Let go of the connection."""
        ...


class Reads(Protocol):
    """Connections that only read."""

    def submit(self, work: Callable[[Connection], T]) -> Future[T]:
        """Run queries that see one state of the database. The future raises Unavailable when it does not answer."""
        ...


class Storage(Protocol):
    """A database that has been opened and brought up to date, held by this process alone."""

    @property
    def pen(self) -> Pen:
        """The connection that writes."""
        ...

    @property
    def reads(self) -> Reads:
        """The connections that read."""
        ...

    def close(self) -> None:
        """Close what reads and let others in. Called after the pen is closed."""
        ...
