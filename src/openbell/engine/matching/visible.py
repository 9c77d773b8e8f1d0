"""What our orders can see of one market: the best prices or the whole book, less what we have taken of it."""

from collections.abc import Iterator
from enum import IntEnum
from math import inf

from openbell.domain.market import BookDelta, BookSnapshot, Level, Quote
from openbell.domain.order import Side
from openbell.domain.values import Price, Quantity
from openbell.engine.book import BookState, OrderBook


class DataKind(IntEnum):
    """Granularity of the data that fills orders; only the finest kind seen of a symbol does."""

    NONE = 0
    BAR = 1
    TRADE = 2
    QUOTE = 3
    BOOK = 4


_BUY, _SELL, _OK = Side.BUY, Side.SELL, BookState.OK
_NONE, _QUOTE, _BOOK = DataKind.NONE, DataKind.QUOTE, DataKind.BOOK


def opposite(side: Side) -> Side:
    """Give the side that an order of this side trades against."""
    return _SELL if side is _BUY else _BUY


class VisibleMarket:
    """Quotes and book of one symbol.

    What we take of a level is remembered, since the recorded market does not know of us: only what the level grows by
    is there to take again. It is forgotten as the level shrinks, or goes away.
    """

    def __init__(self, symbol: str) -> None:
        self._book = OrderBook(symbol)
        self._quote: Quote | None = None
        self.has_book = False
        """Whether there is a book that can be trusted."""
        self.kind = DataKind.NONE
        """What the prices come from now."""
        self._taken: dict[Side, dict[Price, Quantity]] = {Side.BUY: {}, Side.SELL: {}}

    def update(self, event: Quote | BookSnapshot | BookDelta) -> None:
        """Take in a change of the market."""
        if isinstance(event, Quote):
            self._quote = event
        else:
            self._book.apply(event)
            self.has_book = self._book.state is _OK and not self._book.is_crossed
        self.kind = _BOOK if self.has_book else _QUOTE if self._quote is not None else _NONE
        for side, taken in self._taken.items():
            if taken:
                self._forget(side, taken)

    def best(self, side: Side) -> Level | None:
        """Give the best bid (BUY) or the best ask (SELL), as the market shows it."""
        if self.has_book:
            return self._book.side(side).best()
        quote = self._quote
        if quote is None or quote.bid >= quote.ask > 0:
            return None
        level = (quote.bid, quote.bid_quantity) if side is _BUY else (quote.ask, quote.ask_quantity)
        return level if level[0] > 0 else None

    def levels(self, side: Side) -> Iterator[Level]:
        """Yield the levels of a side from the best, each with what is left of it for us."""
        taken = self._taken[side]
        best = self.best(side)
        if best is None:
            return
        levels = self._book.side(side).walk() if self.has_book else iter((best,))
        for price, quantity in levels:
            yield price, max(0, quantity - taken.get(price, 0))

    def take(self, side: Side, *, price: Price, quantity: Quantity) -> None:
        """Remember that we took a quantity of a level."""
        taken = self._taken[side]
        taken[price] = taken.get(price, 0) + quantity

    def quantity_at(self, side: Side, price: Price) -> Quantity | None:
        """Give what the market shows at a price: 0 for nothing, None where it cannot be seen."""
        if self.has_book:
            levels = self._book.side(side)
            quantity = levels.quantities.get(price)
            if quantity is not None:
                return quantity
            worst = levels.worst_price()
            return 0 if worst is None or side.sign * price > side.sign * worst else None
        best = self.best(side)
        if best is None:
            return None
        if price == best[0]:
            return best[1]
        return 0 if side.sign * price > side.sign * best[0] else None

    def seen_from(self, side: Side) -> float:
        """Give the price, times the side's sign, from which on `quantity_at` can tell something; infinity for none."""
        if self.has_book:
            worst = self._book.side(side).worst_price()
            return -inf if worst is None else side.sign * worst
        best = self.best(side)
        return inf if best is None else side.sign * best[0]

    def _forget(self, side: Side, taken: dict[Price, Quantity]) -> None:
        for price in list(taken):
            left = min(taken[price], self.quantity_at(side, price) or 0)
            if left > 0:
                taken[price] = left
            else:
                del taken[price]
