"""`openbell walk-forward`, `openbell monte-carlo` and `openbell check`: how far a backtest can be believed."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from openbell.cli.console import ExitCode, fail, say, show_json, show_table
from openbell.cli.options import AsJson, DataDir, data_dir_of
from openbell.cli.parameters import named_options
from openbell.cli.study import (
    Cash,
    Data,
    End,
    Fee,
    FillModel,
    Method,
    Objective,
    Param,
    Report,
    Seed,
    Start,
    Strategy,
    Symbol,
    Trials,
    Wanted,
    figure,
    opened,
    write_page,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from openbell.cli.study import Opened

_FIXED = ("grid", 1, "sharpe_ratio")


def walk_forward(
    context: typer.Context,
    *,
    strategy: Strategy,
    data: Data,
    windows: Annotated[int, typer.Option(help="Stretches that are judged.", min=1, max=50)] = 5,
    in_sample: Annotated[float, typer.Option(help="Part of a window that is chosen on.", min=0.05, max=0.95)] = 0.7,
    anchored: Annotated[bool, typer.Option("--anchored", help="Choose on everything before.")] = False,
    method: Method = "grid",
    trials: Trials = 100,
    objective: Objective = "sharpe_ratio",
    param: Param = None,
    symbol: Symbol = None,
    cash: Cash = "100000",
    fee: Fee = "0",
    fill_model: FillModel = "ideal",
    start: Start = None,
    end: End = None,
    seed: Seed = 0,
    report: Report = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Choose parameters on one stretch of time and judge them on the next, again and again."""
    from openbell.domain.study import WalkForward  # noqa: PLC0415

    wanted = Wanted(data, symbol, cash, fee, fill_model, start, end, seed)
    work = opened(
        wanted,
        strategy=strategy,
        directory=data_dir_of(data_dir),
        texts=named_options(context.args, param or []),
        how=(method, trials, objective),
    )
    if not work.search.axes:
        fail("no parameter has more than one value: --fast 5..50:5 or --fast 5,10,20", ExitCode.USAGE)
    study = WalkForward(search=work.search, windows=windows, in_sample=in_sample, anchored=anchored)
    result = _done(work, study)
    _give(result, work, report, _tell_windows, as_json=as_json)


def monte_carlo(
    context: typer.Context,
    *,
    strategy: Strategy,
    data: Data,
    samples: Annotated[int, typer.Option(help="Times the trades are drawn.", min=10, max=100_000)] = 1_000,
    confidence: Annotated[float, typer.Option(help="Part within the bands.", min=0.5, max=0.999)] = 0.95,
    param: Param = None,
    symbol: Symbol = None,
    cash: Cash = "100000",
    fee: Fee = "0",
    fill_model: FillModel = "ideal",
    start: Start = None,
    end: End = None,
    seed: Seed = 0,
    report: Report = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Draw and order the trades of a backtest anew: how much of its result was luck."""
    from openbell.domain.study import MonteCarlo  # noqa: PLC0415

    wanted = Wanted(data, symbol, cash, fee, fill_model, start, end, seed)
    work = opened(
        wanted,
        strategy=strategy,
        directory=data_dir_of(data_dir),
        texts=named_options(context.args, param or []),
        how=_FIXED,
    )
    result = _done(work, MonteCarlo(samples=samples, confidence=confidence))
    _give(result, work, report, _tell_bands, as_json=as_json)


def check(
    context: typer.Context,
    *,
    strategy: Strategy,
    data: Data,
    cuts: Annotated[int, typer.Option(help="Places at which the data is cut.", min=1, max=50)] = 10,
    param: Param = None,
    symbol: Symbol = None,
    cash: Cash = "100000",
    fee: Fee = "0",
    start: Start = None,
    end: End = None,
    seed: Seed = 0,
    report: Report = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Check that a strategy neither sees the future nor remembers more than it says. Exit code 1 if it does."""
    from openbell.domain.study import Checks  # noqa: PLC0415

    wanted = Wanted(data, symbol, cash, fee, "ideal", start, end, seed)
    work = opened(
        wanted,
        strategy=strategy,
        directory=data_dir_of(data_dir),
        texts=named_options(context.args, param or []),
        how=_FIXED,
    )
    result = _done(work, Checks(cuts=cuts))
    _give(result, work, report, _tell_checks, as_json=as_json)
    if not (result["study"]["look_ahead"]["passed"] and result["study"]["recursive"]["passed"]):
        raise typer.Exit(ExitCode.REFUSED)


def _done(work: "Opened", study: Any) -> dict[str, Any]:
    import msgspec  # noqa: PLC0415

    from openbell.adapters.search.optuna import OptunaSearcher  # noqa: PLC0415
    from openbell.cli.progress import filling  # noqa: PLC0415
    from openbell.ports import RunFailed  # noqa: PLC0415
    from openbell.runtime.studies import ResearchJob  # noqa: PLC0415

    job = ResearchJob(backtest=work.job, learning=OptunaSearcher)
    try:
        with filling("Study") as on_part:
            return job(msgspec.structs.replace(work.request, study=study), on_part)
    except RunFailed as problem:
        fail(str(problem))


def _give(
    result: dict[str, Any],
    work: "Opened",
    report: "Path | None",
    tell: "Callable[[dict[str, Any]], None]",
    *,
    as_json: bool,
) -> None:
    if report is not None:
        write_page(report, result["study"], work.request)
    if as_json:
        show_json(result)
    else:
        tell(result)


def _tell_windows(result: dict[str, Any]) -> None:
    study = result["study"]
    objective = study["objective"]
    names = list(study["windows"][0]["parameters"])
    rows = [
        [one["out_of_sample_from"][:10], one["out_of_sample_to"][:10]]
        + [str(one["parameters"][name]) for name in names]
        + [figure(one["in_sample"][objective]), figure(one["out_of_sample"][objective])]
        + [figure(one["out_of_sample"]["total_return"])]
        for one in study["windows"]
    ]
    columns = ["judged from", "to", *names, f"{objective} in sample", "out of sample", "return % out of sample"]
    show_table(columns, rows, right=columns[2:], empty="")
    total = figure(result["metrics"]["total_return"])
    say(f"Out of sample together: {total} %, efficiency {figure(study['efficiency'])}")


def _tell_bands(result: dict[str, Any]) -> None:
    study = result["study"]
    rows = [
        [name, figure(one[key]["low"]), figure(one[key]["median"]), figure(one[key]["high"])]
        for name, one in (("bootstrap", study["bootstrap"]), ("shuffle", study["shuffle"]))
        for key in ("final_equity", "max_drawdown_percent")
    ]
    for row, what in zip(rows, ("final equity", "drawdown %") * 2, strict=True):
        row.insert(1, what)
    columns = ["trades", "of", "low", "median", "high"]
    show_table(columns, rows, right=columns[2:], empty="")
    drawn = study["bootstrap"]
    say(f"Probability of a loss {figure(drawn['loss_probability'])}, of ruin {figure(drawn['ruin_probability'])}")


def _tell_checks(result: dict[str, Any]) -> None:
    study = result["study"]
    rows = [
        [name, "passed" if one["passed"] else "FAILED", str(one["compared"]), str(one["different"])]
        for name, one in (("look-ahead", study["look_ahead"]), ("recursive", study["recursive"]))
    ]
    columns = ["check", "verdict", "fills compared", "different"]
    show_table(columns, rows, right=columns[2:], empty="")
