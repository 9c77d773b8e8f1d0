"""Strategies as the platform writes and reads them."""

import json
from typing import Annotated, Any, Literal

import msgspec
from fastapi import Query
from pydantic import Field
from starlette.responses import Response

from openbell.api.asking import Ask
from openbell.api.numbers import encoded
from openbell.api.platform.schemas import AgeMeta, Answer, AnyMode, CountMeta, figure_text, percent_text
from openbell.api.values import DecimalText, Steps, timestamp
from openbell.domain.account import Mode
from openbell.domain.market import Timeframe
from openbell.domain.strategy import ParameterValue, RunState, Strategy
from openbell.domain.values import NumberToken, text_of
from openbell.services.performance import Performance
from openbell.services.strategies import StrategyKind

STRATEGY_ID = r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$"
UNBOUNDED_RISK = "100.00"
"""A strategy without a setting may put its whole ledger at risk."""

LISTS = frozenset({"features"})
"""Parameters that are lists of names here, and text with commas where they are kept."""

Activity = Literal["active", "inactive"]
ActivityFilter = Annotated[Literal["active", "inactive", "all"], Query(description="active is running.")]


class StrategyRequest(Ask):
    """A strategy to be added and, unless told otherwise, started."""

    kind: str = Field("", max_length=64, description="Made from this; see /v1/strategy-kinds.", examples=["sma_cross"])
    source: str | None = Field(
        None, max_length=65_536, description="Or from this Python text; for admins, where the server allows it."
    )
    mfa_token: str = Field("", max_length=64, description="With source: a fresh code of your second factor.")
    symbols: list[str] = Field(min_length=1, max_length=100, description="Where it trades.", examples=[["BTC/USD"]])
    strategy_id: str | None = Field(None, pattern=STRATEGY_ID, description="Your id for it; made up when left out.")
    name: str | None = Field(None, max_length=100)
    description: str = Field("", max_length=1_000)
    timeframe: Timeframe = Field(Timeframe.M1, description="Length of its bars.")
    mode: AnyMode = Field(Mode.PAPER, description="It must be the account's mode.")
    config: dict[str, Any] = Field(default_factory=dict, description="Parameters of the kind, and common settings.")
    parameters: dict[str, Any] = Field(default_factory=dict, description="As in config, for who calls them that.")
    allocated_capital: Steps = Field(0, description="Moved from the manual ledger to its own.", examples=["10000.00"])
    status: Activity = Field("active", description="active starts it at once.")


class StrategyPatch(Ask):
    """What is to change; a field left out keeps."""

    status: Activity | None = None
    config: dict[str, Any] | None = Field(None, description="Only the keys that are to change.")
    name: str | None = Field(None, max_length=100)
    description: str | None = Field(None, max_length=1_000)
    expected_revision: int | None = Field(None, ge=1)


class StrategyRow(Answer):
    """A strategy in a list."""

    strategy_id: str = Field(examples=["momentum_v1"])
    name: str
    description: str
    status: Activity
    run_state: RunState = Field(description="running, paused, stopped or error.")
    mode: Mode
    kind: str
    symbols: list[str]
    timeframe: Timeframe
    universe_size: int = Field(description="Instruments it trades.", examples=[50])
    max_positions: int = Field(description="Positions at the same time.", examples=[10])
    risk_per_trade_pct: DecimalText = Field(description="Percent of its ledger.", examples=["1.5"])
    allocated_capital: DecimalText
    revision: int
    error: str = Field(description="Why it stopped itself, where it did.")
    created_at: str
    updated_at: str


class StrategyPerformance(Answer):
    """How a strategy did since it was made; see /v1/metrics/summary for the units."""

    total_pnl: DecimalText = Field(examples=["2345.67"])
    total_pnl_percent: DecimalText
    sharpe_ratio: DecimalText = Field(examples=["2.10"])
    max_drawdown: DecimalText = Field(examples=["-5.20"])
    win_rate: DecimalText = Field(examples=["0.62"])
    total_trades: int


class StrategyDetail(StrategyRow):
    """A strategy with its configuration and performance."""

    config: dict[str, Any]
    performance: StrategyPerformance


