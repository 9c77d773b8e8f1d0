"""Runs: /v1/runs. Start a backtest or a study of it, follow it, cancel it, do it again, read its result."""

from typing import Annotated, Any, Literal

from fastapi import Query

from openbell.api.deps import CurrentExchange, Deps, Reader, Services, Trader
from openbell.api.errors import ApiError, invalid, not_found
from openbell.api.exchange import Exchange
from openbell.api.idempotency import IdempotentRoute
from openbell.api.limits import Router
from openbell.api.outcomes import queue_full, started_run
from openbell.api.paging import Paged
from openbell.api.platform.run_reports import report_path
from openbell.api.platform.schemas import StrategyFilter, page_meta, within
from openbell.api.platform.schemas_runs import (
    STATUS_OF,
    RunAnswer,
    RunDetail,
    RunMessage,
    RunRequest,
    RunRow,
    RunsAnswer,
    RunStatusFilter,
    StartedAnswer,
    StartedRun,
    metrics_text,
    run_row,
    study_name,
)
from openbell.api.platform.schemas_strategies import plain_settings
from openbell.api.values import timestamp
from openbell.domain.access import Principal, Role
from openbell.domain.run import Run
from openbell.domain.values import text_of
from openbell.services.backtests import QueueFull, WantedBacktest, start_backtest
from openbell.services.runs import NO_RUNS, NotFailed

router = Router(prefix="/v1/runs", tag="runs")
router.route_class = IdempotentRoute

RunTypeFilter = Annotated[
    Literal["BACKTEST", "PAPER", "LIVE"] | None, Query(description="Only backtests are kept as runs so far.")
]
Everybody = Annotated[Literal["own", "all"], Query(alias="scope", description="`all` is for admins.")]


@router.post("", status_code=202)
async def start_run(body: RunRequest, services: Deps, principal: Trader) -> StartedAnswer:
    """Start a backtest; it goes on after the answer."""
    if body.strategy_id is None and body.kind is None:
        raise invalid("strategy_id", "Name a strategy, or give the kind of one.")
    outcome = await start_backtest(
        _wanted(body),
        caller=principal,
        account_id=within(principal.account_id, principal.role),
        strategies=services.strategies,
        runs=services.runs,
    )
    run = started_run(outcome, body.strategy_id or "")
    name = study_name(run.request.study) or "backtest"
    return _started(run, services, f"{name.replace('_', ' ').capitalize()} started")


@router.get("")
async def list_runs(
    *,
    services: Deps,
    principal: Reader,
    paging: Paged,
    exchange: CurrentExchange,
    strategy_id: StrategyFilter = None,
    run_type: RunTypeFilter = None,
    status: RunStatusFilter,
    scope: Everybody = "own",
) -> RunsAnswer:
    """List runs, newest first."""
    page = NO_RUNS
    if run_type in (None, "BACKTEST"):
        page = await services.runs.list(
            owner_id=_owner(principal, scope),
            strategy_id=strategy_id,
            statuses=status,
            offset=paging.offset,
            limit=paging.per_page,
        )
    return RunsAnswer(data=[_row(run, services, exchange) for run in page.rows], meta=page_meta(paging, page))


@router.get("/{run_id}")
async def get_run(
    run_id: str, services: Deps, principal: Reader, exchange: CurrentExchange, scope: Everybody = "own"
) -> RunAnswer:
    """Give a run with all its metrics, equity curve and trades."""
    run = await services.runs.get(run_id, owner_id=_owner(principal, scope))
    if run is None:
        raise not_found("run", run_id)
    return RunAnswer(data=_detail(run, _row(run, services, exchange)))


@router.post("/{run_id}/cancel")
async def cancel_run(run_id: str, services: Deps, principal: Trader, exchange: CurrentExchange) -> RunMessage:
    """Stop a run; one that is over stays as it is."""
    owner = None if principal.role is Role.ADMIN else principal.user_id
    run = await services.runs.cancel(run_id, owner_id=owner)
    if run is None:
        raise not_found("run", run_id)
    return RunMessage(message="Run cancelled", data=_row(run, services, exchange))


@router.post("/{run_id}/retry", status_code=202)
async def retry_run(run_id: str, services: Deps, principal: Trader) -> StartedAnswer:
    """Do a run again that failed or was cancelled, as a new run."""
    owner = None if principal.role is Role.ADMIN else principal.user_id
    match await services.runs.retry(run_id, owner_id=owner):
        case None:
            raise not_found("run", run_id)
        case NotFailed(status=status):
            raise ApiError(409, "RUN_NOT_FAILED", f"Only a failed or cancelled run is done again; this is {status}.")
        case QueueFull() as full:
            raise queue_full(full)
        case Run() as run:
            return _started(run, services, "Run started again")


def _wanted(body: RunRequest) -> WantedBacktest:
    return WantedBacktest(
        strategy_id=body.strategy_id,
        kind=body.kind,
        parameters=plain_settings(body.config),
        symbol=body.symbol,
        dataset_id=body.dataset_id,
        start_ns=body.start_date,
        end_ns=body.end_date,
        initial_cash=body.initial_capital,
        fee_rate=body.fee_rate,
        borrow_rate=body.borrow_rate,
        fill_model=body.fill_model,
        seed=body.seed,
        adjustment=body.adjusted,
        timeframe=body.timeframe,
        study=None if body.study is None else body.study.study(),
    )


def _started(run: Run, services: Services, message: str) -> StartedAnswer:
    data = StartedRun(
        run_id=run.run_id,
        status=STATUS_OF[run.status],
        estimated_completion=timestamp(run.estimated_ns or run.created_ns),
        queue_position=services.runs.queue_position(run),
    )
    return StartedAnswer(message=message, data=data)


def _owner(principal: Principal, scope: str) -> str | None:
    if scope == "own":
        return principal.user_id
    if principal.role is not Role.ADMIN:
        raise ApiError(403, "FORBIDDEN", "Only an admin sees what belongs to others.")
    return None


def _row(run: Run, services: Services, exchange: Exchange) -> RunRow:
    url = services.links.sign(report_path(run.run_id), now_ns=exchange.received_ns)
    return run_row(run, report_url=url, queue_position=services.runs.queue_position(run))


def _detail(run: Run, row: RunRow) -> RunDetail:
    result: dict[str, Any] = run.result or {}
    request = run.request
    curve = [{"date": one["ts"], "value": one["equity"]} for one in result.get("equity_curve", [])]
    return RunDetail(
        **row.model_dump(),
        kind=request.kind,
        parameters=dict(request.parameters),
        dataset_id=request.dataset_id,
        symbol=request.symbol,
        adjusted=request.adjustment,
        timeframe=request.timeframe,
        initial_capital=text_of(request.initial_cash),
        final_equity=result.get("final_equity"),
        metrics=metrics_text(run),
        equity_curve=curve,
        trades=result.get("trades", []),
        fills=result.get("fills", []),
        study_result=result.get("study"),
    )
