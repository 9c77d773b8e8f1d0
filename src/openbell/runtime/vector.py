"""Backtests and sweeps by compiled columns: for what can be said so, the same trades and the same equity, at once."""

import importlib
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec
import numpy as np

from openbell.domain.calendar import ALWAYS
from openbell.domain.instrument import Contract, Instrument
from openbell.domain.run import BacktestRequest
from openbell.domain.strategy import ParameterValue
from openbell.domain.values import SCALE, Price, Quantity
from openbell.engine.lines import Column, Integers
from openbell.engine.marks import PRICE_MAX
from openbell.engine.signals import KEEP, Signals
from openbell.engine.strategy import InvalidParameters, Strategy, validate_parameters
from openbell.ports import BarColumns, RunFailed
from openbell.runtime.parts import sliced

_SUM_MAX = 2**62
_THREADS = 2
"""Threads of a sweep: compiled code lets others run, and a worker leaves the rest of the machine to the server."""
PART_BARS = 16_384
"""Bars of one symbol that are worked on together: few enough that their columns stay in the processor's cache."""
PARTS_PER_WARM_UP = 16
"""A part is so many times what a line has to remember, which is carried over from part to part."""
CROSSOVER = "sma_cross"
"""The strategy whose sweeps have compiled code of their own."""


class Unfit(Exception):
    """The request cannot be played by columns; the message says why. The event-driven way can."""


class PlayedColumns(msgspec.Struct, frozen=True, kw_only=True):
    """What came out of a run by columns. A row of `fills` is bar, signed quantity, price and fee."""

    fills: Integers
    equity: Integers
    orders: int
    denied: int


class SweptColumns(msgspec.Struct, frozen=True, kw_only=True):
    """What came of each pair of windows, in the order they were given; money in steps."""

    pairs: Integers
    final_equity: Integers
    fills: Integers
    fees: Integers
    denied: Integers
    drawdown: np.ndarray
    """Deepest drawdown of the equity at closes, as a part of its peak."""


def play_columns(
    request: BacktestRequest, *, instrument: Instrument, bars: BarColumns, kinds: Mapping[str, type[Strategy]]
) -> PlayedColumns:
    """Play a request by columns. Raises Unfit where only the event-driven way can, RunFailed where none can."""
    kernels, count = _kernels(), len(bars.close)
    dearest = _refuse_unfit(request, instrument, bars)
    strategy = _strategy(request, kinds, {})
    strategy.stake = (instrument, request.initial_cash)
    size = max(PART_BARS, PARTS_PER_WARM_UP * strategy.warm_up_bars()) if strategy.signals_in_parts else count
    said, named = _Said(strategy, request.kind), _Named()
    equity, fills = np.empty(count, dtype=np.int64), np.empty((count, 4), dtype=np.int64)
    state = np.zeros(8, dtype=np.int64)
    state[kernels.CASH] = request.initial_cash
    for first in range(0, count, size):
        part = sliced(bars, first, first + size)
        signals = said.on(part)
        named.take(signals)
        given, rest = (part.open, part.close, *signals[:3]), (request.fee_rate, first, state, equity[first:], fills)
        if signals.stop is None:
            kernels.play(*given, *rest)
        else:
            kernels.play_stopped(*given, *signals.stop, *rest)
    # What was worked out with quantities that do not fit is thrown away here.
    _refuse_sums(request, dearest, _refuse_quantities(named.quantities(), instrument))
    filled, orders, denied = (int(state[place]) for place in (kernels.FILLED, kernels.ORDERS, kernels.DENIED))
    return PlayedColumns(fills=fills[:filled].copy(), equity=equity, orders=orders, denied=denied)


class _Said:
    """What a strategy says about bars, part after part."""

    def __init__(self, strategy: Strategy, kind: str) -> None:
        self._strategy, self._kind = strategy, kind
        self._line = strategy.line()
        self._before = np.nan

    def on(self, bars: BarColumns) -> Signals:
        """Say what it wants on the next bars. Raises Unfit."""
        column = Column(np.full(len(bars.close), np.nan)) if self._line is None else self._line.read_all(bars)
        if column is None:
            raise Unfit("the strategy's line cannot be read from columns here")
        now = column.floats()
        before = np.empty_like(now)
        before[0], before[1:] = self._before, now[:-1]
        self._before = now[-1]
        signals = self._strategy.signals(before=before, now=now, bars=bars)
        if signals is None:
            raise Unfit(f"{self._kind} cannot be played by columns: {self._strategy.unlike_columns}")
        return signals


class _Named:
    """The sizes of the targets that were named, each once."""

    FEW = 64
    """Sizes that are looked through one by one; a strategy with more of them is counted in another way."""

    def __init__(self) -> None:
        self._sizes, self._count = np.empty(self.FEW, dtype=np.int64), 0
        self._many: list[Integers] = []

    def take(self, signals: Signals) -> None:
        """Look through the columns of a part."""
        for column in {id(column): column for column in signals[:3]}.values():
            count = _kernels().name_targets(column, self._sizes, self._count)
            if count < 0:
                self._many.append(np.unique(np.abs(column[column != KEEP])))
            else:
                self._count = count

    def quantities(self) -> Integers:
        """Give them in order, with 0."""
        return np.unique(np.concatenate([[0], self._sizes[: self._count], *self._many]))


