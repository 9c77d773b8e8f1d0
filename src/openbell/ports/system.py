"""The running system as services and contracts see it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, TypeAlias

import msgspec

from openbell.domain.account import Account, Ledger
from openbell.domain.alert import Alert
from openbell.domain.audit import AuditEntry
from openbell.domain.commands import Command, PlaceOrder
from openbell.domain.events import Recorded
from openbell.domain.instrument import Instrument
from openbell.domain.market import Bar, BookSnapshot, MarketEvent, Quote, Timeframe, Trade
from openbell.domain.order import Order
from openbell.domain.position import Position
from openbell.domain.preview import Preview
from openbell.domain.risk import KillSwitch, Refusal, RiskLimits
from openbell.domain.strategy import Strategy
from openbell.domain.values import Money, Nanos, Price
from openbell.ports.journal import BegunAnswer
from openbell.ports.outages import Unavailable


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a command, once durable: a refusal, or the id of what it made or touched.

    A denied order has both: it is recorded, and it was refused.
    """

    subject_id: str = ""
    refusal: Refusal | None = None


Witness: TypeAlias = Callable[[Command, Outcome], AuditEntry | None]
"""Told of each command as it is decided; the entry it gives is kept in the transaction of what the command caused."""

Answered: TypeAlias = Callable[[Outcome | Unavailable], None]
"""Told what became of a command once that is durable, or why it is not known to be."""


class Resumption(Protocol):
    """Knows which request a command comes from, and what that request led to before its answer was lost."""

    def recall(self, command: Command) -> Outcome | None:
        """Give what the command led to before; None when it is new."""
        ...

    def begun(self, command: Command, outcome: Outcome) -> BegunAnswer | None:
        """Give what is to be kept in the transaction of the command's effect; None when nothing is."""
        ...


class NotDelivered(Exception):
    """A notification did not arrive; `is_final` tells that trying again cannot help."""

    def __init__(self, message: str, *, is_final: bool = False) -> None:
        super().__init__(message)
        self.is_final = is_final


class Notifier(Protocol):
    """A way to tell people of alerts."""

    name: str

    async def send(self, alert: Alert) -> None:
        """Deliver one alert; the same alert twice counts once at the other end. Raises NotDelivered."""
        ...


class Rehearsal(Protocol):
    """Trying an order without placing it."""

    def preview(self, command: PlaceOrder) -> Preview:
        """Say what would become of an order now; leaves no trace. Raises Unavailable while halted."""
        ...


class ClientIds(Protocol):
    """Which client order ids have been used."""

    def is_new(self, account_id: str, client_order_id: str) -> bool:
        """Tell whether an account has surely not used an id before; of some new ones that is not known by heart."""
        ...


class Trading(Protocol):
    """The way in to the core."""

    def now_ns(self) -> Nanos:
        """Give the time commands are to carry."""
        ...

    async def submit(self, command: Command) -> Outcome:
        """Have the core decide a command and return once its events are durable. Raises Unavailable while halted."""
        ...

    async def settled(self, order_id: str, *, timeout_s: float) -> None:
        """Wait until no request for the order is under way, or the time is over."""
        ...


class OrderEntry(Trading, Protocol):
    """The way in for those who have too much to ask to await each answer."""

    def begin(self, command: Command, answered: Answered) -> None:
        """Have the core decide a command at once; the callback runs on the loop when `submit` would return.

        Callbacks run in the order of the calls. Raises Unavailable where nothing was decided, and only then.
        """
        ...


class Views(Protocol):
    """Committed state, folded and ready to read. Returned objects must not be changed."""

    def account(self, account_id: str) -> Account | None:
        """Give an account."""
        ...

    def accounts(self) -> Sequence[Account]:
        """List all accounts."""
        ...

    def ledgers(self, account_id: str) -> Sequence[Ledger]:
        """List an account's ledgers, manual first."""
        ...

    def order(self, order_id: str) -> Order | None:
        """Give an order that is open or ended lately; History knows the rest."""
        ...

    def open_orders(self, account_id: str) -> Sequence[Order]:
        """List working orders, oldest first."""
        ...

    def positions(self, account_id: str, strategy_id: str | None = None) -> Sequence[Position]:
        """List positions that are not flat."""
        ...

    def strategies(self, account_id: str | None = None) -> Sequence[Strategy]:
        """List strategies of an account, or of all, oldest first."""
        ...

    def strategy(self, account_id: str, strategy_id: str) -> Strategy | None:
        """Give a strategy."""
        ...

    def kill_switches(self) -> Sequence[KillSwitch]:
        """List active kill switches."""
        ...

    def dead_man(self, account_id: str) -> Nanos | None:
        """Give when the account's working orders will be canceled; None when they will not."""
        ...

    def limits(self, account_id: str) -> RiskLimits:
        """Give an account's limits."""
        ...

    def equity(self, account_id: str, strategy_id: str | None = None) -> Money:
        """Give equity at current marks in base currency; of one ledger, or of the account."""
        ...

    def cash(self, account_id: str, strategy_id: str | None = None) -> Money:
        """Give cash of all currencies in base currency."""
        ...

    def rate(self, currency: str, base_currency: str) -> int:
        """Give what one unit of a currency is worth in the base currency, scaled."""
        ...

    def last_seq(self) -> int:
        """Give the place of the latest committed event."""
        ...


class Market(Protocol):
    """The market as it stands, for reading."""

    def instrument(self, symbol: str) -> Instrument | None:
        """Give an instrument by symbol or by an alias such as BTC-USD."""
        ...

    def instruments(self) -> Sequence[Instrument]:
        """List all instruments, by symbol."""
        ...

    def mark(self, symbol: str) -> Price | None:
        """Give the price positions are valued at: the middle of the quote, else the last trade or close."""
        ...

    def last_trade(self, symbol: str) -> Trade | None:
        """Give the latest trade."""
        ...

    def trades(self, symbol: str, *, limit: int) -> Sequence[Trade]:
        """Give the latest public trades, oldest first; some hundreds are kept."""
        ...

    def quote(self, symbol: str) -> Quote | None:
        """Give the latest quote."""
        ...

    def book(self, symbol: str, *, depth: int) -> BookSnapshot | None:
        """Give the top of the order book."""
        ...

    def candles(self, symbol: str, timeframe: Timeframe, *, limit: int) -> Sequence[Bar]:
        """Give the latest bars, oldest first; the last may be unfinished."""
        ...

    def updated_ns(self) -> Nanos | None:
        """Give the time of the latest event of any instrument."""
        ...


class Publisher(Protocol):
    """Where committed events and market data go out to listeners."""

    def events(self, records: Sequence[Recorded]) -> None:
        """Publish committed private events, in order."""
        ...

    def market(self, event: MarketEvent) -> None:
        """Publish one market event (bars may be unfinished)."""
        ...


class Probe(Protocol):
    """A truthful look at one part of the system."""

    name: str

    async def check(self) -> Mapping[str, Any]:
        """Give `status` (healthy, degraded, unhealthy) and what was measured."""
        ...
