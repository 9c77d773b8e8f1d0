"""Buy once and hold: the yardstick for everything else."""

from openbell.domain.market import Bar, Quote, Trade
from openbell.domain.strategy import Parameter
from openbell.domain.values import SCALE
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

    def on_start(self, ctx: Context) -> None:
        """Leave alone what is held already."""
        self._left = {symbol for symbol in ctx.symbols if not ctx.position(symbol)}
        self._budget = ctx.cash() * self.amount("part_of_cash") // SCALE // len(ctx.symbols)

    def on_bar(self, ctx: Context, bar: Bar) -> None:
        """Buy at the first bar."""
        self._buy(ctx, bar.symbol)

    def on_tick(self, ctx: Context, tick: Trade | Quote) -> None:
        """Buy at the first tick."""
        self._buy(ctx, tick.symbol)

    def _buy(self, ctx: Context, symbol: str) -> None:
        if symbol not in self._left or ctx.is_warming_up or ctx.open_orders(symbol):
            return
        quantity = self.amount("quantity") or self._affordable(ctx, symbol)
        if quantity:
            self._left.discard(symbol)
            ctx.buy(symbol, quantity)

    def _affordable(self, ctx: Context, symbol: str) -> int:
        instrument, mark = ctx.instrument(symbol), ctx.mark(symbol)
        if mark is None:
            return 0
        worth = instrument.notional(instrument.lot_size, mark)
        lots = min(self._budget // worth, instrument.quantity_max // instrument.lot_size) if worth else 0
        quantity = lots * instrument.lot_size
        return quantity if quantity >= instrument.quantity_min else 0
