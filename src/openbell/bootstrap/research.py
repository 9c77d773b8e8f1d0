"""Runs, and what they need in worker processes: data, strategies, models, and who learns."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from openbell.adapters.catalog.instruments import instrument_of
from openbell.adapters.catalog.parquet import ParquetCatalog
from openbell.adapters.compute.local import LocalCompute
from openbell.adapters.compute.ray import RayCompute, RayMissing
from openbell.adapters.learning.xgboost import XGBoostLearner
from openbell.adapters.models import FileModels
from openbell.adapters.search.optuna import OptunaSearcher
from openbell.config import ConfigError, Settings
from openbell.domain.run import Run
from openbell.engine.strategy import Strategy
from openbell.ports import Catalog, Clock, Compute, ModelStore, RunStore
from openbell.runtime.jobs import BacktestJob
from openbell.runtime.studies import ResearchJob
from openbell.services.runs import Runs
from openbell.strategies import with_models
from openbell.strategies.submitted import SubmittedStrategy


def kinds_of(models: ModelStore) -> Mapping[str, type[Strategy]]:
    """Give what the core can host: what ships, and what stands for submitted source."""
    return with_models(models) | {SubmittedStrategy.kind: SubmittedStrategy}


def shipped(data_dir: Path) -> Mapping[str, type[Strategy]]:
    """Give the strategy kinds that ship, by name: a function, so that worker processes can ask too."""
    return with_models(FileModels(data_dir))


def job_in(data_dir: Path) -> ResearchJob:
    """Give what a worker does with a run; it can be sent to another process."""
    catalog, kinds = partial(ParquetCatalog, str(data_dir)), partial(shipped, data_dir)
    return ResearchJob(
        backtest=BacktestJob(catalog=catalog, kinds=kinds, instrument=instrument_of),
        learning=OptunaSearcher,
        learner=XGBoostLearner,
        models=partial(FileModels, data_dir),
    )


def runs_of(
    settings: Settings,
    *,
    store: RunStore,
    catalog: Catalog,
    clock: Clock,
    new_id: Callable[[], str],
    on_change: Callable[[Run], None],
) -> Runs:
    """Give the service of runs."""
    return Runs(
        store=store,
        compute=_compute(settings),
        catalog=catalog,
        clock=clock,
        new_id=new_id,
        on_change=on_change,
        per_owner_max=settings.runs_per_user_max,
    )


def _compute(settings: Settings) -> Compute:
    job, workers = job_in(settings.data_dir), settings.run_workers or None
    if settings.compute == "local":
        return LocalCompute(job, workers=workers, run_seconds_max=settings.run_seconds_max)
    try:
        return RayCompute(job, address=settings.ray_address, workers=workers, run_seconds_max=settings.run_seconds_max)
    except RayMissing as missing:
        raise ConfigError(f"compute: {missing}") from missing
