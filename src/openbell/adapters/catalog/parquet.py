"""The catalog: packaged datasets and those imported into the data directory, behind one port."""

import fcntl
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from openbell.adapters.catalog.findings import Findings
from openbell.adapters.catalog.importing import BarImport, OnRows
from openbell.adapters.catalog.index import Index
from openbell.adapters.catalog.limits import BATCH_ROWS, ImportLimits
from openbell.adapters.catalog.packaged import packaged_bars, packaged_datasets, packaged_path
from openbell.adapters.catalog.stored import PART_SUFFIX, SUFFIX, Label, between, read_bars
from openbell.adapters.catalog.ticks import TickImport, recorded_events
from openbell.domain.instrument import canonical_symbol
from openbell.domain.market import Bar, MarketEvent, Timeframe
from openbell.domain.values import Nanos
from openbell.ports import BarColumns, Dataset, ImportReport

KINDS = ("bars", "trades", "quotes", "book")
LICENCE_UNKNOWN = "not stated"
LOCK_NAME = ".lock"


class ParquetCatalog:
    """Implements `ports.Catalog` over `<data_dir>/catalog` and the packaged files.

    An imported dataset takes the place of a packaged one of the same id until it is deleted. Any number of
    processes may read; imports and deletions take turns.
    """

    def __init__(self, data_dir: str, *, limits: ImportLimits | None = None) -> None:
        self._folder = Path(data_dir) / "catalog"
        self._index = Index(self._folder)
        self._limits = limits or ImportLimits()

    def datasets(self) -> list[Dataset]:
        """List what there is, by id."""
        everything = packaged_datasets() | self._index.datasets()
        return [everything[dataset_id] for dataset_id in sorted(everything)]

    def dataset(self, dataset_id: str) -> Dataset | None:
        """Give one entry, by its id or, when only one fits, by its symbol."""
        wanted = dataset_id.strip().upper()
        everything = self.datasets()
        for dataset in everything:
            if dataset.dataset_id.upper() == wanted:
                return dataset
        of_symbol = [dataset for dataset in everything if dataset.symbol == wanted]
        return of_symbol[0] if len(of_symbol) == 1 else None

    def bars(self, dataset_id: str, *, start_ns: Nanos | None = None, end_ns: Nanos | None = None) -> BarColumns:
        """Load bars of [start, end). Raises KeyError for an unknown dataset, ValueError for one that has no bars."""
        dataset = self._known(dataset_id)
        if dataset.kind != "bars":
            raise ValueError(f"{dataset.dataset_id} holds {dataset.kind}, not bars")
        if dataset.is_packaged:
            return between(packaged_bars(dataset.dataset_id), start_ns=start_ns, end_ns=end_ns)
        return read_bars(self._index.path(dataset.dataset_id), start_ns=start_ns, end_ns=end_ns)

    def events(self, dataset_id: str) -> Iterable[MarketEvent]:
        """Yield a dataset as market events in order of time."""
        dataset = self._known(dataset_id)
        if dataset.kind == "bars" and dataset.timeframe is not None:
            return _bar_events(self.bars(dataset.dataset_id), dataset.symbol, dataset.timeframe)
        return recorded_events(self._index.path(dataset.dataset_id), dataset)

    def path(self, dataset_id: str) -> Path:
        """Give the file of a dataset. Raises KeyError when unknown."""
        dataset = self._known(dataset_id)
        return packaged_path(dataset.dataset_id) if dataset.is_packaged else self._index.path(dataset.dataset_id)

    def import_file(
        self,
        path: str,
        *,
        symbol: str,
        timeframe: Timeframe | None,
        kind: str = "bars",
        on_rows: OnRows | None = None,
    ) -> ImportReport:
        """Check a CSV or Parquet file and keep it whole, or keep nothing and say which lines are wrong.

        An earlier import of the same id is replaced. `on_rows` is told now and then how many rows have been read.
        Raises ValueError for a symbol, kind or timeframe that cannot be (InvalidSymbol is one).
        """
        name = canonical_symbol(symbol)
        label = Label(
            symbol=name,
            kind=kind,
            timeframe=timeframe if kind == "bars" else None,
            source=f"import of {Path(path).name}",
            licence=LICENCE_UNKNOWN,
        )
        dataset_id = _id_of(label)
        with self._turn():
            taken = self._index.datasets().get(dataset_id)
            if taken is not None and taken.symbol != name:
                raise ValueError(f"{dataset_id} already holds {taken.symbol}: delete that dataset first")
            return self._imported(path, dataset_id, label, on_rows)

    def delete(self, dataset_id: str) -> None:
        """Remove a dataset. Raises KeyError when unknown and PermissionError when it ships with the product."""
        dataset = self._known(dataset_id)
        if dataset.is_packaged:
            raise PermissionError(f"{dataset.dataset_id} ships with the product and cannot be deleted")
        with self._turn():
            self._index.path(dataset.dataset_id).unlink(missing_ok=True)

    def problems(self) -> list[str]:
        """Name files of the catalog that cannot be read."""
        return self._index.problems()

    def _known(self, dataset_id: str) -> Dataset:
        dataset = self.dataset(dataset_id)
        if dataset is None:
            raise KeyError(dataset_id)
        return dataset

    def _imported(self, path: str, dataset_id: str, label: Label, on_rows: OnRows | None) -> ImportReport:
        findings = Findings()
        target = self._index.path(dataset_id)
        if label.timeframe is not None:
            bars = BarImport(findings, timeframe=label.timeframe, limits=self._limits, on_rows=on_rows)
            is_kept, rows = bars.store(path, target, label), bars.rows
        else:
            ticks = TickImport(findings, limits=self._limits, on_rows=on_rows)
            is_kept, rows = ticks.store(path, target, label), ticks.rows
        return ImportReport(
            dataset=self._index.datasets()[dataset_id] if is_kept else None,
            rows=rows,
            errors=findings.errors,
            warnings=findings.warnings,
            findings=findings.first(),
        )

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Wait for our turn to change the folder, and clear away what a killed import left behind."""
        self._folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._folder / LOCK_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            for part in self._folder.glob(f"*{SUFFIX}.*{PART_SUFFIX}"):
                part.unlink(missing_ok=True)
            yield
        finally:
            os.close(descriptor)


def _id_of(label: Label) -> str:
    """Name a dataset: AAPL-1d, BTC-USD-trades. Raises ValueError for a kind or timeframe that cannot be."""
    stem = label.symbol.replace("/", "-")
    if label.kind == "bars":
        if label.timeframe is None:
            raise ValueError(f"bars need a timeframe: one of {', '.join(Timeframe)}")
        return f"{stem}-{label.timeframe.value}"
    if label.kind not in KINDS:
        raise ValueError(f"unknown kind {label.kind!r}: one of {', '.join(KINDS)}")
    return f"{stem}-{label.kind}"


def _bar_events(bars: BarColumns, symbol: str, timeframe: Timeframe) -> Iterator[Bar]:
    columns = (bars.ts_ns, bars.open, bars.high, bars.low, bars.close, bars.volume)
    for first in range(0, len(bars.ts_ns), BATCH_ROWS):
        lists = (column[first : first + BATCH_ROWS].tolist() for column in columns)
        for values in zip(*lists, strict=True):
            yield Bar(symbol, timeframe, *values)
