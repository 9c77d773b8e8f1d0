"""Strategies as the terminal writes and reads them."""

from typing import Any, Literal

from pydantic import Field

from openbell.api.asking import Ask
from openbell.api.errors import invalid
from openbell.api.numbers import Figure, Number, NumberIn, present
from openbell.api.terminal.schemas import Answer, ExecutionMode, Instant
from openbell.api.values import timestamp
from openbell.domain.market import Timeframe
from openbell.domain.run import Run
from openbell.domain.schedule import InvalidSchedule, Schedule, schedule_of
from openbell.domain.strategy import Parameter, RunState, Strategy
from openbell.domain.values import SCALE, NumberToken
from openbell.services.performance import Performance
from openbell.services.strategy_risk import risk_parameters_of

NAME_MAX = 100
DESCRIPTION_MAX = 1_000


class RiskParametersIn(Ask):
    """Limits of a strategy; a field left out keeps, 0 lifts the limit."""

    max_position_size: NumberIn | None = Field(
        None, description="Largest worth of a position, open orders included, in the account's currency."
    )
    stop_loss_percent: NumberIn | None = Field(
        None, description="Percent of the entry price against a position at which it is closed: 2 is 2 %."
    )
    max_daily_loss: NumberIn | None = Field(
        None, description="Largest loss of a UTC day, in the account's currency; past it the strategy is stopped."
    )


class ScheduleIn(Ask):
    """When the strategy may add risk, in its instrument's exchange time; exchange holidays are left out."""

    start_time: str = Field(max_length=5, examples=["09:30"])
    end_time: str = Field(max_length=5, description="Excluded; before the start it is on the next day.")
    days_of_week: list[int] = Field(max_length=7, description="0 is Sunday, as in JavaScript, to 6, Saturday.")

    def schedule(self) -> Schedule:
        """Give the schedule. Raises ApiError."""
        try:
            return schedule_of(self.start_time, end_time=self.end_time, weekdays=tuple(self.days_of_week))
        except InvalidSchedule as problem:
            raise invalid("config.schedule", str(problem)) from problem


class ConfigIn(Ask):
    """What is to change of a configuration; a field left out keeps."""

    id: str | None = Field(None, max_length=64, description="When given, it must be the strategy's.")
    name: str | None = Field(None, min_length=1, max_length=NAME_MAX)
    description: str | None = Field(None, max_length=DESCRIPTION_MAX)
    parameters: dict[str, Any] | None = Field(None, description="Only the keys that are to change.")
    instruments: list[str] | None = Field(None, min_length=1, max_length=100)
    execution_mode: ExecutionMode | None = Field(None, description="A change of mode needs an approval elsewhere.")
    risk_parameters: RiskParametersIn | None = None
    schedule: ScheduleIn | None = Field(None, description="null takes it away.")


class UpdateRequest(Ask):
    """A partial configuration."""

    config: ConfigIn
    expected_revision: int | None = Field(None, ge=1, description="Refuse the change when the strategy is at another.")


class BacktestRequest(Ask):
    """What to test the strategy on; what is left out comes from the strategy and from the data."""

    start_date: Instant | None = Field(None, description="Included.")
    end_date: Instant | None = Field(None, description="Excluded.")
    initial_capital: NumberIn = 100_000 * SCALE
    parameters: dict[str, Any] = Field(default_factory=dict, description="Parameters that differ.")
    instrument: str | None = Field(None, max_length=96)
    dataset_id: str | None = Field(None, max_length=128)
    fee_rate: NumberIn = Field(0, description="Fee as a part of what is traded.")
    fill_model: str = Field("ideal", max_length=32)
    seed: int = Field(0, ge=0, le=2**63 - 1)


class RiskParametersData(Answer):
    """Limits of a strategy; 0 is none. The account's limits hold beside them."""

    max_position_size: Number
    stop_loss_percent: Number
    max_daily_loss: Number


class ScheduleData(Answer):
    """When the strategy may add risk, in its instrument's exchange time."""

    start_time: str
    end_time: str
    days_of_week: list[int]


class StrategyData(Answer):
    """A strategy's configuration, and how it stands."""

    id: str
    name: str
    description: str
    parameters: dict[str, Any]
    instruments: list[str]
    execution_mode: str
    risk_parameters: RiskParametersData
    schedule: ScheduleData | None = None
    status: Literal["active", "inactive"]
    run_state: RunState
    kind: str
    timeframe: Timeframe
    allocated_capital: Number
    revision: int
    error: str
    created_at: str
    updated_at: str


