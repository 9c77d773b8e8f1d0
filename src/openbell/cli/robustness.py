"""`openbell walk-forward`, `openbell monte-carlo` and `openbell check`: how far a backtest can be believed."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from openbell.cli.asked import Asked, Method, Objective, Trials, study_command
from openbell.cli.console import ExitCode, fail, say, show_json, show_table
from openbell.cli.study import figure, write_page

if TYPE_CHECKING:
    from collections.abc import Callable

    from openbell.cli.study import Opened


@study_command
def walk_forward(
    asked: Asked,
    *,
    windows: Annotated[int, typer.Option(help="Stretches that are judged.", min=1, max=50)] = 5,
    in_sample: Annotated[float, typer.Option(help="Part of a window that is chosen on.", min=0.05, max=0.95)] = 0.7,
    anchored: Annotated[bool, typer.Option("--anchored", help="Choose on everything before.")] = False,
    method: Method = "grid",
    trials: Trials = 100,
    objective: Objective = "sharpe_ratio",
) -> None:
    """Choose parameters on one stretch of time and judge them on the next, again and again."""
    from openbell.domain.study import WalkForward  # noqa: PLC0415

    work = asked.searched(method=method, trials=trials, objective=objective)
    study = WalkForward(search=work.search, windows=windows, in_sample=in_sample, anchored=anchored)
    _give(_done(work, study), work, asked, _tell_windows)


@study_command
def monte_carlo(
    asked: Asked,
    *,
    samples: Annotated[int, typer.Option(help="Times the trades are drawn.", min=10, max=100_000)] = 1_000,
    confidence: Annotated[float, typer.Option(help="Part within the bands.", min=0.5, max=0.999)] = 0.95,
) -> None:
    """Draw and order the trades of a backtest anew: how much of its result was luck."""
    from openbell.domain.study import MonteCarlo  # noqa: PLC0415

    work = asked.opened()
    result = _done(work, MonteCarlo(samples=samples, confidence=confidence))
    _give(result, work, asked, _tell_bands)


@study_command
def check(
    asked: Asked,
    *,
    cuts: Annotated[int, typer.Option(help="Places at which the data is cut.", min=1, max=50)] = 10,
) -> None:
    """Check that a strategy neither sees the future nor remembers more than it says. Exit code 1 if it does."""
    from openbell.domain.study import Checks  # noqa: PLC0415

    work = asked.opened()
    result = _done(work, Checks(cuts=cuts))
    _give(result, work, asked, _tell_checks)
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


def _give(result: dict[str, Any], work: "Opened", asked: Asked, tell: "Callable[[dict[str, Any]], None]") -> None:
    if asked.report is not None:
        write_page(asked.report, result["study"], work.request)
    if asked.as_json:
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
