"""A sweep: a backtest of every parameter set, the best one, and the odds that it is only luck."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from openbell.analytics.robustness import deflated_sharpe, expected_best_sharpe, overfitting_probability
from openbell.domain.strategy import ParameterValue
from openbell.domain.study import Search
from openbell.ports import RunFailed, Searcher
from openbell.runtime.trials import Bench, Parameters, Trial, daily_of, row_of, score

HEAT_MAP_CELLS_MAX = 10_000
ROWS_MAX = 10_000

OnTrial = Callable[[Trial], None]


class Swept(msgspec.Struct, frozen=True, kw_only=True):
    """What was tried, the best first; `skipped` are sets that the strategy does not take."""

    search: Search
    trials: list[Trial]
    skipped: int

    @property
    def best(self) -> Trial:
        """The set with the largest objective, the earlier one among equals."""
        return self.trials[0]


def sweep(
    bench: Bench,
    search: Search,
    *,
    searcher: Searcher,
    first: int = 0,
    last: int | None = None,
    known: Mapping[str, Trial] | None = None,
    on_part: Callable[[float], None] | None = None,
    on_trial: OnTrial | None = None,
) -> Swept:
    """Try sets until the searcher has no further one. `known` trials, by `key_of`, are not done again.

    Raises RunFailed when not one set can be tried, or a run fails.
    """
    trials, skipped = [], 0
    while (parameters := searcher.ask()) is not None:
        trial = (known or {}).get(key_of(parameters))
        if trial is None and bench.is_valid(parameters):
            trial = bench.trial(parameters, first=first, last=last)
            if on_trial is not None:
                on_trial(trial)
        if trial is None:
            skipped += 1
        else:
            trials.append(trial)
        searcher.tell(None if trial is None else score(trial, search.objective))
        if on_part is not None:
            on_part(min(1.0, (len(trials) + skipped) / search.trial_count))
    return ranked(search, trials, skipped=skipped)


def try_some(
    bench: Bench, searcher: Searcher, piece: tuple[int, int], *, on_part: Callable[[float], None]
) -> list[Trial]:
    """Try the valid ones of the sets first to last (exclusive) that a searcher asks for. Raises RunFailed."""
    first, last = piece
    trials = []
    for number in range(last):
        parameters = searcher.ask()
        if parameters is None:
            break
        if number >= first:
            if bench.is_valid(parameters):
                trials.append(bench.trial(parameters))
            on_part((number + 1 - first) / (last - first))
    return trials


def ranked(search: Search, trials: Sequence[Trial], *, skipped: int) -> Swept:
    """Put trials in order. Raises RunFailed when there are none."""
    if not trials:
        raise RunFailed(f"not one of {skipped} parameter sets is valid")
    best_first = sorted(trials, key=lambda trial: -score(trial, search.objective))
    return Swept(search=search, trials=best_first, skipped=skipped)


def key_of(parameters: Parameters) -> str:
    """Name a set by its values."""
    return msgspec.json.encode(parameters, order="deterministic").decode()


def sweep_document(swept: Swept, bench: Bench) -> dict[str, Any]:
    """Describe a sweep as one JSON document."""
    search, best = swept.search, swept.best
    return {
        "type": "sweep",
        "method": search.method.value,
        "objective": search.objective,
        "tried": len(swept.trials),
        "skipped": swept.skipped,
        "best": row_of(best, search.objective),
        "luck": luck(swept, bench),
        "heat_map": heat_map(swept),
        "rows": [row_of(trial, search.objective) for trial in swept.trials[:ROWS_MAX]],
    }


def luck(swept: Swept, bench: Bench) -> dict[str, float | int | None]:
    """Say how likely the best set is to be the best by luck alone."""
    sharpes = [trial.sharpe for trial in swept.trials]
    by_sharpe = max(swept.trials, key=lambda trial: trial.sharpe)
    daily = daily_of(bench.play(by_sharpe.parameters))
    odds = overfitting_probability([trial.blocks for trial in swept.trials])
    mean = sum(sharpes) / len(sharpes)
    variance = sum((one - mean) ** 2 for one in sharpes) / (len(sharpes) - 1) if len(sharpes) > 1 else 0.0
    return {
        "trials": len(sharpes),
        "best_daily_sharpe": by_sharpe.sharpe,
        "daily_sharpe_expected_of_luck": expected_best_sharpe(variance, trials=len(sharpes)),
        "deflated_sharpe_probability": deflated_sharpe(daily, sharpes=sharpes),
        "overfitting_probability": None if odds is None else odds.probability,
    }


def heat_map(swept: Swept) -> dict[str, Any] | None:
    """Give the objective over the first two axes, the best of whatever else varies; None for fewer than two."""
    axes = swept.search.axes
    if len(axes) < 2 or len(axes[0].values) * len(axes[1].values) > HEAT_MAP_CELLS_MAX:
        return None
    x, y = axes[0], axes[1]
    best: dict[tuple[ParameterValue, ParameterValue], float] = {}
    for trial in reversed(swept.trials):
        value = trial.metrics.get(swept.search.objective)
        if value is not None:
            best[trial.parameters[x.name], trial.parameters[y.name]] = float(value)
    return {
        "objective": swept.search.objective,
        "x": x.name,
        "y": y.name,
        "x_values": list(x.values),
        "y_values": list(y.values),
        "values": [[best.get((across, down)) for across in x.values] for down in y.values],
    }
