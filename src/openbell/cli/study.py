"""What the commands that study a strategy share: their options, the values of parameters, and the page they write."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from openbell.cli.console import ExitCode, fail, say
from openbell.cli.parameters import given_parameters

if TYPE_CHECKING:
    from openbell.domain.run import BacktestRequest
    from openbell.domain.strategy import Parameter, ParameterValue
    from openbell.domain.study import Search
    from openbell.ports import Searcher
    from openbell.runtime.jobs import BacktestJob
    from openbell.runtime.trials import Bench

Strategy = Annotated[str, typer.Option(help="Kind of the strategy, or a Python file with one.")]
Data = Annotated[str, typer.Option(help="Dataset id such as GOOG-1d, or its symbol when only one fits.")]
Method = Annotated[str, typer.Option(help="grid, random or bayesian (extra `search`).")]
Trials = Annotated[int, typer.Option(help="Sets that random and bayesian try.", min=1, max=10_000)]
Objective = Annotated[str, typer.Option(help="Metric that should be large.")]
Param = Annotated[list[str] | None, typer.Option(help="A strategy parameter, name=value or values; repeatable.")]
Symbol = Annotated[str | None, typer.Option(help="Symbol to trade [the dataset's].")]
Cash = Annotated[str, typer.Option(help="Cash to begin with.")]
Fee = Annotated[str, typer.Option(help="Fee as a part of each fill's value: 0.001 is 0.1 %.")]
FillModel = Annotated[str, typer.Option(help="ideal, realistic or pessimistic fills.")]
Start = Annotated[str | None, typer.Option(help="First date or instant, inclusive.")]
End = Annotated[str | None, typer.Option(help="Last date or instant, exclusive.")]
Seed = Annotated[int, typer.Option(help="Seed for what is drawn by chance.", min=0)]
Report = Annotated[Path | None, typer.Option(help="Write a page (HTML) here.", dir_okay=False)]

_RANGE = re.compile(r"(?P<first>-?[0-9.]+)\.\.(?P<last>-?[0-9.]+)(?::(?P<step>[0-9.]+))?")


class Wanted(NamedTuple):
    """What is played, as it was written on the command line."""

    data: str
    symbol: str | None
    cash: str
    fee: str
    fill_model: str
    start: str | None
    end: str | None
    seed: int


@dataclass(frozen=True)
class Opened:
    """A study's job, its request and its search."""

    job: "BacktestJob"
    request: "BacktestRequest"
    search: "Search"

    def bench(self) -> "Bench":
        """Give the bench that sets are tried on. Raises RunFailed."""
        from openbell.runtime.trials import Bench  # noqa: PLC0415

        return Bench(self.job.prepared(self.request), self.job.kinds())

    def searcher(self) -> "Searcher":
        """Give who chooses the sets. Raises RunFailed where that is not installed."""
        from openbell.adapters.search.optuna import OptunaSearcher  # noqa: PLC0415
        from openbell.runtime.search import searcher_of  # noqa: PLC0415

        return searcher_of(self.search, seed=self.request.seed, learning=OptunaSearcher)


def opened(
    wanted: Wanted, *, strategy: str, directory: Path, texts: dict[str, str], how: tuple[str, int, str]
) -> Opened:
    """Find data and strategy, and tell fixed parameters from those that are varied. Ends the command otherwise."""
    from openbell.cli.amounts import amount  # noqa: PLC0415
    from openbell.cli.instants import instant_option  # noqa: PLC0415
    from openbell.cli.research import job_in, kind_named, request_on  # noqa: PLC0415
    from openbell.domain.study import Search, SearchMethod  # noqa: PLC0415
    from openbell.services.studies import problems_of_search  # noqa: PLC0415

    method, trials, objective = how
    if method not in list(SearchMethod):
        fail(f"--method {method}: one of {', '.join(SearchMethod)}", ExitCode.USAGE)
    job, kind = job_in(directory, strategy), kind_named(strategy, directory)
    fixed, axes = _told_apart(job.kinds()[kind].parameters, texts, strategy)
    search = Search(axes=axes, method=SearchMethod(method), trials=trials, objective=objective)
    problems = [f"{name}: {said}" for name, said in problems_of_search(search, job.kinds()[kind].parameters) if axes]
    if problems:
        fail("; ".join(problems), ExitCode.USAGE)
    request = request_on(
        job,
        wanted.data,
        kind=kind,
        parameters=fixed,
        symbol=wanted.symbol,
        start_ns=instant_option("--start", wanted.start),
        end_ns=instant_option("--end", wanted.end),
        cash=amount("--cash", wanted.cash, more_than=0),
        fee_rate=amount("--fee", wanted.fee),
        fill_model=wanted.fill_model,
        seed=wanted.seed,
    )
    return Opened(job, request, search)


def _told_apart(
    declared: "Sequence[Parameter]", texts: dict[str, str], strategy: str
) -> "tuple[dict[str, ParameterValue], tuple[Any, ...]]":
    from openbell.domain.study import Axis  # noqa: PLC0415

    fixed, axes = {}, []
    for name, text in texts.items():
        values = _values(name, text)
        read = [
            given_parameters(declared, pairs=[f"{name}={one}"], options=[], strategy=strategy)[name] for one in values
        ]
        if len(read) == 1:
            fixed[name] = read[0]
        else:
            axes.append(Axis(name, tuple(read)))
    return fixed, tuple(axes)


def _values(name: str, text: str) -> list[str]:
    """Give the values of `a,b,c` or `first..last:step`, the last included when a step ends on it."""
    spread = _RANGE.fullmatch(text.strip())
    if spread is None:
        return [one.strip() for one in text.split(",")]
    try:
        first, last, step = (Decimal(spread[one] or "1") for one in ("first", "last", "step"))
        count = int((last - first) // step) + 1
    except (InvalidOperation, ZeroDivisionError):
        count = 0
    if not 1 <= count <= 1_000:
        fail(f"--{name.replace('_', '-')} {text}: expected first..last:step with up to 1000 values", ExitCode.USAGE)
    return [str(first + step * place) for place in range(count)]


def write_page(path: Path, study: dict[str, Any], request: "BacktestRequest") -> None:
    """Write a study's page. Ends the command when that cannot be."""
    from openbell.analytics.study_page import study_page  # noqa: PLC0415

    title = f"{study['type'].replace('_', ' ').capitalize()}: {request.kind} on {request.dataset_id}"
    try:
        path.write_text(study_page(study, title=title, subtitle=f"Seed {request.seed}"), encoding="utf-8")
    except OSError as problem:
        fail(f"cannot write {path}: {problem.strerror}")
    say(f"Page: {path}")


def figure(value: Any) -> str:
    """Write a figure for a table."""
    return "-" if value is None else f"{value:,.3f}" if isinstance(value, float) else str(value)
