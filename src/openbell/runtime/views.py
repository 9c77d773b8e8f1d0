"""Committed state, folded and ready to read: a second fold of the journal, moved on only after each commit."""

from collections.abc import Sequence

from openbell.domain.account import Account, Ledger
from openbell.domain.events import Recorded
from openbell.domain.order import Order
from openbell.domain.position import Position
from openbell.domain.risk import KillSwitch, RiskLimits
from openbell.domain.strategy import Strategy
from openbell.domain.values import Money, Nanos
from openbell.engine import state as fold
from openbell.engine.apply import apply
from openbell.engine.ledger import account_equity, cash_in_base, ledger_equity
from openbell.engine.marks import Marks
from openbell.engine.state import AccountBook, State


class LiveViews:
    """What is known for certain, valued at the core's marks. Implements ports.Views."""

    def __init__(self, *, state: State, marks: Marks) -> None:
        self.state = state
        self._marks = marks

    def apply(self, records: Sequence[Recorded]) -> None:
        """Move on by events that are durable."""
        for record in records:
            apply(self.state, record)

    def account(self, account_id: str) -> Account | None:
        """Give an account."""
        book = self.state.accounts.get(account_id)
        return book.account if book else None

    def accounts(self) -> Sequence[Account]:
        """List all accounts, oldest first."""
        return [book.account for book in self.state.accounts.values()]

    def ledgers(self, account_id: str) -> Sequence[Ledger]:
        """List an account's ledgers, manual first."""
        book = self.state.accounts.get(account_id)
        return [one.ledger for one in book.ledgers.values()] if book else []

    def order(self, order_id: str) -> Order | None:
        """Give an order that is open or ended lately."""
        return self.state.orders.get(order_id)

    def open_orders(self, account_id: str) -> Sequence[Order]:
        """List working orders, oldest first."""
        return fold.open_orders(self.state, account_id)

    def positions(self, account_id: str, strategy_id: str | None = None) -> Sequence[Position]:
        """List positions that are not flat."""
        return list(fold.positions(self.state, account_id, strategy_id))

    def strategies(self, account_id: str | None = None) -> Sequence[Strategy]:
        """List strategies of an account, or of all, oldest first."""
        books = self.state.accounts.values() if account_id is None else self._books(account_id)
        found = [strategy for book in books for strategy in book.strategies.values()]
        return sorted(found, key=lambda strategy: strategy.created_ns)

    def strategy(self, account_id: str, strategy_id: str) -> Strategy | None:
        """Give a strategy."""
        return fold.strategy_of(self.state, account_id, strategy_id)

    def kill_switches(self) -> Sequence[KillSwitch]:
        """List active kill switches."""
        return list(self.state.kill_switches.values())

    def dead_man(self, account_id: str) -> Nanos | None:
        """Give when the account's working orders will be canceled; None when they will not."""
        return self.state.dead_men.get(account_id)

    def limits(self, account_id: str) -> RiskLimits:
        """Give an account's limits; the defaults for an account that is not there."""
        book = self.state.accounts.get(account_id)
        return book.limits if book else RiskLimits()

    def equity(self, account_id: str, strategy_id: str | None = None) -> Money:
        """Give equity at current marks in base currency; what has no price yet counts at its cost."""
        total = 0
        for book in self._books(account_id):
            if strategy_id is None:
                total += account_equity(self._marks, book)
            elif strategy_id in book.ledgers:
                total += ledger_equity(self._marks, book, book.ledgers[strategy_id])
        return total

    def cash(self, account_id: str, strategy_id: str | None = None) -> Money:
        """Give cash of all currencies in base currency."""
        total = 0
        for book in self._books(account_id):
            owner = book.account if strategy_id is None else book.ledgers[strategy_id].ledger
            total += cash_in_base(self._marks, owner.cash, book.account.base_currency)
        return total

    def rate(self, currency: str, base_currency: str) -> int:
        """Give what one unit of a currency is worth in the base currency, scaled."""
        return self._marks.rate(currency, base_currency)

    def last_seq(self) -> int:
        """Give the place of the latest committed event."""
        return self.state.seq

    def _books(self, account_id: str) -> Sequence[AccountBook]:
        book = self.state.accounts.get(account_id)
        return [book] if book else []
