"""A run: a backtest, or a study of many, asked for, under way or done."""

from enum import StrEnum
from typing import Any

import msgspec

from openbell.domain.dataset import Adjustment
from openbell.domain.market import Timeframe
from openbell.domain.risk import RiskLimits
from openbell.domain.schedule import Schedule
from openbell.domain.strategy import ParameterValue
from openbell.domain.study import Study
from openbell.domain.values import Money, Nanos, Rate


class RunStatus(StrEnum):
    """Where a run stands."""

    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    CANCELED = "CANCELED"


class BacktestRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a backtest depends on: the same request over the same data gives the same result, byte for byte."""

    kind: str
    parameters: dict[str, ParameterValue] = {}
    dataset_id: str
    symbol: str
    timeframe: Timeframe = Timeframe.D1
    """Length of the bars that are played."""
    is_joined: bool = False
    """The data's bars are shorter and are joined into ones of `timeframe`; else they are played as they are."""
    start_ns: Nanos | None = None
    """Inclusive; None starts with the data."""
    end_ns: Nanos | None = None
    """Exclusive; None ends with the data."""
    initial_cash: Money
    fee_rate: Rate = 0
    fill_model: str = "ideal"
    seed: int = 0
    strategy_id: str = "backtest"
    stop_loss_percent: Rate = 0
    """As in `StrategyConfig`; 0 is never."""
    take_profit_percent: Rate = 0
    risk_per_trade_percent: Rate = 0
    positions_max: int = 0
    adjustment: Adjustment = Adjustment.NONE
    """What the recorded prices are adjusted for."""
    limits: RiskLimits | None = None
    """Limits of the strategy, held as on paper; the account has none of its own here but its cash."""
    schedule: Schedule | None = None
    borrow_rate: Rate = 0
    """Cost of being short of what is paid for in full: part of its worth a year, charged at each UTC midnight."""
    study: Study | None = None
    """What is asked of this backtest; None is the backtest itself."""


class Run(msgspec.Struct, kw_only=True):
    """A run and, once completed, its result."""

    run_id: str
    owner_id: str
    strategy_id: str
    request: BacktestRequest
    status: RunStatus = RunStatus.QUEUED
    progress: float = 0.0
    """Part done, 0 to 1."""
    created_ns: Nanos
    started_ns: Nanos | None = None
    completed_ns: Nanos | None = None
    estimated_ns: Nanos | None = None
    error: str = ""
    attempts: int = 0
    """Times it was begun: a restart of the server begins it again."""
    retry_of: str = ""
    """The run that failed and that this one does again."""
    metrics: dict[str, float | int | None] = {}
    """Metrics of the result by name, also where the bulky result itself is left out."""
    result: dict[str, Any] | None = None
    """`runtime.backtest` says what is in it."""
