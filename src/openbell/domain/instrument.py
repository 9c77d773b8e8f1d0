"""What can be traded: its name, increments, currency, hours and how its value follows its price."""

import re
from enum import StrEnum

import msgspec

from openbell.domain.calendar import Calendar, calendar_named
from openbell.domain.values import SCALE, Money, Price, Quantity, Rate, divide_half_up, multiply

SYMBOL_PATTERN = re.compile(r"[A-Z0-9][A-Z0-9._/-]{0,31}", re.ASCII)


class InvalidSymbol(ValueError):
    """Text that cannot be a symbol."""


class AssetClass(StrEnum):
    """Kind of an instrument."""

    EQUITY = "EQUITY"
    CRYPTO = "CRYPTO"
    INDEX = "INDEX"
    PERPETUAL = "PERPETUAL"
    FUTURE = "FUTURE"


class Contract(StrEnum):
    """How value follows price: LINEAR is quantity × price, INVERSE is quantity ÷ price (coin-margined)."""

    LINEAR = "LINEAR"
    INVERSE = "INVERSE"


# Asked for many times an order: looking a member up on its class costs ten times as much as a name of the module does.
_LINEAR = Contract.LINEAR
_MARGINED = frozenset({AssetClass.PERPETUAL, AssetClass.FUTURE, AssetClass.INDEX})


class Instrument(msgspec.Struct, frozen=True, kw_only=True):
    """One tradable instrument. Increments, limits and multiplier are scaled steps."""

    symbol: str
    name: str
    asset_class: AssetClass
    currency: str
    tick_size: Price
    lot_size: Quantity
    quantity_min: Quantity
    quantity_max: Quantity
    multiplier: int = SCALE
    calendar_name: str = "24/7"
    contract: Contract = Contract.LINEAR
    initial_margin: Rate = SCALE
    """Part of an exposure that equity must cover; 1 means paid in full."""
    exchange: str = "SIM"

    @property
    def calendar(self) -> Calendar:
        """Trading hours."""
        return calendar_named(self.calendar_name)

    @property
    def is_margined(self) -> bool:
        """Tell whether a trade moves cash by its profit only (derivatives) instead of by its whole value."""
        return self.asset_class in _MARGINED

    @property
    def is_paid_in_full(self) -> bool:
        """Tell whether a holding is worth quantity × price, and takes all of that."""
        is_plain = self.contract is _LINEAR and self.multiplier == SCALE
        return is_plain and self.initial_margin == SCALE and not self.is_margined

    def value(self, quantity: Quantity, price: Price) -> Money:
        """Give the signed worth of a signed quantity at a price, in `currency`.

        An inverse contract is worth -quantity / price coins, so that profit is worth now minus worth then for both.
        """
        if self.contract is _LINEAR:
            # `multiply`, written out: nothing is worked out as often as this.
            product = quantity * price
            quotient, remainder = divmod(abs(product), SCALE)
            if 2 * remainder >= SCALE:
                quotient += 1
            worth = quotient if product >= 0 else -quotient
            return worth if self.multiplier == SCALE else multiply(worth, self.multiplier)
        if price <= 0:
            raise ValueError("an inverse contract needs a positive price")
        return -divide_half_up(quantity * self.multiplier, price)

    def notional(self, quantity: Quantity, price: Price) -> Money:
        """Give the unsigned worth of a quantity at a price."""
        return abs(self.value(quantity, price))


def canonical_symbol(text: str) -> str:
    """Give the one spelling of a symbol.

    Raises InvalidSymbol for text that cannot be one. `BTC-USD` and `BTC/USD` are told apart by the symbol master,
    not here.
    """
    # Only ASCII: there are letters elsewhere whose upper case is one of ours.
    symbol = text.strip(" ").upper() if len(text) <= 32 and text.isascii() else ""
    if not SYMBOL_PATTERN.fullmatch(symbol) or ".." in symbol or "//" in symbol:
        raise InvalidSymbol("a symbol is 1 to 32 of A-Z 0-9 . _ / - and starts with a letter or digit")
    return symbol
