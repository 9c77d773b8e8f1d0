"""A run may ask for longer bars than were recorded: it plays as if those had been recorded, none is seen early."""

import msgspec
import numpy as np
import pytest

from openbell.adapters.catalog.instruments import instrument_of
from openbell.adapters.catalog.parquet import ParquetCatalog
from openbell.domain.instants import instant_text
from openbell.domain.market import Timeframe
from openbell.domain.run import BacktestRequest
from openbell.domain.study import Checks
from openbell.domain.values import NANOS_PER_SECOND, parse
from openbell.ports import RunFailed
from openbell.runtime.checks import check
from openbell.runtime.jobs import BacktestJob
from openbell.runtime.trials import Bench
from openbell.services.recorded import closes_of_run
from openbell.strategies import SHIPPED

MINUTES = 40 * 60
FIRST_NS = 1_704_067_200 * NANOS_PER_SECOND + 25 * 60 * NANOS_PER_SECOND  # 2024-01-01T00:25Z: within an hour
REQUEST = BacktestRequest(
    kind="sma_cross",
    parameters={"fast": 2, "slow": 3, "quantity": "1"},
    dataset_id="X-1m",
    symbol="X",
    timeframe=Timeframe.H1,
    is_joined=True,
    initial_cash=parse(10_000),
    fee_rate=parse("0.001"),
)


@pytest.fixture(scope="module")
def catalog(tmp_path_factory):
    """Two days of minutes, and the same as hours under the name Y."""
    folder = tmp_path_factory.mktemp("joined")
    chance = np.random.default_rng(4)
    closes = np.round(100 + np.cumsum(chance.normal(0, 0.3, MINUTES)), 2)
    lines = [
        f"{instant_text(FIRST_NS + i * 60 * NANOS_PER_SECOND)},{close},{close + 1},{close - 1},{close + 0.25},5"
        for i, close in enumerate(closes.tolist())
    ]
    file = folder / "minutes.csv"
    file.write_text("ts,open,high,low,close,volume\n" + "\n".join(lines))
    shelf = ParquetCatalog(str(folder / "data"))
    assert shelf.import_file(str(file), symbol="X", timeframe=Timeframe.M1).dataset
    hours = shelf.bars("X-1m", timeframe=Timeframe.H1)
    rows = zip(*(getattr(hours, name).tolist() for name in hours.__struct_fields__), strict=True)
    file.write_text("ts,open,high,low,close,volume\n" + "\n".join(line(*row) for row in rows))
    assert shelf.import_file(str(file), symbol="Y", timeframe=Timeframe.H1).dataset
    return shelf


def line(ts_ns, *values):
    return ",".join([instant_text(ts_ns), *(str(value / 1e8) for value in values)])


@pytest.fixture
def job(catalog):
    return BacktestJob(lambda: catalog, lambda: SHIPPED, instrument_of)


def told(result):
    """What does not depend on where the bars came from."""
    return [result[name] for name in ("final_equity", "fills", "trades", "equity_curve", "metrics")]


def test_joined_bars_play_as_recorded_ones(job):
    joined = job(REQUEST)
    recorded = job(msgspec.structs.replace(REQUEST, dataset_id="Y-1h", is_joined=False))
    assert len(joined["fills"]) > 6
    assert told(joined) == told(recorded)
    assert (joined["data"]["timeframe"], joined["data"]["bars"]) == ("1h", 41)


def test_a_period_begins_with_its_first_whole_bar_and_the_data_with_its_first(job):
    from_data = job(msgspec.structs.replace(REQUEST, start_ns=FIRST_NS))
    assert from_data["data"]["start"] == "2024-01-01T00:00:00Z"
    later = job(msgspec.structs.replace(REQUEST, start_ns=FIRST_NS + NANOS_PER_SECOND))
    assert later["data"]["start"] == "2024-01-01T01:00:00Z"


def test_no_bar_is_seen_before_it_is_over(job):
    prepared = job.prepared(REQUEST)
    found = check(Bench(prepared, SHIPPED), Checks(cuts=8))
    assert found["look_ahead"]["compared"] > 20
    assert found["look_ahead"]["passed"] and found["recursive"]["passed"]
    for fill in job(REQUEST)["fills"]:
        assert fill["ts"].endswith(":00:00Z")  # at the open of the next hour


def test_the_tear_sheet_finds_the_bars_that_were_played(job, catalog):
    result = job(REQUEST)
    assert len(closes_of_run(catalog, result)) == 41


def test_bars_cannot_be_cut_into_shorter_ones(job):
    with pytest.raises(RunFailed, match="1h cannot be joined into bars of 1m"):
        job(msgspec.structs.replace(REQUEST, dataset_id="Y-1h", timeframe=Timeframe.M1))
