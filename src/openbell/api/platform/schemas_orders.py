"""Orders as the platform writes and reads them."""

from typing import Annotated, Any

from fastapi import Depends, Query
from pydantic import Field, PlainValidator, WithJsonSchema

from openbell.api.asking import Ask
from openbell.api.errors import invalid
from openbell.api.platform.schemas import Answer, AnyMode, PageMeta, optional_text
from openbell.api.values import DecimalText, Steps, timestamp
from openbell.domain.account import MANUAL
from openbell.domain.order import CLIENT_ORDER_ID, Instruction, Order, OrderStatus, OrderType, Side, TimeInForce
from openbell.domain.values import text_of

_S = OrderStatus
_AT_VENUE = frozenset(
    {_S.SUBMITTED, _S.ACCEPTED, _S.TRIGGERED, _S.PARTIALLY_FILLED, _S.PENDING_MODIFY, _S.PENDING_CANCEL}
)
STATUSES: dict[str, frozenset[OrderStatus]] = {
    "PENDING": frozenset({_S.NEW}),
    "SUBMITTED": _AT_VENUE,
    "FILLED": frozenset({_S.FILLED}),
    "CANCELLED": frozenset({_S.CANCELED, _S.EXPIRED}),
    "REJECTED": frozenset({_S.DENIED, _S.REJECTED}),
}
"""The platform's words and the core's statuses behind each."""
STATUS_OF = {status: word for word, statuses in STATUSES.items() for status in statuses}


async def _statuses(
    status: Annotated[
        str | None, Query(description=f"One of {', '.join(STATUSES)}; CANCELED is understood too.")
    ] = None,
) -> frozenset[OrderStatus] | None:
    if status is None:
        return None
    word = status.upper()
    found = STATUSES.get("CANCELLED" if word == "CANCELED" else word)
    if found is None:
        raise invalid("status", f"Expected one of {', '.join(STATUSES)}.")
    return found


StatusFilter = Annotated[frozenset[OrderStatus] | None, Depends(_statuses)]


def _side(value: Any) -> Side:
    try:
        return Side(str(value).upper())
    except ValueError:
        raise ValueError(f"expected one of {', '.join(Side)}") from None


SideFilter = Annotated[
    Annotated[Side, PlainValidator(_side), WithJsonSchema({"type": "string", "enum": list(Side)})] | None,
    Query(description="BUY or SELL."),
]


class OrderRequest(Ask):
    """An order to be placed. Amounts are decimal text, or number tokens of at most 32 characters."""

    symbol: str = Field(
        max_length=32, description="Instrument; aliases such as BTC-USD are understood.", examples=["AAPL"]
    )
    side: Side = Field(description="BUY or SELL.")
    quantity: Steps = Field(description="Units, a multiple of the lot size.", examples=["100"])
    order_type: OrderType = Field(OrderType.MARKET, description="MARKET, LIMIT, STOP or STOP_LIMIT.")
    limit_price: Steps | None = Field(None, description="For LIMIT and STOP_LIMIT, a multiple of the tick size.")
    stop_price: Steps | None = Field(None, description="For STOP and STOP_LIMIT, a multiple of the tick size.")
    time_in_force: TimeInForce | None = Field(None, description="Default: DAY for equities, GTC for everything else.")
    client_order_id: str | None = Field(
        None,
        pattern=f"^{CLIENT_ORDER_ID.pattern}$",
        description="Your id for the order; unique in your account for ever.",
    )
    strategy_id: str = Field(MANUAL, max_length=64, description="Ledger the order belongs to.")
    post_only: bool = Field(default=False, strict=True, description="Refuse the order rather than take liquidity.")
    reduce_only: bool = Field(default=False, strict=True, description="Only reduce a position.")
    mode: AnyMode | None = Field(None, description="When given, it must be the account's mode.")

    def instruction(self) -> Instruction:
        """Give the order as the core understands it."""
        return Instruction(
            symbol=self.symbol,
            side=self.side,
            quantity=self.quantity,
            order_type=self.order_type,
            limit_price=self.limit_price,
            stop_price=self.stop_price,
            time_in_force=self.time_in_force,
            client_order_id=self.client_order_id,
            post_only=self.post_only,
            reduce_only=self.reduce_only,
        )


class OrderChange(Ask):
    """What is to change of a working order; a field left out keeps."""

    quantity: Steps | None = Field(None, description="New whole quantity, what has been filled included.")
    limit_price: Steps | None = Field(None, description="New limit price.")
    stop_price: Steps | None = Field(None, description="New stop price.")
    expected_revision: int | None = Field(None, ge=1, description="Refuse the change when the order is at another one.")


class OrderData(Answer):
    """An order."""

    order_id: str
    client_order_id: str
    strategy_id: str
    symbol: str = Field(examples=["MSFT"])
    side: Side
    quantity: DecimalText = Field(examples=["50.00"])
    order_type: OrderType
    limit_price: DecimalText | None = Field(examples=["380.00"])
    stop_price: DecimalText | None
    time_in_force: TimeInForce
    post_only: bool
    reduce_only: bool
    status: str = Field(description="PENDING, SUBMITTED, FILLED, CANCELLED or REJECTED.", examples=["FILLED"])
    status_detail: OrderStatus = Field(description="The status inside: DENIED is our risk check, REJECTED the venue.")
    reason: str = Field(description="Why it was refused or ended, where there is something to say.")
    in_doubt: bool = Field(description="The venue has not said what became of a request; it is being asked.")
    filled_quantity: DecimalText = Field(examples=["50.00"])
    remaining_quantity: DecimalText = Field(examples=["0.00"])
    average_fill_price: DecimalText | None = Field(examples=["379.85"])
    fees: DecimalText = Field(examples=["1.25"])
    revision: int = Field(description="Goes up with each change that took hold.", examples=[1])
    created_at: str = Field(examples=["2026-01-25T10:00:00Z"])
    updated_at: str
    submitted_at: str | None
    filled_at: str | None


class OrderAnswer(Answer):
    """One order."""

    data: OrderData


class OrderMessage(Answer):
    """One order after something was done to it."""

    message: str
    data: OrderData


class OrdersAnswer(Answer):
    """A page of orders, newest first."""

    data: list[OrderData]
    meta: PageMeta


def order_data(order: Order) -> OrderData:
    """Write an order."""
    return OrderData(
        order_id=order.order_id,
        client_order_id=order.client_order_id,
        strategy_id=order.strategy_id,
        symbol=order.symbol,
        side=order.side,
        quantity=text_of(order.quantity),
        order_type=order.order_type,
        limit_price=optional_text(order.limit_price),
        stop_price=optional_text(order.stop_price),
        time_in_force=order.time_in_force,
        post_only=order.post_only,
        reduce_only=order.reduce_only,
        status=STATUS_OF[order.status],
        status_detail=order.status,
        reason=order.reason,
        in_doubt=order.in_doubt,
        filled_quantity=text_of(order.filled_quantity),
        remaining_quantity=text_of(order.remaining),
        average_fill_price=optional_text(order.average_fill_price),
        fees=text_of(order.fees),
        revision=order.revision,
        created_at=timestamp(order.created_ns),
        updated_at=timestamp(order.updated_ns),
        submitted_at=None if order.submitted_ns is None else timestamp(order.submitted_ns),
        filled_at=None if order.filled_ns is None else timestamp(order.filled_ns),
    )
