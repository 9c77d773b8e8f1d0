"""What a worker process does for a run: the backtest, or the study that is asked of it."""

from typing import Any

import msgspec

from openbell.domain.run import BacktestRequest
from openbell.domain.study import Study, Sweep
from openbell.ports import RunFailed
from openbell.runtime.jobs import BacktestJob, Prepared
from openbell.runtime.result import result_of
from openbell.runtime.search import OpenSearcher, searcher_of
from openbell.runtime.sweep import sweep, sweep_document
from openbell.runtime.trials import Bench, OnPart

PLAYED_PART = 0.98
"""Part of a study that its backtests are; the rest is the reckoning."""


class ResearchJob(msgspec.Struct, frozen=True, kw_only=True):
    """A job that can be sent to a worker: it carries how to come by things, not the things."""

    backtest: BacktestJob
    learning: OpenSearcher | None = None

    def __call__(self, request: BacktestRequest, on_progress: OnPart) -> dict[str, Any]:
        """Do one run and describe it. Raises RunFailed with a sentence for its owner."""
        if request.study is None:
            return self.backtest(request, on_progress)
        prepared = self.backtest.prepared(request)
        return self._studied(request.study, prepared, lambda part: on_progress(part * PLAYED_PART))

    def _studied(self, study: Study, prepared: Prepared, on_part: OnPart) -> dict[str, Any]:
        bench = Bench(prepared, self.backtest.kinds())
        match study:
            case Sweep(search=search):
                searcher = searcher_of(search, seed=prepared.request.seed, learning=self.learning)
                swept = sweep(bench, search, searcher=searcher, on_part=on_part)
                return _with_run(bench, swept.best.parameters, sweep_document(swept, bench))
            case _:
                raise RunFailed("not yet")


def _with_run(bench: Bench, parameters: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    """Give the backtest of a parameter set, and beside it what the study found."""
    played = bench.play(parameters)
    digest = bench.prepared.dataset.digest
    return result_of(played, bench.request(parameters), digest=digest) | {"study": document}
