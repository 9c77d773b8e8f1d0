"""What is held of one symbol and what working orders may add to it: the running sums the gate decides on."""

from collections.abc import Iterable

import msgspec

from openbell.domain.events import OrderModifyRequested
from openbell.domain.instrument import Contract, Instrument
from openbell.domain.order import Order, Side
from openbell.domain.values import SCALE, Money, Price, Quantity

_BUY = Side.BUY
_INVERSE = Contract.INVERSE


class Exposure(msgspec.Struct, gc=False):
    """Sums over one symbol. Reduce-only orders add no risk and stand apart as `closing_*`.

    A `*_value` is the sum of remaining × price as a plain product (1e-16 steps); `*_unpriced` is the quantity of market
    orders, which are valued at the mark. `*_quantity` counts both.
    """

    quantity: Quantity = 0
    cost: Money = 0
    buy_quantity: Quantity = 0
    buy_value: int = 0
    buy_unpriced: Quantity = 0
    sell_quantity: Quantity = 0
    sell_value: int = 0
    sell_unpriced: Quantity = 0
    closing_buy: Quantity = 0
    closing_sell: Quantity = 0

    @property
    def is_idle(self) -> bool:
        """Tell whether nothing is held and nothing may come."""
        return not (self.quantity or self.buy_quantity or self.sell_quantity)

    def copied(self) -> "Exposure":
        """Give a copy, as it is now."""
        copy: Exposure = self.__copy__()  # type: ignore[attr-defined]
        return copy

    def count(self, order: Order, left: Quantity, price: Price | None) -> None:
        """Add `left` of an order at its own price (None: at the mark); negative takes it out again."""
        if order.side is _BUY:
            if order.reduce_only:
                self.closing_buy += left
                return
            self.buy_quantity += left
            if price:
                self.buy_value += left * price
            else:
                self.buy_unpriced += left
            return
        if order.reduce_only:
            self.closing_sell += left
            return
        self.sell_quantity += left
        if price:
            self.sell_value += left * price
        else:
            self.sell_unpriced += left

    def worst_case(self, instrument: Instrument, mark: Price) -> Money:
        """Give the largest worth the position can reach if every order on one side trades, in `instrument.currency`.

        Orders count at their own price, market orders and the position at the mark. An inverse contract is worth less
        the higher its price, so everything counts at the mark.
        """
        return _worth(instrument, max(self.reach(instrument, mark)), mark)

    def reach(self, instrument: Instrument, mark: Price) -> tuple[int, int]:
        """Give how far long and how far short it can go: plain products, or quantities of an inverse contract."""
        if instrument.contract is _INVERSE:
            return self.quantity + self.buy_quantity, self.sell_quantity - self.quantity
        held = self.quantity * mark
        longest = held + self.buy_value + self.buy_unpriced * mark
        return longest, self.sell_value + self.sell_unpriced * mark - held


def worst_case_of(exposures: Iterable[Exposure], instrument: Instrument, mark: Price) -> Money:
    """Give the largest worth that several ledgers can reach on one side, whichever of them close.

    So the long ones count in full and the short ones do, and none against another. Of one it is its `worst_case`.
    """
    longest = shortest = 0
    for exposure in exposures:
        long, short = exposure.reach(instrument, mark)
        longest += max(long, 0)
        shortest += max(short, 0)
    return _worth(instrument, max(longest, shortest), mark)


def _worth(instrument: Instrument, reach: int, mark: Price) -> Money:
    """Give the worth of the longer reach, rounded up."""
    if instrument.contract is _INVERSE:
        return instrument.notional(reach, mark)
    worst = -(-reach // SCALE) if reach > 0 else 0
    return worst if instrument.multiplier == SCALE else -(-worst * instrument.multiplier // SCALE)


def exposure_with(exposure: Exposure | None, order: Order, replaced: Order | None) -> Exposure:
    """Give a copy of an exposure with an order counted in and the one it replaces taken out."""
    changed = exposure.copied() if exposure is not None else Exposure()
    if replaced is not None:
        changed.count(replaced, -replaced.remaining, replaced.limit_price or replaced.stop_price)
    changed.count(order, order.quantity - order.filled_quantity, order.limit_price or order.stop_price)
    return changed


def left_and_price(order: Order, change: OrderModifyRequested | None) -> tuple[Quantity, Price | None]:
    """Give what an order may still trade and the price it counts at: its limit, else its stop, else None.

    While a change is under way the larger quantity and the dearer price count: either may hold at the venue.
    """
    quantity, price = order.quantity, order.limit_price or order.stop_price
    if change is not None:
        quantity = max(quantity, change.quantity)
        price = max(price or 0, change.limit_price or change.stop_price or 0) or None
    left = quantity - order.filled_quantity
    return (left, price) if left > 0 else (0, price)
