"""The market for reading: instruments, candles and books under canonical symbols."""

from collections.abc import Sequence

from openbell.domain.instrument import Instrument
from openbell.domain.market import Bar, BookSnapshot, Quote, Timeframe, Trade
from openbell.domain.values import Nanos, Price
from openbell.ports import CandleStore, Market
from openbell.services.day import DayStats, stats_of

CANDLES_MAX = 5_000
CANDLES_DEFAULT = 500
TRADES_MAX = 1_000
TRADES_DEFAULT = 100
DEPTH_MAX = 100
DEPTH_DEFAULT = 10


class MarketData:
    """What the market says now. Symbols may be aliases such as BTC-USD; None means there is no such instrument."""

    def __init__(self, *, market: Market, candles: CandleStore | None = None) -> None:
        self._market = market
        self._candles = candles

    def instrument(self, symbol: str) -> Instrument | None:
        """Give an instrument by symbol or alias."""
        return self._market.instrument(symbol)

    def instruments(self) -> Sequence[Instrument]:
        """List all instruments, by symbol."""
        return self._market.instruments()

    def mark(self, symbol: str) -> Price | None:
        """Give the price that positions are valued at."""
        return self._market.mark(symbol)

    def quote(self, symbol: str) -> Quote | None:
        """Give the best bid and offer."""
        return self._market.quote(symbol)

    def last_trade(self, symbol: str) -> Trade | None:
        """Give the latest public trade."""
        return self._market.last_trade(symbol)

    def trades(self, symbol: str, *, limit: int) -> Sequence[Trade]:
        """Give the latest public trades, oldest first, at most TRADES_MAX."""
        return self._market.trades(symbol, limit=min(limit, TRADES_MAX))

    def day(self, symbol: str, *, now_ns: Nanos) -> DayStats:
        """Give the statistics of the last 24 hours."""
        return stats_of(self._market, symbol, now_ns=now_ns)

    async def candle_history(
        self,
        symbol: str,
        timeframe: Timeframe,
        *,
        from_ns: Nanos | None = None,
        to_ns: Nanos | None = None,
        limit: int = CANDLES_DEFAULT,
    ) -> Sequence[Bar]:
        """Give the latest bars that open in [from, to), oldest first, also those that only the store still has."""
        wanted = min(limit, CANDLES_MAX)
        recent = self.candles(symbol, timeframe, from_ns=from_ns, to_ns=to_ns, limit=wanted)
        oldest = self._market.candles(symbol, timeframe, limit=CANDLES_MAX)
        edge = oldest[0].ts_ns if oldest else to_ns
        is_covered = from_ns is not None and edge is not None and from_ns >= edge
        if self._candles is None or len(recent) >= wanted or is_covered:
            return recent
        before = edge if to_ns is None or edge is None else min(edge, to_ns)
        kept = await self._candles.latest(symbol, timeframe, limit=wanted - len(recent), to_ns=before)
        return [*(bar for bar in kept if from_ns is None or bar.ts_ns >= from_ns), *recent]

    def book(self, symbol: str, *, depth: int = DEPTH_DEFAULT) -> BookSnapshot | None:
        """Give the top of the order book, at most DEPTH_MAX levels a side."""
        return self._market.book(symbol, depth=min(depth, DEPTH_MAX))

    def candles(
        self,
        symbol: str,
        timeframe: Timeframe,
        *,
        from_ns: Nanos | None = None,
        to_ns: Nanos | None = None,
        limit: int = CANDLES_DEFAULT,
    ) -> Sequence[Bar]:
        """Give the latest bars that open in [from, to), oldest first; the last may be unfinished."""
        wanted = min(limit, CANDLES_MAX)
        if from_ns is None and to_ns is None:
            return self._market.candles(symbol, timeframe, limit=wanted)
        bars = [
            bar
            for bar in self._market.candles(symbol, timeframe, limit=CANDLES_MAX)
            if (from_ns is None or bar.ts_ns >= from_ns) and (to_ns is None or bar.ts_ns < to_ns)
        ]
        return bars[-wanted:]
