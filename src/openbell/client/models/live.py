"""What a stream tells: ticks, candles, books, and everything that happens to the own account."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec


class Tick(msgspec.Struct, frozen=True, kw_only=True):
    """A public trade print."""

    symbol: str = msgspec.field(name="instrument")
    price: Decimal
    quantity: Decimal
    timestamp: datetime
    trade_id: str | None = None


class Candle(msgspec.Struct, frozen=True, kw_only=True):
    """A candle; its timestamp is its open time, and it changes until it is final."""

    symbol: str = msgspec.field(name="instrument")
    timeframe: str
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal
    timestamp: datetime
    is_final: bool
    vwap: Decimal | None = None


class BookLevel(msgspec.Struct, frozen=True):
    """A price, and what is there for it."""

    price: Decimal
    quantity: Decimal


class Book(msgspec.Struct, frozen=True, kw_only=True):
    """The whole top of an order book, best prices first."""

    symbol: str = msgspec.field(name="instrument")
    bids: tuple[BookLevel, ...]
    asks: tuple[BookLevel, ...]
    timestamp: datetime
    sequence: int = 0


class OrderUpdate(msgspec.Struct, frozen=True, kw_only=True):
    """How an own order stands now. `status` here also knows PARTIALLY_FILLED."""

    order_id: str
    client_order_id: str
    strategy_id: str
    symbol: str = msgspec.field(name="instrument")
    side: str
    order_kind: str
    status: str
    status_detail: str
    quantity: Decimal
    filled_quantity: Decimal
    remaining_quantity: Decimal
    time_in_force: str
    reason: str
    in_doubt: bool
    revision: int
    timestamp: datetime
    average_price: Decimal | None = None
    price: Decimal | None = None
    stop_price: Decimal | None = None


class Trade(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of an own order traded: on the private stream."""

    trade_id: str
    order_id: str
    strategy_id: str
    symbol: str = msgspec.field(name="instrument")
    side: str
    quantity: Decimal
    price: Decimal
    fee: Decimal
    currency: str
    realized_pnl: Decimal
    timestamp: datetime
    execution_mode: str


class TradeNotification(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of an own order traded: on the channel trade_notifications."""

    trade_id: str
    order_id: str
    strategy_id: str
    symbol: str
    side: str
    quantity: Decimal
    price: Decimal
    fee: Decimal
    currency: str
    realized_pnl: Decimal
    timestamp: datetime
    execution_mode: str


class OrderFill(msgspec.Struct, frozen=True, kw_only=True):
    """A fill from the side of its order: on the channel order_fills."""

    order_id: str
    strategy_id: str
    symbol: str
    side: str
    last_quantity: Decimal
    last_price: Decimal
    fee: Decimal
    timestamp: datetime
    client_order_id: str = ""
    status: str = ""
    quantity: Decimal | None = None
    filled_quantity: Decimal | None = None
    remaining_quantity: Decimal | None = None
    average_fill_price: Decimal | None = None


class PositionUpdate(msgspec.Struct, frozen=True, kw_only=True):
    """How an own position stands now."""

    position_id: str
    strategy_id: str
    symbol: str = msgspec.field(name="instrument")
    quantity: Decimal
    unrealized_pnl: Decimal
    realized_pnl: Decimal
    current_price: Decimal
    timestamp: datetime
    average_entry_price: Decimal | None = None


class PortfolioUpdate(msgspec.Struct, frozen=True, kw_only=True):
    """What the own account is worth now."""

    account_id: str
    currency: str
    total_value: Decimal
    cash: Decimal
    total_pnl: Decimal
    unrealized_pnl: Decimal
    realized_pnl: Decimal
    positions_count: int
    timestamp: datetime


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """How everything of the account stands: it follows a Resync."""

    orders: tuple[OrderUpdate, ...]
    positions: tuple[PositionUpdate, ...]
    portfolio: PortfolioUpdate


class Resync(msgspec.Struct, frozen=True, kw_only=True):
    """Events after `from_seq` are gone for good; forget what was known and take the Snapshot that follows."""

    from_seq: int
    reason: str
    timestamp: datetime


class Gap(msgspec.Struct, frozen=True):
    """Events after `after` did not come; they have been asked for and follow, or a Resync does."""

    after: int
    seen: int


class StreamProblem(msgspec.Struct, frozen=True, kw_only=True):
    """The server refused something that was said on the stream."""

    code: str
    message: str
    timestamp: datetime


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """One thing a stream tells. `data` is one of the types above, or a plain object for what has no type here.

    `seq` numbers the account's events without holes; messages of one event share it. Market data has a numbering of
    its own, in which numbers are left out when a newer message has replaced an older one.
    """

    type: str
    data: Any
    channel: str = ""
    seq: int | None = None
    prev_seq: int | None = None
