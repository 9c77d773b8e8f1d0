"""Recorded data as callers see it: listed, looked at, brought, exported and deleted, by who may do so."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from enum import StrEnum
from typing import TypeVar

import msgspec

from openbell.domain.access import Principal, Role
from openbell.domain.dataset import Adjustment, CorporateAction, Survey
from openbell.domain.market import Timeframe
from openbell.domain.values import Nanos
from openbell.ports import (
    BarColumns,
    Catalog,
    Dataset,
    Export,
    ImportReport,
    ImportRequest,
    Intake,
    Page,
)

__all__ = ["Dataset", "DatasetRefused", "Datasets", "ImportReport", "ImportRequest", "Refused"]

T = TypeVar("T")

BARS_MAX = 5_000
"""Bars of one answer."""


class Refused(StrEnum):
    """Why a request about a dataset ends here."""

    NOT_FOUND = "NOT_FOUND"
    FORBIDDEN = "FORBIDDEN"
    IN_USE = "DATASET_IN_USE"
    INVALID = "INVALID"


class DatasetRefused(Exception):
    """A request about a dataset that cannot be done; `field` names what is wrong with it, or is ''."""

    def __init__(self, code: Refused, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.field = field


class DatasetFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which datasets are wanted; None is any."""

    symbol: str | None = None
    kind: str | None = None
    timeframe: Timeframe | None = None
    offset: int = 0
    limit: int = 20


class WantedBars(msgspec.Struct, frozen=True, kw_only=True):
    """Which bars are wanted: with a start the first ones from there, otherwise the latest before the end."""

    start_ns: Nanos | None = None
    end_ns: Nanos | None = None
    timeframe: Timeframe | None = None
    adjustment: Adjustment = Adjustment.NONE
    limit: int = 500


class BarPage(msgspec.Struct, frozen=True, kw_only=True):
    """Bars of a dataset. `next_start_ns` is where the next ones begin; None without any, or without a start."""

    dataset: Dataset
    timeframe: Timeframe
    bars: BarColumns
    has_more: bool
    next_start_ns: Nanos | None


