"""One step of the core under way: what is known, and what has been decided so far."""

from collections.abc import Mapping
from typing import Any, Protocol, TypeAlias

import msgspec

from openbell.domain import events as e
from openbell.domain.account import MANUAL
from openbell.domain.alert import Severity
from openbell.domain.calendar import ALWAYS, Session
from openbell.domain.instrument import Instrument
from openbell.domain.order import Order, Side
from openbell.domain.risk import Refusal, RefusalCode, RiskLimits
from openbell.domain.strategy import StrategyConfig
from openbell.domain.values import NANOS_PER_SECOND, Nanos, Quantity, Rate
from openbell.domain.venue import VenueRequest
from openbell.engine.apply import record
from openbell.engine.marks import Marks
from openbell.engine.pace import Pace
from openbell.engine.standing import Standings
from openbell.engine.state import TERMINAL_ORDERS_MAX, State
from openbell.engine.strategy import Strategy

Verdict: TypeAlias = tuple[Refusal | None, str]
"""What became of a command: why it was refused, if it was, and the id of what it made or touched."""


class CoreSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What the core is told once."""

    instruments: dict[str, Instrument]
    strategy_kinds: Mapping[str, type[Strategy]] = {}
    fx_rates: dict[str, int] = {}
    """Currency → value of one unit in US dollars, scaled; the dollar itself is always known."""
    fee_rates: dict[str, Rate] = {}
    """Symbol → part of a trade's worth set aside for its fee before an order is let out."""
    borrow_rates: dict[str, Rate] = {}
    """Symbol → cost of being short of it, part of its worth a year; for what is paid for in full."""
    default_limits: RiskLimits = RiskLimits()
    """Limits a new account starts with."""
    equity_mark_interval_ns: Nanos = 60 * NANOS_PER_SECOND
    terminal_orders_max: int = TERMINAL_ORDERS_MAX


# A strategy knows of what it asked for itself; it is told what became of it.
_UNTOLD = frozenset({e.OrderPlaced, e.OrderSubmitted, e.OrderModifyRequested, e.OrderCancelRequested})


class Express(Protocol):
    """Takes ordinary market orders a short way."""

    def place(self, config: StrategyConfig, symbol: str, side: Side, quantity: Quantity) -> str:
        """Place an order and give its id; "", and nothing done, where it has to go the way of all others."""
        ...


class Turn:
    """One step under way. Deciding reads from here; all that is decided goes through `emit`, which applies it."""

    __slots__ = (
        *("deaf", "express", "marks", "now_ns", "pace", "records", "requests", "sessions", "settings", "standings"),
        *("state", "step", "terms", "touched"),
    )

    def __init__(self, settings: CoreSettings, state: State, marks: Marks) -> None:
        self.settings = settings
        self.state = state
        self.marks = marks
        self.pace = Pace()
        self.standings = Standings(marks)
        self.sessions: dict[str, Session] = {}
        """The session last found open, by calendar name: looking one up costs more than all other checks."""
        self.now_ns: Nanos = 0
        self.step = 0
        self.records: list[e.Recorded] = []
        self.requests: list[VenueRequest] = []
        self.touched: list[Order] = []
        """Strategies' orders as each event left them: what `on_order` is to be told."""
        self.deaf: set[tuple[str, str]] = set()
        """Account and strategy id of those who have no `on_order`: nothing is put down for them."""
        self.terms: dict[tuple[str, str], Any] = {}
        """The gate's own: what the limits of each ledger ask for, as `gate.Terms`."""
        self.express: Express | None = None
        """The short way of ordinary orders; only a backtest has one."""

    def begin(self, now_ns: Nanos) -> None:
        """Start a step at an instant."""
        self.now_ns = now_ns
        self.step += 1
        self.records = []
        self.requests = []

    def is_open(self, instrument: Instrument) -> bool:
        """Tell whether an instrument trades now."""
        name = instrument.calendar_name
        if name == ALWAYS.name:
            return True
        known = self.sessions.get(name)
        if known is not None and known.open_ns <= self.now_ns < known.close_ns:
            return True
        session = instrument.calendar.session_at(self.now_ns)
        if session is not None:
            self.sessions[name] = session
        return session is not None

    def emit(self, event: e.AnyEvent, account_id: str) -> None:
        """Give an event its number, apply it and keep it for the journal."""
        self.records.append(record(self.state, event, account_id, self.now_ns))

    def emit_order(self, event: e.AnyEvent, order: Order) -> None:
        """Emit an event of an order, and remember to tell its strategy."""
        self.records.append(record(self.state, event, order.account_id, self.now_ns))
        standings = self.standings
        if standings.accounts:
            standings.touch(order)
        strategy_id = order.strategy_id
        if strategy_id != MANUAL and type(event) not in _UNTOLD and (order.account_id, strategy_id) not in self.deaf:
            self.touched.append(order.copied())

    def alert(
        self,
        severity: Severity,
        code: str,
        message: str,
        *,
        account_id: str = "",
        context: dict[str, str] | None = None,
    ) -> str:
        """Raise an alert and give its id."""
        alert_id = f"alr-{self.state.alert_count + 1:012d}"
        event = e.AlertRaised(
            alert_id=alert_id,
            account_id=account_id,
            severity=severity,
            code=code,
            message=message,
            context=context or {},
        )
        self.emit(event, account_id)
        return alert_id


def refused(code: RefusalCode, message: str, field: str = "", subject_id: str = "") -> Verdict:
    """Give the verdict for a command that changes nothing."""
    return Refusal(code, message, field), subject_id
