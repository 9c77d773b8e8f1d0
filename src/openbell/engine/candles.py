"""Candles from trades: seven time frames in one pass, each made of the one below it."""

from collections.abc import Iterable
from itertools import pairwise

from openbell.domain.market import Bar, Timeframe, Trade
from openbell.domain.values import NANOS_PER_SECOND, Nanos, Price, Quantity

ALL_TIMEFRAMES = tuple(Timeframe)

LATENESS_NS: Nanos = NANOS_PER_SECOND // 5
"""When time alone closes a candle, this much later: a trade of its last moments may still be on its way."""


class _Candle:
    """What traded in one interval so far. `turnover` is the sum of price × quantity, unscaled."""

    __slots__ = ("close", "end_ns", "high", "low", "open", "start_ns", "turnover", "volume")

    def __init__(self, start_ns: Nanos, end_ns: Nanos, price: Price) -> None:
        self.start_ns, self.end_ns = start_ns, end_ns
        self.open = self.high = self.low = self.close = price
        self.volume = self.turnover = 0

    def widen(self, high: Price, low: Price, volume: Quantity, turnover: int) -> None:
        """Add trades without saying when they were."""
        self.high = max(self.high, high)
        self.low = min(self.low, low)
        self.volume += volume
        self.turnover += turnover


class _Ladder:
    """The candles of one symbol, shortest time frame first.

    A trade goes into the shortest only; a candle that closes is added to the next longer one. What a longer candle
    holds now is therefore what it was given plus the open candles below it.
    """

    def __init__(self, symbol: str, timeframes: tuple[Timeframe, ...]) -> None:
        self._symbol = symbol
        self._timeframes = timeframes
        self._lengths = [timeframe.length_ns for timeframe in timeframes]
        self._candles: list[_Candle | None] = [None] * len(timeframes)
        self._closed_ns: list[Nanos] = [0] * len(timeframes)

    def add(self, trade: Trade) -> list[Bar]:
        """Take a trade and give the bars that it shows to be over."""
        candle = self._candles[0]
        ts_ns, price, quantity = trade.ts_ns, trade.price, trade.quantity
        finals: list[Bar] = []
        if candle is None or not candle.start_ns <= ts_ns < candle.end_ns:
            present_ns = self._closed_ns[0] - 1 if candle is None else candle.start_ns
            if ts_ns <= present_ns:
                self._add_late(trade, present_ns)
                return finals
            finals = self.close_until(ts_ns)
            candle = self._open(0, ts_ns, price)
        if price > candle.high:
            candle.high = price
        elif price < candle.low:
            candle.low = price
        candle.close = price
        candle.volume += quantity
        candle.turnover += price * quantity
        return finals

    def close_until(self, ts_ns: Nanos) -> list[Bar]:
        """Close what ended by an instant, and give the bars, shortest first."""
        finals: list[Bar] = []
        for place, candle in enumerate(self._candles):
            self._closed_ns[place] = max(self._closed_ns[place], ts_ns - ts_ns % self._lengths[place])
            if candle is None or candle.end_ns > ts_ns:
                continue
            finals.append(self._final(place, candle))
            self._candles[place] = None
            if place + 1 < len(self._candles):
                self._pass_up(candle, place + 1)
        return finals

    def unfinished(self) -> list[Bar]:
        """Give the open bars as they stand, shortest first."""
        bars: list[Bar] = []
        start_ns, open_, high, low, close, volume, turnover = -1, 0, 0, 0, 0, 0, 0
        for place, candle in enumerate(self._candles):
            if candle is not None:
                # What is below came later: its close is the close, and the open is ours.
                if start_ns < 0:
                    high, low, close = candle.high, candle.low, candle.close
                start_ns, open_ = candle.start_ns, candle.open
                high, low = max(high, candle.high), min(low, candle.low)
                volume += candle.volume
                turnover += candle.turnover
            if start_ns >= 0:
                start_ns -= start_ns % self._lengths[place]
                vwap = _vwap(turnover, volume, close)
                timeframe = self._timeframes[place]
                bars.append(Bar(self._symbol, timeframe, start_ns, open_, high, low, close, volume, vwap, False))  # noqa: FBT003
        return bars

    def _open(self, place: int, ts_ns: Nanos, price: Price) -> _Candle:
        length = self._lengths[place]
        start_ns = ts_ns - ts_ns % length
        candle = self._candles[place] = _Candle(start_ns, start_ns + length, price)
        return candle

    def _pass_up(self, closed: _Candle, place: int) -> None:
        candle = self._candles[place]
        if candle is None:
            candle = self._open(place, closed.start_ns, closed.open)
        candle.close = closed.close
        candle.widen(closed.high, closed.low, closed.volume, closed.turnover)

    def _add_late(self, trade: Trade, present_ns: Nanos) -> None:
        """Count a trade that came after its interval closed in the shortest longer one that is still under way.

        Finished bars stay as they are, and so do opens and closes.
        """
        for place in range(1, len(self._candles)):
            length = self._lengths[place]
            start_ns = trade.ts_ns - trade.ts_ns % length
            if start_ns >= self._closed_ns[place] and present_ns < start_ns + length:
                candle = self._candles[place] or self._open(place, trade.ts_ns, trade.price)
                candle.widen(trade.price, trade.price, trade.quantity, trade.price * trade.quantity)
                return

    def _final(self, place: int, candle: _Candle) -> Bar:
        return Bar(
            self._symbol,
            self._timeframes[place],
            candle.start_ns,
            candle.open,
            candle.high,
            candle.low,
            candle.close,
            candle.volume,
            _vwap(candle.turnover, candle.volume, candle.close),
        )


class CandleBuilder:
    """Builds the bars of some symbols from their trades.

    Intervals begin at multiples of their length in UTC. An interval without trades has no bar. Each time frame must be
    a multiple of the one before it.
    """

    def __init__(self, symbols: Iterable[str], timeframes: Iterable[Timeframe] = ALL_TIMEFRAMES) -> None:
        self._timeframes = tuple(sorted(timeframes, key=lambda timeframe: timeframe.length_ns))
        lengths = [timeframe.length_ns for timeframe in self._timeframes]
        if any(longer % shorter for shorter, longer in pairwise(lengths)):
            raise ValueError("each time frame must be a multiple of the shorter one")
        self._ladders = {symbol: _Ladder(symbol, self._timeframes) for symbol in symbols}

    def add(self, trade: Trade) -> list[Bar]:
        """Take a trade and give the bars that it shows to be over, shortest first; none for an unknown symbol."""
        ladder = self._ladders.get(trade.symbol)
        return ladder.add(trade) if ladder is not None else []

    def on_trade(self, trade: Trade) -> list[Bar]:
        """Take a trade and give finished bars, then every open bar of its symbol as it now stands."""
        return self.add(trade) + self.unfinished(trade.symbol)

    def on_time(self, ts_ns: Nanos) -> list[Bar]:
        """Let time pass and give the bars that are over, of all symbols, `LATENESS_NS` after their end."""
        finals: list[Bar] = []
        for ladder in self._ladders.values():
            finals += ladder.close_until(ts_ns - LATENESS_NS)
        return finals

    def unfinished(self, symbol: str) -> list[Bar]:
        """Give the open bars of a symbol, shortest first."""
        ladder = self._ladders.get(symbol)
        return ladder.unfinished() if ladder is not None else []


def _vwap(turnover: int, volume: Quantity, close: Price) -> Price:
    return (2 * turnover + volume) // (2 * volume) if volume else close
