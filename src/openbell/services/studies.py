"""Checks what is asked of a study before it is queued: parameters that exist, values they take, sizes that end."""

from collections.abc import Iterator, Sequence

from openbell.analytics.metrics import METRICS
from openbell.domain.parameters import checked
from openbell.domain.strategy import Parameter
from openbell.domain.study import (
    AXES_MAX,
    AXIS_VALUES_MAX,
    FOLDS_MAX,
    SAMPLES_MAX,
    TRIALS_MAX,
    WINDOWS_MAX,
    Checks,
    MonteCarlo,
    Search,
    Study,
    Sweep,
    Training,
    WalkForward,
)

Problem = tuple[str, str]
_OBJECTIVES = sorted(metric.name for metric in METRICS)


def problems_of(study: Study | None, parameters: Sequence[Parameter]) -> list[Problem]:
    """Name everything that is wrong with a study of a strategy with these parameters."""
    match study:
        case Sweep(search=search):
            return list(problems_of_search(search, parameters))
        case WalkForward(search=search):
            ranges = _outside("windows", study.windows, 1, WINDOWS_MAX)
            return [
                *problems_of_search(search, parameters),
                *ranges,
                *_outside("in_sample", study.in_sample, 0.05, 0.95),
            ]
        case MonteCarlo():
            ranges = _outside("samples", study.samples, 10, SAMPLES_MAX)
            return [*ranges, *_outside("confidence", study.confidence, 0.5, 0.999)]
        case Checks():
            return list(_outside("cuts", study.cuts, 1, 50))
        case Training():
            return list(_training(study))
        case None:
            return []


def problems_of_search(search: Search, parameters: Sequence[Parameter]) -> Iterator[Problem]:
    """Name everything that is wrong with a search among these parameters."""
    known = {one.name: one for one in parameters}
    if not 1 <= len(search.axes) <= AXES_MAX:
        yield "parameters", f"name 1 to {AXES_MAX} parameters with the values to try"
    for axis in search.axes:
        if axis.name not in known:
            yield f"parameters.{axis.name}", f"unknown parameter; there are: {', '.join(known) or 'none'}"
        elif not 1 <= len(axis.values) <= AXIS_VALUES_MAX:
            yield f"parameters.{axis.name}", f"give 1 to {AXIS_VALUES_MAX} values"
        else:
            yield from _values(known[axis.name], axis.values)
    yield from _outside("trials", search.trials, 1, TRIALS_MAX)
    if search.trial_count > TRIALS_MAX:
        yield "parameters", f"{search.trial_count:,} backtests in one study; {TRIALS_MAX:,} is the most"
    if search.objective not in _OBJECTIVES:
        yield "objective", f"unknown metric; there are {', '.join(_OBJECTIVES)}"


def _values(parameter: Parameter, values: Sequence[int | float | str | bool]) -> Iterator[Problem]:
    for value in values:
        try:
            checked(parameter, value)
        except ValueError as problem:
            yield f"parameters.{parameter.name}", str(problem)
            return


def _training(study: Training) -> Iterator[Problem]:
    for name, value, low, high in (
        ("horizon", study.horizon, 1, 1_000),
        ("folds", study.folds, 1, FOLDS_MAX),
        ("embargo", study.embargo, 0, 10_000),
        ("trees", study.trees, 1, 2_000),
        ("depth", study.depth, 1, 10),
        ("learning_rate", study.learning_rate, 0.001, 1.0),
        ("least_return", study.least_return, -1.0, 10.0),
    ):
        yield from _outside(name, value, low, high)


def _outside(name: str, value: float, low: float, high: float) -> Iterator[Problem]:
    if not low <= value <= high:
        yield name, f"expected {low:g} to {high:g}"
