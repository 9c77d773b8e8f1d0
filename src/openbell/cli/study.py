"""What the commands that study a strategy share: the values of parameters, what is played, and the page they write."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Any

from openbell.cli.console import ExitCode, fail, say
from openbell.cli.parameters import given_parameters

if TYPE_CHECKING:
    from openbell.domain.run import BacktestRequest
    from openbell.domain.strategy import Parameter, ParameterValue
    from openbell.domain.study import Search
    from openbell.ports import Searcher
    from openbell.runtime.jobs import BacktestJob
    from openbell.runtime.trials import Bench

_RANGE = re.compile(r"(?P<first>-?[0-9.]+)\.\.(?P<last>-?[0-9.]+)(?::(?P<step>[0-9.]+))?")


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


def told_apart(
    declared: "Sequence[Parameter]", texts: dict[str, str], strategy: str
) -> "tuple[dict[str, ParameterValue], tuple[Any, ...]]":
    """Tell parameters with one value from axes with several. Ends the command for a value that none can have."""
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
