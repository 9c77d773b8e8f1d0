"""One parameter set tried on one stretch of data: the piece that sweeps and walk-forward studies are made of."""

import contextlib
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
import numpy as np

from openbell.analytics.returns import Floats, daily_returns, observed
from openbell.analytics.robustness import BlockSums, block_sums
from openbell.analytics.round_trips import TradeHistory, round_trips
from openbell.analytics.summary import summarize
from openbell.domain.run import BacktestRequest
from openbell.domain.strategy import ParameterValue
from openbell.domain.values import SCALE
from openbell.engine.strategy import InvalidParameters, Strategy, validate_parameters
from openbell.ports import BarColumns
from openbell.runtime.backtest import Played, play
from openbell.runtime.jobs import Prepared
from openbell.runtime.result import equity_curve, open_trips, trades_of
from openbell.runtime.vector import PlayedColumns, Unfit, play_columns

Parameters = dict[str, ParameterValue]
OnPart = Callable[[float], None]


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """What a parameter set came to: small enough to keep thousands."""

    parameters: Parameters
    final_equity: int
    metrics: dict[str, float | int | None]
    sharpe: float
    """Of one day, not annualised: what the odds of luck are reckoned with. 0 without variance."""
    counts: list[float]
    sums: list[float]
    squares: list[float]
    """Of daily returns in each block, for the probability of overfitting."""

    @property
    def blocks(self) -> BlockSums:
        """The block sums as they are reckoned with."""
        return BlockSums(np.array(self.counts), np.array(self.sums), np.array(self.squares))


COLUMNS_BARS_MIN = 20_000
"""Loading compiled code takes longer than a sweep over fewer bars."""


class Bench(msgspec.Struct, frozen=True):
    """A prepared run on which other parameters are tried. This is the one place that says how a set is played."""

    prepared: Prepared
    kinds: Mapping[str, type[Strategy]]
    columns_bars_min: int = COLUMNS_BARS_MIN
    """Bars from which a trial is played by compiled columns, where the strategy can be said so."""

    @property
    def bar_count(self) -> int:
        """Bars of the whole stretch."""
        return len(self.prepared.bars.ts_ns)

    def is_valid(self, parameters: Parameters) -> bool:
        """Tell whether the strategy takes a set together with the request's own parameters."""
        try:
            validate_parameters(self._kind, {**self.prepared.request.parameters, **parameters})
        except InvalidParameters:
            return False
        return True

    def warm_up_bars(self, parameters: Parameters) -> int:
        """Give how many bars of history the strategy wants with these parameters."""
        complete = validate_parameters(self._kind, {**self.prepared.request.parameters, **parameters})
        return self._kind(complete).warm_up_bars()

    def play(self, parameters: Parameters, *, first: int = 0, last: int | None = None, history: int = 0) -> Played:
        """Play a set over bars first to last, after as much history as there is. Raises RunFailed."""
        bars = self.prepared.bars
        before = sliced(bars, max(0, first - history), first) if history and first else None
        return play(
            self.request(parameters),
            instrument=self.prepared.instrument,
            bars=sliced(bars, first, last),
            kinds=self.kinds,
            history=before,
        )

    def request(self, parameters: Parameters) -> BacktestRequest:
        """Give the request with other parameters."""
        request = self.prepared.request
        return msgspec.structs.replace(request, parameters={**request.parameters, **parameters})

    def trial(self, parameters: Parameters, *, first: int = 0, last: int | None = None) -> Trial:
        """Play a set and keep what matters, by compiled columns where that pays. Raises RunFailed."""
        bars = sliced(self.prepared.bars, first, last)
        if len(bars.ts_ns) >= self.columns_bars_min:
            instrument = self.prepared.instrument
            with contextlib.suppress(Unfit):
                columns = play_columns(self.request(parameters), instrument=instrument, bars=bars, kinds=self.kinds)
                return _trial_of_columns(columns, bars, self.prepared, parameters)
        return trial_of(self.play(parameters, first=first, last=last), parameters)

    @property
    def _kind(self) -> type[Strategy]:
        return self.kinds[self.prepared.request.kind]


def sliced(bars: BarColumns, first: int, last: int | None) -> BarColumns:
    """Give a stretch of bars without copying them."""
    return BarColumns(*(getattr(bars, name)[first:last] for name in BarColumns.__struct_fields__))


def trial_of(played: Played, parameters: Parameters) -> Trial:
    """Describe what a set came to."""
    return _trial(equity_curve(played), trades_of(played), played.equity[-1], parameters)


def _trial_of_columns(columns: PlayedColumns, bars: BarColumns, prepared: Prepared, parameters: Parameters) -> Trial:
    # A day's equity belongs to the day it was made on, not to the midnight that ends it.
    ends = (bars.ts_ns + (prepared.request.timeframe.length_ns - 1)).tolist()
    curve = list(zip(ends, (columns.equity / SCALE).tolist(), strict=True))
    # An order decided on one bar's close trades at the open of the bar that a fill names.
    fills = ((int(bars.ts_ns[bar]), quantity, price, fee) for bar, quantity, price, fee in columns.fills.tolist())
    instrument = prepared.instrument
    history = round_trips(fills, symbol=instrument.symbol, multiplier=instrument.multiplier)
    return _trial(curve, history, int(columns.equity[-1]), parameters)


def _trial(curve: list[tuple[int, float]], history: TradeHistory, final: int, parameters: Parameters) -> Trial:
    daily = observed(daily_returns(curve))
    deviation = float(daily.std(ddof=1)) if daily.size > 1 else 0.0
    blocks = block_sums(daily)
    return Trial(
        parameters=parameters,
        final_equity=final,
        metrics=summarize(curve, round_trips=history.closed, open_trips=open_trips(history)),
        sharpe=float(daily.mean()) / deviation if deviation > 0 else 0.0,
        counts=blocks.counts.tolist(),
        sums=blocks.sums.tolist(),
        squares=blocks.squares.tolist(),
    )


def daily_of(played: Played) -> Floats:
    """Give the daily returns of a run."""
    return observed(daily_returns(equity_curve(played)))


def score(trial: Trial, objective: str) -> float:
    """Give what a set is ranked by; one without a value comes last."""
    value = trial.metrics.get(objective)
    return float("-inf") if value is None else float(value)


def row_of(trial: Trial, objective: str) -> dict[str, Any]:
    """Describe a set in a table."""
    names = dict.fromkeys((objective, "total_return", "sharpe_ratio", "max_drawdown", "total_trades"))
    return {
        "parameters": trial.parameters,
        "final_equity": trial.final_equity / SCALE,
        **{name: trial.metrics.get(name) for name in names},
    }
