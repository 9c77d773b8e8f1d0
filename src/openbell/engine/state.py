"""What the core knows for good: a fold of recorded events, with its codec, its hash and the questions asked of it."""

import hashlib
from collections.abc import Iterator

import msgspec

from openbell.domain.account import Account, Ledger
from openbell.domain.events import OrderModifyRequested
from openbell.domain.order import Order
from openbell.domain.position import Position
from openbell.domain.risk import KillScope, KillSwitch, RiskLimits
from openbell.domain.strategy import Strategy
from openbell.domain.values import Nanos
from openbell.engine.exposure import Exposure

TERMINAL_ORDERS_MAX = 10_000
"""Ended orders kept in state; History knows the rest."""


class LedgerBook(msgspec.Struct, kw_only=True):
    """Everything of one ledger: its money, its positions by symbol, and its open orders (id → symbol), oldest first."""

    ledger: Ledger
    positions: dict[str, Position] = {}
    exposures: dict[str, Exposure] = {}
    working: dict[str, str] = {}


class AccountBook(msgspec.Struct, kw_only=True):
    """Everything of one account: ledgers and strategies by strategy id, exposure by symbol over all ledgers."""

    account: Account
    limits: RiskLimits = RiskLimits()
    ledgers: dict[str, LedgerBook] = {}
    exposures: dict[str, Exposure] = {}
    strategies: dict[str, Strategy] = {}
    client_ids: dict[str, str] = {}
    """Client order id → order id, for the orders that state still has."""


class State(msgspec.Struct, kw_only=True):
    """The durable state. Changed by the folds of `engine.apply` alone."""

    seq: int = 0
    ts_ns: Nanos = 0
    terminal_orders_max: int = TERMINAL_ORDERS_MAX
    accounts: dict[str, AccountBook] = {}
    orders: dict[str, Order] = {}
    ended: list[str] = []
    """Ended orders, oldest first; those before `ended_start` have been dropped from `orders`."""
    ended_start: int = 0
    changes: dict[str, OrderModifyRequested] = {}
    """Changes under way at the venue, by order."""
    held: dict[str, list[str]] = {}
    """Exits that wait for their entry, by the entry's id."""
    venue_fills: dict[str, dict[str, str]] = {}
    """Venue fill ids booked so far, by order: a repeated report changes nothing."""
    kill_switches: dict[str, KillSwitch] = {}
    dead_men: dict[str, Nanos] = {}
    """When the working orders of an account are to be canceled, by account."""
    order_count: int = 0
    fill_count: int = 0
    position_count: int = 0
    alert_count: int = 0


# JSON, because products of price and quantity outgrow 64 bits. Maps keep their order: it is part of the state.
_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(State)


def encode(state: State) -> bytes:
    """Write the state as bytes; equal states give equal bytes."""
    return _ENCODER.encode(state)


def decode(body: bytes) -> State:
    """Read what `encode` wrote. Raises msgspec.DecodeError for anything else."""
    return _DECODER.decode(body)


def state_hash(state: State) -> str:
    """Give the SHA-256 of the encoded state, as hex."""
    return hashlib.sha256(_ENCODER.encode(state)).hexdigest()


def kill_key(scope: KillScope, target: str) -> str:
    """Give the key of a kill switch in state."""
    return f"{scope}:{target}"


def ledger_book(state: State, account_id: str, strategy_id: str) -> LedgerBook | None:
    """Give a ledger's book, or None."""
    book = state.accounts.get(account_id)
    return book.ledgers.get(strategy_id) if book else None


def strategy_of(state: State, account_id: str, strategy_id: str) -> Strategy | None:
    """Give a strategy, or None."""
    book = state.accounts.get(account_id)
    return book.strategies.get(strategy_id) if book else None


def open_orders(state: State, account_id: str, strategy_id: str | None = None) -> list[Order]:
    """List open orders of an account or of one of its ledgers, oldest first."""
    book = state.accounts.get(account_id)
    if book is None:
        return []
    ids = [i for key, one in book.ledgers.items() if strategy_id in (None, key) for i in one.working]
    return [state.orders[order_id] for order_id in (ids if strategy_id else sorted(ids))]


def positions(state: State, account_id: str, strategy_id: str | None = None) -> Iterator[Position]:
    """Yield the positions of an account or of one of its ledgers that are not flat."""
    book = state.accounts.get(account_id)
    for key, one in book.ledgers.items() if book else ():
        if strategy_id in (None, key):
            yield from (position for position in one.positions.values() if position.quantity)
