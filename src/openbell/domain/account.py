"""An account and its ledgers: who holds how much cash, and for which strategy."""

from enum import StrEnum

import msgspec

from openbell.domain.values import Money, Nanos

MANUAL = "manual"
"""Strategy id of the ledger for orders placed by hand."""


class Mode(StrEnum):
    """Which kind of money: recorded prices, pretend money on live prices, or real money."""

    BACKTEST = "BACKTEST"
    PAPER = "PAPER"
    LIVE = "LIVE"


class Ledger(msgspec.Struct, kw_only=True):
    """One strategy's share of an account: its cash by currency, what it was given, and what it paid in fees."""

    account_id: str
    strategy_id: str
    cash: dict[str, Money] = {}
    allocated: Money = 0
    """Base-currency capital moved to this ledger, net of what was moved away."""
    fees: dict[str, Money] = {}
    realized_pnl: dict[str, Money] = {}
    equity_peak: Money = 0
    """Highest equity at a fill or day roll, base currency: the mark that drawdown is measured from."""
    day_start_equity: Money = 0


class Account(msgspec.Struct, kw_only=True):
    """Money at one venue, owned by one user. `cash` is the sum over its ledgers at every event."""

    account_id: str
    owner_id: str
    mode: Mode
    base_currency: str
    opened_ns: Nanos
    cash: dict[str, Money] = {}
    deposited: Money = 0
    """What was paid in less what was paid out, base currency at the rates of the time: not profit."""
    event_count: int = 0
    """Number of the latest private event of this account; contiguous from 1."""
    day_start_equity: Money = 0
    equity_peak: Money = 0
    day: str = ""
    """UTC date that `day_start_equity` belongs to."""
