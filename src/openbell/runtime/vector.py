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
from openbell.domain.values import SCALE, Quantity
from openbell.engine.lines import Column, Integers
from openbell.engine.marks import PRICE_MAX
from openbell.engine.signals import KEEP, Signals
from openbell.engine.strategy import InvalidParameters, Strategy, validate_parameters
from openbell.ports import BarColumns, RunFailed

_SUM_MAX = 2**62
_THREADS = 2
"""Threads of a sweep: compiled code lets others run, and a worker leaves the rest of the machine to the server."""
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
    _refuse_unfit(request, instrument, bars)
    signals = _signals(request, instrument, bars, kinds)
    largest = _refuse_quantities(signals, instrument)
    _refuse_sums(request, bars, largest)
    count = len(bars.close)
    equity, fills = np.empty(count, dtype=np.int64), np.empty((count, 4), dtype=np.int64)
    given, money = (bars.open, bars.close, *signals[:3]), (request.initial_cash, request.fee_rate)
    if signals.stop is None:
        filled, orders, denied = _kernels().play(*given, *money, equity, fills)
    else:
        filled, orders, denied = _kernels().play_stopped(*given, *signals.stop, *money, equity, fills)
    return PlayedColumns(fills=fills[:filled].copy(), equity=equity, orders=orders, denied=denied)


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
    _refuse_unfit(request, instrument, bars)
    for fast, slow in pairs:
        _strategy(request, kinds, {"fast": fast, "slow": slow})
    strategy = _strategy(request, kinds, {"fast": pairs[0][0], "slow": pairs[0][1]})
    quantity = strategy.amount("quantity")
    below = 0 if strategy.p["long_only"] else -quantity
    targets = np.array([quantity, below])
    _refuse_sums(request, bars, _refuse_quantities(Signals(targets, targets, targets), instrument))
    kernels, table = _kernels(), np.array(pairs, dtype=np.int64)
    closes = kernels.reduced(bars.close)
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


def _signals(
    request: BacktestRequest, instrument: Instrument, bars: BarColumns, kinds: Mapping[str, type[Strategy]]
) -> Signals:
    strategy = _strategy(request, kinds, {})
    strategy.stake = (instrument, request.initial_cash)
    line = strategy.line()
    column = Column(np.full(len(bars.close), np.nan)) if line is None else line.read_all(bars)
    if column is None:
        raise Unfit("the strategy's line cannot be read from columns here")
    now = column.floats()
    signals = strategy.signals(before=np.concatenate(([np.nan], now[:-1])), now=now, bars=bars)
    if signals is None:
        raise Unfit(f"{request.kind} cannot be played by columns: {strategy.unlike_columns}")
    return signals


def _refuse_unfit(request: BacktestRequest, instrument: Instrument, bars: BarColumns) -> None:
    """Check that nothing is asked for that the compiled code leaves out."""
    if not len(bars.close):
        raise RunFailed("there are no bars in this period")
    is_plain = instrument.contract is Contract.LINEAR and instrument.multiplier == instrument.initial_margin == SCALE
    prices_low, prices_high = int(min(bars.open.min(), bars.close.min())), int(max(bars.open.max(), bars.close.max()))
    reasons = {
        "only the ideal fill model can be compiled": request.fill_model != "ideal",
        "exits are watched bar by bar": bool(request.stop_loss_percent or request.take_profit_percent),
        "limits and schedules are watched bar by bar": bool(request.limits or request.schedule),
        "the cost of short positions is charged day by day": bool(request.borrow_rate),
        "the instrument is not paid for in full": instrument.is_margined or not is_plain,
        "the instrument has trading hours": instrument.calendar_name != ALWAYS.name,
        "some prices are impossible": not 0 < prices_low <= prices_high <= PRICE_MAX,
        "bars overlap": bool((np.diff(bars.ts_ns) < request.timeframe.length_ns).any()),
    }
    for reason, holds in reasons.items():
        if holds:
            raise Unfit(reason)


def _refuse_quantities(signals: Signals, instrument: Instrument) -> Quantity:
    """Check that any change from one target to another can be ordered; give the largest."""
    columns = {id(column): column for column in signals[:3]}.values()
    quantities = np.unique(np.concatenate([[0], *(np.abs(column[column != KEEP]) for column in columns)]))
    largest, orders = int(quantities[-1]), quantities[quantities > 0]
    smallest = int(np.diff(quantities).min()) if len(orders) else instrument.quantity_min
    is_whole = not (quantities % instrument.lot_size).any()
    if not is_whole or smallest < instrument.quantity_min or 2 * largest > instrument.quantity_max:
        raise Unfit("a quantity does not fit the instrument's lots")
    return largest


def _refuse_sums(request: BacktestRequest, bars: BarColumns, largest: Quantity) -> None:
    dearest = int(max(bars.open.max(), bars.close.max()))
    if (2 * largest + SCALE) * (dearest + SCALE) // SCALE + request.initial_cash >= _SUM_MAX:
        raise Unfit("worths outgrow 64 bits")
