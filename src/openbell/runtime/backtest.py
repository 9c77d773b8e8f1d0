"""A backtest: the same core and the same matching as live, driven by recorded bars as fast as they can be read.

A result is a function of the request and the data: no clock is read and nothing is drawn by chance, so the same
request over the same bars gives the same bytes, whichever driver runs it.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import msgspec
import numpy as np

from openbell.domain.events import OrderFilled
from openbell.domain.instrument import Instrument
from openbell.domain.run import BacktestRequest
from openbell.domain.values import Money, Nanos
from openbell.engine.lines import Integers
from openbell.engine.state import State
from openbell.engine.strategy import Strategy
from openbell.ports import BarColumns, RunFailed
from openbell.runtime.drivers import DRIVERS, Driver
from openbell.runtime.parts import part_of, parts_of
from openbell.runtime.scene import Scene, scene_of
from openbell.runtime.stage import OnRecords, Stage

__all__ = ["BARS_MAX", "Cancelled", "Driver", "Played", "perform", "play"]

BARS_MAX = 50_000_000
"""Bars of one symbol that are held at once; longer recordings are streamed."""
EMPTY: Mapping[str, BarColumns] = MappingProxyType({})


class Cancelled(Exception):
    """The run was asked to stop."""


class Played(msgspec.Struct, frozen=True, kw_only=True):
    """What came out of a run, exact: fills in order, equity after each bar, and what our own gate denied."""

    instrument: Instrument
    """The first of the instruments."""
    parameters: dict[str, Any]
    """Of the first strategy."""
    fills: list[OrderFilled]
    ts_ns: list[Nanos]
    """The end of each bar; bars of several symbols that end together count once."""
    equity: list[Money]
    orders: int
    denials: dict[str, int]
    borrow_cost: Money
    """Paid for short positions."""
    state: State
    """The core's state at the end."""


def play(
    request: BacktestRequest,
    *,
    instrument: Instrument,
    bars: BarColumns,
    kinds: Mapping[str, type[Strategy]],
    history: BarColumns | None = None,
    driver: Driver = Driver.WAKE,
    on_progress: Callable[[float], None] | None = None,
    is_cancelled: Callable[[], bool] | None = None,
) -> Played:
    """Run a strategy over bars. Raises RunFailed when it cannot run or stopped itself, Cancelled when told to stop.

    For each bar: what rests at the venue meets the bar, its reports reach the core, then the strategy sees the bar
    and its orders go to the venue. So an order decided on a bar's close trades at the next bar's open, never earlier.
    `history` are bars before those: the strategy sees them, and its orders on them are dropped.
    """
    scene = scene_of(request, instrument=instrument, kinds=kinds)
    return perform(
        scene,
        series={instrument.symbol: bars},
        kinds=kinds,
        history={} if history is None else {instrument.symbol: history},
        driver=driver,
        on_progress=on_progress,
        is_cancelled=is_cancelled,
    )


def perform(
    scene: Scene,
    *,
    series: Mapping[str, BarColumns],
    kinds: Mapping[str, type[Strategy]],
    history: Mapping[str, BarColumns] = EMPTY,
    driver: Driver = Driver.WAKE,
    on_progress: Callable[[float], None] | None = None,
    is_cancelled: Callable[[], bool] | None = None,
    on_records: OnRecords | None = None,
) -> Played:
    """Run the strategies of a scene over the bars of its symbols, as `play` does one."""
    for bars in series.values():
        _refuse_unplayable(bars)
    stage = Stage(scene, kinds, on_records)
    stage.open(min(int(bars.ts_ns[0]) for bars in series.values()))
    if history:
        stage.warm_up(list(part_of(history, scene.timeframe).in_order(scene.timeframe)))
    drive = DRIVERS[driver](stage)
    count = sum(len(bars.ts_ns) for bars in series.values())
    done = 0
    ends: list[Integers] = []
    equity: list[Integers] = []
    for part in parts_of(series, scene.timeframe):
        if is_cancelled is not None and is_cancelled():
            raise Cancelled
        equity.append(drive(part))
        ends.append(part.ends_ns[part.lasts])
        done += len(part.ends_ns)
        if on_progress is not None:
            on_progress(done / count)
    return Played(
        instrument=next(iter(scene.instruments.values())),
        parameters=scene.strategies[0].parameters,
        fills=stage.fills,
        ts_ns=np.concatenate(ends).tolist(),
        equity=np.concatenate(equity).tolist(),
        orders=stage.order_count,
        denials=dict(sorted(stage.denials.items())),
        borrow_cost=stage.borrow_cost,
        state=stage.core.state,
    )


def _refuse_unplayable(bars: BarColumns) -> None:
    count = len(bars.ts_ns)
    if not 0 < count <= BARS_MAX:
        raise RunFailed(f"there are {count:,} bars in this period: a run needs 1 to {BARS_MAX:,}")
    if bars.ts_ns[0] < 0:
        raise RunFailed("bars before 1970 cannot be played: begin later with a start of 1970-01-01")
