"""The options that every study has, given to a command beside its own, and the study that they lead to."""

import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from openbell.cli.console import ExitCode, fail
from openbell.cli.options import AsJson, DataDir, data_dir_of
from openbell.cli.parameters import named_options
from openbell.cli.study import Opened, told_apart

if TYPE_CHECKING:
    from openbell.domain.run import BacktestRequest
    from openbell.runtime.jobs import BacktestJob

Strategy = Annotated[str, typer.Option(help="Kind of the strategy, or a Python file with one.")]
Data = Annotated[str, typer.Option(help="Dataset id such as GOOG-1d, or its symbol when only one fits.")]
Length = Annotated[str | None, typer.Option(help="Length to join the data's bars into [the data's]: 5m 15m 1h 1d.")]
Method = Annotated[str, typer.Option(help="grid, random or bayesian (extra `search`).")]
Trials = Annotated[int, typer.Option(help="Sets that random and bayesian try.", min=1, max=10_000)]
Objective = Annotated[str, typer.Option(help="Metric that should be large.")]
Start = Annotated[str | None, typer.Option(help="First date or instant, inclusive.")]
End = Annotated[str | None, typer.Option(help="Last date or instant, exclusive.")]
Symbol = Annotated[str | None, typer.Option(help="Symbol to trade [the dataset's].")]
Cash = Annotated[str, typer.Option(help="Cash to begin with.")]
Fee = Annotated[str, typer.Option(help="Fee as a part of each fill's value: 0.001 is 0.1 %.")]
Seed = Annotated[int, typer.Option(help="Seed for what is drawn by chance.", min=0)]


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What the shared options say, as they were written."""

    strategy: str
    data: str
    texts: dict[str, str]
    symbol: str | None
    cash: str
    fee: str
    fill_model: str
    start: str | None
    end: str | None
    timeframe: str | None
    seed: int
    report: Path | None
    directory: Path
    as_json: bool

    def opened(self, *, method: str = "grid", trials: int = 1, objective: str = "sharpe_ratio") -> Opened:
        """Find data and strategy, and tell fixed parameters from those that are varied. Ends the command otherwise."""
        from openbell.cli.research import job_in, kind_named  # noqa: PLC0415
        from openbell.domain.study import Search, SearchMethod  # noqa: PLC0415
        from openbell.services.studies import problems_of_search  # noqa: PLC0415

        if method not in list(SearchMethod):
            fail(f"--method {method}: one of {', '.join(SearchMethod)}", ExitCode.USAGE)
        job, kind = job_in(self.directory, self.strategy), kind_named(self.strategy, self.directory)
        declared = job.kinds()[kind].parameters
        fixed, axes = told_apart(declared, self.texts, self.strategy)
        search = Search(axes=axes, method=SearchMethod(method), trials=trials, objective=objective)
        problems = [f"{name}: {said}" for name, said in problems_of_search(search, declared) if axes]
        if problems:
            fail("; ".join(problems), ExitCode.USAGE)
        return Opened(job, self._request(job, kind, fixed), search)

    def searched(self, *, method: str, trials: int, objective: str) -> Opened:
        """Open it as `opened` does; ends the command when nothing is varied."""
        work = self.opened(method=method, trials=trials, objective=objective)
        if not work.search.axes:
            fail("no parameter has more than one value: --fast 5..50:5 or --fast 5,10,20", ExitCode.USAGE)
        return work

    def _request(self, job: "BacktestJob", kind: str, fixed: dict[str, Any]) -> "BacktestRequest":
        from openbell.cli.amounts import amount  # noqa: PLC0415
        from openbell.cli.instants import instant_option, timeframe_option  # noqa: PLC0415
        from openbell.cli.research import request_on  # noqa: PLC0415

        return request_on(
            job,
            self.data,
            kind=kind,
            parameters=fixed,
            symbol=self.symbol,
            start_ns=instant_option("--start", self.start),
            end_ns=instant_option("--end", self.end),
            cash=amount("--cash", self.cash, more_than=0),
            fee_rate=amount("--fee", self.fee),
            fill_model=self.fill_model,
            seed=self.seed,
            timeframe=timeframe_option(self.timeframe),
        )


def _shared(
    context: typer.Context,
    *,
    strategy: Strategy,
    data: Data,
    param: Annotated[
        list[str] | None, typer.Option(help="A strategy parameter, name=value or values; repeatable.")
    ] = None,
    symbol: Symbol = None,
    cash: Cash = "100000",
    fee: Fee = "0",
    fill_model: Annotated[str, typer.Option(help="ideal, realistic or pessimistic fills.")] = "ideal",
    start: Start = None,
    end: End = None,
    timeframe: Length = None,
    seed: Seed = 0,
    report: Annotated[Path | None, typer.Option(help="Write a page (HTML) here.", dir_okay=False)] = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> Asked:
    return Asked(
        strategy=strategy,
        data=data,
        texts=named_options(context.args, param or []),
        symbol=symbol,
        cash=cash,
        fee=fee,
        fill_model=fill_model,
        start=start,
        end=end,
        timeframe=timeframe,
        seed=seed,
        report=report,
        directory=data_dir_of(data_dir),
        as_json=as_json,
    )


def study_command(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the shared options beside its own; what they say is its first argument."""
    shared = inspect.signature(_shared).parameters
    own = list(inspect.signature(command).parameters.values())[1:]

    @functools.wraps(command)
    def called(**given: Any) -> None:  # Typer calls by name, with the signature below
        asked = _shared(**{name: given.pop(name) for name in shared})
        command(asked, **given)

    everything = [*shared.values(), *own]
    called.__signature__ = inspect.Signature(everything)  # type: ignore[attr-defined]
    called.__annotations__ = {one.name: one.annotation for one in everything}
    return called
