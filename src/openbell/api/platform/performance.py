"""Performance: /v1/performance. Returns, drawdowns, every metric, and where the profit came from."""

from typing import Annotated

from fastapi import Depends, Query

from openbell.api.deps import Deps, Reader, Services
from openbell.api.errors import invalid, not_found
from openbell.api.limits import Router
from openbell.api.platform.performance_answers import (
    breakdown_answer,
    metric_list,
    monthly_answer,
    performance_answer,
    profit_answer,
    rolling_answer,
)
from openbell.api.platform.schemas import Instant, ModeFilter, Reach, StrategyFilter, SymbolFilter
from openbell.api.platform.schemas_performance import (
    BreakdownAnswer,
    Filters,
    MetricListAnswer,
    MonthlyAnswer,
    PerformanceAnswer,
    ProfitAnswer,
    RollingAnswer,
)
from openbell.api.platform.schemas_portfolio import Resolution, ResolutionFilter
from openbell.domain.account import Mode
from openbell.domain.run import Run, RunStatus
from openbell.services.benchmarks import UnknownBenchmark
from openbell.services.performance_reports import PerformanceQuery, PerformanceReport, ReportAnswer, UnknownSymbol
from openbell.services.profit import Split

router = Router(prefix="/v1/performance", tag="performance")

NAMES_SHOWN = 20

Start = Annotated[Instant | None, Query(description="Start of the period, included; left out, the beginning.")]
End = Annotated[Instant | None, Query(description="End of the period, excluded; left out, now.")]
BenchmarkFilter = Annotated[
    str | None,
    Query(
        min_length=1,
        max_length=128,
        description="What to compare with: SPY, BTC, a dataset id, or an instrument.",
        examples=["SPY"],
    ),
]
RunFilter = Annotated[
    str | None,
    Query(max_length=64, description="A finished backtest in place of the account; mode=BACKTEST alone is the latest."),
]
Window = Annotated[int, Query(ge=2, le=2_520, description="Days that each figure looks back.")]


async def _filters(
    principal: Reader,
    account_id: Reach,
    *,
    start: Start = None,
    end: End = None,
    strategy_id: StrategyFilter = None,
    symbol: SymbolFilter = None,
    mode: ModeFilter = None,
    benchmark: BenchmarkFilter = None,
    run_id: RunFilter = None,
) -> Filters:
    if start is not None and end is not None and start >= end:
        raise invalid("end", "The end lies after the start.")
    query = PerformanceQuery(
        account_id=account_id,
        strategy_id=strategy_id,
        symbol=symbol,
        mode=mode,
        from_ns=start,
        to_ns=end,
        benchmark=benchmark,
    )
    return Filters(query=query, run_id=run_id, owner_id=None if account_id is None else principal.user_id)


Filtered = Annotated[Filters, Depends(_filters)]


@router.get("")
async def get_performance(
    services: Deps, filters: Filtered, resolution: ResolutionFilter = Resolution.D1
) -> PerformanceAnswer:
    """Give equity, returns and drawdowns over time, and the headline figures."""
    return performance_answer(await _report(services, filters), filters, resolution)


@router.get("/metrics")
async def get_metrics(services: Deps, filters: Filtered) -> MetricListAnswer:
    """Give every metric with its formula, annualisation and source; the benchmark's where one is named."""
    return metric_list(await _report(services, filters), filters)


@router.get("/rolling")
async def get_rolling(services: Deps, filters: Filtered, window: Window = 30) -> RollingAnswer:
    """Give volatility, Sharpe, Sortino, return and beta over the last so many days, at each day."""
    return rolling_answer(await _report(services, filters), filters, window)


@router.get("/monthly")
async def get_monthly(services: Deps, filters: Filtered) -> MonthlyAnswer:
    """Give the return of each month and year, newest year first."""
    return monthly_answer(await _report(services, filters), filters)


@router.get("/pnl")
async def get_profit(services: Deps, filters: Filtered) -> ProfitAnswer:
    """Explain the profit: price, fees, slippage and funding add up to the total, exactly."""
    return profit_answer(await _report(services, filters), filters)


@router.get("/breakdown")
async def get_breakdown(
    services: Deps, filters: Filtered, by: Annotated[Split, Query(description="What to split by.")] = Split.STRATEGY
) -> BreakdownAnswer:
    """Split the profit by strategy, symbol, hour or weekday (UTC); every column adds up to the whole."""
    report = await _report(services, filters)
    if (run := await _run(services, filters)) is not None:
        rows = services.reports.split_of(report, by, name=run.strategy_id)
    else:
        rows = await services.reports.split(filters.query, report, by)
    return breakdown_answer(report, filters, by, rows)


async def _report(services: Services, filters: Filters) -> PerformanceReport:
    run = await _run(services, filters)
    made: ReportAnswer | None
    if run is not None:
        made = await services.reports.of_run(run, filters.query)
    else:
        made = await services.reports.of(filters.query)
    match made:
        case None:
            raise not_found("completed run", filters.run_id or "")
        case UnknownBenchmark(wanted=wanted, known=known):
            raise invalid("benchmark", f"nothing is known of {wanted[:64]!r}; there are {_some(known)}")
        case UnknownSymbol(wanted=wanted):
            raise invalid("symbol", f"there is no instrument {wanted[:32]!r}")
        case PerformanceReport():
            return made


def _some(known: tuple[str, ...]) -> str:
    return ", ".join(known[:NAMES_SHOWN])


async def _run(services: Services, filters: Filters) -> Run | None:
    """Give the run that is asked for: by its id, or the latest finished one where backtests are wanted."""
    if filters.run_id is not None:
        run = await services.runs.get(filters.run_id, owner_id=filters.owner_id)
        if run is None:
            raise not_found("run", filters.run_id)
        return run
    if filters.query.mode is not Mode.BACKTEST:
        return None
    page = await services.runs.list(
        owner_id=filters.owner_id,
        strategy_id=filters.query.strategy_id,
        statuses=frozenset({RunStatus.COMPLETED}),
        offset=0,
        limit=1,
    )
    return await services.runs.get(page.rows[0].run_id, owner_id=filters.owner_id) if page.rows else None
