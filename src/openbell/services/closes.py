"""Closes: what an instrument was worth over time, as far back as the market's candles are kept."""

from openbell.domain.market import Timeframe
from openbell.domain.values import Nanos, Price
from openbell.ports import Market

CANDLES_MAX = 5_000
TIMEFRAMES = (Timeframe.D1, Timeframe.H1, Timeframe.M1)
"""Longest first: each goes on where the one before it ends, so that old days and the last minutes are both there."""


def closes_of(
    market: Market, symbol: str, *, from_ns: Nanos | None = None, to_ns: Nanos | None = None
) -> list[tuple[Nanos, Price]]:
    """Give the closes of finished candles in [from, to), each a nanosecond before its candle's end, oldest first.

    A bar's close belongs to the day it was made on, not to the midnight that ends it.
    """
    closes: list[tuple[Nanos, Price]] = []
    for timeframe in TIMEFRAMES:
        for bar in market.candles(symbol, timeframe, limit=CANDLES_MAX):
            end = bar.end_ns - 1
            is_within = (from_ns is None or end >= from_ns) and (to_ns is None or end < to_ns)
            if is_within and bar.is_final and (not closes or end > closes[-1][0]):
                closes.append((end, bar.close))
    return closes


def close_at(market: Market, symbol: str, at_ns: Nanos) -> Price | None:
    """Give the last close at or before an instant, from the finest candles that reach back so far."""
    for timeframe in reversed(TIMEFRAMES):
        bars = [bar for bar in market.candles(symbol, timeframe, limit=CANDLES_MAX) if bar.end_ns <= at_ns]
        if bars:
            return bars[-1].close
    return None
