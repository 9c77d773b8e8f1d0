"""`openbell backtest` and `openbell strategies`: run a strategy over recorded bars and say what came of it."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from openbell.cli.asked import Cash, Data, End, Fee, Length, Seed, Start, Strategy, Symbol
from openbell.cli.console import fail, say, show_json, show_table
from openbell.cli.options import AsJson, DataDir, data_dir_of
from openbell.cli.parameters import described, given_parameters

if TYPE_CHECKING:
    from openbell.domain.run import BacktestRequest
    from openbell.runtime.jobs import BacktestJob

CONTEXT = {"allow_extra_args": True, "ignore_unknown_options": True}
EPILOG = (
    "The strategy's own parameters are options as well: --fast 10 --slow 30. `openbell strategies` lists them. "
    "An order decided on a bar's close trades at the next bar's open; what is held at the end is worth its last close."
)
METRICS_SHOWN = (
    ("total_return", "total return", "%"),
    ("cagr", "annual growth", "%"),
    ("max_drawdown", "deepest drawdown", "%"),
    ("sharpe_ratio", "Sharpe ratio", ""),
    ("sortino_ratio", "Sortino ratio", ""),
    ("win_rate", "winning trades", "of 1"),
    ("profit_factor", "profit factor", ""),
)


def backtest(
    context: typer.Context,
    *,
    strategy: Strategy,
    data: Data,
    timeframe: Length = None,
    symbol: Symbol = None,
    param: Annotated[list[str] | None, typer.Option(help="A strategy parameter, name=value; repeatable.")] = None,
    cash: Cash = "100000",
    fee: Fee = "0",
    fill_model: Annotated[
        str, typer.Option("--fill-model", "--slippage", help="ideal, realistic or pessimistic fills.")
    ] = "ideal",
    stop_loss_pct: Annotated[str, typer.Option(help="Percent of loss at which a position is closed.")] = "0",
    take_profit_pct: Annotated[str, typer.Option(help="Percent of profit at which it is closed.")] = "0",
    start: Start = None,
    end: End = None,
    seed: Seed = 0,
    adjusted: Annotated[str, typer.Option(help="Prices as traded (none), adjusted for splits, or for all.")] = "none",
    report: Annotated[Path | None, typer.Option(help="Write a tear sheet (HTML) here.", dir_okay=False)] = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Run a strategy over recorded bars and report fills, equity and metrics."""
    from openbell.cli.amounts import amount  # noqa: PLC0415
    from openbell.cli.data_views import adjustment_of  # noqa: PLC0415
    from openbell.cli.instants import instant_option, timeframe_option  # noqa: PLC0415
    from openbell.cli.research import job_in, kind_named, request_on  # noqa: PLC0415

    directory = data_dir_of(data_dir)
    kind, job = kind_named(strategy, directory), job_in(directory, strategy)
    declared = job.kinds()[kind].parameters
    request = request_on(
        job,
        data,
        kind=kind,
        parameters=given_parameters(declared, pairs=param or [], options=context.args, strategy=strategy),
        symbol=symbol,
        start_ns=instant_option("--start", start),
        end_ns=instant_option("--end", end),
        cash=amount("--cash", cash, more_than=0),
        fee_rate=amount("--fee", fee),
        fill_model=fill_model,
        seed=seed,
        stop_loss_percent=amount("--stop-loss-pct", stop_loss_pct),
        take_profit_percent=amount("--take-profit-pct", take_profit_pct),
        adjustment=adjustment_of(adjusted),
        timeframe=timeframe_option(timeframe),
    )
    outcome = _run(job, request, report)
    if as_json:
        show_json(outcome)
    else:
        _tell(outcome)


def strategies(*, as_json: AsJson = False) -> None:
    """List the strategies that ship, with their parameters."""
    from openbell.strategies import SHIPPED  # noqa: PLC0415

    if as_json:
        show_json(
            [
                {
                    "kind": name,
                    "description": kind.description,
                    "parameters": [described(parameter) for parameter in kind.parameters],
                }
                for name, kind in sorted(SHIPPED.items())
            ]
        )
        return
    rows = [
        [name, parameter.name, parameter.kind, str(parameter.default), parameter.description]
        for name, kind in sorted(SHIPPED.items())
        for parameter in kind.parameters
    ]
    show_table(["strategy", "parameter", "kind", "default", "meaning"], rows, empty="There are no strategies.")


def _run(job: "BacktestJob", request: "BacktestRequest", report: Path | None) -> dict[str, Any]:
    """Run, tell how fast it was, and write the tear sheet if one is wanted."""
    from openbell.cli.progress import filling  # noqa: PLC0415
    from openbell.ports import RunFailed  # noqa: PLC0415
    from openbell.runtime.result import result_of  # noqa: PLC0415
    from openbell.runtime.tear_sheet import tear_sheet_of  # noqa: PLC0415

    began = time.perf_counter()
    try:
        with filling("Backtest") as on_progress:
            prepared = job.prepared(request)
            played = job.played(prepared, on_progress=on_progress)
    except RunFailed as problem:
        fail(str(problem))
    took = time.perf_counter() - began
    say(f"{len(played.ts_ns):,} bars in {took:.2f} s ({len(played.ts_ns) / took:,.0f} bars/s)")
    if report is not None:
        try:
            report.write_text(tear_sheet_of(played, prepared), encoding="utf-8")
        except OSError as problem:
            fail(f"cannot write {report}: {problem.strerror}")
        say(f"Tear sheet: {report}")
    return result_of(played, prepared.request, digest=prepared.dataset.digest)


def _tell(outcome: dict[str, Any]) -> None:
    data, metrics = outcome["data"], outcome["metrics"]
    rows = [
        ["strategy", f"{outcome['strategy']} {outcome['parameters']}"],
        ["data", f"{data['dataset_id']}, {data['bars']:,} bars, {data['start'][:10]} to {data['end'][:10]}"],
        ["final equity", outcome["final_equity"]],
        ["initial cash", outcome["initial_cash"]],
        ["fees", outcome["total_fees"]],
        ["fills", str(outcome["fill_count"])],
        ["closed trades", str(len(outcome["trades"]))],
    ]
    rows += [[label, _metric(metrics.get(name), unit)] for name, label, unit in METRICS_SHOWN]
    rows += [[f"denied: {code}", str(count)] for code, count in outcome["denials"].items()]
    show_table(["result", ""], rows, right=[""], empty="")


def _metric(value: float | None, unit: str) -> str:
    return "-" if value is None else f"{value:,.2f} {unit}".strip()
