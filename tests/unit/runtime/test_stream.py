"""A recording played in chunks trades as one played whole, and needs no more memory the longer it is."""

import tracemalloc
from collections.abc import Iterator

import numpy as np
import pytest

from openbell.adapters.catalog.instruments import instrument_of
from openbell.domain.market import Timeframe
from openbell.domain.run import BacktestRequest
from openbell.domain.values import NANOS_PER_SECOND, SCALE, parse
from openbell.ports import BarColumns, RunFailed
from openbell.runtime import stream as streaming
from openbell.runtime.backtest import Cancelled, Driver, perform
from openbell.runtime.parts import sliced
from openbell.runtime.scene import scene_of
from openbell.runtime.stream import stream
from openbell.strategies import SHIPPED

CENT = SCALE // 100


def chunk_of(number, count=4_000):
    """Minutes of a walk that begins and ends at one price, so that chunks can follow each other for ever."""
    chance = np.random.default_rng(number)
    steps = chance.integers(-5, 6, count)
    closes = 20_000 + np.cumsum(steps) - np.cumsum(steps)[-1] * np.arange(1, count + 1) // count
    opens = np.concatenate(([20_000], closes[:-1]))
    times = (np.arange(count) + number * count) * 60 * NANOS_PER_SECOND
    highs, lows = np.maximum(opens, closes), np.minimum(opens, closes)
    return BarColumns(times, *(column * CENT for column in (opens, highs, lows, closes)), np.full(count, SCALE))


def chunks(count) -> Iterator[dict[str, BarColumns]]:
    return ({"WALK": chunk_of(number)} for number in range(count))


def scene(**windows):
    request = BacktestRequest(
        kind="sma_cross",
        parameters={"fast": 5, "slow": 20, **windows},
        dataset_id="walk",
        symbol="WALK",
        timeframe=Timeframe.M1,
        initial_cash=parse(1_000_000),
        fee_rate=parse("0.001"),
    )
    return scene_of(request, instrument=instrument_of("WALK", chunk_of(0)), kinds=SHIPPED)


@pytest.mark.parametrize("driver", list(Driver))
def test_chunks_trade_as_the_whole(driver, monkeypatch):
    monkeypatch.setattr(streaming, "POINTS_MAX", 1_000)
    whole = BarColumns(*(np.concatenate(columns) for columns in zip(*map(columns_of, range(3)), strict=True)))
    played = perform(scene(), series={"WALK": whole}, kinds=SHIPPED)
    fills = []
    streamed = stream(scene(), chunks=chunks(3), kinds=SHIPPED, driver=driver, on_fills=fills.extend)
    assert fills == played.fills
    assert (streamed.fills, streamed.final_equity, streamed.bars) == (len(fills), played.equity[-1], 12_000)
    assert (streamed.ts_ns, streamed.equity) == (played.ts_ns[::16], played.equity[::16])


def columns_of(number):
    bars = chunk_of(number)
    return bars.ts_ns, bars.open, bars.high, bars.low, bars.close, bars.volume


def peak_bytes(count):
    tracemalloc.start()
    stream(scene(fast=500, slow=2_000), chunks=chunks(count), kinds=SHIPPED)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


def test_memory_does_not_grow_with_the_recording():
    peak_bytes(2)
    assert peak_bytes(40) < 1.3 * peak_bytes(10)


def test_a_stream_of_nothing_and_a_stream_that_is_not_wanted_any_more_end():
    with pytest.raises(RunFailed, match="no bars"):
        stream(scene(), chunks=[{"WALK": sliced(chunk_of(0), 0, 0)}], kinds=SHIPPED)
    with pytest.raises(Cancelled):
        stream(scene(), chunks=chunks(1), kinds=SHIPPED, is_cancelled=lambda: True)
