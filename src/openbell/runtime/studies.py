"""What a worker process does for a run: the backtest, or the study that is asked of it."""

from collections.abc import Callable
from functools import partial
from typing import Any

import msgspec

from openbell.domain.run import BacktestRequest
from openbell.domain.study import Checks, MonteCarlo, Search, SearchMethod, Study, Sweep, Training, WalkForward
from openbell.ports import PLAYED_PART, Learner, ModelStore, RunFailed, Searcher
from openbell.runtime.chance import chance_document
from openbell.runtime.checks import check
from openbell.runtime.jobs import BacktestJob, Prepared
from openbell.runtime.result import result_of
from openbell.runtime.search import OpenSearcher, searcher_of
from openbell.runtime.sweep import key_of, sweep, sweep_document, try_some
from openbell.runtime.training import model_document, train
from openbell.runtime.trials import Bench, OnPart, Trial
from openbell.runtime.walk_forward import walk, walk_document

PIECES_PER_WORKER = 4
"""Pieces of a sweep for each worker: enough that they end together, and that other runs come in between."""
PIECE_SETS_MIN = 8
"""Sets that are worth loading the data for."""


class ResearchJob(msgspec.Struct, frozen=True, kw_only=True):
    """A job that can be sent to a worker: it carries how to come by things, not the things."""

    backtest: BacktestJob
    learning: OpenSearcher | None = None
    learner: Callable[[], Learner] | None = None
    """Makes who trains models. Raises RunFailed where it is not installed."""
    models: Callable[[], ModelStore] | None = None

    def __call__(self, request: BacktestRequest, on_progress: OnPart) -> dict[str, Any]:
        """Do one run and describe it. Raises RunFailed with a sentence for its owner."""
        if request.study is None:
            return self.backtest(request, on_progress)
        prepared = self.backtest.prepared(request)
        return self._studied(request.study, prepared, lambda part: on_progress(part * PLAYED_PART))

    def pieces(self, request: BacktestRequest, *, workers: int) -> list[tuple[int, int]]:
        """Divide a sweep whose sets are known beforehand; what learns from each set before the next goes in one."""
        if not isinstance(request.study, Sweep) or request.study.search.method is SearchMethod.BAYESIAN:
            return []
        count = request.study.search.trial_count
        size = max(PIECE_SETS_MIN, -(-count // (workers * PIECES_PER_WORKER)))
        return [(first, min(first + size, count)) for first in range(0, count, size)]

    def piece(self, request: BacktestRequest, piece: tuple[int, int], on_progress: OnPart) -> dict[str, Any]:
        """Try some of a sweep's sets. Raises RunFailed."""
        prepared = self.backtest.prepared(request)
        bench, search = Bench(prepared, self.backtest.kinds()), _search(request)
        tried = try_some(bench, self._searcher(search, seed=request.seed), piece, on_part=on_progress)
        return {"trials": msgspec.to_builtins(tried)}

    def joined(self, request: BacktestRequest, parts: list[dict[str, Any]], on_progress: OnPart) -> dict[str, Any]:
        """Give a sweep's result from its tried sets. Raises RunFailed."""
        prepared = self.backtest.prepared(request)
        bench, search = Bench(prepared, self.backtest.kinds()), _search(request)
        trials = msgspec.convert([one for part in parts for one in part["trials"]], list[Trial])
        known = {key_of(trial.parameters): trial for trial in trials}
        swept = sweep(bench, search, searcher=self._searcher(search, seed=request.seed), known=known)
        on_progress(PLAYED_PART)
        return _with_run(bench, swept.best.parameters, sweep_document(swept, bench))

    def _studied(self, study: Study, prepared: Prepared, on_part: OnPart) -> dict[str, Any]:
        bench, seed = Bench(prepared, self.backtest.kinds()), prepared.request.seed
        match study:
            case Sweep(search=search):
                swept = sweep(bench, search, searcher=self._searcher(search, seed=seed), on_part=on_part)
                return _with_run(bench, swept.best.parameters, sweep_document(swept, bench))
            case Training():
                return self._trained(prepared, study, on_part)
            case WalkForward():
                steps = walk(bench, study, searcher=partial(self._searcher, seed=seed), on_part=on_part)
                return walk_document(bench, study, steps)
            case MonteCarlo():
                played = bench.play({})
                cash = prepared.request.initial_cash
                return _with_run(bench, {}, chance_document(played, study, initial_cash=cash, seed=seed))
            case Checks():
                return _with_run(bench, {}, check(bench, study, on_part=on_part))

    def _searcher(self, search: Search, *, seed: int) -> Searcher:
        return searcher_of(search, seed=seed, learning=self.learning)

    def _trained(self, prepared: Prepared, training: Training, on_part: OnPart) -> dict[str, Any]:
        if self.learner is None or self.models is None:
            raise RunFailed("training is not available here")
        model = train(prepared, training, learner=self.learner(), on_part=on_part)
        self.models().save(model)
        return {"metrics": {}, "parameters": {}, "study": model_document(model)}


def _search(request: BacktestRequest) -> Search:
    if not isinstance(request.study, Sweep):
        raise RunFailed("only a sweep is done in pieces")
    return request.study.search


def _with_run(bench: Bench, parameters: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    """Give the backtest of a parameter set, and beside it what the study found."""
    played = bench.play(parameters)
    digest = bench.prepared.dataset.digest
    return result_of(played, bench.request(parameters), digest=digest) | {"study": document}
