"""Indicators against sheets that others published: facts, their source beside them."""

import json
from pathlib import Path

import numpy as np
import pytest

from openbell.analytics.indicators import (
    MACD,
    RSI,
    BollingerBands,
    RollingVWAP,
    bollinger_bands,
    macd,
    rolling_vwap,
    rsi,
    typical_price,
)

EXAMPLES = json.loads((Path(__file__).parents[2] / "data" / "indicator_examples.json").read_text("utf-8"))
# StockCharts ChartSchool's RSI sheet, by way of the `ta` package's cs-rsi.csv.
RSI_CLOSES, RSI_SPREADSHEET_FROM_14 = EXAMPLES["rsi_closes"], EXAMPLES["rsi_spreadsheet_from_14"]
# TA-Lib 0.8.2 on the same closes.
RSI_TALIB_FROM_14 = EXAMPLES["rsi_talib_from_14"]
# StockCharts ChartSchool's VWAP sheet, by way of cs-vwap.csv; window 14.
VWAP_HIGH, VWAP_LOW, VWAP_CLOSE = EXAMPLES["vwap_high"], EXAMPLES["vwap_low"], EXAMPLES["vwap_close"]
VWAP_VOLUME, VWAP_14 = EXAMPLES["vwap_volume"], EXAMPLES["vwap_14"]
# StockCharts ChartSchool's MACD sheet, by way of cs-macd.csv; averages start at the first close.
MACD_CLOSES, MACD_LINE_FROM_1 = EXAMPLES["macd_closes"], EXAMPLES["macd_line_from_1"]
# StockCharts ChartSchool's Bollinger sheet, by way of the `ta` package; 20 closes, 2 population deviations.
BOLLINGER_CLOSES = EXAMPLES["bollinger_closes"]


def test_rsi_from_zero_is_the_spreadsheets():
    assert rsi(RSI_CLOSES, period=14, seed="first")[14:] == pytest.approx(RSI_SPREADSHEET_FROM_14, abs=1e-4)


def test_rsi_seeded_by_the_mean_is_talibs_and_the_default():
    assert rsi(RSI_CLOSES)[14:] == pytest.approx(RSI_TALIB_FROM_14, abs=1e-6)


@pytest.mark.parametrize(("seed", "expected"), [("first", RSI_SPREADSHEET_FROM_14), ("sma", RSI_TALIB_FROM_14)])
def test_incremental_rsi_is_silent_for_14_bars_and_then_gives_the_sheet(seed, expected):
    index = RSI(14, seed=seed)
    values = [index.update(close) for close in RSI_CLOSES]
    assert values[:14] == [None] * 14
    assert values[14:] == pytest.approx(expected, abs=1e-4)


def test_rolling_vwap_is_the_sheets():
    price = typical_price(np.array(VWAP_HIGH), low=np.array(VWAP_LOW), close=np.array(VWAP_CLOSE))
    assert rolling_vwap(price, volume=VWAP_VOLUME, period=14) == pytest.approx(VWAP_14, abs=1e-4)


def test_incremental_vwap_is_the_sheets():
    vwap = RollingVWAP(14)
    rows = zip(VWAP_HIGH, VWAP_LOW, VWAP_CLOSE, VWAP_VOLUME, strict=True)
    values = [vwap.update(typical_price(h, low=lo, close=c), volume=v) for h, lo, c, v in rows]
    assert values == pytest.approx(VWAP_14, abs=1e-4)


def test_macd_line_is_the_sheets():
    assert macd(MACD_CLOSES, seed="first").line[1:] == pytest.approx(MACD_LINE_FROM_1, abs=1e-6)


def test_incremental_macd_ends_where_the_sheet_does():
    indicator = MACD(12, slow=26, signal=9, seed="first")
    last = [indicator.update(close) for close in MACD_CLOSES][-1]
    assert last is not None
    assert last.line == pytest.approx(0.99565048, abs=1e-6)


def test_bollinger_bands_are_the_sheets():
    bands = bollinger_bands(BOLLINGER_CLOSES, period=20, width=2)
    first = [bands.middle[19], bands.upper[19], bands.lower[19]]
    last = [bands.middle[-1], bands.upper[-1], bands.lower[-1]]
    assert np.isnan(bands.middle[18])
    assert first == pytest.approx([88.70794, 91.291862, 86.124018], abs=1e-4)
    assert last == pytest.approx([90.95018, 94.432224, 87.468136], abs=1e-4)


def test_incremental_bollinger_bands_end_where_the_sheet_does():
    indicator = BollingerBands(20, width=2)
    last = [indicator.update(close) for close in BOLLINGER_CLOSES][-1]
    assert last == pytest.approx((87.468136, 90.95018, 94.432224), abs=1e-4)
