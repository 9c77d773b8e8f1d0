"""Limits before a trade, the reasons for a refusal, and the kill switch."""

from enum import StrEnum

import msgspec

from openbell.domain.values import NANOS_PER_SECOND, SCALE, Money, Nanos, Price, Quantity, Rate, divide_half_up


class RefusalCode(StrEnum):
    """Stable reasons for which an order or command is refused. Names never change once published."""

    # The shape of the request: nothing is recorded.
    UNKNOWN_SYMBOL = "UNKNOWN_SYMBOL"
    UNKNOWN_ACCOUNT = "UNKNOWN_ACCOUNT"
    UNKNOWN_STRATEGY = "UNKNOWN_STRATEGY"
    UNKNOWN_ORDER = "UNKNOWN_ORDER"
    INVALID_QUANTITY = "INVALID_QUANTITY"
    INVALID_PRICE = "INVALID_PRICE"
    INVALID_ORDER = "INVALID_ORDER"
    INVALID_PARAMETER = "INVALID_PARAMETER"
    # The state of the thing: nothing is changed.
    DUPLICATE_CLIENT_ORDER_ID = "DUPLICATE_CLIENT_ORDER_ID"
    ORDER_NOT_OPEN = "ORDER_NOT_OPEN"
    STALE_REVISION = "STALE_REVISION"
    MODIFY_PENDING = "MODIFY_PENDING"
    STRATEGY_EXISTS = "STRATEGY_EXISTS"
    STRATEGY_STATE = "STRATEGY_STATE"
    STRATEGY_HAS_ORDERS = "STRATEGY_HAS_ORDERS"
    ACCOUNT_EXISTS = "ACCOUNT_EXISTS"
    # Risk: the order is recorded as DENIED.
    INSUFFICIENT_FUNDS = "INSUFFICIENT_FUNDS"
    MAX_ORDER_QUANTITY = "MAX_ORDER_QUANTITY"
    MAX_ORDER_NOTIONAL = "MAX_ORDER_NOTIONAL"
    MAX_POSITION_NOTIONAL = "MAX_POSITION_NOTIONAL"
    MAX_POSITIONS = "MAX_POSITIONS"
    RISK_PER_TRADE = "RISK_PER_TRADE"
    MAX_OPEN_ORDERS = "MAX_OPEN_ORDERS"
    ORDER_RATE = "ORDER_RATE"
    PRICE_COLLAR = "PRICE_COLLAR"
    DAILY_LOSS = "DAILY_LOSS"
    DRAWDOWN = "DRAWDOWN"
    DUPLICATE_ORDER = "DUPLICATE_ORDER"
    MARKET_CLOSED = "MARKET_CLOSED"
    STALE_PRICE = "STALE_PRICE"
    NO_PRICE = "NO_PRICE"
    KILL_SWITCH = "KILL_SWITCH"
    STRATEGY_NOT_RUNNING = "STRATEGY_NOT_RUNNING"
    REDUCE_ONLY = "REDUCE_ONLY"
    MODE_MISMATCH = "MODE_MISMATCH"
    OUTSIDE_SCHEDULE = "OUTSIDE_SCHEDULE"
    TRADING_HALTED = "TRADING_HALTED"


class Refusal(msgspec.Struct, frozen=True):
    """A refusal is a value: a stable code, a sentence with the fix, and the field it is about ('' when none)."""

    code: RefusalCode
    message: str
    field: str = ""


class RiskLimits(msgspec.Struct, frozen=True, kw_only=True):
    """Pre-trade limits of an account or a strategy, amounts in the account's base currency; None is no limit."""

    order_quantity_max: Quantity | None = None
    order_notional_max: Money | None = 1_000_000 * SCALE
    position_notional_max: Money | None = None
    open_orders_max: int | None = 1_000
    orders_per_second_max: int | None = 100
    price_collar: Rate | None = SCALE // 10
    """How far a limit may lie on the expensive side of the mark: 0.1 is ten percent."""
    daily_loss_max: Money | None = None
    drawdown_max: Rate | None = None
    """Loss from the equity peak as a part of it: 0.1 is ten percent."""
    price_age_max_ns: Nanos | None = 60 * NANOS_PER_SECOND
    duplicate_window_ns: Nanos = 0
    """Two orders alike in everything within this time are taken for a mistake; 0 switches the check off."""


BACKTEST_LIMITS = RiskLimits(
    order_notional_max=None, orders_per_second_max=None, price_collar=None, price_age_max_ns=None
)


NO_LIMITS = RiskLimits(
    order_notional_max=None, open_orders_max=None, orders_per_second_max=None, price_collar=None, price_age_max_ns=None
)
"""What a strategy has of its own before it is given limits: the account's hold anyway."""


def exit_price(entry: Price, *, percent: Rate, towards: int, tick_size: Price) -> Price:
    """Give the price that lies a percent (2 is 2 %, scaled) above (+1) or below (-1) an entry, half up to the tick.

    >>> exit_price(150_25000000, percent=2 * SCALE, towards=-1, tick_size=SCALE // 100)
    14725000000
    """
    exact = entry * (100 * SCALE + towards * percent)
    return divide_half_up(exact, 100 * SCALE * tick_size) * tick_size


class KillScope(StrEnum):
    """What a kill switch stops."""

    GLOBAL = "GLOBAL"
    ACCOUNT = "ACCOUNT"
    STRATEGY = "STRATEGY"


class KillSwitch(msgspec.Struct, frozen=True, kw_only=True):
    """A latched stop. `target` is '' for GLOBAL, an account id, or `account_id/strategy_id`."""

    scope: KillScope
    target: str
    reason: str
    activated_by: str
    activated_ns: Nanos
