"""Statistics of the last 24 hours of an instrument, from its candles."""

import msgspec

from openbell.domain.market import Bar, Timeframe
from openbell.domain.values import SCALE, Nanos, Price, Quantity, Rate, divide_half_up
from openbell.ports import Market

DAY_NS: Nanos = 86_400 * 1_000_000_000
_FINEST_FIRST = (Timeframe.M1, Timeframe.M5, Timeframe.M15, Timeframe.H1, Timeframe.D1)


class DayStats(msgspec.Struct, frozen=True, kw_only=True):
    """Open, high, low, last, volume and change over the 24 hours up to now; None where nothing traded in them."""

    open: Price | None = None
    high: Price | None = None
    low: Price | None = None
    last: Price | None = None
    volume: Quantity = 0
    vwap: Price | None = None
    change: Price | None = None
    change_percent: Rate | None = None
    """2 is 2 %, scaled."""
    from_ns: Nanos | None = None
    """Open time of the first bar that counts: later than a day ago while the market is young."""


def stats_of(market: Market, symbol: str, *, now_ns: Nanos) -> DayStats:
    """Work out an instrument's day from its finest candles that outlive a restart."""
    bars: list[Bar] = []
    for timeframe in _FINEST_FIRST:
        count = DAY_NS // timeframe.length_ns + 1
        found = market.candles(symbol, timeframe, limit=count)
        bars = [bar for bar in found if now_ns - DAY_NS < bar.end_ns and bar.ts_ns <= now_ns]
        if bars:
            break
    trade = market.last_trade(symbol)
    if not bars:
        return DayStats(last=trade.price if trade is not None else market.mark(symbol))
    last = trade.price if trade is not None and trade.ts_ns >= bars[-1].ts_ns else bars[-1].close
    opened = bars[0].open
    volume = sum(bar.volume for bar in bars)
    return DayStats(
        open=opened,
        high=max(last, *(bar.high for bar in bars)),
        low=min(last, *(bar.low for bar in bars)),
        last=last,
        volume=volume,
        vwap=divide_half_up(sum((bar.vwap or bar.close) * bar.volume for bar in bars), volume) if volume else None,
        change=last - opened,
        change_percent=divide_half_up((last - opened) * 100 * SCALE, opened),
        from_ns=bars[0].ts_ns,
    )
