"""The catalog: packaged datasets and those imported into the data directory, behind one port."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from openbell.adapters.catalog.actions import ActionFiles, version_of
from openbell.adapters.catalog.adjusting import adjusted
from openbell.adapters.catalog.arrow import pq
from openbell.adapters.catalog.columns import ColumnCache
from openbell.adapters.catalog.findings import Findings
from openbell.adapters.catalog.importing import BarImport, OnRows
from openbell.adapters.catalog.index import Index
from openbell.adapters.catalog.limits import BATCH_ROWS, ImportLimits
from openbell.adapters.catalog.lock import turn
from openbell.adapters.catalog.neighbours import Neighbours
from openbell.adapters.catalog.packaged import (
    packaged_actions,
    packaged_bars,
    packaged_datasets,
    packaged_path,
    packaged_survey,
)
from openbell.adapters.catalog.resample import resampled, whole_range
from openbell.adapters.catalog.stored import Label, between, read_bars, survey_of
from openbell.adapters.catalog.ticks import TickImport, recorded_events
from openbell.adapters.catalog.timetable import known_calendar
from openbell.domain.dataset import Adjustment, CorporateAction, Coverage, Survey
from openbell.domain.instrument import canonical_symbol
from openbell.domain.market import Bar, MarketEvent, Timeframe
from openbell.domain.values import Nanos
from openbell.ports import BarColumns, Dataset, ImportReport, ImportRequest

KINDS = ("bars", "trades", "quotes", "book")
LICENCE_UNKNOWN = "not stated"


class ParquetCatalog:
    """Implements `ports.Catalog` over `<data_dir>/catalog` and the packaged files.

    An imported dataset takes the place of a packaged one of the same id until it is deleted. Any number of
    processes may read; imports and deletions take turns.
    """

    def __init__(self, data_dir: str, *, limits: ImportLimits | None = None) -> None:
        self._folder = Path(data_dir) / "catalog"
        self._index = Index(self._folder)
        self._limits = limits or ImportLimits()
        self._columns = ColumnCache(self._folder)
        self._actions = ActionFiles(self._folder)

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
        dataset = self._known(dataset_id)
        if dataset.kind != "bars" or dataset.timeframe is None:
            raise ValueError(f"{dataset.dataset_id} holds {dataset.kind}, not bars")
        if timeframe is not None:
            start_ns, end_ns = whole_range(start_ns, end_ns, wanted=timeframe)
        if adjustment is Adjustment.NONE:
            bars = self._part(dataset, start_ns, end_ns)
        else:
            # An action after the part that is asked for changes the part as well.
            whole = adjusted(self._part(dataset, None, None), self.actions(dataset.dataset_id), adjustment)
            bars = between(whole, start_ns=start_ns, end_ns=end_ns)
        return bars if timeframe is None else resampled(bars, given=dataset.timeframe, wanted=timeframe)

    def events(self, dataset_id: str) -> Iterable[MarketEvent]:
        """Yield a dataset as market events in order of time."""
        dataset = self._known(dataset_id)
        if dataset.kind == "bars" and dataset.timeframe is not None:
            return _bar_events(self.bars(dataset.dataset_id), dataset.symbol, dataset.timeframe)
        return recorded_events(self._index.path(dataset.dataset_id), dataset)

    def survey(self, dataset_id: str) -> Survey:
        """Give coverage and quality. Raises KeyError for an unknown dataset."""
        dataset = self._known(dataset_id)
        if dataset.is_packaged:
            return packaged_survey(dataset.dataset_id)
        kept = survey_of(pq.read_metadata(self._index.path(dataset.dataset_id)))
        return kept if kept is not None else self._surveyed(dataset)

    def actions(self, dataset_id: str) -> Sequence[CorporateAction]:
        """List corporate actions by date. Raises KeyError for an unknown dataset."""
        dataset = self._known(dataset_id)
        found = self._actions.read(dataset.dataset_id)
        if found is None:
            found = packaged_actions(dataset.dataset_id) if dataset.is_packaged else []
        return found

    def set_actions(self, dataset_id: str, actions: Sequence[CorporateAction]) -> None:
        """Replace the corporate actions. Raises KeyError for an unknown dataset, InvalidAction for ones that clash."""
        dataset = self._known(dataset_id)
        with turn(self._folder):
            self._actions.write(dataset.dataset_id, actions)

    def version(self, dataset_id: str, adjustment: Adjustment) -> str:
        """Name, by a SHA-256, the data that a view gives. Raises KeyError for an unknown dataset."""
        dataset = self._known(dataset_id)
        if adjustment is Adjustment.NONE:
            return dataset.digest
        return version_of(dataset.digest, self.actions(dataset.dataset_id), adjustment)

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
        return self.admit(path, ImportRequest(symbol=symbol, timeframe=timeframe, kind=kind), on_rows=on_rows)

    def admit(self, path: str, wanted: ImportRequest, *, on_rows: OnRows | None = None) -> ImportReport:
        """Import as `import_file` does, or only check, with everything that may be wished for.

        Raises ValueError as `import_file` does, and PermissionError where an earlier dataset may not be replaced.
        """
        label = _label_of(wanted, path)
        dataset_id = _id_of(label)
        if not wanted.is_kept:
            return self._imported(path, None, label, on_rows)
        with turn(self._folder):
            taken = self._index.datasets().get(dataset_id)
            if taken is not None and taken.symbol != label.symbol:
                raise ValueError(f"{dataset_id} already holds {taken.symbol}: delete that dataset first")
            if taken is not None and wanted.may_replace not in (None, taken.owner_id):
                raise PermissionError(f"{dataset_id} belongs to somebody else: only its owner or an admin replaces it")
            return self._imported(path, dataset_id, label, on_rows)

    def delete(self, dataset_id: str) -> None:
        """Remove a dataset. Raises KeyError when unknown and PermissionError when it ships with the product."""
        dataset = self._known(dataset_id)
        if dataset.is_packaged:
            raise PermissionError(f"{dataset.dataset_id} ships with the product and cannot be deleted")
        with turn(self._folder):
            self._index.path(dataset.dataset_id).unlink(missing_ok=True)
            self._actions.remove(dataset.dataset_id)
            self._columns.forget(dataset.digest)

    def problems(self) -> list[str]:
        """Name files of the catalog that cannot be read."""
        return self._index.problems()

    def _known(self, dataset_id: str) -> Dataset:
        dataset = self.dataset(dataset_id)
        if dataset is None:
            raise KeyError(dataset_id)
        return dataset

    def _part(self, dataset: Dataset, start_ns: Nanos | None, end_ns: Nanos | None) -> BarColumns:
        if dataset.is_packaged:
            return between(packaged_bars(dataset.dataset_id), start_ns=start_ns, end_ns=end_ns)
        path = self._index.path(dataset.dataset_id)
        mapped = self._columns.bars(path, digest=dataset.digest, rows=dataset.rows)
        if mapped is not None:
            return between(mapped, start_ns=start_ns, end_ns=end_ns)
        return read_bars(path, start_ns=start_ns, end_ns=end_ns)

    def _surveyed(self, dataset: Dataset) -> Survey:
        """Look through a file from before surveys were kept."""
        findings = Findings()
        if dataset.timeframe is None:
            last = dataset.end_ns - 1
            return Survey(coverage=Coverage(first_ns=dataset.start_ns, last_ns=last, rows=dataset.rows), warnings=0)
        calendar_name = known_calendar("", symbol=dataset.symbol)
        neighbours = Neighbours(findings, timeframe=dataset.timeframe, calendar_name=calendar_name)
        for line, bar in enumerate(_bar_events(self._part(dataset, None, None), dataset.symbol, dataset.timeframe), 1):
            neighbours.take(line, (bar.ts_ns, bar.open, bar.high, bar.low, bar.close, bar.volume))
        return neighbours.survey()

    def _imported(self, path: str, dataset_id: str | None, label: Label, on_rows: OnRows | None) -> ImportReport:
        findings = Findings()
        target = None if dataset_id is None else self._index.path(dataset_id)
        work: BarImport | TickImport
        if label.timeframe is not None:
            work = BarImport(findings, timeframe=label.timeframe, limits=self._limits, on_rows=on_rows)
        else:
            work = TickImport(findings, limits=self._limits, on_rows=on_rows)
        is_good = work.store(path, target, label)
        return ImportReport(
            dataset=self._index.datasets()[dataset_id] if is_good and dataset_id is not None else None,
            rows=work.rows,
            errors=findings.errors,
            warnings=findings.warnings,
            findings=findings.first(),
            survey=work.survey,
        )


def _label_of(wanted: ImportRequest, path: str) -> Label:
    """Describe what a file is to become. Raises ValueError for a symbol or calendar that cannot be."""
    name = canonical_symbol(wanted.symbol)
    return Label(
        symbol=name,
        kind=wanted.kind,
        timeframe=wanted.timeframe if wanted.kind == "bars" else None,
        source=wanted.source or f"import of {Path(path).name}",
        licence=LICENCE_UNKNOWN,
        calendar_name=known_calendar(wanted.calendar_name, symbol=name),
        owner_id=wanted.owner_id,
    )


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
