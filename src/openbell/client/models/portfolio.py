"""What is held, what it is worth, and what it was worth."""

from datetime import datetime
from decimal import Decimal

import msgspec

from openbell.client.call import PageMeta


class EntryOrder(msgspec.Struct, frozen=True):
    """A fill that built a position."""

    order_id: str
    filled_at: datetime
    quantity: Decimal
    price: Decimal


class PositionRisk(msgspec.Struct, frozen=True):
    """Where a position would be closed by its strategy's percents; None where it has none."""

    stop_loss_price: Decimal | None
    take_profit_price: Decimal | None
    max_loss: Decimal | None
    max_profit: Decimal | None


class Position(msgspec.Struct, frozen=True, kw_only=True):
    """A position at the current mark, in the instrument's currency. The last two are given for one position only."""

    position_id: str
    strategy_id: str
    symbol: str
    contract_type: str
    side: str
    quantity: Decimal
    average_entry_price: Decimal
    current_price: Decimal | None
    unrealized_pnl: Decimal
    unrealized_pnl_pct: Decimal
    realized_pnl: Decimal
    fees: Decimal
    market_value: Decimal
    currency: str
    mode: str
    opened_at: datetime
    days_held: int
    entry_orders: tuple[EntryOrder, ...] = ()
    risk_metrics: PositionRisk | None = None


class Portfolio(msgspec.Struct, frozen=True, kw_only=True):
    """An account in one line, in its base currency. `total_pnl_percent` is a percent."""

    account_id: str
    mode: str
    currency: str
    total_value: Decimal
    cash: Decimal
    positions_value: Decimal
    positions_count: int
    total_pnl: Decimal
    total_pnl_percent: Decimal
    unrealized_pnl: Decimal
    realized_pnl: Decimal
    fees: Decimal
    day_pnl: Decimal
    deposits: Decimal
    as_of: datetime


class HistoryPoint(msgspec.Struct, frozen=True):
    """What a portfolio was worth at an instant."""

    timestamp: datetime
    total_value: Decimal


class EquityDay(msgspec.Struct, frozen=True):
    """What an account was worth at the end of a UTC day, written as 2026-01-31."""

    date: str
    value: Decimal


class Metrics(msgspec.Struct, frozen=True, kw_only=True):
    """How an account did. Percents are percents, the win rate is a fraction."""

    total_pnl: Decimal
    total_pnl_percent: Decimal
    sharpe_ratio: Decimal
    max_drawdown: Decimal
    win_rate: Decimal
    total_trades: int
    active_positions: int
    capital_deployed: Decimal
    available_capital: Decimal
    equity_curve: tuple[EquityDay, ...]


class AlertsMeta(PageMeta, frozen=True):
    """Where a page of alerts lies, and how many nobody has seen."""

    unacknowledged_count: int = 0


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """Something a person should know of."""

    alert_id: str
    severity: str
    code: str
    message: str
    context: dict[str, str]
    acknowledged: bool
    created_at: datetime
    acknowledged_at: datetime | None
