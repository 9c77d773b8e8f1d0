"""What the hub reads to tell a listener how things stand: accounts and prices, as far as streaming needs them."""

from collections.abc import Sequence
from typing import Protocol

from openbell.domain.account import Account, Ledger
from openbell.domain.instrument import Instrument
from openbell.domain.market import Bar, BookSnapshot, Quote, Timeframe, Trade
from openbell.domain.order import Order
from openbell.domain.position import Position
from openbell.domain.values import Money, Price


class Accounts(Protocol):
    """Committed state. It has folded an event before the hub publishes it."""

    def account(self, account_id: str) -> Account | None:
        """Give an account."""
        ...

    def ledgers(self, account_id: str) -> Sequence[Ledger]:
        """List an account's ledgers."""
        ...

    def order(self, order_id: str) -> Order | None:
        """Give an order that is open or ended lately."""
        ...

    def open_orders(self, account_id: str) -> Sequence[Order]:
        """List working orders."""
        ...

    def positions(self, account_id: str, strategy_id: str | None = None) -> Sequence[Position]:
        """List positions that are not flat."""
        ...

    def equity(self, account_id: str, strategy_id: str | None = None) -> Money:
        """Give equity at current marks."""
        ...

    def cash(self, account_id: str, strategy_id: str | None = None) -> Money:
        """Give cash in base currency."""
        ...

    def rate(self, currency: str, base_currency: str) -> int:
        """Give what one unit of a currency is worth in the base currency, scaled."""
        ...


class Marks(Protocol):
    """What positions are valued by."""

    def instrument(self, symbol: str, /) -> Instrument | None:
        """Give an instrument by symbol or alias."""
        ...

    def mark(self, symbol: str, /) -> Price | None:
        """Give the price positions are valued at."""
        ...


class Prices(Marks, Protocol):
    """The market as it stands. It has seen an event before the hub publishes it."""

    def quote(self, symbol: str) -> Quote | None:
        """Give the latest quote."""
        ...

    def last_trade(self, symbol: str) -> Trade | None:
        """Give the latest trade."""
        ...

    def book(self, symbol: str, *, depth: int) -> BookSnapshot | None:
        """Give the top of the order book."""
        ...

    def candles(self, symbol: str, timeframe: Timeframe, *, limit: int) -> Sequence[Bar]:
        """Give the latest bars, oldest first."""
        ...
