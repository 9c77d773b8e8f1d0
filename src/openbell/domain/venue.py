"""What passes between us and a venue: requests that the gate has let through, and reports that come back."""

import msgspec

from openbell.domain.fill import Liquidity
from openbell.domain.order import OrderType, Side, TimeInForce
from openbell.domain.values import Money, Nanos, Price, Quantity


class Admitted(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An order that passed the gate. Only `engine.gate` builds one, and a venue accepts nothing else."""

    order_id: str
    client_order_id: str
    account_id: str
    symbol: str
    side: Side
    quantity: Quantity
    order_type: OrderType
    limit_price: Price | None
    stop_price: Price | None
    time_in_force: TimeInForce
    post_only: bool
    reduce_only: bool
    ts_ns: Nanos
    oco_group: str = ""
    """Name of its group, the same for nobody else's: of these orders one may trade. '' without one."""


class CancelRequest(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Ask the venue to cancel what is left of an order."""

    order_id: str
    ts_ns: Nanos


class ModifyRequest(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Ask the venue to change an order: whole new values; `quantity` includes what has been filled."""

    order_id: str
    quantity: Quantity
    limit_price: Price | None
    stop_price: Price | None
    ts_ns: Nanos


VenueRequest = Admitted | CancelRequest | ModifyRequest


class VenueAccepted(msgspec.Struct, frozen=True, kw_only=True, tag=True, gc=False):
    """The order works at the venue."""

    order_id: str
    ts_ns: Nanos


class VenueRejected(msgspec.Struct, frozen=True, kw_only=True, tag=True, gc=False):
    """The venue refused the order."""

    order_id: str
    ts_ns: Nanos
    reason: str


class VenueTriggered(msgspec.Struct, frozen=True, kw_only=True, tag=True, gc=False):
    """The stop price was reached; the order now works as a market or limit order."""

    order_id: str
    ts_ns: Nanos


class VenueFilled(msgspec.Struct, frozen=True, kw_only=True, tag=True, gc=False):
    """A piece traded. `venue_fill_id` is unique at the venue: a repeated report changes nothing.

    `fee` is in the instrument's currency, positive when paid; `model` names the fill model or the real venue.
    """

    order_id: str
    venue_fill_id: str
    ts_ns: Nanos
    quantity: Quantity
    price: Price
    fee: Money
    liquidity: Liquidity
    model: str


class VenueCanceled(msgspec.Struct, frozen=True, kw_only=True, tag=True, gc=False):
    """What was left of the order is gone: asked for, or by its time in force."""

    order_id: str
    ts_ns: Nanos
    reason: str = ""


class VenueExpired(msgspec.Struct, frozen=True, kw_only=True, tag=True, gc=False):
    """The order's time ran out."""

    order_id: str
    ts_ns: Nanos


class VenueModified(msgspec.Struct, frozen=True, kw_only=True, tag=True, gc=False):
    """The order now has these values."""

    order_id: str
    ts_ns: Nanos
    quantity: Quantity
    limit_price: Price | None
    stop_price: Price | None


class VenueRefusedChange(msgspec.Struct, frozen=True, kw_only=True, tag=True, gc=False):
    """A cancel or modify was refused; the order stands as it was."""

    order_id: str
    ts_ns: Nanos
    reason: str


class VenueStands(msgspec.Struct, frozen=True, kw_only=True, tag=True, gc=False):
    """How an order stands at the venue, which was asked: it works there with these values and nothing is under way."""

    order_id: str
    ts_ns: Nanos
    quantity: Quantity
    limit_price: Price | None
    stop_price: Price | None


class VenueSilent(msgspec.Struct, frozen=True, kw_only=True, tag=True, gc=False):
    """A request ended without an answer: what became of the order is unknown until the venue is asked."""

    order_id: str
    ts_ns: Nanos
    reason: str


VenueReport = (
    VenueAccepted
    | VenueRejected
    | VenueTriggered
    | VenueFilled
    | VenueCanceled
    | VenueExpired
    | VenueModified
    | VenueRefusedChange
    | VenueStands
    | VenueSilent
)
