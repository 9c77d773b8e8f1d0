"""Leakage: what trading would cost beyond what the venue charged, counted event by event.

Deterministic: the same committed events and rates give the same amounts. Gas is a flat amount an order let out and a
fill; the modelled fee and slippage are parts of a fill's value.
"""

from collections.abc import Callable

import msgspec

from openbell.domain.events import OrderFilled, OrderSubmitted, Recorded
from openbell.domain.fill import Fill, Liquidity
from openbell.domain.values import SCALE, Money, Rate, divide_half_up, multiply

BASIS_POINTS = 10_000

ValueOf = Callable[[Fill], Money]
"""What a fill is worth in the account's base currency."""


class LeakageRates(msgspec.Struct, frozen=True, kw_only=True):
    """What is counted: amounts in base currency, and parts of a fill's value in scaled basis points."""

    gas_per_order: Money = 0
    gas_per_fill: Money = 0
    fee_bps: Rate = 0
    slippage_bps: Rate = 0
    """Of fills that took from the book."""


class Leakage(msgspec.Struct, kw_only=True):
    """What has leaked from an account so far; `seq` is the last committed event that is counted in."""

    seq: int = 0
    orders: int = 0
    fills: int = 0
    gas: Money = 0
    fees: Money = 0
    slippage: Money = 0

    def take(self, recorded: Recorded, *, account_id: str, rates: LeakageRates, value_of: ValueOf) -> None:
        """Count one committed event; one that is counted already changes nothing."""
        if recorded.seq <= self.seq:
            return
        self.seq = recorded.seq
        if recorded.account_id != account_id:
            return
        if isinstance(recorded.event, OrderSubmitted):
            self.orders += 1
            self.gas += rates.gas_per_order
        elif isinstance(recorded.event, OrderFilled):
            self._fill(recorded.event.fill, rates, value_of)

    def _fill(self, fill: Fill, rates: LeakageRates, value_of: ValueOf) -> None:
        self.fills += 1
        self.gas += rates.gas_per_fill
        if rates.fee_bps or rates.slippage_bps:
            value = value_of(fill)
            self.fees += _part(value, rates.fee_bps)
            self.slippage += _part(value, rates.slippage_bps) if fill.liquidity is Liquidity.TAKER else 0


def value_in_base(notional: Money, rate: int) -> Money:
    """Give an amount in base currency, at what one unit of its own is worth."""
    return notional if rate == SCALE else multiply(notional, rate)


def _part(value: Money, basis_points: Rate) -> Money:
    return divide_half_up(value * basis_points, BASIS_POINTS * SCALE)
