"""The datasets that ship with the product: read-only files inside the package, listed in `openbell/data`."""

from functools import cache
from importlib.resources import files
from pathlib import Path

import msgspec
import numpy as np

from openbell.adapters.catalog.checks import BarChecks
from openbell.adapters.catalog.findings import Findings
from openbell.adapters.catalog.limits import ImportLimits
from openbell.adapters.catalog.numbers import nanos_of
from openbell.adapters.catalog.table_rows import opened, table_rows
from openbell.domain.dataset import CorporateAction, Survey
from openbell.domain.market import Timeframe
from openbell.ports import BarColumns, Dataset


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the packaged list. Dates are midnight UTC; `end` is exclusive."""

    dataset_id: str
    file: str
    symbol: str
    timeframe: Timeframe
    rows: int
    start: str
    end: str
    source: str
    licence: str
    sha256: str
    calendar: str
    actions: list[CorporateAction] = []


@cache
def _entries() -> dict[str, Entry]:
    text = (_folder() / "catalog.json").read_bytes()
    return {entry.dataset_id: entry for entry in msgspec.json.decode(text, type=list[Entry])}


def _folder() -> Path:
    return Path(str(files("openbell.data")))


def packaged_datasets() -> dict[str, Dataset]:
    """Give the packaged datasets by id."""
    return {
        entry.dataset_id: Dataset(
            dataset_id=entry.dataset_id,
            symbol=entry.symbol,
            kind="bars",
            timeframe=entry.timeframe,
            rows=entry.rows,
            start_ns=nanos_of(entry.start, is_daily=True),
            end_ns=nanos_of(entry.end, is_daily=True),
            source=entry.source,
            licence=entry.licence,
            is_packaged=True,
            digest=entry.sha256,
        )
        for entry in _entries().values()
    }


def packaged_path(dataset_id: str) -> Path:
    """Give the file of a packaged dataset."""
    return _folder() / _entries()[dataset_id].file


def packaged_actions(dataset_id: str) -> list[CorporateAction]:
    """Give what is known to have happened to the shares of a packaged dataset while it lasts."""
    return _entries()[dataset_id].actions


def packaged_bars(dataset_id: str) -> BarColumns:
    """Load a packaged dataset through the same checks as an import. Raises ValueError when the file is not right."""
    return _checked(dataset_id)[0]


def packaged_survey(dataset_id: str) -> Survey:
    """Give what those checks saw."""
    return _checked(dataset_id)[1]


@cache
def _checked(dataset_id: str) -> tuple[BarColumns, Survey]:
    entry = _entries()[dataset_id]
    findings = Findings()
    checks = BarChecks(findings, timeframe=entry.timeframe, calendar_name=entry.calendar)
    table = opened(str(packaged_path(dataset_id)), ImportLimits())
    rows = table_rows(table, findings, is_daily=entry.timeframe is Timeframe.D1)
    bars = [bar for row in rows if (bar := checks.bar_of(row)) is not None]
    if findings.errors or len(bars) != entry.rows:
        raise ValueError(f"the packaged file {entry.file} is damaged: install the package again")
    columns = np.array(bars, dtype=np.int64).T.copy()
    columns.setflags(write=False)
    return BarColumns(*columns), checks.survey()
