"""What a worker process does for a run: finds the data, plays the backtest, writes the result."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from openbell.domain.instrument import Instrument
from openbell.domain.run import BacktestRequest
from openbell.engine.strategy import Strategy
from openbell.ports import BarColumns, Catalog, Dataset, RunFailed
from openbell.runtime.backtest import Played, play
from openbell.runtime.result import result_of

OnPart = Callable[[float], None]


class Prepared(msgspec.Struct, frozen=True, kw_only=True):
    """A run with all it needs: the request names its dataset and timeframe in full."""

    request: BacktestRequest
    dataset: Dataset
    bars: BarColumns
    instrument: Instrument


class BacktestJob(msgspec.Struct, frozen=True):
    """A job that can be sent to a worker: it carries how to come by things, not the things.

    `instrument` makes the instrument for a symbol from its recorded bars.
    """

    catalog: Callable[[], Catalog]
    kinds: Callable[[], Mapping[str, type[Strategy]]]
    instrument: Callable[[str, BarColumns], Instrument]

    def __call__(self, request: BacktestRequest, on_progress: OnPart | None = None) -> dict[str, Any]:
        """Do one run and describe it. Raises RunFailed with a sentence for its owner."""
        prepared = self.prepared(request)
        return result_of(
            self.played(prepared, on_progress=on_progress), prepared.request, digest=prepared.dataset.digest
        )

    def prepared(self, request: BacktestRequest) -> Prepared:
        """Find the data of a run. Raises RunFailed."""
        catalog = self.catalog()
        dataset = catalog.dataset(request.dataset_id)
        if dataset is None:
            known = ", ".join(one.dataset_id for one in catalog.datasets())
            raise RunFailed(f"there is no dataset {request.dataset_id}: there are {known}")
        if dataset.timeframe is None:
            raise RunFailed(f"{dataset.dataset_id} holds {dataset.kind}: a backtest needs bars")
        # What opens with the data belongs to its first longer bar, which begins before it.
        is_whole = request.start_ns is None or request.start_ns <= dataset.start_ns
        try:
            bars = catalog.bars(
                dataset.dataset_id,
                start_ns=None if is_whole else request.start_ns,
                end_ns=request.end_ns,
                timeframe=request.timeframe if request.is_joined else None,
                adjustment=request.adjustment,
            )
            instrument = self.instrument(request.symbol, bars)
        except ValueError as problem:
            raise RunFailed(str(problem)) from problem
        timeframe = request.timeframe if request.is_joined else dataset.timeframe
        version = catalog.version(dataset.dataset_id, request.adjustment)
        return Prepared(
            request=msgspec.structs.replace(request, dataset_id=dataset.dataset_id, timeframe=timeframe),
            dataset=msgspec.structs.replace(dataset, digest=version),
            bars=bars,
            instrument=instrument,
        )

    def played(self, prepared: Prepared, *, on_progress: OnPart | None = None) -> Played:
        """Play a prepared run. Raises RunFailed."""
        return play(
            prepared.request,
            instrument=prepared.instrument,
            bars=prepared.bars,
            kinds=self.kinds(),
            on_progress=on_progress,
        )
