"""From what a caller wants tested to a run: the strategy gives kind, parameters and exits, the catalog the data."""

from collections.abc import Mapping
from typing import Any

import msgspec

from openbell.domain.access import Principal
from openbell.domain.dataset import Adjustment
from openbell.domain.market import Timeframe
from openbell.domain.risk import RiskLimits
from openbell.domain.run import BacktestRequest, Run
from openbell.domain.schedule import Schedule
from openbell.domain.strategy import ParameterValue, Strategy
from openbell.domain.study import Study, Training
from openbell.domain.values import SCALE, Money, Nanos, Rate
from openbell.ports import Dataset
from openbell.services.runs import QueueFull, Runs, UnknownDataset
from openbell.services.strategies import SETTINGS, InvalidConfig, Strategies, enforced, wrong_setting
from openbell.services.studies import problems_of

__all__ = ["InvalidConfig", "QueueFull", "UnknownDataset", "WantedBacktest", "start_backtest"]

Started = Run | InvalidConfig | UnknownDataset | QueueFull | None
"""A run that was taken on, or why not; None when there is no such strategy."""

UNNAMED = "backtest"
"""Strategy id of a run of a kind that no strategy of the caller's stands behind."""


class WantedBacktest(msgspec.Struct, frozen=True, kw_only=True):
    """What a caller asks for; what is None or empty comes from the strategy and from the data."""

    strategy_id: str | None = None
    kind: str | None = None
    parameters: Mapping[str, Any] = {}
    symbol: str | None = None
    dataset_id: str | None = None
    start_ns: Nanos | None = None
    end_ns: Nanos | None = None
    initial_cash: Money = 100_000 * SCALE
    fee_rate: Rate = 0
    borrow_rate: Rate = 0
    fill_model: str = "ideal"
    seed: int = 0
    adjustment: Adjustment = Adjustment.NONE
    timeframe: Timeframe | None = None
    """Length that the data's bars are joined into; None plays them as they are."""
    study: Study | None = None


async def start_backtest(
    wanted: WantedBacktest, *, caller: Principal, account_id: str | None, strategies: Strategies, runs: Runs
) -> Started:
    """Start a run within the caller's reach, or say why not; None when there is no such strategy."""
    strategy = strategies.get(wanted.strategy_id, account_id=account_id) if wanted.strategy_id else None
    if wanted.strategy_id and strategy is None:
        return None
    tested = _tested(wanted, strategy, strategies)
    if isinstance(tested, InvalidConfig):
        return tested
    symbol = wanted.symbol or (strategy.config.symbols[0] if strategy is not None else "")
    dataset = runs.dataset(wanted.dataset_id or symbol)
    if isinstance(dataset, UnknownDataset):
        return dataset
    if dataset.timeframe is None:
        return InvalidConfig((("dataset_id", f"{dataset.dataset_id} holds {dataset.kind}; a backtest needs bars"),))
    if wanted.timeframe is not None and wanted.timeframe.length_ns % dataset.timeframe.length_ns:
        said = f"bars of {dataset.timeframe.value} cannot be joined into bars of {wanted.timeframe.value}"
        return InvalidConfig((("timeframe", said),))
    start, end = wanted.start_ns or dataset.start_ns, wanted.end_ns or dataset.end_ns
    if max(start, dataset.start_ns) >= min(end, dataset.end_ns):
        return InvalidConfig((("start_date", f"{dataset.dataset_id} has no data between start and end"),))
    request = _request(wanted, tested, dataset=dataset, symbol=symbol or dataset.symbol, period=(start, end))
    return await runs.start(request, owner_id=caller.user_id, strategy_id=wanted.strategy_id or UNNAMED)


class _Tested(msgspec.Struct, frozen=True):
    """What is played: a kind with complete parameters, and the rules it is held to as it would be on paper."""

    kind: str
    parameters: dict[str, ParameterValue]
    rules: dict[str, int]
    limits: RiskLimits | None
    schedule: Schedule | None


def _tested(wanted: WantedBacktest, strategy: Strategy | None, strategies: Strategies) -> _Tested | InvalidConfig:
    kind = wanted.kind or (strategy.config.kind if strategy is not None else "")
    is_same = strategy is not None and kind == strategy.config.kind
    settings = {name: value for name, value in wanted.parameters.items() if name in SETTINGS}
    given = {name: value for name, value in wanted.parameters.items() if name not in settings}
    problems = [(name, said) for name, value in settings.items() if (said := wrong_setting(name, value))]
    known = next((one.parameters for one in strategies.kinds() if one.kind == kind), ())
    problems += problems_of(wanted.study, known)
    if problems:
        return InvalidConfig(tuple(problems))
    rules = {name: value for name, value in enforced(settings).items() if value}
    config = strategy.config if strategy is not None and is_same else None
    if config is not None:
        given = {**config.parameters, **given}
        rules = {name: getattr(config, name) for name in enforced({})} | rules
    # A model that is to be trained is not there yet, and nothing but the data goes into it.
    trains = isinstance(wanted.study, Training)
    parameters = {} if trains and known else strategies.complete(kind, given)
    if isinstance(parameters, InvalidConfig):
        return parameters
    limits, schedule = (config.limits, config.schedule) if config is not None else (None, None)
    return _Tested(kind, parameters, rules, limits, schedule)


def _request(
    wanted: WantedBacktest, tested: _Tested, *, dataset: Dataset, symbol: str, period: tuple[Nanos, Nanos]
) -> BacktestRequest:
    return BacktestRequest(
        stop_loss_percent=tested.rules.get("stop_loss_percent", 0),
        take_profit_percent=tested.rules.get("take_profit_percent", 0),
        risk_per_trade_percent=tested.rules.get("risk_per_trade_percent", 0),
        positions_max=tested.rules.get("positions_max", 0),
        kind=tested.kind,
        parameters=tested.parameters,
        dataset_id=dataset.dataset_id,
        symbol=symbol,
        timeframe=wanted.timeframe or dataset.timeframe or Timeframe.D1,
        is_joined=wanted.timeframe not in (None, dataset.timeframe),
        start_ns=period[0],
        end_ns=period[1],
        initial_cash=wanted.initial_cash,
        fee_rate=wanted.fee_rate,
        fill_model=wanted.fill_model,
        seed=wanted.seed,
        adjustment=wanted.adjustment,
        study=wanted.study,
        borrow_rate=wanted.borrow_rate,
        limits=tested.limits,
        schedule=tested.schedule,
    )
