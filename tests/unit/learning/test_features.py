"""Features of bars in their two forms, and against two other libraries."""

import math
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
import talib
from hypothesis import given, settings
from hypothesis import strategies as st
from talipp import indicators as talipp

import openbell
from openbell.analytics.learning import FeatureSet, UnknownFeature, feature_columns
from openbell.analytics.learning.features import Columns

NAMES = (
    *("rsi_14", "macd", "macd_signal", "macd_histogram", "volume_sma_20", "sma_10", "ema_10"),
    *("return_5", "zscore_20", "volatility_10", "atr_14"),
)
PRICE = st.integers(1, 10_000_000).map(lambda cents: cents / 100)
BARS = st.lists(st.tuples(PRICE, PRICE, PRICE, st.integers(0, 10**9).map(float)), min_size=60, max_size=90)


def stepped(names, bars):
    features = FeatureSet(names)
    rows = [
        features.update(high=high, low=low, close=close, volume=volume)
        for high, low, close, volume in zip(*(column.tolist() for column in bars), strict=True)
    ]
    return features.warm_up_bars, rows


@pytest.fixture(scope="module")
def goog():
    path = Path(openbell.__file__).parent / "data" / "GOOG_1d_wiki.parquet"
    table = pq.read_table(path)
    return Columns(*(np.array(table[name].to_pylist(), dtype=float) for name in ("high", "low", "close", "volume")))


@settings(max_examples=30)
@given(BARS)
def test_p16_bar_by_bar_is_the_same_as_over_columns_to_1e_9(rows):
    bars = Columns(*(np.array(column) for column in zip(*rows, strict=True)))
    columns = feature_columns(NAMES, bars)
    warm_up, steps = stepped(NAMES, bars)
    assert all(row is None for row in steps[: warm_up - 1])
    for step, column in zip(steps[warm_up - 1 :], columns[warm_up - 1 :], strict=True):
        assert step == pytest.approx(column.tolist(), rel=1e-9, abs=1e-9, nan_ok=True)


def test_p16_on_recorded_bars_both_forms_agree_to_1e_9(goog):
    warm_up, steps = stepped(NAMES, goog)
    columns = feature_columns(NAMES, goog)
    assert not np.isnan(columns[warm_up - 1 :]).any()
    assert np.abs(np.array(steps[warm_up - 1 :]) - columns[warm_up - 1 :]).max() < 1e-9


def test_p16_the_features_are_those_of_ta_lib(goog):
    rsi, volume, average, mean, spread = feature_columns(
        ("rsi_14", "volume_sma_20", "sma_10", "ema_10", "zscore_20"), goog
    ).T
    close = goog.close
    deviations = (close - talib.SMA(close, 20)) / talib.STDDEV(close, 20, 1.0)
    for ours, theirs in (
        (rsi, talib.RSI(close, 14)),
        (volume, goog.volume / talib.SMA(goog.volume, 20)),
        (average, close / talib.SMA(close, 10) - 1),
        (mean, close / talib.EMA(close, 10) - 1),
    ):
        assert np.array_equal(np.isnan(ours), np.isnan(theirs))
        assert np.nanmax(np.abs(ours - theirs)) < 1e-9
    # Its variance is a difference of large sums, which costs it digits.
    assert np.nanmax(np.abs(spread - deviations)) < 1e-6
    line = feature_columns(("macd",), goog)[:, 0] * close / 100
    # TA-Lib starts its fast average late; both have forgotten that after some hundred bars.
    assert np.abs(line - talib.MACD(close, 12, 26, 9)[0])[400:].max() < 1e-9


def test_p16_the_features_are_those_of_talipp(goog):
    close = goog.close.tolist()
    rsi, line = feature_columns(("rsi_14", "macd"), goog).T
    theirs = talipp.RSI(14, input_values=close)
    assert max(abs(ours - one) for ours, one in zip(rsi[14:], list(theirs)[14:], strict=True)) < 1e-9
    macd = [None if point is None else point.macd for point in talipp.MACD(12, 26, 9, input_values=close)]
    pairs = [(a * c / 100, b) for a, b, c in zip(line, macd, close, strict=True) if b is not None]
    assert len(pairs) > 2_000
    assert max(abs(ours - one) for ours, one in pairs) < 1e-9


def test_a_gap_is_no_lack_of_history():
    features = FeatureSet(("volume_sma_2", "zscore_2"))
    rows = [features.update(high=1.0, low=1.0, close=1.0, volume=0.0) for _ in range(3)]
    assert rows[0] is None
    assert all(math.isnan(value) for value in rows[1])


@pytest.mark.parametrize("name", ["", "rsi", "macd_3", "magic_4", "rsi_0", "rsi_9999", "volatility_1", "RSI_14"])
def test_a_name_that_is_no_feature_is_refused(name):
    with pytest.raises(UnknownFeature):
        FeatureSet((name,))
