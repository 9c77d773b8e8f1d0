"""Orders as the integration guide reads and writes them: lower-case words, numbers as exact tokens."""

from typing import Annotated, Any

from fastapi import Depends, Query
from pydantic import BaseModel, BeforeValidator, Field, WithJsonSchema, model_validator

from openbell.api.asking import Ask
from openbell.api.errors import invalid
from openbell.api.numbers import Number, NumberIn
from openbell.domain.account import MANUAL
from openbell.domain.order import CLIENT_ORDER_ID, Instruction, OrderStatus, OrderType, Side, TimeInForce
from openbell.streaming.desk_messages import CLOSED, FILLED, OPEN

STATUSES: dict[str, frozenset[OrderStatus]] = {"open": OPEN, "filled": FILLED, "closed": CLOSED}
_SPELLINGS = {"cancelled": OrderStatus.CANCELED, **{status.lower(): status for status in OrderStatus}}


def _upper(value: Any) -> Any:
    return value.upper() if isinstance(value, str) else value


async def _statuses(
    status: Annotated[
        str | None, Query(description="open, filled or closed, or a detailed status such as CANCELLED; in any case.")
    ] = None,
) -> frozenset[OrderStatus] | None:
    if status is None:
        return None
    word = status.lower()
    if word in STATUSES:
        return STATUSES[word]
    if word in _SPELLINGS:
        return frozenset({_SPELLINGS[word]})
    raise invalid("status", f"Expected one of {', '.join(STATUSES)}, or a detailed status.")


StatusFilter = Annotated[frozenset[OrderStatus] | None, Depends(_statuses)]

AnySide = Annotated[Side, BeforeValidator(_upper), WithJsonSchema({"type": "string", "enum": ["buy", "sell"]})]
AnyType = Annotated[
    OrderType,
    BeforeValidator(_upper),
    WithJsonSchema({"type": "string", "enum": ["market", "limit", "stop", "stop_limit"]}),
]
AnyTimeInForce = Annotated[
    TimeInForce, BeforeValidator(_upper), WithJsonSchema({"type": "string", "enum": list(TimeInForce)})
]


class OrderRequest(Ask):
    """An order to be placed."""

    symbol: str = Field(max_length=96, description="Instrument; BTC-USD is understood too.", examples=["BTC/USD"])
    side: AnySide = Field(examples=["buy"])
    type: AnyType = Field(examples=["limit"])
    quantity: NumberIn = Field(description="Units, a multiple of the lot size.")
    price: NumberIn | None = Field(None, description="For limit and stop_limit.")
    stop_price: NumberIn | None = Field(None, description="For stop and stop_limit.")
    time_in_force: AnyTimeInForce | None = Field(None, description="Default: DAY for equities, GTC for the rest.")
    client_order_id: str | None = Field(
        None, pattern=f"^{CLIENT_ORDER_ID.pattern}$", description="Your id; unique in your account for ever."
    )
    strategy_id: str = Field(MANUAL, max_length=64, description="Ledger the order belongs to.")
    post_only: bool = Field(default=False, strict=True, description="Refuse the order rather than take liquidity.")
    reduce_only: bool = Field(default=False, strict=True, description="Only reduce a position.")

    def instruction(self) -> Instruction:
        """Give the order as the core understands it."""
        return Instruction(
            symbol=self.symbol,
            side=self.side,
            quantity=self.quantity,
            order_type=self.type,
            limit_price=self.price,
            stop_price=self.stop_price,
            time_in_force=self.time_in_force,
            client_order_id=self.client_order_id,
            post_only=self.post_only,
            reduce_only=self.reduce_only,
        )


class OrderChange(Ask):
    """What is to change of a working order; a field left out keeps."""

    quantity: NumberIn | None = Field(None, description="New whole quantity, what has been filled included.")
    price: NumberIn | None = Field(None, description="New limit price.")
    stop_price: NumberIn | None = Field(None, description="New stop price.")
    expected_revision: int | None = Field(None, ge=1, description="Refuse the change when the order is at another one.")

    @model_validator(mode="after")
    def _changes_something(self) -> "OrderChange":
        if self.quantity is None and self.price is None and self.stop_price is None:
            raise ValueError("Give at least one of quantity, price and stop_price.")
        return self


class OrderAnswer(BaseModel):
    """An order."""

    order_id: str
    client_order_id: str
    strategy_id: str
    symbol: str = Field(examples=["BTC/USD"])
    side: str = Field(description="buy or sell.")
    type: str = Field(description="market, limit, stop or stop_limit.")
    quantity: Number
    price: Number | None = Field(description="Limit price, or null.")
    stop_price: Number | None = Field(description="Stop price, or null.")
    time_in_force: TimeInForce
    status: str = Field(description="open, filled or closed.")
    status_detail: OrderStatus = Field(description="The status inside.")
    reason: str = Field(description="Why it was refused or ended, where there is something to say.")
    in_doubt: bool = Field(description="The venue has not said what became of a request; it is being asked.")
    filled_quantity: Number
    remaining_quantity: Number
    average_price: Number | None = Field(description="Average price of the fills, or null.")
    fees: Number
    revision: int = Field(description="Goes up with each change that took hold.")
    created_at: str
    updated_at: str


class OrdersAnswer(BaseModel):
    """A page of orders, newest first."""

    orders: list[OrderAnswer]
    total_count: int
    page: int
    per_page: int
    next_cursor: str | None
