"""Bars joined into longer ones are what two other engines make of the same bars."""

import duckdb
import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from openbell.adapters.catalog.resample import resampled
from openbell.domain.market import Timeframe
from openbell.ports import BarColumns

NAMES = ("ts_ns", "open", "high", "low", "close", "volume")
LONGER = [Timeframe.M5, Timeframe.M15, Timeframe.H1, Timeframe.D1]
START = 1_700_000_040 * 10**9


def minutes(steps, seed=1):
    """Minute bars with the given distances between them."""
    count = len(steps)
    ts = START + np.concatenate(([0], np.cumsum(steps[:-1]))).astype(np.int64) * 60 * 10**9
    chance = np.random.default_rng(seed)
    low = chance.integers(1, 10**12, count)
    high = low + chance.integers(0, 10**10, count)
    open_, close = chance.integers(low, high + 1), chance.integers(low, high + 1)
    return BarColumns(ts, open_, high, low, close, chance.integers(0, 10**12, count))


def rows(bars):
    return list(zip(*(getattr(bars, name).tolist() for name in NAMES), strict=True))


def by_polars(bars, wanted):
    frame = pl.DataFrame({name: getattr(bars, name) for name in NAMES})
    grouped = frame.group_by(pl.col("ts_ns") // wanted.length_ns * wanted.length_ns, maintain_order=True).agg(
        pl.col("open").first(),
        pl.col("high").max(),
        pl.col("low").min(),
        pl.col("close").last(),
        pl.col("volume").sum(),
    )
    return [tuple(row) for row in grouped.select(NAMES).rows()]


def by_duckdb(bars, wanted):
    table = pl.DataFrame({name: getattr(bars, name) for name in NAMES}).to_arrow()
    with duckdb.connect() as connection:
        connection.register("bars", table)
        return connection.execute(
            "select ts_ns // $1 * $1 as t, arg_min(open, ts_ns), max(high), min(low), arg_max(close, ts_ns), "
            "sum(volume)::bigint from bars group by t order by t",
            [wanted.length_ns],
        ).fetchall()


@given(st.lists(st.integers(1, 2_000), min_size=1, max_size=200), st.sampled_from(LONGER), st.integers(0, 99))
def test_polars_gives_the_same_longer_bars(steps, wanted, seed):
    bars = minutes(steps, seed)
    assert rows(resampled(bars, given=Timeframe.M1, wanted=wanted)) == by_polars(bars, wanted)


@pytest.mark.parametrize("wanted", LONGER)
@pytest.mark.parametrize("step", [1, 700])
def test_duckdb_gives_the_same_longer_bars(wanted, step):
    bars = minutes([1 + (i * 7) % step for i in range(5_000)])
    assert rows(resampled(bars, given=Timeframe.M1, wanted=wanted)) == by_duckdb(bars, wanted)


def test_joining_twice_is_joining_once():
    bars = minutes([1 + i % 3 for i in range(3_000)])
    hours = resampled(bars, given=Timeframe.M1, wanted=Timeframe.H1)
    at_once, in_two = (
        resampled(bars, given=Timeframe.M1, wanted=Timeframe.D1),
        resampled(hours, given=Timeframe.H1, wanted=Timeframe.D1),
    )
    assert rows(at_once) == rows(in_two)


def test_bars_are_never_made_shorter_and_none_stay_none():
    bars = minutes([1, 1])
    with pytest.raises(ValueError, match="cannot be joined"):
        resampled(bars, given=Timeframe.H1, wanted=Timeframe.M5)
    empty = BarColumns(*(np.empty(0, np.int64) for _ in NAMES))
    assert len(resampled(empty, given=Timeframe.M1, wanted=Timeframe.H1).ts_ns) == 0


def test_a_volume_past_64_bits_is_refused_instead_of_wrapping():
    bars = minutes([1, 1, 1])
    huge = BarColumns(bars.ts_ns, bars.open, bars.high, bars.low, bars.close, np.full(3, 2**62))
    with pytest.raises(ValueError, match="more than can be kept"):
        resampled(huge, given=Timeframe.M1, wanted=Timeframe.D1)