class Datasets:
    """The catalog, asked off the event loop. Everybody may read; who brought a dataset, and admins, may change it."""

    def __init__(self, *, catalog: Catalog, intake: Intake, export: Export, is_used: Callable[[str], bool]) -> None:
        self._catalog = catalog
        self._intake = intake
        self._export = export
        self._is_used = is_used

    async def list(self, wanted: DatasetFilter) -> Page:
        """List datasets by id."""
        everything = await asyncio.to_thread(self._catalog.datasets)
        symbol = wanted.symbol.strip().upper() if wanted.symbol is not None else None
        found = [
            one
            for one in everything
            if (symbol is None or symbol in (one.symbol, one.symbol.replace("/", "-")))
            and wanted.kind in (None, one.kind)
            and wanted.timeframe in (None, one.timeframe)
        ]
        return Page(rows=found[wanted.offset : wanted.offset + wanted.limit], total=len(found))

    async def get(self, dataset_id: str) -> Dataset:
        """Give one by its id. Raises DatasetRefused."""
        found = await asyncio.to_thread(self._catalog.dataset, dataset_id)
        # The catalog understands a symbol as well; who deletes or shows one thing has to name it.
        if found is None or found.dataset_id.upper() != dataset_id.upper():
            raise DatasetRefused(Refused.NOT_FOUND, f"No dataset {dataset_id[:64]!r} is known to you.")
        return found

    async def survey(self, dataset: Dataset) -> Survey:
        """Give coverage and quality. Raises DatasetRefused when it has just gone."""
        return await self._asked(dataset, lambda: self._catalog.survey(dataset.dataset_id))

    async def bars(self, dataset_id: str, wanted: WantedBars) -> BarPage:
        """Give bars of a dataset. Raises DatasetRefused."""
        dataset = await self.get(dataset_id)
        if dataset.timeframe is None:
            raise DatasetRefused(Refused.INVALID, f"This dataset holds {dataset.kind}, not bars.", field="dataset_id")
        timeframe = wanted.timeframe or dataset.timeframe
        found = await self._asked(
            dataset,
            lambda: self._catalog.bars(
                dataset.dataset_id,
                start_ns=wanted.start_ns,
                end_ns=wanted.end_ns,
                timeframe=timeframe,
                adjustment=wanted.adjustment,
            ),
        )
        count = len(found.ts_ns)
        has_more = count > wanted.limit
        first = 0 if wanted.start_ns is not None else max(0, count - wanted.limit)
        columns = (found.ts_ns, found.open, found.high, found.low, found.close, found.volume)
        part = BarColumns(*(column[first : first + wanted.limit] for column in columns))
        next_ns = int(found.ts_ns[wanted.limit]) if has_more and wanted.start_ns is not None else None
        return BarPage(dataset=dataset, timeframe=timeframe, bars=part, has_more=has_more, next_start_ns=next_ns)

    async def export(self, dataset_id: str, *, file_format: str, adjustment: Adjustment) -> Iterator[bytes]:
        """Begin an export; its pieces are to be read off the event loop. Raises DatasetRefused."""
        dataset = await self.get(dataset_id)
        return await self._asked(dataset, lambda: self._export(dataset.dataset_id, file_format, adjustment))

    async def receive(
        self, caller: Principal, pieces: AsyncIterator[bytes], wanted: ImportRequest, *, is_gzip: bool
    ) -> ImportReport:
        """Take a file in and check it. Raises DatasetRefused, and IntakeBusy when too many arrive at once."""
        anybody = caller.role is Role.ADMIN
        wanted = msgspec.structs.replace(
            wanted,
            owner_id=caller.user_id,
            source=f"upload by {caller.username}",
            may_replace=None if anybody else caller.user_id,
        )
        try:
            return await self._intake.receive(pieces, wanted, is_gzip=is_gzip)
        except PermissionError as problem:
            raise DatasetRefused(Refused.FORBIDDEN, f"{problem}.") from problem
        except ValueError as problem:
            raise DatasetRefused(Refused.INVALID, str(problem)) from problem

    async def delete(self, caller: Principal, dataset_id: str) -> Dataset:
        """Remove a dataset and give what it was. Raises DatasetRefused."""
        dataset = await self.get(dataset_id)
        _check_owner(caller, dataset)
        if self._is_used(dataset.dataset_id):
            raise DatasetRefused(Refused.IN_USE, f"{dataset.dataset_id} is in use by a run or by the replay.")
        try:
            await self._asked(dataset, lambda: self._catalog.delete(dataset.dataset_id))
        except PermissionError as problem:
            raise DatasetRefused(Refused.FORBIDDEN, f"{problem}.") from problem
        return dataset

    async def actions(self, dataset_id: str) -> Sequence[CorporateAction]:
        """List the corporate actions of a dataset. Raises DatasetRefused."""
        dataset = await self.get(dataset_id)
        return await self._asked(dataset, lambda: self._catalog.actions(dataset.dataset_id))

    async def set_actions(self, caller: Principal, dataset_id: str, actions: Sequence[CorporateAction]) -> None:
        """Replace the corporate actions of a dataset. Raises DatasetRefused."""
        dataset = await self.get(dataset_id)
        _check_owner(caller, dataset)
        await self._asked(dataset, lambda: self._catalog.set_actions(dataset.dataset_id, actions))

    def close(self) -> None:
        """Let go of what is kept for the next file."""
        self._intake.close()

    async def _asked(self, dataset: Dataset, ask: Callable[[], T]) -> T:
        """Ask the catalog off the loop, and say what it refuses."""
        try:
            return await asyncio.to_thread(ask)
        except (KeyError, FileNotFoundError) as gone:
            raise DatasetRefused(Refused.NOT_FOUND, f"{dataset.dataset_id} has just been deleted.") from gone
        except ValueError as problem:
            raise DatasetRefused(Refused.INVALID, str(problem)) from problem


def _check_owner(caller: Principal, dataset: Dataset) -> None:
    if caller.role is not Role.ADMIN and dataset.owner_id != caller.user_id:
        raise DatasetRefused(
            Refused.FORBIDDEN, "Only an admin, or whoever brought the dataset, changes it or takes it away."
        )
