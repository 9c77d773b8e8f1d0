"""Orders as the terminal writes and reads them: `order_type` is the side here, `order_kind` the type."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from fastapi import Depends, Query
from pydantic import Field, model_validator

from openbell.api.asking import Ask
from openbell.api.errors import ApiError, Detail, invalid
from openbell.api.numbers import Number, NumberIn, present
from openbell.api.terminal.schemas import Answer, ExecutionMode
from openbell.api.values import timestamp
from openbell.domain.account import Mode
from openbell.domain.order import CLIENT_ORDER_ID, Instruction, Order, OrderStatus, OrderType, Side, TimeInForce
from openbell.streaming.account_messages import wire_status

KINDS = {
    "MARKET": OrderType.MARKET,
    "LIMIT": OrderType.LIMIT,
    "STOP_LOSS": OrderType.STOP,
    "STOP_LIMIT": OrderType.STOP_LIMIT,
}
"""The terminal's kinds and the core's types."""
KIND_OF = {kind: name for name, kind in KINDS.items()}

_S = OrderStatus
_WORKING = frozenset({_S.SUBMITTED, _S.ACCEPTED, _S.TRIGGERED, _S.PENDING_MODIFY, _S.PENDING_CANCEL})
STATUSES: dict[str, frozenset[OrderStatus]] = {
    "PENDING": frozenset({_S.NEW}),
    "SUBMITTED": _WORKING,
    "PARTIALLY_FILLED": frozenset({_S.PARTIALLY_FILLED}),
    "FILLED": frozenset({_S.FILLED}),
    "CANCELLED": frozenset({_S.CANCELED, _S.EXPIRED}),
    "REJECTED": frozenset({_S.DENIED, _S.REJECTED}),
}
"""The terminal's words and the core's statuses behind each, for filters."""

HINTS = {
    "side": "order_type says BUY or SELL here; leave side out",
    "type": "order_kind says MARKET, LIMIT, STOP_LOSS or STOP_LIMIT here; leave type out",
}
"""What other dialects call by a name that means something else here."""
_FIELDS = {"limit_price": "price", "symbol": "instrument", "side": "order_type", "order_type": "order_kind"}
"""The core's names of fields and the terminal's."""


async def _statuses(
    status: Annotated[str | None, Query(description=f"One of {', '.join(STATUSES)}, in any case.")] = None,
) -> frozenset[OrderStatus] | None:
    if status is None:
        return None
    word = status.upper()
    found = STATUSES.get("CANCELLED" if word == "CANCELED" else word)
    if found is None:
        raise invalid("status", f"Expected one of {', '.join(STATUSES)}.")
    return found


StatusFilter = Annotated[frozenset[OrderStatus] | None, Depends(_statuses)]
"""Orders in these statuses; CANCELED and CANCELLED are the same. A set as such would be read as a list of words."""


def refuse_foreign_words(given: Any) -> Any:
    """Raise ApiError for a body in another dialect, naming the field that is right here. Nothing is guessed."""
    if not isinstance(given, Mapping):
        return given
    for name, hint in HINTS.items():
        if name in given:
            raise invalid(name, hint)
    side = given.get("order_type")
    if isinstance(side, str) and side.upper() in {*KINDS, "STOP"}:
        raise invalid("order_type", f"order_type is BUY or SELL here; {side[:16]} belongs in order_kind")
    return given


def in_our_words(error: ApiError) -> ApiError:
    """Name the fields of an error as the terminal does."""
    error.details = [Detail(_FIELDS.get(one.field, one.field), one.message) for one in error.details]
    return error


class OrderRequest(Ask):
    """An order to be placed. Amounts are numbers, or the same as text, of at most 32 characters."""

    strategy_id: str = Field(max_length=64, description="Ledger the order belongs to; manual is trading by hand.")
    instrument: str = Field(max_length=96, examples=["AAPL"])
    order_type: Side = Field(description="BUY or SELL.")
    quantity: NumberIn
    order_kind: Literal["MARKET", "LIMIT", "STOP_LOSS", "STOP_LIMIT"]
    price: NumberIn | None = Field(None, description="For LIMIT and STOP_LIMIT.")
    stop_price: NumberIn | None = Field(None, description="For STOP_LOSS and STOP_LIMIT.")
    time_in_force: TimeInForce | None = Field(None, description="Default: DAY for equities, GTC for everything else.")
    execution_mode: ExecutionMode = Field(description="It must be the account's mode.")
    client_order_id: str | None = Field(
        None,
        pattern=f"^{CLIENT_ORDER_ID.pattern}$",
        description="Your id for the order; unique in your account for ever.",
    )
    post_only: bool = Field(default=False, strict=True, description="Refuse the order rather than take liquidity.")
    reduce_only: bool = Field(default=False, strict=True, description="Only reduce a position.")

    _words = model_validator(mode="before")(refuse_foreign_words)

    @model_validator(mode="after")
    def _prices_fit(self) -> "OrderRequest":
        kind = KINDS[self.order_kind]
        for name, price, is_needed in (
            ("price", self.price, kind.has_limit),
            ("stop_price", self.stop_price, kind.has_stop),
        ):
            if is_needed and price is None:
                raise invalid(name, f"a {self.order_kind} order needs a {name}")
            if not is_needed and price is not None:
                raise invalid(name, f"a {self.order_kind} order takes no {name}: leave it out")
        return self

    def instruction(self) -> Instruction:
        """Give the order as the core understands it."""
        return Instruction(
            symbol=self.instrument,
            side=self.order_type,
            quantity=self.quantity,
            order_type=KINDS[self.order_kind],
            limit_price=self.price,
            stop_price=self.stop_price,
            time_in_force=self.time_in_force,
            client_order_id=self.client_order_id,
            post_only=self.post_only,
            reduce_only=self.reduce_only,
        )

    @property
    def mode(self) -> Mode:
        """Mode the order is meant for."""
        return Mode(self.execution_mode)


class OrderChange(Ask):
    """What is to change of a working order; a field left out keeps."""

    quantity: NumberIn | None = Field(None, description="New whole quantity, what has been filled included.")
    price: NumberIn | None = Field(None, description="New limit price.")
    stop_price: NumberIn | None = Field(None, description="New stop price.")
    expected_revision: int | None = Field(None, ge=1, description="Refuse the change when the order is at another one.")

    _words = model_validator(mode="before")(refuse_foreign_words)


class OrderData(Answer):
    """An order. `order_type` is its side and `order_kind` its type, as in the request."""

    order_id: str
    client_order_id: str
    strategy_id: str
    instrument: str
    order_type: Side
    side: Side
    order_kind: str
    quantity: Number
    price: Number | None = None
    stop_price: Number | None = None
    time_in_force: TimeInForce
    execution_mode: str
    post_only: bool
    reduce_only: bool
    status: str = Field(description="PENDING, SUBMITTED, FILLED, PARTIALLY_FILLED, CANCELLED or REJECTED.")
    status_detail: OrderStatus
    broker_order_id: str | None = Field(None, description="The venue's id; the paper venue has none of its own.")
    reason: str
    in_doubt: bool = Field(description="The venue has not said what became of a request; it is being asked.")
    filled_quantity: Number
    remaining_quantity: Number
    average_price: Number | None = Field(None, description="Average price of the fills.")
    fees: Number
    revision: int
    created_at: str
    updated_at: str


class OrdersAnswer(Answer):
    """Orders, newest first."""

    orders: list[OrderData]
    next_cursor: str | None = None


def order_data(order: Order, mode: Mode) -> OrderData:
    """Write an order."""
    optional = {"price": order.limit_price, "stop_price": order.stop_price, "average_price": order.average_fill_price}
    return OrderData(
        order_id=order.order_id,
        client_order_id=order.client_order_id,
        strategy_id=order.strategy_id,
        instrument=order.symbol,
        order_type=order.side,
        side=order.side,
        order_kind=KIND_OF[order.order_type],
        quantity=order.quantity,
        time_in_force=order.time_in_force,
        execution_mode=mode,
        post_only=order.post_only,
        reduce_only=order.reduce_only,
        status=wire_status(order),
        status_detail=order.status,
        reason=order.reason,
        in_doubt=order.in_doubt,
        filled_quantity=order.filled_quantity,
        remaining_quantity=order.remaining,
        fees=order.fees,
        revision=order.revision,
        created_at=timestamp(order.created_ns),
        updated_at=timestamp(order.updated_ns),
        **present(optional),
    )
