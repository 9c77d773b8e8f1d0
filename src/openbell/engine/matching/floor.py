"""Where the orders of one symbol meet its market: what the ways of matching share."""

import msgspec

from openbell.domain.instrument import Instrument
from openbell.domain.order import Side
from openbell.domain.values import SCALE, Price, Quantity, Rate
from openbell.engine.matching.profile import FillProfile
from openbell.engine.matching.reporter import Reporter
from openbell.engine.matching.visible import VisibleMarket

_BUY = Side.BUY


class Floor(msgspec.Struct, kw_only=True):
    """The market of one symbol as our orders meet it."""

    instrument: Instrument
    profile: FillProfile
    market: VisibleMarket
    reporter: Reporter
    last_price: Price | None = None
    """Price of the last trade; None before the first, or when the data has no trades."""

    def whole_lots(self, quantity: Quantity) -> Quantity:
        """Give the largest tradable part of a quantity."""
        return max(0, quantity - quantity % self.instrument.lot_size)


def is_within(side: Side, price: Price, limit: Price | None) -> bool:
    """Tell whether an order of this side and limit may trade at a price."""
    return limit is None or side.sign * price <= side.sign * limit


def slipped(side: Side, price: Price, *, slippage: Rate, tick_size: Price) -> Price:
    """Give a price made worse by a part of itself, on the next tick away from us, but never below one tick."""
    if slippage == 0:
        return price
    worse = price * (SCALE + side.sign * slippage)
    step = SCALE * tick_size
    ticks = -(-worse // step) if side is _BUY else worse // step
    return max(ticks, 1) * tick_size
