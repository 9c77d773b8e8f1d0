"""Walk-forward optimisation: parameters chosen on one stretch, judged on the next, which they have not seen.

Source: Pardo, "The Evaluation and Optimization of Trading Strategies" (2008), chapter 11: efficiency is the annual
growth out of sample over the annual growth in sample.
"""

from collections.abc import Callable
from itertools import pairwise
from typing import Any, NamedTuple

import msgspec
import numpy as np

from openbell import __version__
from openbell.analytics.returns import days_per_year
from openbell.analytics.round_trips import RoundTrip
from openbell.analytics.summary import summarize
from openbell.domain.instants import instant_text
from openbell.domain.study import Search, WalkForward
from openbell.domain.values import SCALE, text_of
from openbell.ports import RunFailed, Searcher
from openbell.runtime.backtest import Played
from openbell.runtime.result import equity_curve, fill_document, thinned, trade_document, trades_of
from openbell.runtime.sweep import Swept, sweep
from openbell.runtime.trials import Bench, Parameters, Trial, row_of, trial_of

WINDOW_BARS_MIN = 20
"""Fewer bars than this, in or out of sample, say nothing."""

OpenSearch = Callable[[Search], Searcher]


class Window(NamedTuple):
    """Bars [first, split) to choose on, bars [split, last) to judge on."""

    first: int
    split: int
    last: int


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One window: what was chosen, and what it then came to."""

    window: Window
    chosen: Trial
    tried: int
    played: Played
    judged: Trial


def windows_of(count: int, study: WalkForward) -> list[Window]:
    """Cut bars into windows whose judged parts follow one another to the end. Raises RunFailed for too few bars."""
    # What is judged is all but the first stretch that only is chosen on: count = chosen + windows × judged.
    judged = count * (1 - study.in_sample) / (study.in_sample + study.windows * (1 - study.in_sample))
    edges = [count - round(judged * place) for place in range(study.windows, -1, -1)]
    length = edges[0]
    windows = [Window(0 if study.anchored else split - length, split, last) for split, last in pairwise(edges)]
    if any(min(one.split - one.first, one.last - one.split) < WINDOW_BARS_MIN for one in windows):
        raise RunFailed(f"{count:,} bars are too few for {study.windows} windows: take more data or fewer windows")
    return windows


def walk(
    bench: Bench,
    study: WalkForward,
    *,
    searcher: OpenSearch,
    on_part: Callable[[float], None] | None = None,
    on_step: Callable[[Step], None] | None = None,
) -> list[Step]:
    """Choose and judge, window after window. Raises RunFailed."""
    windows, steps = windows_of(bench.bar_count, study), []
    for place, window in enumerate(windows):

        def on_trials(part: float, done: int = place) -> None:
            if on_part is not None:
                on_part((done + part) / len(windows))

        swept = sweep(
            bench,
            study.search,
            searcher=searcher(study.search),
            first=window.first,
            last=window.split,
            on_part=on_trials,
        )
        steps.append(_judged(bench, window, swept))
        if on_step is not None:
            on_step(steps[-1])
    return steps


def walk_document(bench: Bench, study: WalkForward, steps: list[Step]) -> dict[str, Any]:
    """Describe a walk-forward study as the result of a run: the judged parts, one after the other, and each window."""
    initial = bench.prepared.request.initial_cash
    curve, trades = _joined(steps, initial)
    metrics = summarize(curve, round_trips=trades)
    return {
        "final_equity": text_of(round(curve[-1][1] * SCALE)),
        "initial_cash": text_of(initial),
        "metrics": metrics,
        "fills": [fill_document(event) for step in steps for event in step.played.fills],
        "trades": [trade_document(trip) for trip in trades],
        "equity_curve": thinned([(ts + 1, round(value * SCALE)) for ts, value in curve]),
        "strategy": bench.prepared.request.kind,
        "parameters": steps[-1].chosen.parameters,
        "data": _data_document(bench),
        "code_version": __version__,
        "study": {
            "type": "walk_forward",
            "objective": study.search.objective,
            "method": study.search.method.value,
            "anchored": study.anchored,
            "efficiency": _efficiency(steps, curve),
            "windows": [_window_document(bench, study, step) for step in steps],
        },
    }


def _judged(bench: Bench, window: Window, swept: Swept) -> Step:
    parameters = swept.best.parameters
    history = bench.warm_up_bars(parameters)
    played = bench.play(parameters, first=window.split, last=window.last, history=history)
    return Step(
        window=window,
        chosen=swept.best,
        tried=len(swept.trials),
        played=played,
        judged=trial_of(played, parameters),
    )


def _joined(steps: list[Step], initial_cash: int) -> tuple[list[tuple[int, float]], list[RoundTrip]]:
    """Put the judged parts behind one another, each beginning with what the one before it ended with."""
    curve: list[tuple[int, float]] = []
    trades: list[RoundTrip] = []
    factor = 1.0
    for step in steps:
        part = equity_curve(step.played)
        curve += [(ts, value * factor) for ts, value in part]
        factor *= part[-1][1] / (initial_cash / SCALE)
        trades += trades_of(step.played).closed
    return curve, trades


def _efficiency(steps: list[Step], curve: list[tuple[int, float]]) -> float | None:
    """Give annual growth out of sample over annual growth in sample, None where there was none to be had in sample."""
    chosen = [step.chosen.metrics.get("cagr") for step in steps]
    known = [float(one) for one in chosen if one is not None]
    inside = float(np.mean(known)) if known else 0.0
    outside = summarize(curve, days_per_year=days_per_year(np.array([ts for ts, _ in curve]))).get("cagr")
    return float(outside) / inside if outside is not None and inside > 0 else None


def _data_document(bench: Bench) -> dict[str, Any]:
    prepared = bench.prepared
    length = prepared.request.timeframe.length_ns
    return {
        "dataset_id": prepared.dataset.dataset_id,
        "timeframe": prepared.request.timeframe.value,
        "bars": bench.bar_count,
        "start": instant_text(int(prepared.bars.ts_ns[0])),
        "end": instant_text(int(prepared.bars.ts_ns[-1]) + length),
        "digest": prepared.dataset.digest,
    }


def _window_document(bench: Bench, study: WalkForward, step: Step) -> dict[str, Any]:
    ts_ns, length = bench.prepared.bars.ts_ns, bench.prepared.request.timeframe.length_ns
    window = step.window

    def at(bar: int) -> str:
        return instant_text(int(ts_ns[bar]) if bar < len(ts_ns) else int(ts_ns[-1]) + length)

    parameters: Parameters = step.chosen.parameters
    return {
        "in_sample_from": at(window.first),
        "out_of_sample_from": at(window.split),
        "out_of_sample_to": at(window.last),
        "tried": step.tried,
        "parameters": parameters,
        "in_sample": row_of(step.chosen, study.search.objective),
        "out_of_sample": row_of(step.judged, study.search.objective),
    }
