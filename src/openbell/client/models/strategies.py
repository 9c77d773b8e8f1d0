"""Strategies and runs."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec


class NewStrategy(msgspec.Struct, frozen=True, kw_only=True):
    """A strategy to be added and, unless `status` is inactive, started. `kind` is one of `strategies.kinds()`."""

    kind: str
    symbols: tuple[str, ...]
    strategy_id: str | None = None
    name: str | None = None
    description: str | None = None
    timeframe: str | None = None
    mode: str | None = None
    config: dict[str, Any] | None = None
    allocated_capital: Decimal | None = None
    status: str | None = None


class StrategyPerformance(msgspec.Struct, frozen=True):
    """How a strategy did since it was made: percents, and the win rate as a fraction."""

    total_pnl: Decimal
    total_pnl_percent: Decimal
    sharpe_ratio: Decimal
    max_drawdown: Decimal
    win_rate: Decimal
    total_trades: int


class Strategy(msgspec.Struct, frozen=True, kw_only=True):
    """A strategy. `run_state` is running, paused, stopped or error; config and performance are not in lists."""

    strategy_id: str
    name: str
    description: str
    status: str
    run_state: str
    mode: str
    kind: str
    symbols: tuple[str, ...]
    timeframe: str
    universe_size: int
    max_positions: int
    risk_per_trade_pct: Decimal
    allocated_capital: Decimal
    revision: int
    error: str
    created_at: datetime
    updated_at: datetime
    config: dict[str, Any] | None = None
    performance: StrategyPerformance | None = None


class KindParameter(msgspec.Struct, frozen=True, kw_only=True):
    """A setting of a kind."""

    name: str
    kind: str
    default: Any
    description: str
    minimum: float | None
    maximum: float | None
    choices: tuple[str, ...]
    is_runtime: bool


class StrategyKind(msgspec.Struct, frozen=True, kw_only=True):
    """What a strategy can be made from."""

    kind: str
    description: str
    parameters: tuple[KindParameter, ...]


class NewRun(msgspec.Struct, frozen=True, kw_only=True):
    """A backtest, or a study of one, to be started: of a strategy of yours, or of a kind with `config`.

    Dates are text: 2024-01-31.
    """

    strategy_id: str | None = None
    kind: str | None = None
    config: dict[str, Any] | None = None
    symbol: str | None = None
    dataset_id: str | None = None
    start_date: str | None = None
    end_date: str | None = None
    initial_capital: Decimal | None = None
    fee_rate: Decimal | None = None
    fill_model: str | None = None
    seed: int | None = None
    adjusted: str | None = None
    """none, splits or all."""
    timeframe: str | None = None
    """Length to join the data's bars into; None plays them as they are."""
    study: dict[str, Any] | None = None
    """What is asked of the backtest: `{"type": "sweep", "parameters": {"fast": [5, 10]}}`; the guide has them all."""


class StartedRun(msgspec.Struct, frozen=True):
    """A run that has been taken on."""

    run_id: str
    status: str
    estimated_completion: datetime
    queue_position: int | None


class CurvePoint(msgspec.Struct, frozen=True):
    """What a run's account was worth."""

    date: datetime
    value: Decimal


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """A backtest. Status is RUNNING, COMPLETED or FAILED; what came out of it is given for one run only."""

    run_id: str
    strategy_id: str
    run_type: str
    start_date: str
    end_date: str
    total_return: Decimal | None
    sharpe_ratio: Decimal | None
    max_drawdown: Decimal | None
    total_trades: int | None
    status: str
    status_detail: str
    progress: Decimal
    queue_position: int | None
    error_code: str | None
    error: str | None
    report_url: str | None
    created_at: datetime
    started_at: datetime | None
    completed_at: datetime | None
    estimated_completion: datetime | None
    study: str | None = None
    """sweep, walk_forward, monte_carlo, checks or training; None is a backtest."""
    retry_of: str | None = None
    kind: str = ""
    symbol: str = ""
    timeframe: str = ""
    dataset_id: str = ""
    parameters: dict[str, Any] = {}
    initial_capital: Decimal | None = None
    final_equity: Decimal | None = None
    metrics: dict[str, Decimal | None] = {}
    equity_curve: tuple[CurvePoint, ...] = ()
    trades: tuple[dict[str, Any], ...] = ()
    fills: tuple[dict[str, Any], ...] = ()
    study_result: dict[str, Any] | None = None
    """What a study found."""

    @property
    def is_over(self) -> bool:
        """Tell whether it has ended, well or not."""
        return self.status in ("COMPLETED", "FAILED")
