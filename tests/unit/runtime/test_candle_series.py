"""Candles that are kept come back as they were, and no more of them than may be kept."""

import pytest

from openbell.domain.market import Bar, Timeframe
from openbell.domain.values import SCALE
from openbell.runtime.candle_series import CANDLES_KEPT_MAX, CandleSeries


def bar(number, timeframe, *, volume=3 * SCALE):
    price = 60_000 * SCALE + number
    return Bar("BTC/USD", timeframe, number, price, price + 9, price - 9, price + 1, volume, price + 2)


def series_of(timeframe, bars):
    series = CandleSeries("BTC/USD", timeframe)
    for one in bars:
        series.append(one)
    return series


@pytest.mark.parametrize("timeframe", Timeframe)
def test_bars_come_back_as_they_were(timeframe):
    bars = [bar(number, timeframe) for number in range(20)]
    series = series_of(timeframe, bars)
    assert series.latest(5) == bars[-5:]
    assert series.latest(50) == bars
    assert series.latest(0) == series.latest(-1) == []


@pytest.mark.parametrize("timeframe", [Timeframe.S1, Timeframe.M1])
def test_the_oldest_bars_are_let_go(timeframe):
    bars = [bar(number, timeframe) for number in range(CANDLES_KEPT_MAX + 7)]
    assert series_of(timeframe, bars).latest(CANDLES_KEPT_MAX + 7) == bars[7:]


def test_a_volume_of_more_than_64_bits_is_kept_to_the_last_unit():
    bars = [bar(1, Timeframe.S1), bar(2, Timeframe.S1, volume=2**63 + 1), bar(3, Timeframe.S1)]
    assert series_of(Timeframe.S1, bars).latest(3) == bars
