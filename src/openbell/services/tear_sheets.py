"""Tear sheets of finished runs, as page, picture or data, and several runs on one page."""

import asyncio
import sys
from collections.abc import Sequence
from typing import Any

from openbell.analytics.study_page import study_page
from openbell.analytics.tear_sheet import Benchmark, TearSheetReport, page_policy, raster, render
from openbell.analytics.tear_sheet.comparison import RUNS_MAX, render_comparison
from openbell.analytics.tear_sheet.document import comparison_document, document
from openbell.analytics.tear_sheet.from_result import CHANGED, report_of_result
from openbell.analytics.tear_sheet.picture import Theme, picture
from openbell.analytics.tear_sheet.raster import MISSING, PicturesUnavailable, can_draw
from openbell.domain.run import Run
from openbell.domain.study import Training, WalkForward
from openbell.ports import Catalog
from openbell.services.benchmarks import Benchmarks, UnknownBenchmark
from openbell.services.recorded import closes_of_run

PAGE_POLICY = page_policy()
"""What a browser is to allow the pages: nothing from outside, and no script but their own."""
PICTURE_S_MAX = 60.0
PICTURES_AT_ONCE = 1
_DAY_NS = 86_400 * 1_000_000_000
__all__ = ["PAGE_POLICY", "RUNS_MAX", "PicturesUnavailable", "TearSheets", "UnknownBenchmark", "names_of"]


class TearSheets:
    """Makes tear sheets. Prices and benchmarks come from the catalog, as long as the data is what the run had."""

    def __init__(self, *, catalog: Catalog, benchmarks: Benchmarks) -> None:
        self._catalog = catalog
        self._benchmarks = benchmarks
        self._drawing = asyncio.Semaphore(PICTURES_AT_ONCE)

    async def page(self, run: Run, *, benchmark: str | None = None) -> str | UnknownBenchmark | None:
        """Give a run as one HTML page that needs nothing but itself; None before it is completed."""
        return await asyncio.to_thread(self._page, run, benchmark)

    async def picture(self, run: Run, *, theme: Theme) -> bytes | None:
        """Give a run as PNG; None before it is completed. Raises PicturesUnavailable."""
        if not can_draw():
            raise PicturesUnavailable(MISSING)
        drawing = await asyncio.to_thread(self._drawn, run, theme)
        if drawing is None:
            return None
        async with self._drawing:
            return await _drawn_apart(drawing)

    async def comparison(self, runs: Sequence[Run]) -> str:
        """Give completed runs side by side as one HTML page."""
        return await asyncio.to_thread(lambda: render_comparison(self._reports(runs)))

    async def comparison_data(self, runs: Sequence[Run]) -> dict[str, Any]:
        """Give completed runs side by side as data."""
        return await asyncio.to_thread(lambda: comparison_document(self._reports(runs)))

    async def data(self, run: Run) -> dict[str, Any] | None:
        """Give a run as one JSON document; None before it is completed."""
        report = await asyncio.to_thread(self._report, run, None)
        return document(report) if isinstance(report, TearSheetReport) else None

    def _page(self, run: Run, benchmark: str | None) -> str | UnknownBenchmark | None:
        if run.result is not None and run.request.study is not None:
            study, request = run.result["study"], run.request
            title = f"{study['type'].replace('_', ' ').capitalize()}: {request.kind} on {request.dataset_id}"
            return study_page(study, title=title, subtitle=f"Run {run.run_id}")
        report = self._report(run, benchmark)
        return render(report) if isinstance(report, TearSheetReport) else report

    def _drawn(self, run: Run, theme: Theme) -> str | None:
        report = self._report(run, None)
        return picture(report, theme=theme) if isinstance(report, TearSheetReport) else None

    def _reports(self, runs: Sequence[Run]) -> dict[str, TearSheetReport]:
        made = {name: self._report(run, None) for name, run in names_of(runs).items()}
        return {name: one for name, one in made.items() if isinstance(one, TearSheetReport)}

    def _report(self, run: Run, wanted: str | None) -> TearSheetReport | UnknownBenchmark | None:
        result = run.result
        # What a training or a walk-forward gives is not one backtest.
        if result is None or isinstance(run.request.study, Training | WalkForward):
            return None
        benchmark = None
        if wanted is not None:
            request = run.request
            start = None if request.start_ns is None else max(request.start_ns - _DAY_NS, 0)
            found = self._benchmarks.of(wanted, from_ns=start, to_ns=request.end_ns)
            if isinstance(found, UnknownBenchmark):
                return found
            benchmark = Benchmark(name=found.name, points=found.points)
        prices = closes_of_run(self._catalog, result)
        notes = () if prices else (CHANGED,)
        return report_of_result(result, strategy=run.strategy_id, prices=prices, benchmark=benchmark, notes=notes)


def names_of(runs: Sequence[Run]) -> dict[str, Run]:
    """Give runs by a name that tells them apart: what differs in their parameters, else a number."""
    named: dict[str, Run] = {}
    for run in runs:
        parameters = {} if run.result is None else run.result["parameters"]
        given = ", ".join(f"{name} {value}" for name, value in parameters.items() if name in _differing(runs))
        name = f"{run.request.kind} {run.request.symbol}" + (f" ({given})" if given else "")
        named[name if name not in named else f"{name} #{len(named) + 1}"] = run
    return named


def _differing(runs: Sequence[Run]) -> set[str]:
    seen: dict[str, set[str]] = {}
    for run in runs:
        for name, value in ({} if run.result is None else run.result["parameters"]).items():
            seen.setdefault(name, set()).add(str(value))
    return {name for name, values in seen.items() if len(values) > 1}


async def _drawn_apart(drawing: str) -> bytes:
    """Have a process of its own draw: the library lets nothing else run meanwhile."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        raster.__file__,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        drawn, _ = await asyncio.wait_for(process.communicate(drawing.encode()), PICTURE_S_MAX)
    except TimeoutError as problem:
        process.kill()
        await process.wait()
        raise PicturesUnavailable(f"the picture was not drawn within {PICTURE_S_MAX:g} s") from problem
    if process.returncode:
        raise PicturesUnavailable("the picture could not be drawn")
    return drawn