class StrategiesAnswer(Answer):
    """Strategies, oldest first."""

    strategies: list[StrategyData]


class StrategyAnswer(StrategyData):
    """One strategy."""


class PerformanceAnswer(Answer):
    """How a strategy did over a period: percents are percents, a drawdown is negative, the win rate is a fraction."""

    strategy_id: str
    period: str
    total_pnl: Number
    total_pnl_percent: Number
    sharpe_ratio: Figure | None
    sortino_ratio: Figure | None
    max_drawdown: Figure | None
    win_rate: Figure | None
    profit_factor: Figure | None
    total_trades: int
    active_positions: int
    capital_deployed: Number
    available_capital: Number
    equity_curve: list["EquityData"]
    as_of: str


class EquityData(Answer):
    """What the strategy's ledger was worth at an instant."""

    timestamp: str
    equity: Number


class BacktestAnswer(Answer):
    """A backtest that has been taken on."""

    run_id: str
    strategy_id: str
    status: str
    estimated_completion: str
    queue_position: int | None = Field(None, description="Runs ahead of this one.")
    run_url: str = Field(description="Where its progress and result can be read.")


def plain_parameters(given: dict[str, Any], known: tuple[Parameter, ...]) -> dict[str, Any]:
    """Give parameters as settings: amounts as the text they were written in, other numbers as floats."""
    decimals = {one.name for one in known if one.kind == "decimal"}
    return {name: _plain(value, is_amount=name in decimals) for name, value in given.items()}


def _plain(value: Any, *, is_amount: bool) -> Any:
    if isinstance(value, NumberToken):
        return value.token if is_amount else float(value)
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    return str(value) if is_amount and is_whole else value


def strategy_data(strategy: Strategy) -> StrategyAnswer:
    """Write a strategy."""
    config = strategy.config
    risk, schedule = risk_parameters_of(strategy), config.schedule
    return StrategyAnswer(
        id=config.strategy_id,
        name=config.name,
        description=config.description,
        parameters=dict(config.parameters),
        instruments=list(config.symbols),
        execution_mode=config.mode,
        risk_parameters=RiskParametersData(
            max_position_size=risk.max_position_size,
            stop_loss_percent=risk.stop_loss_percent,
            max_daily_loss=risk.max_daily_loss,
        ),
        status="active" if strategy.state is RunState.RUNNING else "inactive",
        run_state=strategy.state,
        kind=config.kind,
        timeframe=config.timeframe,
        allocated_capital=config.allocated,
        revision=strategy.revision,
        error=strategy.error,
        created_at=timestamp(strategy.created_ns),
        updated_at=timestamp(strategy.updated_ns),
        **present({"schedule": schedule and _schedule_data(schedule)}),
    )


def performance_data(strategy_id: str, period: str, made: Performance) -> PerformanceAnswer:
    """Write a strategy's performance."""
    return PerformanceAnswer(
        strategy_id=strategy_id,
        period=period,
        total_pnl=made.total_pnl,
        total_pnl_percent=made.total_pnl_percent,
        sharpe_ratio=made.sharpe_ratio,
        sortino_ratio=made.sortino_ratio,
        max_drawdown=made.max_drawdown,
        win_rate=made.win_rate,
        profit_factor=made.profit_factor,
        total_trades=made.total_trades,
        active_positions=made.active_positions,
        capital_deployed=made.capital_deployed,
        available_capital=made.available_capital,
        equity_curve=[EquityData(timestamp=timestamp(one.ts_ns), equity=one.equity) for one in made.equity_curve],
        as_of=timestamp(made.as_of_ns),
    )


def backtest_data(run: Run, *, queue_position: int | None) -> BacktestAnswer:
    """Write a run that has been taken on."""
    return BacktestAnswer(
        run_id=run.run_id,
        strategy_id=run.strategy_id,
        status="RUNNING",
        estimated_completion=timestamp(run.estimated_ns or run.created_ns),
        run_url=f"/v1/runs/{run.run_id}",
        **present({"queue_position": queue_position}),
    )


def _schedule_data(schedule: Schedule) -> ScheduleData:
    return ScheduleData(
        start_time=schedule.start_time, end_time=schedule.end_time, days_of_week=list(schedule.weekdays)
    )
