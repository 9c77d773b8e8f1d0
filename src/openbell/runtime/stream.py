"""A backtest of a recording too long to be held: it arrives in chunks, and what is kept of the run stays bounded."""

from collections.abc import Callable, Iterable, Mapping

import msgspec
import numpy as np

from openbell.domain.events import OrderFilled
from openbell.domain.values import Money, Nanos
from openbell.engine.lines import Integers
from openbell.engine.strategy import Strategy
from openbell.ports import BarColumns, RunFailed
from openbell.runtime.backtest import Cancelled
from openbell.runtime.drivers import DRIVERS, Driver
from openbell.runtime.parts import parts_of
from openbell.runtime.scene import Scene
from openbell.runtime.stage import Stage

POINTS_MAX = 20_000
"""Points of the equity curve that are kept; of a longer one every second, then every fourth, and so on."""

OnFills = Callable[[list[OrderFilled]], None]


class Streamed(msgspec.Struct, frozen=True, kw_only=True):
    """What came out of a streamed run, exact; the equity curve thinned to at most `POINTS_MAX` points."""

    bars: int
    fills: int
    orders: int
    denials: dict[str, int]
    fees: Money
    borrow_cost: Money
    final_equity: Money
    ts_ns: list[Nanos]
    equity: list[Money]


class _Curve:
    """Evenly spaced points of a curve of unknown length."""

    def __init__(self) -> None:
        self.ts_ns: list[Nanos] = []
        self.equity: list[Money] = []
        self._stride = 1
        self._seen = 0

    def add(self, ts_ns: Integers, equity: Integers) -> None:
        """Take in the next points."""
        places = np.arange(-self._seen % self._stride, len(ts_ns), self._stride)
        self._seen += len(ts_ns)
        self.ts_ns += ts_ns[places].tolist()
        self.equity += equity[places].tolist()
        while len(self.ts_ns) > POINTS_MAX:
            self._stride *= 2
            self.ts_ns, self.equity = self.ts_ns[::2], self.equity[::2]


def stream(
    scene: Scene,
    *,
    chunks: Iterable[Mapping[str, BarColumns]],
    kinds: Mapping[str, type[Strategy]],
    driver: Driver = Driver.WAKE,
    on_fills: OnFills | None = None,
    is_cancelled: Callable[[], bool] | None = None,
) -> Streamed:
    """Run a scene over bars that arrive in chunks, each after the one before in time; fills are handed on as they come.

    Trades and equity are those of `perform` over all of it. Raises RunFailed and Cancelled as it does.
    """
    stage = Stage(scene, kinds, None)
    drive = DRIVERS[driver](stage)
    curve, count, fees, fills, latest = _Curve(), 0, 0, 0, scene.initial_cash
    for chunk in chunks:
        for part in parts_of(chunk, scene.timeframe):
            if is_cancelled is not None and is_cancelled():
                raise Cancelled
            if not count:
                stage.open(int(part.ends_ns[0]) - scene.timeframe.length_ns)
            equity = drive(part)
            curve.add(part.ends_ns[part.lasts], equity)
            count, latest = count + len(part.ends_ns), int(equity[-1])
            fills += len(stage.fills)
            fees += sum(event.fill.fee for event in stage.fills)
            if on_fills is not None and stage.fills:
                on_fills(list(stage.fills))
            stage.fills.clear()
    if not count:
        raise RunFailed("there are no bars in this period")
    return Streamed(
        bars=count,
        fills=fills,
        orders=stage.order_count,
        denials=dict(sorted(stage.denials.items())),
        fees=fees,
        borrow_cost=stage.borrow_cost,
        final_equity=latest,
        ts_ns=curve.ts_ns,
        equity=curve.equity,
    )
