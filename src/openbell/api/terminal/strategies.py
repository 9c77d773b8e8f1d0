"""Strategies: /api/strategies. List, get, enable, disable, configure, backtest, and how they do."""

from typing import Annotated, Any

from fastapi import Query, Response
from msgspec import UNSET

from openbell.api.deps import Deps, Reader, Services, Trader
from openbell.api.errors import ApiError, invalid
from openbell.api.idempotency import IdempotentRoute
from openbell.api.limits import Router
from openbell.api.numbers import answer
from openbell.api.outcomes import present_strategy, started_run
from openbell.api.terminal.positions import PositionsAnswer, positions_of
from openbell.api.terminal.schemas import IfMatch, mode_of, revision_of
from openbell.api.terminal.schemas_strategies import (
    BacktestAnswer,
    BacktestRequest,
    ConfigIn,
    PerformanceAnswer,
    StrategiesAnswer,
    StrategyAnswer,
    UpdateRequest,
    backtest_data,
    performance_data,
    plain_parameters,
    strategy_data,
)
from openbell.domain.access import Principal
from openbell.domain.strategy import Parameter, RunState, Strategy
from openbell.services.backtests import WantedBacktest, start_backtest
from openbell.services.performance import Period
from openbell.services.strategies import StrategyChange
from openbell.services.strategy_risk import limits_with, stop_setting

router = Router(prefix="/api/strategies", tag="terminal: strategies")
router.route_class = IdempotentRoute

PeriodFilter = Annotated[Period, Query(description="Reporting period: 1m is one month here.")]


@router.get("", response_model=StrategiesAnswer)
async def list_strategies(services: Deps, principal: Reader) -> Response:
    """List own strategies, oldest first."""
    rows = [strategy_data(one) for one in services.strategies.list(principal.account_id)]
    return answer(StrategiesAnswer(strategies=list(rows)))


@router.get("/{strategy_id}", response_model=StrategyAnswer)
async def get_strategy(strategy_id: str, services: Deps, principal: Reader) -> Response:
    """Give one strategy."""
    return answer(strategy_data(_own(services, principal, strategy_id)))


@router.post("/{strategy_id}/enable", response_model=StrategyAnswer)
async def enable_strategy(strategy_id: str, services: Deps, principal: Trader) -> Response:
    """Let a strategy run; one that runs goes on."""
    return await _run(services, principal, strategy_id, RunState.RUNNING)


@router.post("/{strategy_id}/disable", response_model=StrategyAnswer)
async def disable_strategy(strategy_id: str, services: Deps, principal: Trader) -> Response:
    """Stop a strategy and cancel its working orders; one that is stopped stays so."""
    return await _run(services, principal, strategy_id, RunState.STOPPED)


@router.put("/{strategy_id}/config", response_model=StrategyAnswer)
async def update_config(
    strategy_id: str, body: UpdateRequest, services: Deps, principal: Trader, if_match: IfMatch = None
) -> Response:
    """Change a configuration, all of it or nothing; what is not named stays."""
    strategy = _own(services, principal, strategy_id)
    _refuse_fixed(body.config, strategy)
    changed = await services.strategies.configure(
        strategy_id,
        account_id=principal.account_id,
        settings=_settings(body.config, _parameters(services, strategy)),
        change=_change(body.config, strategy, revision_of(if_match, body.expected_revision)),
        actor=principal.user_id,
    )
    return answer(strategy_data(present_strategy(changed, strategy_id)))


@router.get("/{strategy_id}/performance", response_model=PerformanceAnswer)
async def get_performance(
    strategy_id: str, services: Deps, principal: Reader, period: PeriodFilter = Period.ALL
) -> Response:
    """Say how a strategy did over a period."""
    config = _own(services, principal, strategy_id).config
    made = await services.performance.of(config.account_id, strategy_id=strategy_id, period=period)
    return answer(performance_data(strategy_id, period, made))


@router.post("/{strategy_id}/backtest", status_code=202, response_model=BacktestAnswer)
async def start_strategy_backtest(
    strategy_id: str, services: Deps, principal: Trader, body: BacktestRequest | None = None
) -> Response:
    """Start a backtest of a strategy; it goes on after the answer."""
    given = body or BacktestRequest.model_validate({})
    strategy = _own(services, principal, strategy_id)
    wanted = WantedBacktest(
        strategy_id=strategy_id,
        parameters=plain_parameters(given.parameters, _parameters(services, strategy)),
        symbol=given.instrument,
        dataset_id=given.dataset_id,
        start_ns=given.start_date,
        end_ns=given.end_date,
        initial_cash=given.initial_capital,
        fee_rate=given.fee_rate,
        fill_model=given.fill_model,
        seed=given.seed,
    )
    outcome = await start_backtest(
        wanted, caller=principal, account_id=principal.account_id, strategies=services.strategies, runs=services.runs
    )
    run = started_run(outcome, strategy_id)
    return answer(backtest_data(run, queue_position=services.runs.queue_position(run)), status=202)


@router.get("/{strategy_id}/positions", response_model=PositionsAnswer)
async def list_strategy_positions(strategy_id: str, services: Deps, principal: Reader) -> Response:
    """List what a strategy holds."""
    _own(services, principal, strategy_id)
    return answer(positions_of(services, principal.account_id, strategy_id=strategy_id))


def _own(services: Services, principal: Principal, strategy_id: str) -> Strategy:
    return present_strategy(services.strategies.get(strategy_id, account_id=principal.account_id), strategy_id)


async def _run(services: Services, principal: Principal, strategy_id: str, state: RunState) -> Response:
    outcome = await services.strategies.run(
        strategy_id, state, account_id=principal.account_id, actor=principal.user_id
    )
    return answer(strategy_data(present_strategy(outcome, strategy_id)))


def _parameters(services: Services, strategy: Strategy) -> tuple[Parameter, ...]:
    kinds = {kind.kind: kind.parameters for kind in services.strategies.kinds()}
    return kinds.get(strategy.config.kind, ())


def _settings(config: ConfigIn, known: tuple[Parameter, ...]) -> dict[str, Any]:
    stop = config.risk_parameters.stop_loss_percent if config.risk_parameters is not None else None
    return plain_parameters(config.parameters or {}, known) | stop_setting(stop)


def _change(config: ConfigIn, strategy: Strategy, revision: int | None) -> StrategyChange:
    risk, schedule = config.risk_parameters, config.schedule
    limits = None
    if risk is not None:
        size, loss = risk.max_position_size, risk.max_daily_loss
        limits = limits_with(strategy.config.limits, max_position_size=size, max_daily_loss=loss)
    given = None if schedule is None else schedule.schedule()
    return StrategyChange(
        name=config.name,
        description=config.description,
        symbols=tuple(config.instruments) if config.instruments else None,
        limits=limits,
        schedule=given if "schedule" in config.model_fields_set else UNSET,
        expected_revision=revision,
    )


def _refuse_fixed(config: ConfigIn, strategy: Strategy) -> None:
    """Refuse what a configuration cannot change. Raises ApiError."""
    if not config.model_fields_set:
        raise invalid("config", "Give at least one field that is to change.")
    if config.id not in (None, strategy.config.strategy_id):
        raise invalid("config.id", "The id of a strategy cannot change.")
    if mode_of(config.execution_mode) not in (None, strategy.config.mode):
        text = "A change of the execution mode needs an approval: use POST /v1/controls/mode-transition."
        raise ApiError(403, "APPROVAL_REQUIRED", text)
