"""An order and its life: kinds, time in force, and the table of legal moves."""

import re
from enum import StrEnum

import msgspec

from openbell.domain.values import Money, Nanos, Price, Quantity, divide_half_up

CLIENT_ORDER_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}", re.ASCII)


class Side(StrEnum):
    """Direction of an order or a fill."""

    # Every order asks for these many times: they are kept on the members, where asking costs least.
    sign: int
    """+1 for BUY, -1 for SELL."""

    BUY = "BUY"
    SELL = "SELL"


class OrderType(StrEnum):
    """How an order meets the market."""

    has_limit: bool
    """Whether a limit price is part of the order."""
    has_stop: bool
    """Whether a stop price is part of the order."""

    MARKET = "MARKET"
    LIMIT = "LIMIT"
    STOP = "STOP"
    STOP_LIMIT = "STOP_LIMIT"


for _side in Side:
    _side.sign = 1 if _side is Side.BUY else -1
for _kind in OrderType:
    _kind.has_limit = _kind in (OrderType.LIMIT, OrderType.STOP_LIMIT)
    _kind.has_stop = _kind in (OrderType.STOP, OrderType.STOP_LIMIT)


class TimeInForce(StrEnum):
    """How long an order works."""

    DAY = "DAY"
    GTC = "GTC"
    IOC = "IOC"
    FOK = "FOK"


class OrderStatus(StrEnum):
    """Where an order stands. DENIED is our own risk gate; REJECTED is the venue."""

    NEW = "NEW"
    SUBMITTED = "SUBMITTED"
    ACCEPTED = "ACCEPTED"
    TRIGGERED = "TRIGGERED"
    PARTIALLY_FILLED = "PARTIALLY_FILLED"
    PENDING_MODIFY = "PENDING_MODIFY"
    PENDING_CANCEL = "PENDING_CANCEL"
    FILLED = "FILLED"
    CANCELED = "CANCELED"
    EXPIRED = "EXPIRED"
    REJECTED = "REJECTED"
    DENIED = "DENIED"

    @property
    def is_terminal(self) -> bool:
        """Tell whether nothing more is expected of the order; a late fill is still real money and is booked."""
        return self in TERMINAL


TERMINAL = frozenset(
    {OrderStatus.FILLED, OrderStatus.CANCELED, OrderStatus.EXPIRED, OrderStatus.REJECTED, OrderStatus.DENIED}
)

_S = OrderStatus
_WORKING = frozenset({_S.PARTIALLY_FILLED, _S.FILLED, _S.PENDING_MODIFY, _S.PENDING_CANCEL, _S.CANCELED, _S.EXPIRED})
TRANSITIONS: dict[OrderStatus, frozenset[OrderStatus]] = {
    # A NEW order is recorded and held back (a bracket's exits until the entry fills).
    _S.NEW: frozenset({_S.SUBMITTED, _S.DENIED, _S.CANCELED, _S.EXPIRED}),
    # A venue may fill or end an order before it has said that it accepted it.
    _S.SUBMITTED: _WORKING | {_S.ACCEPTED, _S.REJECTED, _S.TRIGGERED},
    _S.ACCEPTED: _WORKING | {_S.TRIGGERED, _S.REJECTED},
    _S.TRIGGERED: _WORKING | {_S.REJECTED},
    _S.PARTIALLY_FILLED: _WORKING,
    # A refused change leads back to what the order was; a fill may cross our request.
    _S.PENDING_MODIFY: _WORKING | {_S.ACCEPTED, _S.TRIGGERED, _S.SUBMITTED, _S.REJECTED},
    _S.PENDING_CANCEL: _WORKING | {_S.ACCEPTED, _S.TRIGGERED, _S.SUBMITTED, _S.REJECTED},
    # The venue filled while our cancel or its expiry was under way: the fill is real money and wins.
    _S.CANCELED: frozenset({_S.PARTIALLY_FILLED, _S.FILLED}),
    _S.EXPIRED: frozenset({_S.PARTIALLY_FILLED, _S.FILLED}),
    _S.FILLED: frozenset(),
    _S.REJECTED: frozenset(),
    _S.DENIED: frozenset(),
}


class Instruction(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What somebody wants traded, before it is an order. Prices and quantity are scaled steps.

    Absent `time_in_force` means DAY for equities and GTC for everything else.
    """

    symbol: str
    side: Side
    quantity: Quantity
    order_type: OrderType = OrderType.MARKET
    limit_price: Price | None = None
    stop_price: Price | None = None
    time_in_force: TimeInForce | None = None
    post_only: bool = False
    reduce_only: bool = False
    client_order_id: str | None = None
    parent_order_id: str | None = None
    """The entry this exit waits for (bracket)."""
    oco_group: str | None = None
    """Orders of one group: a fill of one cancels the others."""


class Order(msgspec.Struct, kw_only=True, gc=False):
    """An order as the core knows it. Only `engine.state.apply` changes one."""

    order_id: str
    client_order_id: str
    account_id: str
    strategy_id: str
    symbol: str
    side: Side
    quantity: Quantity
    order_type: OrderType
    limit_price: Price | None
    stop_price: Price | None
    time_in_force: TimeInForce
    post_only: bool
    reduce_only: bool
    status: OrderStatus
    created_ns: Nanos
    updated_ns: Nanos
    parent_order_id: str | None = None
    oco_group: str | None = None
    submitted_ns: Nanos | None = None
    filled_ns: Nanos | None = None
    filled_quantity: Quantity = 0
    filled_value: int = 0
    """Sum of quantity × price over the fills, unscaled product (1e-16 steps): exact for the average."""
    fees: Money = 0
    revision: int = 1
    reason: str = ""
    in_doubt: bool = False
    resume_status: OrderStatus = OrderStatus.SUBMITTED
    """Where a refused modify or cancel leads back to."""
    is_triggered: bool = False

    def copied(self) -> "Order":
        """Give a copy, as it is now."""
        copy: Order = self.__copy__()  # type: ignore[attr-defined]
        return copy

    @property
    def remaining(self) -> Quantity:
        """Quantity still to be filled."""
        return self.quantity - self.filled_quantity

    @property
    def oco_name(self) -> str:
        """Name of its OCO group as no order of another ledger has it; '' without one."""
        return f"{self.account_id}/{self.strategy_id}/{self.oco_group}" if self.oco_group else ""

    @property
    def average_fill_price(self) -> Price | None:
        """Average price of the fills, rounded half up to one step; None before the first."""
        return divide_half_up(self.filled_value, self.filled_quantity) if self.filled_quantity else None

    @property
    def is_open(self) -> bool:
        """Tell whether the order may still trade."""
        return self.status not in TERMINAL
