"""What a lone market order gets at the open of a bar, where nothing of the venue holds it back."""

from openbell.domain.fill import Liquidity
from openbell.domain.instrument import Instrument
from openbell.domain.order import Side
from openbell.domain.values import Money, Price, Quantity, Rate
from openbell.engine.matching.fees import FeeSchedule
from openbell.engine.matching.floor import slipped

_TAKER = Liquidity.TAKER


class Opening:
    """One symbol's: all of the order trades at the open, for one fee."""

    __slots__ = ("_fees", "_instrument", "_rate", "_slippage", "model")

    def __init__(self, instrument: Instrument, *, slippage: Rate, fees: FeeSchedule, model: str) -> None:
        self._instrument = instrument
        self._slippage = slippage
        self._fees, self._rate = fees, fees.rate(instrument)
        self.model = model

    def price(self, side: Side, open_: Price) -> Price:
        """Give the price an order trades at."""
        if not self._slippage:
            return open_
        return slipped(side, open_, slippage=self._slippage, tick_size=self._instrument.tick_size)

    def fee(self, quantity: Quantity, price: Price) -> Money:
        """Give what an order that trades at once is charged."""
        cost = self._rate.cost(self._instrument, quantity=quantity, price=price, liquidity=_TAKER)
        return self._fees.charged(self._rate, cost)
