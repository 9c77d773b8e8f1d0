"""What the research commands share: a job on a data directory, and the request it is asked with."""

import runpy
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from openbell.adapters.catalog.instruments import instrument_of
from openbell.adapters.catalog.parquet import ParquetCatalog
from openbell.adapters.models import FileModels
from openbell.cli.console import ExitCode, fail
from openbell.domain.dataset import Adjustment
from openbell.domain.market import Timeframe
from openbell.domain.run import BacktestRequest
from openbell.domain.strategy import ParameterValue
from openbell.domain.values import SCALE, Nanos
from openbell.engine.strategy import Strategy
from openbell.runtime.jobs import BacktestJob
from openbell.strategies import with_models

RUN_NAME = "<run_path>"
"""Module that classes of a file that was run say they are of."""


def kinds_in(directory: Path, strategy: str = "") -> Mapping[str, type[Strategy]]:
    """Give the strategies that can be run with what a data directory holds, and those of a Python file."""
    return with_models(FileModels(directory)) | (_written(strategy) if _is_file(strategy) else {})


def kind_named(strategy: str, directory: Path) -> str:
    """Give the kind that is meant by a name or by a file with one strategy. Ends the command when there is none."""
    if _is_file(strategy):
        found = sorted(_written(strategy))
        if len(found) != 1:
            fail(f"{strategy} has {len(found)} strategies with a kind: one is needed", ExitCode.USAGE)
        return found[0]
    kinds = kinds_in(directory)
    if strategy not in kinds:
        fail(f"unknown strategy {strategy}: there are {', '.join(sorted(kinds))}", ExitCode.USAGE)
    return strategy


def job_in(directory: Path, strategy: str = "") -> BacktestJob:
    """Give a job that finds its data in a directory; it can be sent to another process."""
    catalog, kinds = partial(ParquetCatalog, str(directory)), partial(kinds_in, directory, strategy)
    return BacktestJob(catalog, kinds, instrument_of)


def _is_file(strategy: str) -> bool:
    return strategy.endswith(".py")


def _written(path: str) -> dict[str, type[Strategy]]:
    """Run a file and give the strategies that it defines."""
    try:
        names = runpy.run_path(path)
    except OSError as problem:
        fail(f"cannot read {path}: {problem.strerror}", ExitCode.USAGE)
    own = (one for one in names.values() if isinstance(one, type) and issubclass(one, Strategy))
    return {one.kind: one for one in own if one.kind and one.__module__ == RUN_NAME}


def request_on(
    job: BacktestJob,
    data: str,
    *,
    kind: str,
    parameters: Mapping[str, ParameterValue] | None = None,
    symbol: str | None = None,
    start_ns: Nanos | None = None,
    end_ns: Nanos | None = None,
    cash: int = 100_000 * SCALE,
    fee_rate: int = 0,
    fill_model: str = "ideal",
    seed: int = 0,
    stop_loss_percent: int = 0,
    take_profit_percent: int = 0,
    adjustment: Adjustment = Adjustment.NONE,
    timeframe: Timeframe | None = None,
) -> BacktestRequest:
    """Give a request on a dataset. Ends the command when there is no such dataset."""
    catalog = job.catalog()
    dataset = catalog.dataset(data)
    if dataset is None:
        known = ", ".join(one.dataset_id for one in catalog.datasets() if one.kind == "bars")
        fail(f"no dataset, or more than one, is called {data}: there are {known}")
    is_joined = timeframe not in (None, dataset.timeframe)
    return BacktestRequest(
        kind=kind,
        parameters=dict(parameters or {}),
        dataset_id=dataset.dataset_id,
        symbol=(symbol or dataset.symbol).upper(),
        timeframe=timeframe or dataset.timeframe or Timeframe.D1,
        is_joined=is_joined,
        start_ns=start_ns,
        end_ns=end_ns,
        initial_cash=cash,
        fee_rate=fee_rate,
        fill_model=fill_model,
        seed=seed,
        stop_loss_percent=stop_loss_percent,
        take_profit_percent=take_profit_percent,
        adjustment=adjustment,
    )
