"""A position by average cost, long or short, exact to the last step."""

import msgspec

from openbell.domain.instrument import Instrument
from openbell.domain.values import SCALE, Money, Nanos, Price, Quantity, divide_half_up


class Position(msgspec.Struct, kw_only=True):
    """Holding of one strategy in one instrument.

    `cost` is the signed worth at entry of what is held; profit of a closing trade is its worth minus the part of the
    cost it takes along. So realised profit plus worth always equals cash flows plus holdings; nothing is rounded away.
    """

    position_id: str
    account_id: str
    strategy_id: str
    symbol: str
    quantity: Quantity = 0
    """Signed: negative is short."""
    cost: Money = 0
    realized_pnl: Money = 0
    """Profit taken so far, before fees."""
    fees: Money = 0
    opened_ns: Nanos = 0
    updated_ns: Nanos = 0
    entry_order_ids: list[str] = []
    """Orders that built what is held now, oldest first; the latest 100."""

    def average_entry_price(self, instrument: Instrument) -> Price | None:
        """Average price paid (or received, when short) for what is held; None when flat."""
        if self.quantity == 0:
            return None
        if instrument.contract == "INVERSE":
            return divide_half_up(-self.quantity * instrument.multiplier, self.cost)
        return divide_half_up(self.cost * SCALE * SCALE, self.quantity * instrument.multiplier)

    def unrealized_pnl(self, instrument: Instrument, mark: Price) -> Money:
        """Profit not yet taken at a mark price, before fees, in the instrument's currency."""
        return instrument.value(self.quantity, mark) - self.cost if self.quantity else 0


class Change(msgspec.Struct, frozen=True, gc=False):
    """What a fill does to a position: the new quantity and cost, the profit taken, and whether it opened anew.

    `worth` is the signed worth of what was traded.
    """

    quantity: Quantity
    cost: Money
    realized_pnl: Money
    is_new: bool
    worth: Money


def change_by_fill(position: Position, instrument: Instrument, signed_quantity: Quantity, price: Price) -> Change:
    """Work out what a signed quantity traded at a price does to a position; nothing is changed.

    Adding moves the average; reducing takes cost out in proportion and leaves the average; crossing zero closes all
    and opens the rest at the price.
    """
    held, worth = position.quantity, instrument.value(signed_quantity, price)
    rest = held + signed_quantity
    if held == 0 or (held > 0) == (signed_quantity > 0):
        return Change(rest, position.cost + worth, 0, held == 0, worth)
    if abs(signed_quantity) < abs(held):
        taken = divide_half_up(position.cost * -signed_quantity, held)
        return Change(rest, position.cost - taken, -worth - taken, False, worth)  # noqa: FBT003 - fields by position
    worth_rest = instrument.value(rest, price) if rest else 0
    return Change(rest, worth_rest, worth_rest - worth - position.cost, rest != 0, worth)


def cash_flow(instrument: Instrument, change: Change) -> Money:
    """Give what a fill does to cash before its fee: the whole value, or only the profit for a margined instrument."""
    return change.realized_pnl if instrument.is_margined else -change.worth
