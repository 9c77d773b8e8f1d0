"""Mean reversion: trade against a close that lies far from its moving average, and leave when it is back."""

import math
from collections import deque
from collections.abc import Mapping

import numpy as np

from openbell.domain.market import Bar
from openbell.domain.order import Order
from openbell.domain.strategy import Parameter, ParameterValue
from openbell.domain.values import SCALE, Price
from openbell.engine.lines import Column, Columns, Flags, Floats, Integers, Line
from openbell.engine.signals import KEEP, Signals, Stop, targets
from openbell.engine.strategy import Context, Strategy

_INT64_HALF = 2**62
_EXACT_MAX = 2**53
"""Whole numbers up to here are floats without error."""


class ZScore(Line):
    """(close − mean) ÷ standard deviation over a window of closes, the latest included; n in the denominator."""

    __slots__ = ("_closes", "_squares", "_sum", "_window")

    def __init__(self, window: int) -> None:
        super().__init__()
        self._closes: deque[Price] = deque(maxlen=window)
        self._window = window
        self._sum = self._squares = 0

    def update(self, close: Price) -> float | None:
        """Take in a close; give its z-score, or None before the window is full or while nothing moves."""
        if len(self._closes) == self._window:
            oldest = self._closes[0]
            self._sum -= oldest
            self._squares -= oldest * oldest
        self._closes.append(close)
        self._sum += close
        self._squares += close * close
        if len(self._closes) < self._window:
            return None
        # n² × variance and n × distance are exact integers; floats begin at the root.
        variance = self._window * self._squares - self._sum * self._sum
        return (self._window * close - self._sum) / math.sqrt(variance) if variance else None

    def read(self, bar: Bar) -> float | None:
        """Take in the close of a bar."""
        return self.update(bar.close)

    def read_all(self, bars: Columns) -> Column | None:
        """Take in a column of closes; only where every sum is so small that a float holds it, and so is `update`'s."""
        count, seen = self._window, len(self._closes)
        closes = np.concatenate((np.array(self._closes, dtype=np.int64), bars.close))
        # A divisor of the scale, so that its square, of twos and fives alone, is a float without error.
        unit = math.gcd(int(np.gcd.reduce(closes)), SCALE)
        steps = closes // unit
        largest = count * int(np.abs(steps).max(initial=0))
        if largest * largest > _INT64_HALF:
            return None
        values = np.full(len(closes), np.nan)
        if len(closes) >= count:
            sums, squares = (_moving_sums(column, count) for column in (steps, steps * steps))
            variance, distance = count * squares - sums * sums, count * steps[count - 1 :] - sums
            if int(variance.max()) > _EXACT_MAX or int(np.abs(distance).max()) > _EXACT_MAX:
                return None
            # Each product of two floats without error is rounded once, as a whole number made a float is.
            roots = np.sqrt(variance.astype(np.float64) * float(unit * unit))
            with np.errstate(invalid="ignore"):
                values[count - 1 :] = distance.astype(np.float64) * float(unit) / roots
        self._closes.extend(closes[seen:][-count:].tolist())
        self._sum, self._squares = sum(self._closes), sum(close * close for close in self._closes)
        return Column(values[seen:])


def _moving_sums(column: Integers, count: int) -> Integers:
    sums = np.concatenate(([0], np.cumsum(column)))
    return sums[count:] - sums[:-count]


