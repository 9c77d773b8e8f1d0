"""An order as it works at the simulated venue."""

import msgspec

from openbell.domain.order import Order, OrderType, Side, TimeInForce
from openbell.domain.values import Money, Nanos, Price, Quantity
from openbell.domain.venue import Admitted


class Working(msgspec.Struct, kw_only=True, gc=False):
    """One order at the venue, with its place in the queue."""

    order_id: str
    side: Side
    quantity: Quantity
    order_type: OrderType
    limit_price: Price | None
    stop_price: Price | None
    time_in_force: TimeInForce
    post_only: bool
    sent_ns: Nanos
    arrived_ns: Nanos
    priority: int
    expires_ns: Nanos | None = None
    oco_group: str = ""
    filled: Quantity = 0
    is_triggered: bool = False
    is_fresh: bool = True
    """It has not met the market yet: what it could take at once is still open."""
    ahead: Quantity | None = None
    """Quantity in front of us at our price; None while that cannot be seen."""
    traded_since: Quantity = 0
    """Traded at our price since the level was last seen to change: a shrinking level is explained by that first."""
    fee_cost: Money = 0
    fee_charged: Money = 0
    is_over: bool = False

    @property
    def remaining(self) -> Quantity:
        """Quantity still to be filled."""
        return self.quantity - self.filled

    @property
    def waits_for_trigger(self) -> bool:
        """Tell whether the stop price has yet to be reached."""
        return self.order_type.has_stop and not self.is_triggered

    @property
    def is_maker(self) -> bool:
        """Tell whether the order rests in the book at its limit price."""
        kind = self.order_type
        return not self.is_fresh and kind.has_limit and (self.is_triggered or not kind.has_stop)


def from_admitted(admitted: Admitted, *, arrived_ns: Nanos, priority: int, expires_ns: Nanos | None) -> Working:
    """Take in a new order."""
    return Working(
        order_id=admitted.order_id,
        side=admitted.side,
        quantity=admitted.quantity,
        order_type=admitted.order_type,
        limit_price=admitted.limit_price,
        stop_price=admitted.stop_price,
        time_in_force=admitted.time_in_force,
        post_only=admitted.post_only,
        sent_ns=admitted.ts_ns,
        arrived_ns=arrived_ns,
        priority=priority,
        expires_ns=expires_ns,
        oco_group=admitted.oco_group,
    )


def from_order(order: Order, *, sent_ns: Nanos, priority: int, expires_ns: Nanos | None) -> Working:
    """Take an order back after a restart; its place in the queue is lost, what it has been charged is not."""
    return Working(
        order_id=order.order_id,
        side=order.side,
        quantity=order.quantity,
        order_type=order.order_type,
        limit_price=order.limit_price,
        stop_price=order.stop_price,
        time_in_force=order.time_in_force,
        # An order that rested may find the market crossed now: that is no reason to refuse it.
        post_only=False,
        sent_ns=sent_ns,
        arrived_ns=sent_ns,
        priority=priority,
        expires_ns=expires_ns,
        oco_group=order.oco_name,
        filled=order.filled_quantity,
        is_triggered=order.is_triggered,
        fee_cost=order.fees,
        fee_charged=order.fees,
    )
