"""The one durable order of events."""

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol, TypeAlias

import msgspec

from openbell.domain.audit import AuditEntry
from openbell.domain.events import Recorded
from openbell.domain.values import Nanos
from openbell.ports.outages import JournalFailed


class Snapshot(msgspec.Struct, frozen=True):
    """The whole state after event `seq`, with its hash."""

    seq: int
    state_hash: str
    body: bytes


OnDurable: TypeAlias = Callable[[JournalFailed | None], None]


class Journal(Protocol):
    """The one durable order of events. Read tables change in the same transaction as the events they follow from."""

    @property
    def stalled(self) -> str:
        """Why appends have to wait for now, such as a database that is being started again; '' while they do not."""
        ...

    @property
    def scarce(self) -> str:
        """Why only what ends trading should be appended for now, such as a disk that is full; '' while all may be."""
        ...

    def append(
        self,
        records: Sequence[Recorded],
        on_durable: OnDurable,
        *,
        begun: "BegunAnswer | None" = None,
        entry: AuditEntry | None = None,
    ) -> None:
        """Queue records for the next group commit; the callback runs on the loop once durable, or failed.

        `begun` and `entry` are kept in the transaction of the records, or not at all. Callbacks run in the order of
        the calls. After one failure every later append fails as well.
        """
        ...

    def load_snapshot(self) -> Snapshot | None:
        """Give the latest snapshot that is whole."""
        ...

    def save_snapshot(self, snapshot: Snapshot) -> None:
        """Keep a snapshot; older ones but one are dropped."""
        ...

    def read(self, *, after_seq: int) -> Iterable[Recorded]:
        """Yield every record after a place, in order."""
        ...

    def close(self) -> None:
        """Commit what waits and let go of the file."""
        ...


class BegunAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A request that has had effects and no answer yet: what its commands led to, kept with the effects.

    It is kept as an answer of status 0 whose body is `outcomes`.
    """

    user_id: str
    key: str
    digest: str
    outcomes: bytes
    expires_ns: Nanos
