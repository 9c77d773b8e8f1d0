"""Two-sided market maker: quotes around the middle of the market and leans against its inventory."""

from collections.abc import Mapping

from openbell.domain.market import Quote, Trade
from openbell.domain.order import Order, OrderStatus, Side
from openbell.domain.strategy import Parameter, ParameterValue
from openbell.domain.values import SCALE, Nanos, Price, Quantity
from openbell.engine.strategy import Context, Strategy

_BASIS_POINTS = 10_000
_NANOS_PER_MILLISECOND = 1_000_000
BACK_OFF_NS: Nanos = 10_000 * _NANOS_PER_MILLISECOND
"""Rest after a denied quote, so that a limit or kill switch is not knocked at with every tick."""


class MarketMaker(Strategy):
    """Keeps one post-only order on each side, `spread_bps` apart, shifted by up to `skew_bps` at full inventory.

    A side that would take the inventory past `max_inventory` is withdrawn. Quotes move at most every `refresh_ms`. All
    parameters may change while it runs.
    """

    kind = "market_maker"
    description = "Quotes both sides around the middle, leaning against its inventory."
    parameters = (
        Parameter(
            name="spread_bps",
            kind="decimal",
            default="10",
            minimum=0.1,
            maximum=1_000,
            is_runtime=True,
            description="Distance between its bid and ask, in basis points of the middle.",
        ),
        Parameter(
            name="quote_size",
            kind="decimal",
            default="1",
            minimum=0,
            is_runtime=True,
            description="Units quoted a side.",
        ),
        Parameter(
            name="max_inventory",
            kind="decimal",
            default="10",
            minimum=0,
            is_runtime=True,
            description="Largest position, long or short.",
        ),
        Parameter(
            name="skew_bps",
            kind="decimal",
            default="5",
            minimum=0,
            maximum=1_000,
            is_runtime=True,
            description="Shift of both quotes at full inventory, in basis points, against the inventory.",
        ),
        Parameter(
            name="refresh_ms",
            kind="int",
            default=1_000,
            minimum=0,
            maximum=3_600_000,
            is_runtime=True,
            description="Shortest time between two moves of its quotes, in milliseconds.",
        ),
    )

    unlike_columns = "it rests orders around quotes, and bars have none"

    def __init__(self, parameters: Mapping[str, ParameterValue]) -> None:
        super().__init__(parameters)
        self._next_ns: dict[str, Nanos] = {}
        self._read()

    def on_parameters(self, parameters: Mapping[str, ParameterValue]) -> None:
        """Quote anew at the next tick."""
        super().on_parameters(parameters)
        self._read()
        self._next_ns.clear()

    def on_tick(self, ctx: Context, tick: Trade | Quote) -> None:
        """Move the quotes to where the market is."""
        if type(tick) is not Quote or tick.ts_ns < self._next_ns.get(tick.symbol, 0):
            return
        if tick.bid <= 0 or tick.ask <= tick.bid:
            return
        self._next_ns[tick.symbol] = tick.ts_ns + self._refresh_ns
        mine = {order.side: order for order in ctx.open_orders(tick.symbol)}
        inventory = ctx.position(tick.symbol)
        bid, ask = self.quotes(tick, inventory, ctx.instrument(tick.symbol).tick_size)
        self._keep(
            ctx, tick.symbol, mine.get(Side.BUY), Side.BUY, bid if inventory + self._size <= self._most else None
        )
        self._keep(
            ctx, tick.symbol, mine.get(Side.SELL), Side.SELL, ask if inventory - self._size >= -self._most else None
        )

    def on_order(self, ctx: Context, order: Order) -> None:
        """Rest for a while after a denial."""
        if order.status is OrderStatus.DENIED:
            self._next_ns[order.symbol] = ctx.now_ns + max(BACK_OFF_NS, self._refresh_ns)

    def quotes(self, quote: Quote, inventory: Quantity, tick_size: Price) -> tuple[Price, Price]:
        """Give its bid and ask: on the tick, outside the half spread, and never across the market."""
        middle = quote.bid + quote.ask  # twice the middle, to stay exact
        lean = self._skew * inventory // self._most if self._most else 0
        unit = 2 * _BASIS_POINTS * SCALE
        bid = middle * (_BASIS_POINTS * SCALE - self._half - lean) // unit
        ask = -(-middle * (_BASIS_POINTS * SCALE + self._half - lean) // unit)
        bid = min(bid, quote.ask - tick_size)
        ask = max(ask, quote.bid + tick_size)
        return max(bid // tick_size, 1) * tick_size, -(-ask // tick_size) * tick_size

    def _keep(self, ctx: Context, symbol: str, order: Order | None, side: Side, price: Price | None) -> None:
        if order is None:
            if price is not None and self._size:
                place = ctx.buy if side is Side.BUY else ctx.sell
                place(symbol, self._size, limit=price, post_only=True)
        elif price is None or order.remaining != self._size:
            # What is left of a filled quote goes too; the next one has its full size.
            ctx.cancel(order.order_id)
        elif price != order.limit_price:
            ctx.modify(order.order_id, limit=price)

    def _read(self) -> None:
        self._half = self.amount("spread_bps") // 2
        self._skew = self.amount("skew_bps")
        self._size = self.amount("quote_size")
        self._most = self.amount("max_inventory")
        self._refresh_ns = self.integer("refresh_ms") * _NANOS_PER_MILLISECOND
