"""Studies: what a sweep finds, what walk-forward may see, and strategies that peep or remember too much."""

import itertools
import random

import msgspec
import numpy as np
import pytest

from openbell.adapters.catalog.instruments import instrument_of
from openbell.adapters.catalog.parquet import ParquetCatalog
from openbell.adapters.search.optuna import OptunaSearcher
from openbell.domain.run import BacktestRequest
from openbell.domain.strategy import Parameter
from openbell.domain.study import Axis, Checks, MonteCarlo, Search, SearchMethod, Sweep, WalkForward
from openbell.domain.values import SCALE
from openbell.engine.lines import Column, Line
from openbell.engine.strategy import Strategy
from openbell.ports import RunFailed
from openbell.runtime.checks import check
from openbell.runtime.jobs import BacktestJob
from openbell.runtime.search import searcher_of
from openbell.runtime.studies import ResearchJob
from openbell.runtime.sweep import key_of, sweep, sweep_document
from openbell.runtime.trials import Bench
from openbell.runtime.walk_forward import walk, walk_document, windows_of
from openbell.strategies import SHIPPED

AXES = (Axis("fast", (5, 10, 30)), Axis("slow", (20, 30, 60)))
GRID = Search(axes=AXES, objective="total_return")
REQUEST = BacktestRequest(kind="sma_cross", dataset_id="GOOG-1d", symbol="GOOG", initial_cash=100_000 * SCALE)


@pytest.fixture(scope="module")
def job(tmp_path_factory):
    catalog = ParquetCatalog(str(tmp_path_factory.mktemp("catalog")))
    return BacktestJob(lambda: catalog, lambda: SHIPPED | {cls.kind: cls for cls in SUSPECTS}, instrument_of)


def bench(job, **changes):
    prepared = job.prepared(msgspec.structs.replace(REQUEST, **changes))
    return Bench(prepared, job.kinds())


def asked(searcher, answer=lambda _: 0.0):
    sets = []
    while (one := searcher.ask()) is not None:
        sets.append(tuple(one.values()))
        searcher.tell(answer(one))
    return sets


def test_a_grid_is_every_combination_once():
    sets = asked(searcher_of(GRID, seed=0, learning=None))
    assert sets == list(itertools.product((5, 10, 30), (20, 30, 60)))


def test_chance_tries_as_many_as_asked_for_and_none_twice():
    wide = Search(
        axes=(Axis("a", tuple(range(90))), Axis("b", tuple(range(90)))), method=SearchMethod.RANDOM, trials=50
    )
    sets = asked(searcher_of(wide, seed=1, learning=None))
    assert len(set(sets)) == 50
    assert sets == asked(searcher_of(wide, seed=1, learning=None)) != asked(searcher_of(wide, seed=2, learning=None))
    small = msgspec.structs.replace(GRID, method=SearchMethod.RANDOM, trials=99)
    assert sorted(asked(searcher_of(small, seed=0, learning=None))) == sorted(
        itertools.product((5, 10, 30), (20, 30, 60))
    )


def test_bayesian_search_comes_nearer_to_the_peak_than_chance():
    axes = tuple(Axis(name, tuple(range(60))) for name in "ab")

    def hill(one):
        return -((one["a"] - 41) ** 2) - (one["b"] - 13) ** 2

    best = {}
    for method in (SearchMethod.RANDOM, SearchMethod.BAYESIAN):
        search = Search(axes=axes, method=method, trials=60)
        tops = []
        for seed in range(5):
            sets = asked(searcher_of(search, seed=seed, learning=OptunaSearcher), hill)
            assert len(set(sets)) == len(sets) <= 60
            tops.append(max(hill({"a": a, "b": b}) for a, b in sets))
        best[method] = np.median(tops)
    assert best[SearchMethod.BAYESIAN] > best[SearchMethod.RANDOM]


def test_bayesian_search_ends_when_everything_was_tried():
    small = msgspec.structs.replace(GRID, method=SearchMethod.BAYESIAN, trials=500)
    assert len(asked(searcher_of(small, seed=0, learning=OptunaSearcher))) <= 9


