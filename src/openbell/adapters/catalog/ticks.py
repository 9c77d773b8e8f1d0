"""Trades, quotes and order books in the catalog: stored as recorded, read through the replay feed's readers."""

from collections.abc import Iterator
from pathlib import Path

from openbell.adapters.catalog.findings import Findings
from openbell.adapters.catalog.importing import OnRows
from openbell.adapters.catalog.limits import ImportLimits
from openbell.adapters.catalog.stored import Label
from openbell.domain.market import MarketEvent
from openbell.ports import Dataset


def recorded_events(path: Path, dataset: Dataset) -> Iterator[MarketEvent]:
    """Yield."""
    raise NotImplementedError


class TickImport:
    """Placeholder."""

    def __init__(self, findings: Findings, *, limits: ImportLimits, on_rows: OnRows | None = None) -> None:
        self.rows = 0

    def store(self, path: str, target: Path, label: Label) -> bool:
        """Store."""
        return False
