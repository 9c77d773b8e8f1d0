"""A sweep done in pieces gives, to the last digit, what it gives in one go."""

import itertools

import msgspec
import pytest

from openbell.adapters.catalog.instruments import instrument_of
from openbell.adapters.catalog.parquet import ParquetCatalog
from openbell.domain.run import BacktestRequest
from openbell.domain.study import Axis, Search, SearchMethod, Sweep
from openbell.domain.values import SCALE
from openbell.runtime.jobs import BacktestJob
from openbell.runtime.studies import ResearchJob
from openbell.strategies import SHIPPED

GRID = Search(axes=(Axis("fast", (5, 10, 30)), Axis("slow", (20, 30, 60))), objective="total_return")
REQUEST = BacktestRequest(kind="sma_cross", dataset_id="GOOG-1d", symbol="GOOG", initial_cash=100_000 * SCALE)


@pytest.fixture(scope="module")
def job(tmp_path_factory):
    catalog = ParquetCatalog(str(tmp_path_factory.mktemp("catalog")))
    return BacktestJob(lambda: catalog, lambda: SHIPPED, instrument_of)


@pytest.mark.parametrize("method", [SearchMethod.GRID, SearchMethod.RANDOM])
@pytest.mark.parametrize("sizes", [(9,), (4, 5), (1,) * 9])
def test_a_sweep_in_pieces_gives_the_result_of_one_in_one_go(job, method, sizes):
    search = msgspec.structs.replace(GRID, method=method, trials=9)
    request, research = msgspec.structs.replace(REQUEST, study=Sweep(search=search), seed=4), ResearchJob(backtest=job)
    ends = list(itertools.accumulate(sizes))
    pieces = [(end - size, end) for end, size in zip(ends, sizes, strict=True)]
    parts = [research.piece(request, piece, lambda part: None) for piece in pieces]
    # What a worker gives goes over a pipe before it is joined.
    carried = msgspec.msgpack.decode(msgspec.msgpack.encode(parts))
    assert research.joined(request, carried, lambda part: None) == research(request, lambda part: None)


def test_a_sweep_is_divided_into_all_its_sets_and_one_that_learns_is_not(job):
    research, axes = ResearchJob(backtest=job), (Axis("fast", tuple(range(1, 48))), Axis("slow", (50, 60)))
    known = msgspec.structs.replace(REQUEST, study=Sweep(search=Search(axes=axes)))
    pieces = research.pieces(known, workers=2)
    assert [number for piece in pieces for number in range(*piece)] == list(range(94))
    assert len(pieces) == 8
    learning = Sweep(search=Search(axes=axes, method=SearchMethod.BAYESIAN))
    assert research.pieces(msgspec.structs.replace(REQUEST, study=learning), workers=2) == []
    assert research.pieces(REQUEST, workers=2) == []
