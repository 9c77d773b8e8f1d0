"""What would become of an order, were it placed now."""

import msgspec

from openbell.domain.order import TimeInForce
from openbell.domain.risk import Refusal
from openbell.domain.values import Money, Price, Quantity


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """The gate's answer and the numbers behind it; None where they cannot be told (a wrong shape, or no price yet).

    The price is an estimate: the limit or stop price, else the side of the quote that a market order meets. Amounts are
    in `currency`, the account's base currency.
    """

    refusal: Refusal | None
    currency: str = ""
    time_in_force: TimeInForce | None = None
    price: Price | None = None
    notional: Money | None = None
    fee: Money | None = None
    funds_before: Money | None = None
    """Free to trade with now: what no position and no working order needs."""
    funds_after: Money | None = None
    """Free with the order counted in at its worst, its fee included; below zero it cannot be paid for."""
    margin: Money | None = None
    """What the order would tie up, its fee included."""
    longest: Quantity | None = None
    """The position in the ledger if every buy order and this one fill and no sell does."""
    shortest: Quantity | None = None
    """The position in the ledger if every sell order and this one fill and no buy does."""
    worst_notional: Money | None = None
    """The largest worth the position can reach with all working orders and this one."""
