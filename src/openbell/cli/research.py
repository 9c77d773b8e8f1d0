"""What the research commands share: a job on a data directory, and the request it is asked with."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path

from openbell.adapters.catalog.instruments import instrument_of
from openbell.adapters.catalog.parquet import ParquetCatalog
from openbell.adapters.models import FileModels
from openbell.cli.console import fail
from openbell.domain.market import Timeframe
from openbell.domain.run import BacktestRequest
from openbell.domain.strategy import ParameterValue
from openbell.domain.values import SCALE, Nanos
from openbell.engine.strategy import Strategy
from openbell.runtime.jobs import BacktestJob
from openbell.strategies import with_models


def kinds_in(directory: Path) -> Mapping[str, type[Strategy]]:
    """Give the strategies that can be run with what a data directory holds."""
    return with_models(FileModels(directory))


def job_in(directory: Path) -> BacktestJob:
    """Give a job that finds its data in a directory; it can be sent to another process."""
    return BacktestJob(partial(ParquetCatalog, str(directory)), partial(kinds_in, directory), instrument_of)


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
) -> BacktestRequest:
    """Give a request on a dataset. Ends the command when there is no such dataset."""
    catalog = job.catalog()
    dataset = catalog.dataset(data)
    if dataset is None:
        known = ", ".join(one.dataset_id for one in catalog.datasets() if one.kind == "bars")
        fail(f"no dataset, or more than one, is called {data}: there are {known}")
    return BacktestRequest(
        kind=kind,
        parameters=dict(parameters or {}),
        dataset_id=dataset.dataset_id,
        symbol=(symbol or dataset.symbol).upper(),
        timeframe=dataset.timeframe or Timeframe.D1,
        start_ns=start_ns,
        end_ns=end_ns,
        initial_cash=cash,
        fee_rate=fee_rate,
        fill_model=fill_model,
        seed=seed,
        stop_loss_percent=stop_loss_percent,
        take_profit_percent=take_profit_percent,
    )
