"""The market for reading: instruments, candles and books under canonical symbols."""

from collections.abc import Sequence

from openbell.domain.instrument import Instrument
from openbell.domain.market import Bar, BookSnapshot, Quote, Timeframe, Trade
from openbell.domain.values import Nanos, Price
from openbell.ports import Market

CANDLES_MAX = 5_000
CANDLES_DEFAULT = 500
DEPTH_MAX = 100
DEPTH_DEFAULT = 10


class MarketData:
    """What the market says now. Symbols may be aliases such as BTC-USD; None means there is no such instrument."""

    def __init__(self, *, market: Market) -> None:
        self._market = market

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
