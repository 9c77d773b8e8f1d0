"""Orders: what is asked for, and how one stands."""

import secrets
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

import msgspec


class Side(StrEnum):
    """Which way."""

    BUY = "BUY"
    SELL = "SELL"


class OrderType(StrEnum):
    """How the price is set."""

    MARKET = "MARKET"
    LIMIT = "LIMIT"
    STOP = "STOP"
    STOP_LIMIT = "STOP_LIMIT"


class OrderStatus(StrEnum):
    """How far an order is."""

    PENDING = "PENDING"
    SUBMITTED = "SUBMITTED"
    FILLED = "FILLED"
    CANCELLED = "CANCELLED"
    REJECTED = "REJECTED"


def mint_order_id() -> str:
    """Make a client order id that nobody has used."""
    return secrets.token_hex(16)


class NewOrder(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=False):
    """An order to be placed. Its `client_order_id` is minted here, before anything is sent.

    Keep the object (or the id) and place it again after a failure of any kind: the server makes one order of it.
    Prices and quantities are Decimal; a float would not say what was meant.
    """

    symbol: str
    side: Side
    quantity: Decimal
    order_type: OrderType = OrderType.MARKET
    limit_price: Decimal | None = None
    stop_price: Decimal | None = None
    time_in_force: str | None = None
    strategy_id: str | None = None
    post_only: bool | None = None
    reduce_only: bool | None = None
    mode: str | None = None
    client_order_id: str = msgspec.field(default_factory=mint_order_id)


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """An order as the server knows it. `status_detail` is the status inside, such as PARTIALLY_FILLED or DENIED."""

    order_id: str
    client_order_id: str
    strategy_id: str
    symbol: str
    side: Side
    quantity: Decimal
    order_type: OrderType
    limit_price: Decimal | None
    stop_price: Decimal | None
    time_in_force: str
    status: OrderStatus
    status_detail: str
    reason: str
    in_doubt: bool
    filled_quantity: Decimal
    remaining_quantity: Decimal
    average_fill_price: Decimal | None
    fees: Decimal
    revision: int
    post_only: bool
    reduce_only: bool
    created_at: datetime
    updated_at: datetime
    submitted_at: datetime | None
    filled_at: datetime | None

    @property
    def is_open(self) -> bool:
        """Tell whether more may still happen to it."""
        return self.status in (OrderStatus.PENDING, OrderStatus.SUBMITTED)


class PreviewRefusal(msgspec.Struct, frozen=True):
    """Why an order would not go out: what placing it would answer."""

    code: str
    message: str
    field: str


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """What would become of an order, and the numbers behind it in `currency`; None where they cannot be told."""

    accepted: bool
    refusal: PreviewRefusal | None
    currency: str
    time_in_force: str | None
    estimated_price: Decimal | None
    notional: Decimal | None
    estimated_fee: Decimal | None
    available_before: Decimal | None
    available_after: Decimal | None
    margin_required: Decimal | None
    position_if_bought: Decimal | None
    position_if_sold: Decimal | None
    worst_case_notional: Decimal | None
