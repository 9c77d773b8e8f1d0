"""Benchmarks: the series a record is held against, from recorded data or from the market's own candles."""

from collections.abc import Sequence

import msgspec

from openbell.analytics.returns import Series
from openbell.domain.values import SCALE, Nanos
from openbell.ports import Catalog, Dataset, Market
from openbell.services.closes import closes_of
from openbell.services.recorded import closes_of_dataset


class Benchmark(msgspec.Struct, frozen=True, kw_only=True):
    """A series to compare with: closes at the ends of its bars."""

    name: str
    source: str
    """`dataset:<id>` or `market:<symbol>`."""
    points: Series


class UnknownBenchmark(msgspec.Struct, frozen=True):
    """Nothing is recorded or traded under a name; `known` is what there is."""

    wanted: str
    known: tuple[str, ...]


class Benchmarks:
    """Finds benchmarks by dataset id, by instrument or alias, and by the names SPY and BTC."""

    def __init__(self, *, catalog: Catalog, market: Market) -> None:
        self._catalog = catalog
        self._market = market

    def of(
        self, name: str, *, from_ns: Nanos | None = None, to_ns: Nanos | None = None
    ) -> Benchmark | UnknownBenchmark:
        """Give a benchmark over [from, to). May read a file: call it in a thread.

        A dataset id is that dataset. An instrument is its own candles where the market has some of the period, else
        recorded data of the same symbol.
        """
        dataset = self._catalog.dataset(name)
        if dataset is not None and dataset.dataset_id == name:
            return self._recorded(dataset, from_ns, to_ns)
        instrument = self._market.instrument(name) or self._market.instrument(f"{name}/USD")
        if instrument is not None:
            closes = closes_of(self._market, instrument.symbol, from_ns=from_ns, to_ns=to_ns)
            points = [(ts_ns, close / SCALE) for ts_ns, close in closes]
            recorded = dataset or self._catalog.dataset(instrument.symbol)
            if points or recorded is None:
                return Benchmark(name=instrument.symbol, source=f"market:{instrument.symbol}", points=points)
            return self._recorded(recorded, from_ns, to_ns)
        if dataset is not None:
            return self._recorded(dataset, from_ns, to_ns)
        symbols = [one.symbol for one in self._market.instruments()]
        return UnknownBenchmark(name, (*(one.dataset_id for one in self._bars()), *symbols))

    def _bars(self) -> Sequence[Dataset]:
        return [one for one in self._catalog.datasets() if one.timeframe is not None]

    def _recorded(self, dataset: Dataset, from_ns: Nanos | None, to_ns: Nanos | None) -> Benchmark | UnknownBenchmark:
        points = closes_of_dataset(self._catalog, dataset.dataset_id, from_ns=from_ns, to_ns=to_ns)
        if points is None:
            return UnknownBenchmark(dataset.dataset_id, tuple(one.dataset_id for one in self._bars()))
        return Benchmark(name=dataset.dataset_id, source=f"dataset:{dataset.dataset_id}", points=points)
