"""Buy once and hold: the yardstick for everything else."""

from collections.abc import Mapping

import numpy as np

from openbell.domain.instrument import Instrument
from openbell.domain.market import Bar, Quote, Trade
from openbell.domain.strategy import Parameter, ParameterValue
from openbell.domain.values import SCALE, Money, Price, Quantity
from openbell.engine.lines import Columns, Flags, Floats
from openbell.engine.signals import KEEP, Signals
from openbell.engine.strategy import Context, Strategy


class BuyAndHold(Strategy):
    """Buys each of its symbols at the first price it sees, once."""

    kind = "buy_and_hold"
    description = "Buys once and holds."
    parameters = (
        Parameter(
            name="quantity",
            kind="decimal",
            default="0",
            minimum=0,
            description="Units to buy of each symbol; 0 buys for `part_of_cash`.",
        ),
        Parameter(
            name="part_of_cash",
            kind="decimal",
            default="0.95",
            minimum=0,
            maximum=1,
            description="Part of the cash to spend, shared evenly among the symbols.",
        ),
    )
    keeps_bars = False

    def __init__(self, parameters: Mapping[str, ParameterValue]) -> None:
        super().__init__(parameters)
        self._quantity, self._part = self.amount("quantity"), self.amount("part_of_cash")

    def wakes(self, *, before: Floats, now: Floats, bars: Columns) -> Flags:
        """Mark the closes that are unlike all before: between two that were not affordable none is."""
        del before, now
        return _new_extremes(bars)

    def signals(self, *, before: Floats, now: Floats, bars: Columns) -> Signals | None:
        """Want what can be paid for at the first close at which that is anything."""
        del before, now
        if self.stake is None:
            return None
        instrument, cash = self.stake
        self._budget: Money = cash * self._part // SCALE
        wanted = np.full(len(bars.close), KEEP, dtype=np.int64)
        for place in np.flatnonzero(_new_extremes(bars)).tolist():
            quantity = self._quantity or self._affordable(instrument, bars.close.item(place))
            if quantity:
                wanted[place] = quantity
                break
        keep = np.full_like(wanted, KEEP)
        return Signals(wanted, keep, keep)

    def on_start(self, ctx: Context) -> None:
        """Leave alone what is held already."""
        self._left = {symbol for symbol in ctx.symbols if not ctx.position(symbol)}
        self._budget = ctx.cash() * self._part // SCALE // len(ctx.symbols)

    def on_bar(self, ctx: Context, bar: Bar) -> None:
        """Buy at the first bar."""
        self._buy(ctx, bar.symbol)

    def on_tick(self, ctx: Context, tick: Trade | Quote) -> None:
        """Buy at the first tick."""
        self._buy(ctx, tick.symbol)

    def _buy(self, ctx: Context, symbol: str) -> None:
        if symbol not in self._left or ctx.is_warming_up or ctx.open_orders(symbol):
            return
        quantity = self._quantity or self._affordable(ctx.instrument(symbol), ctx.mark(symbol))
        if quantity:
            self._left.discard(symbol)
            ctx.buy(symbol, quantity)

    def _affordable(self, instrument: Instrument, mark: Price | None) -> Quantity:
        if mark is None:
            return 0
        # A lot may be worth less than the last step.
        worth = max(1, instrument.notional(instrument.lot_size, mark))
        lots = min(self._budget // worth, instrument.quantity_max // instrument.lot_size)
        quantity = lots * instrument.lot_size
        return quantity if quantity >= instrument.quantity_min else 0


def _new_extremes(bars: Columns) -> Flags:
    """Mark the first close, and each that is below or above all before it; an impossible one is neither."""
    closes = np.where(bars.close > 0, bars.close, np.iinfo(np.int64).max)
    lows, highs = np.minimum.accumulate(closes), np.maximum.accumulate(np.maximum(bars.close, 0))
    marked = np.ones(len(closes), dtype=bool)
    marked[1:] = (lows[1:] < lows[:-1]) | (highs[1:] > highs[:-1])
    return marked
