"""Trading fees by symbol, asset class and default."""

import msgspec

from openbell.domain.fill import Liquidity
from openbell.domain.instrument import AssetClass, Instrument
from openbell.domain.values import SCALE_DIGITS, Money, Price, Quantity, Rate, multiply, round_half_up

_MAKER = Liquidity.MAKER


class FeeRate(msgspec.Struct, frozen=True, kw_only=True):
    """What a fill costs: a part of its value by liquidity, plus an amount a unit; an order costs at least `minimum`.

    Amounts are in the instrument's currency. A negative maker rate is a rebate.
    """

    maker: Rate = 0
    taker: Rate = 0
    per_unit: Money = 0
    minimum: Money = 0

    def cost(self, instrument: Instrument, *, quantity: Quantity, price: Price, liquidity: Liquidity) -> Money:
        """Give what a piece costs, before the order's minimum."""
        part = self.maker if liquidity is _MAKER else self.taker
        cost = multiply(instrument.notional(quantity, price), part)
        return cost + multiply(quantity, self.per_unit) if self.per_unit else cost


FREE = FeeRate()


class FeeSchedule(msgspec.Struct, frozen=True, kw_only=True):
    """Fee rates: those of the symbol, else those of its asset class, else the default.

    What an order has cost so far is rounded half up to `decimals`, and a fill costs what that total grew by: so the
    pieces of an order never cost more than the whole.
    """

    default: FeeRate = FREE
    by_asset_class: dict[AssetClass, FeeRate] = {}
    by_symbol: dict[str, FeeRate] = {}
    decimals: int = SCALE_DIGITS

    def rate(self, instrument: Instrument) -> FeeRate:
        """Give the rates of an instrument."""
        by_class = self.by_asset_class.get(instrument.asset_class, self.default)
        return self.by_symbol.get(instrument.symbol, by_class)

    def cost(self, instrument: Instrument, *, quantity: Quantity, price: Price, liquidity: Liquidity) -> Money:
        """Give what a piece costs by its rates, before the order's minimum."""
        return self.rate(instrument).cost(instrument, quantity=quantity, price=price, liquidity=liquidity)

    def total(self, instrument: Instrument, cost: Money) -> Money:
        """Give what an order is charged whose pieces cost `cost` together."""
        return self.charged(self.rate(instrument), cost)

    def charged(self, rate: FeeRate, cost: Money) -> Money:
        """Give what an order is charged at some rates whose pieces cost `cost` together."""
        total = max(rate.minimum, cost)
        return total if self.decimals == SCALE_DIGITS else round_half_up(total, self.decimals)


def flat_fees(rate: Rate) -> FeeSchedule:
    """Give a schedule with one rate of the value for everything."""
    return FeeSchedule(default=FeeRate(maker=rate, taker=rate))


PAPER_FEES = FeeSchedule(
    by_asset_class={
        AssetClass.CRYPTO: FeeRate(maker=60_000, taker=100_000),
        AssetClass.PERPETUAL: FeeRate(maker=20_000, taker=50_000),
        AssetClass.EQUITY: FeeRate(per_unit=500_000, minimum=100_000_000),
        AssetClass.INDEX: FeeRate(maker=3_000, taker=3_000),
        AssetClass.FUTURE: FeeRate(maker=3_000, taker=3_000),
    }
)
"""What paper pays by default: crypto 0.06 % / 0.10 %, perpetuals 0.02 % / 0.05 %, equities 0.005 a share and at least 1
an order, index and futures 0.003 %."""