def sweep(
    request: BacktestRequest,
    *,
    instrument: Instrument,
    bars: BarColumns,
    pairs: Sequence[tuple[int, int]],
    kinds: Mapping[str, type[Strategy]],
) -> SweptColumns:
    """Play the crossover with each pair of windows (fast, slow), on two threads. Raises Unfit and RunFailed."""
    if request.kind != CROSSOVER:
        raise Unfit(f"{request.kind} has no compiled sweep")
    dearest = _refuse_unfit(request, instrument, bars)
    for fast, slow in pairs:
        _strategy(request, kinds, {"fast": fast, "slow": slow})
    strategy = _strategy(request, kinds, {"fast": pairs[0][0], "slow": pairs[0][1]})
    quantity = strategy.amount("quantity")
    below = 0 if strategy.p["long_only"] else -quantity
    _refuse_sums(request, dearest, _refuse_quantities(np.unique([0, quantity, abs(below)]), instrument))
    kernels, table = _kernels(), np.array(pairs, dtype=np.int64)
    closes = _reduced(bars.close)
    if int(closes.max()) * int(table.max()) ** 2 >= _SUM_MAX or int(closes.max()) * len(closes) >= _SUM_MAX:
        raise Unfit("sums over the windows outgrow 64 bits")
    sums = np.concatenate(([0], np.cumsum(closes)))
    results = np.empty((len(table), 6), dtype=np.int64)

    def some(rows: slice) -> None:
        money = (quantity, below, request.initial_cash, request.fee_rate)
        kernels.sweep_crossings(bars.open, bars.close, sums, table[rows], *money, results[rows])

    with ThreadPoolExecutor(_THREADS) as pool:
        list(pool.map(some, _slices(len(table))))
    return SweptColumns(
        pairs=table,
        final_equity=results[:, 0],
        fills=results[:, 1],
        fees=results[:, 2],
        denied=results[:, 3],
        drawdown=results[:, 4] / results[:, 5],
    )


def _reduced(closes: Integers) -> Integers:
    """Give closes by their common divisor: signs of differences of averages stay, and sums stay small."""
    return closes // max(1, int(np.gcd.reduce(closes)))


def _slices(count: int) -> Iterator[slice]:
    size = max(1, -(-count // (8 * _THREADS)))
    return (slice(first, first + size) for first in range(0, count, size))


def _kernels() -> Any:
    """Give the compiled code; it takes a moment to load, and numba is an extra."""
    try:
        return importlib.import_module("openbell.engine.vector")
    except ModuleNotFoundError as missing:
        raise Unfit(f"compiled backtests need {missing.name}: install openbell[fast]") from missing


def _strategy(
    request: BacktestRequest, kinds: Mapping[str, type[Strategy]], more: Mapping[str, ParameterValue]
) -> Strategy:
    kind = kinds.get(request.kind)
    if kind is None:
        raise RunFailed(f"unknown strategy {request.kind}: one of {', '.join(sorted(kinds))}")
    try:
        return kind(validate_parameters(kind, {**request.parameters, **more}))
    except InvalidParameters as problem:
        raise RunFailed(str(problem)) from problem


def _refuse_unfit(request: BacktestRequest, instrument: Instrument, bars: BarColumns) -> Price:
    """Check that nothing is asked for that the compiled code leaves out; give the highest price."""
    if not len(bars.close):
        raise RunFailed("there are no bars in this period")
    is_plain = instrument.contract is Contract.LINEAR and instrument.multiplier == instrument.initial_margin == SCALE
    prices_low, prices_high, shortest = _kernels().bounds(bars.open, bars.close, bars.ts_ns)
    reasons = {
        "only the ideal fill model can be compiled": request.fill_model != "ideal",
        "exits are watched bar by bar": bool(request.stop_loss_percent or request.take_profit_percent),
        "limits and schedules are watched bar by bar": bool(request.limits or request.schedule),
        "the cost of short positions is charged day by day": bool(request.borrow_rate),
        "the instrument is not paid for in full": instrument.is_margined or not is_plain,
        "the instrument has trading hours": instrument.calendar_name != ALWAYS.name,
        "some prices are impossible": not 0 < prices_low <= prices_high <= PRICE_MAX,
        "bars overlap": shortest < request.timeframe.length_ns,
    }
    for reason, holds in reasons.items():
        if holds:
            raise Unfit(reason)
    return int(prices_high)


def _refuse_quantities(quantities: Integers, instrument: Instrument) -> Quantity:
    """Check that any change from one target to another can be ordered; give the largest of sizes in order, 0 first."""
    largest, orders = int(quantities[-1]), quantities[quantities > 0]
    smallest = int(np.diff(quantities).min()) if len(orders) else instrument.quantity_min
    is_whole = not (quantities % instrument.lot_size).any()
    if not is_whole or smallest < instrument.quantity_min or 2 * largest > instrument.quantity_max:
        raise Unfit("a quantity does not fit the instrument's lots")
    return largest


def _refuse_sums(request: BacktestRequest, dearest: Price, largest: Quantity) -> None:
    if (2 * largest + SCALE) * (dearest + SCALE) // SCALE + request.initial_cash >= _SUM_MAX:
        raise Unfit("worths outgrow 64 bits")
