"""Runs as the platform writes and reads them."""

from typing import Annotated, Any

from fastapi import Depends, Query
from pydantic import Field

from openbell.api.asking import Ask
from openbell.api.errors import invalid
from openbell.api.platform.schemas import Answer, Instant, PageMeta, figure_text
from openbell.api.platform.schemas_studies import StudyAsk
from openbell.api.values import DecimalText, Steps, timestamp
from openbell.domain.dataset import Adjustment
from openbell.domain.instants import day_text
from openbell.domain.market import Timeframe
from openbell.domain.run import Run, RunStatus
from openbell.domain.study import Study
from openbell.domain.values import SCALE

STATUSES: dict[str, frozenset[RunStatus]] = {
    "RUNNING": frozenset({RunStatus.QUEUED, RunStatus.RUNNING}),
    "COMPLETED": frozenset({RunStatus.COMPLETED}),
    "FAILED": frozenset({RunStatus.FAILED, RunStatus.CANCELED}),
}
"""The platform's words and our statuses behind each: a queued run is RUNNING with a queue position."""
STATUS_OF = {status: word for word, statuses in STATUSES.items() for status in statuses}


async def _statuses(
    status: Annotated[str | None, Query(description=f"One of {', '.join(STATUSES)}.")] = None,
) -> frozenset[RunStatus] | None:
    if status is None:
        return None
    found = STATUSES.get(status.upper())
    if found is None:
        raise invalid("status", f"Expected one of {', '.join(STATUSES)}.")
    return found


RunStatusFilter = Annotated[frozenset[RunStatus] | None, Depends(_statuses)]


class RunRequest(Ask):
    """A backtest, or a study of it, to be started: of a strategy of yours, or of a kind with parameters."""

    strategy_id: str | None = Field(None, max_length=64, description="Gives kind, parameters and symbol.")
    start_date: Instant | None = Field(None, description="Included; left out, the data's start.")
    end_date: Instant | None = Field(None, description="Excluded; left out, the data's end.")
    initial_capital: Steps = Field(100_000 * SCALE, description="Cash at the start.", examples=["100000.00"])
    kind: str | None = Field(None, max_length=64, description="In place of a strategy.", examples=["sma_cross"])
    config: dict[str, Any] = Field(default_factory=dict, description="Parameters and exits, where they differ.")
    symbol: str | None = Field(None, max_length=32, description="In place of the strategy's first.")
    dataset_id: str | None = Field(None, max_length=128, description="Recorded data; left out, that of the symbol.")
    fee_rate: Steps = Field(0, description="Fee as a part of what is traded.", examples=["0.001"])
    borrow_rate: Steps = Field(0, description="Cost of being short, as a part of its worth a year.", examples=["0.03"])
    fill_model: str = Field("ideal", max_length=32, description="How orders are filled.")
    seed: int = Field(0, ge=0, le=2**63 - 1, description="For whatever is drawn by chance.")
    adjusted: Adjustment = Field(Adjustment.NONE, description="What recorded prices are adjusted for.")
    timeframe: Timeframe | None = Field(None, description="Length to join bars into; left out, the data's own.")
    study: StudyAsk | None = Field(None, description="What is asked of the backtest; left out, the backtest itself.")


class StartedRun(Answer):
    """A run that has been taken on."""

    run_id: str
    status: str = Field(examples=["RUNNING"])
    estimated_completion: str = Field(description="From the data's length and the speed measured so far.")
    queue_position: int | None = Field(description="Runs ahead of this one; null once it is under way.")


class StartedAnswer(Answer):
    """What was done."""

    message: str
    data: StartedRun


class RunRow(Answer):
    """A run in a list; figures are null until it is completed."""

    run_id: str
    strategy_id: str
    run_type: str = Field(examples=["BACKTEST"])
    study: str | None = Field(description="sweep, walk_forward, monte_carlo, checks or training; null is a backtest.")
    start_date: str = Field(examples=["2024-01-01"])
    end_date: str = Field(examples=["2025-12-31"])
    total_return: DecimalText | None = Field(description="Percent.", examples=["18.45"])
    sharpe_ratio: DecimalText | None = Field(examples=["2.15"])
    max_drawdown: DecimalText | None = Field(description="Percent.", examples=["-9.23"])
    total_trades: int | None = Field(examples=[87])
    status: str = Field(description="RUNNING, COMPLETED or FAILED.")
    status_detail: RunStatus
    progress: DecimalText = Field(description="Part done, 0 to 1.")
    queue_position: int | None
    error_code: str | None = Field(description="RUN_FAILED or RUN_CANCELLED.")
    error: str | None
    retry_of: str | None = Field(description="The failed run that this one does again.")
    report_url: str | None = Field(description="Opens the tear sheet without a login, for 24 hours.")
    created_at: str
    started_at: str | None
    completed_at: str | None
    estimated_completion: str | None


class RunsAnswer(Answer):
    """A page of runs, newest first."""

    data: list[RunRow]
    meta: PageMeta


class RunDetail(RunRow):
    """A run with everything that came out of it."""

    kind: str
    parameters: dict[str, Any]
    dataset_id: str
    symbol: str
    adjusted: Adjustment = Field(description="What the recorded prices were adjusted for.")
    timeframe: Timeframe = Field(description="Length of the bars that were played.")
    initial_capital: DecimalText
    final_equity: DecimalText | None
    metrics: dict[str, DecimalText | int | None]
    equity_curve: list[dict[str, Any]]
    trades: list[dict[str, Any]]
    fills: list[dict[str, Any]]
    study_result: dict[str, Any] | None = Field(description="What a study found; see the guide to research.")


class RunAnswer(Answer):
    """One run."""

    data: RunDetail


class RunMessage(Answer):
    """A run after something was done to it."""

    message: str
    data: RunRow


def run_row(run: Run, *, report_url: str | None, queue_position: int | None) -> RunRow:
    """Write a run for a list."""
    figures = metrics_text(run)
    request = run.request
    errors = {RunStatus.FAILED: "RUN_FAILED", RunStatus.CANCELED: "RUN_CANCELLED"}
    return RunRow.model_validate(
        {
            "run_id": run.run_id,
            "strategy_id": run.strategy_id,
            "run_type": "BACKTEST",
            "study": study_name(request.study),
            "start_date": day_text(request.start_ns or 0),
            "end_date": day_text(request.end_ns or 0),
            **{name: figures.get(name) for name in ("total_return", "sharpe_ratio", "max_drawdown", "total_trades")},
            "status": STATUS_OF[run.status],
            "status_detail": run.status,
            "progress": figure_text(run.progress, places=4),
            "queue_position": queue_position,
            "error_code": errors.get(run.status),
            "error": run.error or None,
            "retry_of": run.retry_of or None,
            "report_url": report_url if run.status is RunStatus.COMPLETED else None,
            "created_at": timestamp(run.created_ns),
            "started_at": None if run.started_ns is None else timestamp(run.started_ns),
            "completed_at": None if run.completed_ns is None else timestamp(run.completed_ns),
            "estimated_completion": None if run.estimated_ns is None else timestamp(run.estimated_ns),
        }
    )


def study_name(study: Study | None) -> str | None:
    """Give the name of a study's type."""
    return None if study is None else str(study.__struct_config__.tag)


def metrics_text(run: Run) -> dict[str, str | int | None]:
    """Write a run's metrics: counts as numbers, figures as decimal text, null for what cannot be said."""
    return {
        name: value if value is None or isinstance(value, int) else figure_text(value)
        for name, value in run.metrics.items()
    }