class StrategiesMeta(Answer):
    """How many there are, and how many of those run."""

    total_count: int
    active_count: int


class StrategiesAnswer(Answer):
    """Strategies, oldest first."""

    data: list[StrategyRow]
    meta: StrategiesMeta


class StrategyAnswer(Answer):
    """One strategy, and the age of its figures: at most five seconds."""

    data: StrategyDetail
    meta: AgeMeta


class StrategyMessage(Answer):
    """A strategy after something was done to it."""

    message: str
    data: StrategyDetail


class ParameterData(Answer):
    """A setting of a kind."""

    name: str
    kind: str = Field(description="int, float, decimal, str, bool or names (a list).")
    default: ParameterValue
    description: str
    minimum: float | None
    maximum: float | None
    choices: list[str]
    is_runtime: bool = Field(description="May change while the strategy runs.")


class KindData(Answer):
    """What a strategy can be made from."""

    kind: str
    description: str
    parameters: list[ParameterData]


class KindsAnswer(Answer):
    """All kinds, by name."""

    data: list[KindData]
    meta: CountMeta


def strategy_row(strategy: Strategy) -> StrategyRow:
    """Write a strategy for a list."""
    config = strategy.config
    settings = settings_of(strategy)
    return StrategyRow(
        strategy_id=config.strategy_id,
        name=config.name,
        description=config.description,
        status="active" if strategy.state is RunState.RUNNING else "inactive",
        run_state=strategy.state,
        mode=config.mode,
        kind=config.kind,
        symbols=list(config.symbols),
        timeframe=config.timeframe,
        universe_size=len(config.symbols),
        max_positions=int(settings.get("max_positions") or len(config.symbols)),
        risk_per_trade_pct=str(settings.get("risk_per_trade_pct") or UNBOUNDED_RISK),
        allocated_capital=text_of(config.allocated),
        revision=strategy.revision,
        error=strategy.error,
        created_at=timestamp(strategy.created_ns),
        updated_at=timestamp(strategy.updated_ns),
    )


def strategy_detail(strategy: Strategy, made: Performance) -> StrategyDetail:
    """Write a strategy with its configuration and performance."""
    return StrategyDetail(
        **strategy_row(strategy).model_dump(),
        config=settings_of(strategy),
        performance=StrategyPerformance(
            total_pnl=text_of(made.total_pnl),
            total_pnl_percent=percent_text(made.total_pnl_percent),
            sharpe_ratio=figure_text(made.sharpe_ratio),
            max_drawdown=figure_text(made.max_drawdown),
            win_rate=figure_text(made.win_rate),
            total_trades=made.total_trades,
        ),
    )


def kind_data(kind: StrategyKind) -> KindData:
    """Write a kind with its parameters."""
    return KindData(
        kind=kind.kind,
        description=kind.description,
        parameters=[
            ParameterData(
                name=one.name,
                kind=one.kind,
                default=one.default,
                description=one.description,
                minimum=one.minimum,
                maximum=one.maximum,
                choices=list(one.choices),
                is_runtime=one.is_runtime,
            )
            for one in kind.parameters
        ],
    )


def settings_of(strategy: Strategy) -> dict[str, Any]:
    """Give parameters and common settings in one, as the document's `config` has them."""
    settings = {**json.loads(strategy.config.extra, parse_float=NumberToken), **strategy.config.parameters}
    lists = {name: settings[name].split(",") if settings[name] else [] for name in LISTS & settings.keys()}
    return settings | lists


def written(answer: StrategyAnswer | StrategyMessage, *, status: int = 200) -> Response:
    """Write an answer, numbers of free-form settings as they were given: 1.50 stays 1.50."""
    content = answer.model_dump(mode="json")
    content["data"]["config"] = {
        name: msgspec.Raw(value.token.encode()) if isinstance(value, NumberToken) else value
        for name, value in answer.data.config.items()
    }
    return encoded(content, status=status)


def plain_settings(config: dict[str, Any]) -> dict[str, Any]:
    """Give settings with ordinary floats in place of number tokens."""
    return {name: float(value) if isinstance(value, float) else value for name, value in config.items()}