def test_a_sweep_gives_each_set_the_result_of_its_own_backtest(job):
    one = bench(job)
    swept = sweep(one, GRID, searcher=searcher_of(GRID, seed=0, learning=None))
    assert (len(swept.trials), swept.skipped) == (7, 2)
    for trial in swept.trials:
        alone = job(msgspec.structs.replace(REQUEST, parameters=trial.parameters))
        assert alone["metrics"] == trial.metrics
    returns = [trial.metrics["total_return"] for trial in swept.trials]
    assert returns == sorted(returns, reverse=True)
    document = sweep_document(swept, one)
    places = {
        (x, y): v
        for y, row in zip((20, 30, 60), document["heat_map"]["values"], strict=True)
        for x, v in zip((5, 10, 30), row, strict=True)
    }
    best = swept.best.parameters
    assert places[best["fast"], best["slow"]] == document["best"]["total_return"] == max(returns)
    assert places[30, 20] is None
    assert 0 <= document["luck"]["overfitting_probability"] <= 1
    assert 0 <= document["luck"]["deflated_sharpe_probability"] <= 1


@pytest.mark.parametrize("kind", ["sma_cross", "mean_reversion"])
def test_compiled_columns_give_a_trial_the_same_figures_as_the_core_does(job, kind):
    slow = bench(job, kind=kind, fee_rate=SCALE // 1_000)
    fast = msgspec.structs.replace(slow, columns_bars_min=1)
    for parameters in ({"quantity": "10"}, {"quantity": "333"}, {"quantity": "5", "long_only": False}):
        assert fast.trial(parameters, first=100) == slow.trial(parameters, first=100)


def test_what_was_tried_is_not_tried_again(job):
    one, done = bench(job), {}
    sweep(
        one,
        GRID,
        searcher=searcher_of(GRID, seed=0, learning=None),
        on_trial=lambda t: done.update({key_of(t.parameters): t}),
    )
    again = []
    swept = sweep(one, GRID, searcher=searcher_of(GRID, seed=0, learning=None), known=done, on_trial=again.append)
    assert (again, len(swept.trials)) == ([], 7)


def test_not_one_valid_set_is_an_error(job):
    none = Search(axes=(Axis("fast", (40, 50)),))
    with pytest.raises(RunFailed, match="not one of 2"):
        sweep(bench(job), none, searcher=searcher_of(none, seed=0, learning=None))


@pytest.mark.parametrize("anchored", [False, True])
@pytest.mark.parametrize("windows", [1, 4, 9])
def test_windows_judge_what_follows_and_meet_at_the_end(windows, anchored):
    cut = windows_of(2_148, WalkForward(search=GRID, windows=windows, anchored=anchored))
    assert [one.split for one in cut[1:]] == [one.last for one in cut[:-1]]
    assert cut[-1].last == 2_148
    for one in cut:
        assert one.first < one.split < one.last
        part = (one.split - one.first) / (one.last - one.first)
        assert anchored or part == pytest.approx(0.7, abs=0.01)
    assert {one.first for one in cut} == {0} if anchored else cut[0].first == 0
    with pytest.raises(RunFailed, match="too few"):
        windows_of(100, WalkForward(search=GRID, windows=20))


def test_walk_forward_chooses_on_one_stretch_and_judges_on_the_next(job):
    one, study = bench(job), WalkForward(search=GRID, windows=3)
    steps = walk(one, study, searcher=lambda search: searcher_of(search, seed=0, learning=None))
    document = walk_document(one, study, steps)
    for step, window in zip(steps, document["study"]["windows"], strict=True):
        again = sweep(
            one,
            GRID,
            searcher=searcher_of(GRID, seed=0, learning=None),
            first=step.window.first,
            last=step.window.split,
        )
        assert again.best.parameters == step.chosen.parameters == window["parameters"]
        begins = int(one.prepared.bars.ts_ns[step.window.split])
        assert all(event.fill.ts_ns >= begins for event in step.played.fills)
    grown = np.prod([step.played.equity[-1] / (100_000 * SCALE) for step in steps])
    assert float(document["final_equity"]) == pytest.approx(100_000 * grown)
    assert document["study"]["efficiency"] is not None


def test_walk_forward_knows_nothing_of_the_future(job):
    one, study = bench(job), WalkForward(search=GRID, windows=3)
    cut = windows_of(one.bar_count, study)[1].split
    prices = {
        name: np.concatenate([getattr(one.prepared.bars, name)[:cut], getattr(one.prepared.bars, name)[cut:][::-1]])
        for name in ("open", "high", "low", "close")
    }
    other = Bench(
        msgspec.structs.replace(one.prepared, bars=msgspec.structs.replace(one.prepared.bars, **prices)), one.kinds
    )
    first, second = (
        walk(b, study, searcher=lambda search: searcher_of(search, seed=0, learning=None)) for b in (one, other)
    )
    assert first[0].played.fills == second[0].played.fills
    assert first[1].chosen == second[1].chosen
    assert first[1].played.equity != second[1].played.equity


class Remembering(Strategy):
    """Compares the close with the mean of all it has ever seen, and asks for no history."""

    kind = "remembering"
    parameters = (Parameter(name="margin", kind="float", default=0.0, description="Of no use."),)

    def __init__(self, parameters):
        super().__init__(parameters)
        self.total = self.count = 0

    def on_bar(self, ctx, bar):
        self.total, self.count = self.total + bar.close, self.count + 1
        self._go(ctx, bar, bar.close * self.count > self.total)

    def _go(self, ctx, bar, is_long):
        held = ctx.position(bar.symbol)
        if is_long and not held:
            ctx.buy(bar.symbol, SCALE)
        elif not is_long and held:
            ctx.sell(bar.symbol, held)


class Dicing(Remembering):
    """Leaves it to chance."""

    kind = "dicing"
    dice = random.Random(1)  # noqa: S311

    def on_bar(self, ctx, bar):
        self._go(ctx, bar, self.dice.random() > 0.5)


class Peeping(Remembering):
    """Wakes on the bars after which the price will rise or fall: its columns tell it."""

    kind = "peeping"
    keeps_bars = False

    def line(self):
        return Closes()

    def wakes(self, *, before, now, bars):
        ahead = np.append(bars.close[1:], bars.close[-1])
        return (ahead > bars.close) != np.append([False], (ahead > bars.close)[:-1])

    def on_bar(self, ctx, bar):
        self._go(ctx, bar, not ctx.position(bar.symbol))


class Closes(Line):
    """The close of each bar."""

    def read(self, bar):
        return bar.close

    def read_all(self, bars):
        return Column(bars.close)


SUSPECTS = (Remembering, Dicing, Peeping)


@pytest.mark.parametrize("kind", ["sma_cross", "mean_reversion"])
def test_shipped_strategies_neither_peep_nor_remember(job, kind):
    found = check(bench(job, kind=kind), Checks(cuts=3))
    assert found["look_ahead"]["passed"] and found["recursive"]["passed"]
    assert found["look_ahead"]["compared"] > 20
    assert found["recursive"]["compared"] > 5


def test_one_that_decides_by_chance_is_found_out(job):
    assert not check(bench(job, kind="dicing"), Checks(cuts=2))["look_ahead"]["passed"]


def test_one_whose_columns_tell_it_the_future_is_found_out(job):
    assert not check(bench(job, kind="peeping"), Checks())["look_ahead"]["passed"]


def test_one_that_remembers_more_than_its_warm_up_is_found_out(job):
    found = check(bench(job, kind="remembering"), Checks(cuts=4))
    assert found["look_ahead"]["passed"]
    assert not found["recursive"]["passed"]


@pytest.mark.parametrize(
    "study",
    [
        Sweep(search=GRID),
        WalkForward(search=GRID, windows=2),
        MonteCarlo(samples=50),
        Checks(cuts=1),
    ],
)
def test_every_study_gives_metrics_a_document_and_progress_up_to_the_end(job, study):
    parts = []
    result = ResearchJob(backtest=job)(msgspec.structs.replace(REQUEST, study=study), parts.append)
    assert result["metrics"]["total_trades"] > 0
    assert result["study"]["type"] == msgspec.to_builtins(study)["type"]
    assert parts == sorted(parts)
    assert msgspec.json.decode(msgspec.json.encode(result)) == result
