"""From what a caller wants tested to a run: the strategy gives kind and parameters, the catalog the data."""

from collections.abc import Mapping
from typing import Any

import msgspec

from openbell.domain.access import Principal
from openbell.domain.market import Timeframe
from openbell.domain.run import BacktestRequest, Run
from openbell.domain.values import SCALE, Money, Nanos, Rate
from openbell.services.runs import Runs, UnknownDataset
from openbell.services.strategies import InvalidConfig, Strategies

__all__ = ["InvalidConfig", "UnknownDataset", "WantedBacktest", "start_backtest"]

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
    fill_model: str = "ideal"
    seed: int = 0


async def start_backtest(
    wanted: WantedBacktest, *, caller: Principal, account_id: str | None, strategies: Strategies, runs: Runs
) -> Run | InvalidConfig | UnknownDataset | None:
    """Start a run within the caller's reach, or say why not; None when there is no such strategy."""
    strategy = strategies.get(wanted.strategy_id, account_id=account_id) if wanted.strategy_id else None
    if wanted.strategy_id and strategy is None:
        return None
    kind = wanted.kind or (strategy.config.kind if strategy is not None else "")
    given = strategy.config.parameters if strategy is not None and kind == strategy.config.kind else {}
    parameters = strategies.complete(kind, {**given, **wanted.parameters})
    if isinstance(parameters, InvalidConfig):
        return parameters
    symbol = wanted.symbol or (strategy.config.symbols[0] if strategy is not None else "")
    dataset = runs.dataset(wanted.dataset_id or symbol)
    if isinstance(dataset, UnknownDataset):
        return dataset
    if dataset.timeframe is None:
        return InvalidConfig((("dataset_id", f"{dataset.dataset_id} holds {dataset.kind}; a backtest needs bars"),))
    start, end = wanted.start_ns or dataset.start_ns, wanted.end_ns or dataset.end_ns
    if max(start, dataset.start_ns) >= min(end, dataset.end_ns):
        return InvalidConfig((("start_date", f"{dataset.dataset_id} has no data between start and end"),))
    request = BacktestRequest(
        kind=kind,
        parameters=parameters,
        dataset_id=dataset.dataset_id,
        symbol=symbol or dataset.symbol,
        timeframe=Timeframe(dataset.timeframe),
        start_ns=start,
        end_ns=end,
        initial_cash=wanted.initial_cash,
        fee_rate=wanted.fee_rate,
        fill_model=wanted.fill_model,
        seed=wanted.seed,
    )
    return await runs.start(request, owner_id=caller.user_id, strategy_id=wanted.strategy_id or UNNAMED)
