"""A fill: a piece of an order that traded, for real money."""

from enum import StrEnum

import msgspec

from openbell.domain.order import Side
from openbell.domain.values import Money, Nanos, Price, Quantity


class Liquidity(StrEnum):
    """Whether the order waited in the book (MAKER) or took from it (TAKER)."""

    MAKER = "MAKER"
    TAKER = "TAKER"


class Fill(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One execution. `realized_pnl` is before the fee, in the instrument's currency; `model` names what filled it."""

    fill_id: str
    venue_fill_id: str
    order_id: str
    account_id: str
    strategy_id: str
    symbol: str
    side: Side
    quantity: Quantity
    price: Price
    fee: Money
    currency: str
    liquidity: Liquidity
    model: str
    ts_ns: Nanos
    realized_pnl: Money
    mark: Price | None = None
    """The instrument's mark as the fill arrived: what trading at once would ideally have cost; None where unknown."""
