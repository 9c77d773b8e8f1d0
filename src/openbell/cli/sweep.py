"""`openbell sweep`: try many parameter sets, keep what was done, and say how likely the best one is luck."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from openbell.cli.asked import Asked, Method, Objective, Trials, study_command
from openbell.cli.console import fail, say, show_json, show_table
from openbell.cli.study import figure, write_page

if TYPE_CHECKING:
    from openbell.cli.study import Opened
    from openbell.runtime.sweep import Swept
    from openbell.runtime.trials import Trial

CONTEXT = {"allow_extra_args": True, "ignore_unknown_options": True}
EPILOG = (
    "A parameter is given its values as an option: --fast 5..50:5 --slow 20,40,60; one value fixes it. Ctrl-C keeps "
    "what is done; the same command with --resume goes on."
)
FOLDER = "sweeps"
ROWS_SHOWN = 10


@study_command
def sweep(
    asked: Asked,
    *,
    method: Method = "grid",
    trials: Trials = 100,
    objective: Objective = "sharpe_ratio",
    workers: Annotated[int, typer.Option(help="Processes; 0 is one a core.", min=0)] = 1,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with what an earlier sweep has done.")] = False,
) -> None:
    """Backtest every parameter set of a grid, or a choice of them, and rank them."""
    work = asked.searched(method=method, trials=trials, objective=objective)
    kept = _Kept(asked.directory / FOLDER, work)
    known = kept.read() if resume else kept.clear()
    swept = _swept(work, known, kept, workers or os.cpu_count() or 1)
    document = _document(swept, work)
    if asked.report is not None:
        write_page(asked.report, document, work.request)
    if asked.as_json:
        show_json(document)
    else:
        _tell(document)


class _Kept:
    """Finished trials in a file, one a line, so that a sweep that is cut off loses nothing."""

    def __init__(self, folder: Path, work: "Opened") -> None:
        import hashlib  # noqa: PLC0415

        import msgspec  # noqa: PLC0415

        asked = msgspec.json.encode((work.request, work.search), order="deterministic")
        self.path = folder / f"{hashlib.sha256(asked).hexdigest()[:16]}.jsonl"

    def read(self) -> "dict[str, Trial]":
        """Give what was done before, by key; a line that was cut off is not there."""
        import msgspec  # noqa: PLC0415

        from openbell.runtime.sweep import key_of  # noqa: PLC0415
        from openbell.runtime.trials import Trial  # noqa: PLC0415

        if not self.path.exists():
            return {}
        found = {}
        for line in self.path.read_bytes().splitlines():
            with contextlib.suppress(msgspec.DecodeError):
                trial = msgspec.json.decode(line, type=Trial)
                found[key_of(trial.parameters)] = trial
        say(f"{len(found):,} sets were done before")
        return found

    def clear(self) -> "dict[str, Trial]":
        """Begin anew."""
        self.path.unlink(missing_ok=True)
        return {}

    def add(self, trials: "list[Trial]") -> None:
        """Keep trials."""
        import msgspec  # noqa: PLC0415

        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("ab") as file:
            file.writelines(msgspec.json.encode(trial) + b"\n" for trial in trials)


def _swept(work: "Opened", known: "dict[str, Trial]", kept: _Kept, workers: int) -> "Swept":
    """Try what has not been tried; on Ctrl-C say how to go on and end."""
    from openbell.cli.progress import filling  # noqa: PLC0415
    from openbell.domain.study import SearchMethod  # noqa: PLC0415
    from openbell.ports import RunFailed  # noqa: PLC0415
    from openbell.runtime.sweep import sweep as run_sweep  # noqa: PLC0415

    many = workers > 1 and work.search.method is not SearchMethod.BAYESIAN
    try:
        with filling("Sweep") as on_part:
            if many:
                known = known | _in_parallel(work, known, kept, workers, on_part)
            return run_sweep(
                work.bench(),
                work.search,
                searcher=work.searcher(),
                known=known,
                on_part=None if many else on_part,
                on_trial=lambda trial: kept.add([trial]),
            )
    except RunFailed as problem:
        fail(str(problem))
    except KeyboardInterrupt:
        say(f"\nStopped. {_count(kept):,} sets are kept: the same command with --resume goes on.")
        raise typer.Exit(130) from None


def _in_parallel(
    work: "Opened", known: "dict[str, Trial]", kept: _Kept, workers: int, on_part: Any
) -> "dict[str, Trial]":
    from openbell.runtime.parallel import trials_in_parallel  # noqa: PLC0415
    from openbell.runtime.sweep import key_of  # noqa: PLC0415

    sets = [one for one in _all(work) if key_of(one) not in known]
    found: dict[str, Trial] = {}
    done = 0
    for count, trials in trials_in_parallel(work.job, work.request, sets, workers=workers):
        kept.add(trials)
        found |= {key_of(trial.parameters): trial for trial in trials}
        done += count
        on_part(done / len(sets))
    return found


def _all(work: "Opened") -> Iterator[dict[str, Any]]:
    searcher = work.searcher()
    while (parameters := searcher.ask()) is not None:
        yield parameters
        searcher.tell(None)


def _count(kept: _Kept) -> int:
    return len(kept.path.read_bytes().splitlines()) if kept.path.exists() else 0


def _document(swept: "Swept", work: "Opened") -> dict[str, Any]:
    from openbell.runtime.sweep import sweep_document  # noqa: PLC0415

    return sweep_document(swept, work.bench())


def _tell(document: dict[str, Any]) -> None:
    objective = document["objective"]
    say(f"{document['tried']:,} sets tried, {document['skipped']:,} that the strategy does not take")
    names = list(document["best"]["parameters"])
    figures = [name for name in document["best"] if name != "parameters"]
    rows = [
        [*(str(row["parameters"][name]) for name in names), *(figure(row[name]) for name in figures)]
        for row in document["rows"][:ROWS_SHOWN]
    ]
    show_table([*names, *figures], rows, right=[*names, *figures], empty="")
    luck = document["luck"]
    say(f"Probability that the best by Sharpe ratio has skill: {figure(luck['deflated_sharpe_probability'])}")
    say(f"Probability that the best by {objective} is overfitted: {figure(luck['overfitting_probability'])}")
