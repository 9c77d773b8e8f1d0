"""Moving-average crossover: long while the fast average of closes is above the slow one."""

from collections import deque
from collections.abc import Mapping

import numpy as np

from openbell.domain.market import Bar
from openbell.domain.strategy import Parameter, ParameterValue
from openbell.domain.values import Price
from openbell.engine.lines import Column, Columns, Flags, Floats, Line
from openbell.engine.signals import Signals, targets
from openbell.engine.strategy import Context, Strategy

_INT64_HALF = 2**62


class Spread(Line):
    """Difference of two simple moving averages, exact: sums of scaled closes, brought to one denominator."""

    __slots__ = ("_closes", "_fast", "_fast_sum", "_slow", "_slow_sum")

    def __init__(self, fast: int, slow: int) -> None:
        super().__init__()
        self._fast, self._slow = fast, slow
        self._closes: deque[Price] = deque(maxlen=slow)
        self._fast_sum = self._slow_sum = 0

    def update(self, close: Price) -> int | None:
        """Take in a close; give (fast average − slow average) × fast × slow, or None before `slow` closes."""
        closes = self._closes
        if len(closes) == self._slow:
            self._slow_sum -= closes[0]
        if len(closes) >= self._fast:
            self._fast_sum -= closes[-self._fast]
        closes.append(close)
        self._slow_sum += close
        self._fast_sum += close
        if len(closes) < self._slow:
            return None
        return self._fast_sum * self._slow - self._slow_sum * self._fast

    def read(self, bar: Bar) -> int | None:
        """Take in the close of a bar."""
        return self.update(bar.close)

    def read_all(self, bars: Columns) -> Column | None:
        """Take in a column of closes; only where no sum can outgrow 64 bits."""
        fast, slow, seen = self._fast, self._slow, len(self._closes)
        closes = np.concatenate((np.array(self._closes, dtype=np.int64), bars.close)) if seen else bars.close
        if max(int(closes.max(initial=0)), -int(closes.min(initial=0))) * fast * slow >= _INT64_HALF:
            return None
        # Running sums may wrap around: their differences over a window do not.
        sums, values = np.empty(len(closes) + 1, dtype=np.int64), np.empty(len(closes), dtype=np.int64)
        sums[0] = 0
        np.cumsum(closes, out=sums[1:])
        values[: slow - 1] = 0
        if len(closes) >= slow:
            faster, slower = values[slow - 1 :], sums[slow:] - sums[:-slow]
            np.subtract(sums[slow:], sums[slow - fast : -fast], out=faster)
            faster *= slow
            slower *= fast
            faster -= slower
        self._closes.extend(closes[seen:][-slow:].tolist())
        latest = list(self._closes)
        self._fast_sum, self._slow_sum = sum(latest[-fast:]), sum(latest)
        return Column(values[seen:], undefined=min(max(0, slow - 1 - seen), len(values) - seen))


class SmaCross(Strategy):
    """Buys when the fast average crosses above the slow one, closes (or turns short) when it crosses below.

    With d = fast − slow: up is d before ≤ 0 < d now, down is d before ≥ 0 > d now, both defined.
    """

    kind = "sma_cross"
    description = "Long while the fast moving average of closes is above the slow one."
    parameters = (
        Parameter(
            name="fast", kind="int", default=10, minimum=1, maximum=5_000, description="Bars of the fast average."
        ),
        Parameter(
            name="slow", kind="int", default=30, minimum=2, maximum=10_000, description="Bars of the slow average."
        ),
        Parameter(name="quantity", kind="decimal", default="100", minimum=0, description="Units held when in."),
        Parameter(
            name="long_only", kind="bool", default=True, description="Close on a cross down instead of going short."
        ),
    )
    keeps_bars = False
    signals_in_parts = True

    def __init__(self, parameters: Mapping[str, ParameterValue]) -> None:
        super().__init__(parameters)
        self._quantity = self.amount("quantity")
        self._is_long_only = bool(self.p["long_only"])

    @classmethod
    def problems(cls, parameters: Mapping[str, ParameterValue]) -> list[tuple[str, str]]:
        """Refuse a fast average that is not faster."""
        return [] if parameters["fast"] < parameters["slow"] else [("fast", "must be less than slow")]  # type: ignore[operator]

    def warm_up_bars(self) -> int:
        """Give the bars after which the first crossing can be seen."""
        return self.integer("slow") + 1

    def line(self) -> Spread:
        """Give the difference of the averages."""
        return Spread(self.integer("fast"), self.integer("slow"))

    def wakes(self, *, before: Floats, now: Floats, bars: Columns) -> Flags:
        """Mark the crossings."""
        del bars
        return ((before <= 0) & (now > 0)) | ((before >= 0) & (now < 0))

    def signals(self, *, before: Floats, now: Floats, bars: Columns) -> Signals:
        """Want the quantity on a cross up; nothing, or the quantity short, on a cross down."""
        above, below = (before <= 0) & (now > 0), (before >= 0) & (now < 0)
        wanted = targets(
            len(bars.close), (above, self._quantity), (below, 0 if self._is_long_only else -self._quantity)
        )
        return Signals(wanted, wanted, wanted)

    def on_bar(self, ctx: Context, bar: Bar) -> None:
        """Look for a crossing at the close."""
        spread = self.lines[bar.symbol]
        before, now = spread.before, spread.value
        if now is None or before is None:
            return
        if before <= 0 < now:
            self._go_to(ctx, bar.symbol, self._quantity)
        elif before >= 0 > now:
            self._go_to(ctx, bar.symbol, 0 if self._is_long_only else -self._quantity)

    def _go_to(self, ctx: Context, symbol: str, target: int) -> None:
        ctx.cancel_all(symbol)
        missing = target - ctx.position(symbol)
        if missing > 0:
            ctx.buy(symbol, missing)
        elif missing < 0:
            ctx.sell(symbol, -missing)
