"""The market as it stands: latest quotes and trades, order books and candles, kept for readers and warm-ups."""

from collections import deque
from collections.abc import Callable, Sequence

from openbell.domain.instrument import Instrument
from openbell.domain.market import Bar, BookDelta, BookSnapshot, MarketEvent, Quote, Timeframe, Trade
from openbell.domain.values import Nanos, Price
from openbell.engine.book import OrderBook
from openbell.engine.candles import CandleBuilder
from openbell.engine.marks import Marks
from openbell.runtime.candle_series import CandleSeries

TRADES_KEPT_MAX = 1_000
"""Public trades in memory for each instrument."""


class MarketBoard:
    """Folds market events into what people ask for. Prices themselves live in the core's marks."""

    def __init__(
        self,
        *,
        instruments: Sequence[Instrument],
        resolve: Callable[[str], Instrument | None],
        marks: Marks,
        recorded_bars: frozenset[str] = frozenset(),
    ) -> None:
        self._instruments = sorted(instruments, key=lambda instrument: instrument.symbol)
        self._resolve = resolve
        self._marks = marks
        built = [instrument.symbol for instrument in instruments if instrument.symbol not in recorded_bars]
        self._built = frozenset(built)
        self._builder = CandleBuilder(built, tuple(Timeframe))
        self._books = {instrument.symbol: OrderBook(instrument.symbol) for instrument in instruments}
        self._trades: dict[str, deque[Trade]] = {symbol: deque(maxlen=TRADES_KEPT_MAX) for symbol in self._books}
        self._finished: dict[tuple[str, Timeframe], CandleSeries] = {}
        self._unfinished: dict[tuple[str, Timeframe], Bar] = {}
        self._updated_ns: Nanos | None = None
        self._unsaved: list[Bar] = []

    # -- writing -------------------------------------------------------------------------------

    def update(self, event: MarketEvent) -> Sequence[Bar]:
        """Take one event and give the bars it changed."""
        self._updated_ns = event.ts_ns
        if type(event) is Trade:
            self._trades[event.symbol].append(event)
            return self._keep_all(self._builder.on_trade(event))
        if type(event) is Bar:
            return self._keep_all([event])
        if type(event) is BookSnapshot or type(event) is BookDelta:
            self._books[event.symbol].apply(event)
        return ()

    def advance(self, ts_ns: Nanos) -> Sequence[Bar]:
        """Finish the candles that are over at an instant."""
        return self._keep_all(self._builder.on_time(ts_ns))

    def restore(self, bars: Sequence[Bar]) -> None:
        """Take back finished candles kept from before, oldest first."""
        for bar in bars:
            self._series(bar).append(bar)

    def take_unsaved(self) -> list[Bar]:
        """Hand over the candles finished since the last call, to be kept."""
        unsaved, self._unsaved = self._unsaved, []
        return unsaved

    def builds(self, symbol: str) -> bool:
        """Tell whether candles of a symbol are built here from trades (and not recorded ones passed through)."""
        return symbol in self._built

    # -- reading: ports.Market -------------------------------------------------------------------

    def instrument(self, symbol: str) -> Instrument | None:
        """Give an instrument by symbol or alias."""
        return self._resolve(symbol)

    def instruments(self) -> Sequence[Instrument]:
        """List all instruments, by symbol."""
        return self._instruments

    def mark(self, symbol: str) -> Price | None:
        """Give the price positions are valued at."""
        return self._marks.mark(symbol)

    def last_trade(self, symbol: str) -> Trade | None:
        """Give the latest trade."""
        return self._marks.last_trade(symbol)

    def trades(self, symbol: str, *, limit: int) -> Sequence[Trade]:
        """Give the latest public trades, oldest first."""
        return list(self._trades.get(symbol, ()))[-limit:] if limit else []

    def quote(self, symbol: str) -> Quote | None:
        """Give the latest quote."""
        return self._marks.quote(symbol)

    def book(self, symbol: str, *, depth: int) -> BookSnapshot | None:
        """Give the top of the order book."""
        book = self._books.get(symbol)
        return book.top(depth) if book is not None else None

    def candles(self, symbol: str, timeframe: Timeframe, *, limit: int) -> Sequence[Bar]:
        """Give the latest bars, oldest first; the last may be unfinished."""
        unfinished = self._unfinished.get((symbol, timeframe))
        bars = self.finished(symbol, timeframe, limit=limit)
        return [*bars, unfinished][-limit:] if unfinished is not None else bars

    def updated_ns(self) -> Nanos | None:
        """Give the time of the latest event of any instrument."""
        return self._updated_ns

    def finished(self, symbol: str, timeframe: Timeframe, *, limit: int) -> list[Bar]:
        """Give the latest finished bars, oldest first."""
        series = self._finished.get((symbol, timeframe))
        return series.latest(limit) if series is not None else []

    def last_closes(self) -> dict[str, Price]:
        """Give the close of each symbol's latest finished minute: where a simulated market goes on."""
        return {
            symbol: series.latest(1)[-1].close
            for (symbol, timeframe), series in self._finished.items()
            if timeframe is Timeframe.M1
        }

    def _keep_all(self, bars: Sequence[Bar]) -> Sequence[Bar]:
        for bar in bars:
            key = (bar.symbol, bar.timeframe)
            if not bar.is_final:
                self._unfinished[key] = bar
                continue
            self._unfinished.pop(key, None)
            self._series(bar).append(bar)
            self._unsaved.append(bar)
        return bars

    def _series(self, bar: Bar) -> CandleSeries:
        key = (bar.symbol, bar.timeframe)
        series = self._finished.get(key)
        if series is None:
            series = self._finished[key] = CandleSeries(bar.symbol, bar.timeframe)
        return series
