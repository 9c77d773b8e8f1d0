"""Recorded data: datasets, their import and their columns."""

from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from typing import Protocol, TypeAlias

import msgspec
import numpy as np

from openbell.domain.dataset import Adjustment, CorporateAction, Finding, Survey
from openbell.domain.market import MarketEvent, Timeframe
from openbell.domain.values import Nanos
from openbell.ports.outages import Unavailable


class Dataset(msgspec.Struct, frozen=True, kw_only=True):
    """A recorded series in the catalog."""

    dataset_id: str
    symbol: str
    kind: str
    """bars, trades, quotes or book."""
    timeframe: Timeframe | None
    rows: int
    start_ns: Nanos
    end_ns: Nanos
    """Exclusive."""
    source: str
    licence: str
    is_packaged: bool
    """Ships with the product and cannot be deleted."""
    digest: str
    """SHA-256 of the stored file."""
    owner_id: str = ""
    """Who brought it; '' for what came by the command line or ships with the product."""


class BarColumns(msgspec.Struct, frozen=True):
    """Bars as columns of equal length: int64 nanoseconds and int64 scaled steps."""

    ts_ns: np.ndarray
    open: np.ndarray
    high: np.ndarray
    low: np.ndarray
    close: np.ndarray
    volume: np.ndarray


class ImportReport(msgspec.Struct, frozen=True, kw_only=True):
    """What became of an import: the dataset, or None when an error kept everything out."""

    dataset: Dataset | None
    rows: int
    errors: int
    warnings: int
    findings: list[Finding]
    """The first 100."""
    survey: Survey | None = None
    """What is kept with the dataset; None when there is none."""


class ImportRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What a file is imported as."""

    symbol: str
    timeframe: Timeframe | None
    kind: str = "bars"
    calendar_name: str = ""
    """Trading hours that gaps are counted by; '' takes the instrument's."""
    owner_id: str = ""
    source: str = ""
    """Where it comes from; '' names the file."""
    is_kept: bool = True
    """Without it the file is checked and nothing is kept."""
    may_replace: str | None = None
    """Whose earlier dataset of the same id may be replaced; None is anybody's."""


class Catalog(Protocol):
    """Recorded market data."""

    def datasets(self) -> list[Dataset]:
        """List what there is, by id."""
        ...

    def dataset(self, dataset_id: str) -> Dataset | None:
        """Give one entry, by its id or, when only one fits, by its symbol."""
        ...

    def bars(
        self,
        dataset_id: str,
        *,
        start_ns: Nanos | None = None,
        end_ns: Nanos | None = None,
        timeframe: Timeframe | None = None,
        adjustment: Adjustment = Adjustment.NONE,
    ) -> BarColumns:
        """Load bars of [start, end), joined into longer ones and adjusted where that is asked for.

        Raises KeyError for an unknown dataset, ValueError for one without bars or without ones that make up the length.
        """
        ...

    def events(self, dataset_id: str) -> Iterable[MarketEvent]:
        """Yield a dataset as market events in order of time."""
        ...

    def survey(self, dataset_id: str) -> Survey:
        """Give coverage and quality. Raises KeyError for an unknown dataset."""
        ...

    def actions(self, dataset_id: str) -> Sequence[CorporateAction]:
        """List corporate actions by date. Raises KeyError for an unknown dataset."""
        ...

    def set_actions(self, dataset_id: str, actions: Sequence[CorporateAction]) -> None:
        """Replace the corporate actions. Raises KeyError for an unknown dataset."""
        ...

    def version(self, dataset_id: str, adjustment: Adjustment) -> str:
        """Name, by a SHA-256, the data that a view gives. Raises KeyError for an unknown dataset."""
        ...

    def import_file(self, path: str, *, symbol: str, timeframe: Timeframe | None, kind: str = "bars") -> ImportReport:
        """Check a CSV or Parquet file and keep it whole, or keep nothing and say which lines are wrong."""
        ...

    def delete(self, dataset_id: str) -> None:
        """Remove a dataset. Raises KeyError when unknown and PermissionError when it ships with the product."""
        ...


Export: TypeAlias = Callable[[str, str, Adjustment], Iterator[bytes]]
"""Gives a dataset (by id) as `csv` or `parquet` that an import reads back, piece by piece, adjusted as asked.

Raises KeyError for an unknown dataset, ValueError for another format or an adjustment of what has no bars.
"""


class Intake(Protocol):
    """Where files that come from outside are received, checked apart from the server, and kept or refused."""

    async def receive(self, pieces: AsyncIterator[bytes], wanted: ImportRequest, *, is_gzip: bool) -> ImportReport:
        """Take a file in, whatever its size, with bounded memory.

        Raises ValueError for a wish that cannot be, IntakeBusy when too many arrive at once.
        """
        ...

    def close(self) -> None:
        """Let go of what is kept for the next file."""
        ...


class IntakeBusy(Unavailable):
    """Too many files arrive at the same time."""
