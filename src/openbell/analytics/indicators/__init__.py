"""Technical indicators, each twice: fed one value at a time, and computed over a whole array.

The classes are for strategies that run bar by bar, the functions for research and sweeps. Both give the same
numbers. A class answers None until it has seen enough; a function puts NaN there, so that its output lines up
with its input.
"""

from openbell.analytics.indicators.momentum import MACD, RSI, MACDColumns, MACDPoint, macd, rsi
from openbell.analytics.indicators.moving import EMA, SMA, EmaSeed, ema, rolling_totals, sma
from openbell.analytics.indicators.price_range import ATR, atr, true_range
from openbell.analytics.indicators.spread import (
    BollingerBands,
    BollingerColumns,
    BollingerPoint,
    RollingStdev,
    ZScore,
    bollinger_bands,
    rolling_stdev,
    zscore,
)
from openbell.analytics.indicators.volume import RollingVWAP, rolling_vwap, typical_price

__all__ = [
    "ATR",
    "EMA",
    "MACD",
    "RSI",
    "SMA",
    "BollingerBands",
    "BollingerColumns",
    "BollingerPoint",
    "EmaSeed",
    "MACDColumns",
    "MACDPoint",
    "RollingStdev",
    "RollingVWAP",
    "ZScore",
    "atr",
    "bollinger_bands",
    "ema",
    "macd",
    "rolling_stdev",
    "rolling_totals",
    "rolling_vwap",
    "rsi",
    "sma",
    "true_range",
    "typical_price",
    "zscore",
]
