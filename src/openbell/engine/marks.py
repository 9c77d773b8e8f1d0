"""Prices as they stand: the latest quote, trade and mark of each symbol, and exchange rates. Volatile, never stored."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from openbell.domain.instrument import Instrument
from openbell.domain.market import Bar, BookDelta, BookSnapshot, MarketEvent, Quote, Trade
from openbell.domain.values import NANOS_PER_SECOND, SCALE, Money, Nanos, Price, Quantity, divide_half_up

QUOTE_PRECEDENCE_NS = 5 * NANOS_PER_SECOND
"""A trade or bar moves the mark only when no quote has been seen for this long."""
PRICE_MAX: Price = 10_000_000_000 * SCALE
"""A price beyond this is an error of its source and is ignored, like one of zero or less."""
MOVES_MAX = 1_000
"""Moves of marks remembered by symbol; who asks for older ones has to look at every mark."""


class Prices(Protocol):
    """Price and time by symbol."""

    def get(self, symbol: str, /) -> tuple[Price, Nanos] | None:
        """Give the latest, if there is one."""
        ...

    def __setitem__(self, symbol: str, mark: tuple[Price, Nanos], /) -> None:
        """Set the latest."""
        ...


class Marks:
    """The price each symbol is valued at: the middle of its quote, else its last trade or close.

    `fx_rates` says what one unit of a currency is worth in US dollars, scaled. Impossible prices are ignored.
    """

    def __init__(self, instruments: Mapping[str, Instrument], fx_rates: Mapping[str, int]) -> None:
        self.instruments = instruments
        self._fx_rates = {"USD": SCALE, **fx_rates}
        self._marks: Prices = {}
        self._quotes: dict[str, Quote] = {}
        self._trades: dict[str, Trade] = {}
        self._moves: list[str] = []
        self._moves_before = 0
        self._is_elsewhere = False
        self._updates: dict[type, Callable[[Any], None]] = {
            Trade: self._on_trade,
            Quote: self._on_quote,
            Bar: self._on_bar,
            BookSnapshot: _ignore,
            BookDelta: _ignore,
        }

    def read_from(self, prices: Prices) -> None:
        """From now on keep trades' and closes' prices elsewhere: a backtest reads them from its columns."""
        self._marks = prices
        self._is_elsewhere = True

    def update(self, event: MarketEvent) -> None:
        """Take in a market event; unfinished bars and books do not move marks."""
        self._updates[type(event)](event)

    def latest(self, symbol: str) -> tuple[Price, Nanos] | None:
        """Give the mark and its time, or None before the first price."""
        return self._marks.get(symbol)

    def mark(self, symbol: str) -> Price | None:
        """Give the mark, or None before the first price."""
        found = self._marks.get(symbol)
        return found[0] if found else None

    @property
    def place(self) -> int:
        """How many moves there have been; -1 where prices are kept elsewhere and move unseen."""
        return -1 if self._is_elsewhere else self._moves_before + len(self._moves)

    def moved_since(self, place: int) -> list[str] | None:
        """Name the symbols whose marks have moved since a place; None when that is no longer known."""
        if self._is_elsewhere or place < self._moves_before:
            return None
        return self._moves[place - self._moves_before :]

    def age_ns(self, symbol: str, now_ns: Nanos) -> Nanos | None:
        """Give how old the mark is, or None before the first price."""
        found = self._marks.get(symbol)
        return now_ns - found[1] if found else None

    def quote(self, symbol: str) -> Quote | None:
        """Give the latest quote."""
        return self._quotes.get(symbol)

    def last_trade(self, symbol: str) -> Trade | None:
        """Give the latest trade."""
        return self._trades.get(symbol)

    def knows_currency(self, currency: str) -> bool:
        """Tell whether amounts of a currency can be valued."""
        return currency in self._fx_rates

    def in_base(self, amount: Money, currency: str, base_currency: str) -> Money:
        """Give what an amount of a currency is worth in another. Raises KeyError for an unknown currency."""
        if currency == base_currency:
            return amount
        return divide_half_up(amount * self._fx_rates[currency], self._fx_rates[base_currency])

    def rate(self, currency: str, base_currency: str) -> int:
        """Give what one unit of a currency is worth in another, scaled. Raises KeyError for an unknown currency."""
        return self.in_base(SCALE, currency, base_currency)

    def gain(self, symbol: str, quantity: Quantity, cost: Money) -> Money | None:
        """Give the profit not yet taken on a holding, in the instrument's currency; None without a price."""
        mark = self.mark(symbol)
        return None if mark is None else self.instruments[symbol].value(quantity, mark) - cost

    def _on_trade(self, trade: Trade) -> None:
        if 0 < trade.price <= PRICE_MAX:
            self._trades[trade.symbol] = trade
            self._set_last(trade.symbol, trade.price, trade.ts_ns)

    def _on_quote(self, quote: Quote) -> None:
        if 0 < quote.bid <= PRICE_MAX and 0 < quote.ask <= PRICE_MAX:
            self._quotes[quote.symbol] = quote
            self._set(quote.symbol, (quote.bid + quote.ask) // 2, quote.ts_ns)

    def _on_bar(self, bar: Bar) -> None:
        if bar.is_final and 0 < bar.close <= PRICE_MAX:
            self._set_last(bar.symbol, bar.close, bar.end_ns)

    def _set_last(self, symbol: str, price: Price, ts_ns: Nanos) -> None:
        quote = self._quotes.get(symbol)
        if quote is None or ts_ns - quote.ts_ns > QUOTE_PRECEDENCE_NS:
            self._set(symbol, price, ts_ns)

    def _set(self, symbol: str, price: Price, ts_ns: Nanos) -> None:
        self._marks[symbol] = (price, ts_ns)
        self._moves.append(symbol)
        if len(self._moves) > MOVES_MAX:
            self._moves_before += len(self._moves)
            self._moves.clear()


def _ignore(_event: object) -> None:
    """Books are read by whoever keeps them; a mark needs only the best prices, which come as quotes."""
