"""Each indicator in its two forms: bar by bar, and over an array. They must be the same numbers."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from openbell.analytics.indicators import (
    ATR,
    EMA,
    MACD,
    RSI,
    SMA,
    BollingerBands,
    RollingStdev,
    RollingVWAP,
    ZScore,
    atr,
    bollinger_bands,
    ema,
    macd,
    rolling_stdev,
    rolling_totals,
    rolling_vwap,
    rsi,
    sma,
    zscore,
)

PRICES = st.lists(st.integers(1, 10_000_000).map(lambda cents: cents / 100), min_size=1, max_size=80)
SCALED = st.lists(st.integers(1, 10**15), min_size=1, max_size=80)
PERIODS = st.integers(1, 15)
SEEDS = st.sampled_from(["sma", "first"])


def fed(indicator, values):
    return [indicator.update(value) for value in values]


def same(one_by_one, array, *, tolerance=0.0):
    assert len(one_by_one) == len(array)
    for step, column in zip(one_by_one, array.tolist(), strict=True):
        if step is None:
            assert math.isnan(column)
        else:
            assert column == pytest.approx(step, rel=tolerance, abs=tolerance)


@given(SCALED, PERIODS)
def test_sma_over_integers_is_exact_in_both_forms(values, period):
    average = SMA(period)
    steps = fed(average, values)
    same(steps, sma(np.array(values, dtype=np.int64), period=period))
    for i in range(period - 1, len(values)):
        assert steps[i] == sum(values[i - period + 1 : i + 1]) / period
    if len(values) >= period:
        assert average.total == sum(values[-period:])


def test_rolling_totals_stay_exact_when_the_running_sum_passes_64_bits():
    values = [2**60 + i for i in range(40)]
    totals = rolling_totals(values, period=3).tolist()
    assert totals == [sum(values[i - 2 : i + 1]) for i in range(2, 40)]


@given(PRICES, PERIODS)
def test_sma_over_floats_is_the_same_in_both_forms(values, period):
    same(fed(SMA(period), values), sma(values, period=period), tolerance=1e-12)


@given(PRICES, PERIODS, SEEDS)
def test_ema_is_bit_for_bit_the_same_in_both_forms(values, period, seed):
    same(fed(EMA(period, seed=seed), values), ema(values, period=period, seed=seed))


@given(PRICES, PERIODS, SEEDS)
def test_rsi_is_bit_for_bit_the_same_in_both_forms(values, period, seed):
    same(fed(RSI(period, seed=seed), values), rsi(values, period=period, seed=seed))


@given(PRICES, SEEDS)
def test_macd_is_bit_for_bit_the_same_in_both_forms(values, seed):
    steps = fed(MACD(5, slow=11, signal=4, seed=seed), values)
    columns = macd(values, fast=5, slow=11, signal=4, seed=seed)
    same([None if p is None else p.line for p in steps], columns.line)
    same([None if p is None else p.signal for p in steps], columns.signal)
    same([None if p is None else p.histogram for p in steps], columns.histogram)


@given(PRICES, PERIODS)
def test_atr_is_bit_for_bit_the_same_in_both_forms(closes, period):
    highs = [close * 1.02 for close in closes]
    lows = [close * 0.97 for close in closes]
    indicator = ATR(period)
    rows = zip(highs, lows, closes, strict=True)
    steps = [indicator.update(h, low=lo, close=c) for h, lo, c in rows]
    same(steps, atr(highs, low=lows, close=closes, period=period))


@given(PRICES, PERIODS, st.data())
def test_vwap_is_the_same_in_both_forms(prices, period, data):
    size = len(prices)
    volumes = data.draw(st.lists(st.integers(0, 1000).map(float), min_size=size, max_size=size))
    indicator = RollingVWAP(period)
    steps = [indicator.update(p, volume=v) for p, v in zip(prices, volumes, strict=True)]
    same(steps, rolling_vwap(prices, volume=volumes, period=period), tolerance=1e-9)


@given(PRICES, PERIODS)
def test_stdev_is_the_same_in_both_forms(values, period):
    same(fed(RollingStdev(period), values), rolling_stdev(values, period=period), tolerance=1e-9)


@given(PRICES, PERIODS)
def test_zscore_is_the_same_in_both_forms(values, period):
    same(fed(ZScore(period), values), zscore(values, period=period), tolerance=1e-9)


@given(PRICES, PERIODS)
def test_bollinger_bands_are_the_same_in_both_forms(values, period):
    steps = fed(BollingerBands(period), values)
    columns = bollinger_bands(values, period=period)
    for field in ("lower", "middle", "upper"):
        step = [None if point is None else getattr(point, field) for point in steps]
        same(step, getattr(columns, field), tolerance=1e-9)


def test_a_market_that_never_moves_has_no_zscore_and_an_rsi_of_50():
    values = [0.1] * 30
    assert fed(ZScore(10), values) == [None] * 30
    assert fed(RollingStdev(10), values)[-1] == 0
    assert fed(RSI(14), values)[-1] == 50
    assert rsi(values)[-1] == 50


def test_wide_arrays_are_measured_in_blocks_without_a_seam():
    values = np.random.default_rng(1).normal(100, 5, 40_000)
    deviation = rolling_stdev(values, period=7)
    for i in (16_384 + 5, 16_384 + 6, 16_384 + 7, 39_999):
        assert deviation[i] == pytest.approx(np.std(values[i - 6 : i + 1]), rel=1e-12)


def test_true_range_reaches_back_to_the_previous_close():
    # Bar 2 gaps up over bar 1's close: 12 - 9; bar 3 falls below bar 2's close: 11.5 - 8.
    steps = [12.0 - 9.0, 11.5 - 8.0]
    ranges = ATR(1)
    ranges.update(10, low=8, close=9)
    assert [ranges.update(12, low=11, close=11.5), ranges.update(9, low=8, close=8.5)] == steps


@pytest.mark.parametrize("build", [SMA, EMA, RSI, ATR, RollingVWAP, RollingStdev, ZScore, BollingerBands])
def test_a_period_below_one_is_refused(build):
    with pytest.raises(ValueError, match="at least 1"):
        build(0)


def test_macd_with_its_periods_the_wrong_way_round_is_refused():
    with pytest.raises(ValueError, match="below the slow"):
        MACD(26, slow=12)
    with pytest.raises(ValueError, match="below the slow"):
        macd([1.0, 2.0], fast=5, slow=5)


def test_arrays_shorter_than_the_period_give_only_nan():
    for column in (sma([1, 2], period=3), ema([1.0, 2.0], period=3), rsi([1.0, 2.0], period=3)):
        assert np.isnan(column).all()
    assert rolling_totals([1, 2], period=3).size == 0
    assert np.isnan(rolling_stdev([1.0], period=3)).all()
    assert np.isnan(atr([1.0], low=[1.0], close=[1.0], period=3)).all()