class MeanReversion(Strategy):
    """Buys `entry_z` deviations below the average (sells above, if allowed) and closes within `exit_z` of it.

    A loss of `stop` from the entry price closes as well; after that it waits until the price is back at the average.
    """

    kind = "mean_reversion"
    description = "Trades against moves far from the moving average."
    parameters = (
        Parameter(name="window", kind="int", default=20, minimum=2, maximum=10_000, description="Bars of the average."),
        Parameter(
            name="entry_z", kind="float", default=2.0, minimum=0.1, maximum=20, description="Deviations to enter at."
        ),
        Parameter(
            name="exit_z", kind="float", default=0.5, minimum=0, maximum=20, description="Deviations to leave at."
        ),
        Parameter(
            name="stop",
            kind="decimal",
            default="0.05",
            minimum=0,
            maximum=1,
            description="Loss to close at, as a part of the entry price; 0 is no stop.",
        ),
        Parameter(name="quantity", kind="decimal", default="1", minimum=0, description="Units held when in."),
        Parameter(name="long_only", kind="bool", default=False, description="Never sell short."),
    )
    keeps_bars = False
    signals_in_parts = True
    wakes_while_holding = True

    def __init__(self, parameters: Mapping[str, ParameterValue]) -> None:
        super().__init__(parameters)
        self._quantity, self._stop = self.amount("quantity"), self.amount("stop")
        self._entry_z, self._exit_z = self.number("entry_z"), self.number("exit_z")
        self._entries: dict[str, Price] = {}
        self._waiting: set[str] = set()

    @classmethod
    def problems(cls, parameters: Mapping[str, ParameterValue]) -> list[tuple[str, str]]:
        """Refuse an exit that lies beyond the entry."""
        return [] if parameters["exit_z"] < parameters["entry_z"] else [("exit_z", "must be less than entry_z")]  # type: ignore[operator]

    def warm_up_bars(self) -> int:
        """Give the bars after which the first score is known."""
        return self.integer("window")

    def line(self) -> ZScore:
        """Give the score of the closes."""
        return ZScore(self.integer("window"))

    def wakes(self, *, before: Floats, now: Floats, bars: Columns) -> Flags:
        """Mark where it could enter, and where a wait after a stop could end; while it holds, every bar counts."""
        del before, bars
        far = np.abs(now)
        return (far >= self._entry_z) | ((far <= self._exit_z) if self._stop else False)

    def signals(self, *, before: Floats, now: Floats, bars: Columns) -> Signals:
        """Want the quantity against a far close, and nothing of it back at the average."""
        del before
        count, far = len(bars.close), np.abs(now)
        above = KEEP if self.p["long_only"] else -self._quantity
        return Signals(
            when_flat=targets(count, (now <= -self._entry_z, self._quantity), (now >= self._entry_z, above)),
            when_long=targets(count, (now >= -self._exit_z, 0)),
            when_short=targets(count, (now <= self._exit_z, 0)),
            stop=Stop(self._stop, ~np.isnan(now), far <= self._exit_z) if self._stop else None,
        )

    def on_bar(self, ctx: Context, bar: Bar) -> None:
        """Look at the score of the close; enter, leave or stop."""
        z = self.lines[bar.symbol].value
        if z is None or ctx.open_orders(bar.symbol):
            return
        held = ctx.position(bar.symbol)
        if held:
            self._leave(ctx, bar, held, z)
        elif bar.symbol in self._waiting:
            if abs(z) <= self._exit_z:
                self._waiting.discard(bar.symbol)
        elif z <= -self._entry_z:
            ctx.buy(bar.symbol, self._quantity)
        elif z >= self._entry_z and not self.p["long_only"]:
            ctx.sell(bar.symbol, self._quantity)

    def on_order(self, ctx: Context, order: Order) -> None:
        """Remember what was paid on the way in."""
        del ctx
        if order.average_fill_price is not None and not order.reduce_only:
            self._entries[order.symbol] = order.average_fill_price

    def _leave(self, ctx: Context, bar: Bar, held: int, z: float) -> None:
        # After a restart the entry price is not known; the first close seen stands in for it.
        entry = self._entries.setdefault(bar.symbol, bar.close)
        side = 1 if held > 0 else -1
        is_stopped = self._stop and (entry - bar.close) * side * SCALE >= entry * self._stop
        if is_stopped:
            self._waiting.add(bar.symbol)
        if is_stopped or z * side >= -self._exit_z:
            self._entries.pop(bar.symbol, None)
            close = ctx.sell if held > 0 else ctx.buy
            close(bar.symbol, abs(held), reduce_only=True)
