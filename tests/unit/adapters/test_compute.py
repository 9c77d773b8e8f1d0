"""Runs on workers, of this machine and of a real Ray where it is installed: the same promises, whichever does them."""

import asyncio
import os
import sys
from pathlib import Path

import pytest

from openbell.adapters.compute.followed import FollowedRun
from openbell.adapters.compute.local import LocalCompute
from openbell.adapters.compute.pieces import DividedRun
from openbell.adapters.compute.ray import RayCompute, RayMissing
from openbell.adapters.compute.worker import Refused
from openbell.domain.run import BacktestRequest
from openbell.domain.values import SCALE
from openbell.ports import RunFailed
from stand_in_work import Divided, work

pytestmark = [pytest.mark.filterwarnings("default"), pytest.mark.timeout(180)]
SECONDS_MAX = 120


def _on_ray(given, **options):
    pytest.importorskip("ray", reason="Ray is not installed; the extra `ray` has it")
    # Ray's workers take the environment of whoever starts it.
    folders = Path(__file__).parents[3]
    os.environ["PYTHONPATH"] = os.pathsep.join(str(folders / one) for one in ("src", "tests"))
    return RayCompute(given, **options)


@pytest.fixture(scope="module", params=[LocalCompute, _on_ray], ids=["local", "ray"])
def opened(request):
    """Opens a way to compute; all of them are closed at the end, since Ray takes seconds to start."""
    ways = []

    def open_one(given, **options):
        ways.append(request.param(given, **options))
        return ways[-1]

    yield open_one
    for one in ways:
        one.close()


@pytest.fixture(scope="module")
def compute(opened):
    return opened(work, workers=3, run_seconds_max=SECONDS_MAX)


@pytest.fixture(scope="module")
def dividing(opened):
    return opened(Divided(), workers=3, run_seconds_max=SECONDS_MAX)


def request(kind):
    return BacktestRequest(kind=kind, dataset_id="D", symbol="S", initial_cash=SCALE)


async def begun(compute, run_id, kind):
    """Start a run and wait until it says something."""
    under_way = asyncio.Event()
    compute.start(run_id, request(kind), lambda _, part: under_way.set() if part else None)
    await asyncio.wait_for(under_way.wait(), SECONDS_MAX)


async def test_a_run_reports_progress_and_gives_its_result_from_another_process(compute):
    seen = []
    compute.start("r1", request("good"), lambda run_id, part: seen.append((run_id, part)))
    result = await compute.result("r1")
    assert result["pid"] != os.getpid()
    assert seen == [("r1", 0.0), ("r1", 0.5)]


@pytest.mark.parametrize(
    ("kind", "reason"), [("refuse", "there is no dataset D"), ("die", "SIGKILL|its worker on Ray ended")]
)
async def test_a_run_that_fails_says_why_and_the_next_one_works(kind, reason, compute):
    compute.start("bad", request(kind), lambda *_: None)
    with pytest.raises(RunFailed, match=reason):
        await compute.result("bad")
    compute.start("next", request("good"), lambda *_: None)
    assert (await compute.result("next"))["kind"] == "good"


async def test_a_cancelled_run_ends_at_once_and_touches_no_other(compute):
    await begun(compute, "stuck", "hang")
    compute.start("other", request("good"), lambda *_: None)
    compute.cancel("stuck")
    with pytest.raises(asyncio.CancelledError):
        await compute.result("stuck")
    assert (await compute.result("other"))["kind"] == "good"
    compute.cancel("stuck")


async def test_a_run_that_takes_too_long_is_stopped_and_says_so(opened):
    hasty = opened(work, workers=1, run_seconds_max=0.5)
    hasty.start("slow", request("hang"), lambda *_: None)
    with pytest.raises(RunFailed, match=r"longer than 0\.5 s"):
        await hasty.result("slow")


async def test_a_run_done_in_pieces_gives_all_of_them_in_order_from_several_processes(dividing):
    seen = []
    dividing.start("whole", request("count"), lambda _, part: seen.append(part))
    result = await dividing.result("whole")
    assert result["done"] == list(range(10))
    assert os.getpid() not in result["pids"]
    assert seen == sorted(seen)
    assert (seen[0], seen[-1]) == (0.0, pytest.approx(0.99))


async def test_a_piece_that_fails_ends_the_whole_with_its_reason_and_the_next_run_works(dividing):
    dividing.start("whole", request("count and fail"), lambda *_: None)
    with pytest.raises(RunFailed, match="the third piece"):
        await dividing.result("whole")
    dividing.start("next", request("count"), lambda *_: None)
    assert (await dividing.result("next"))["done"] == list(range(10))


async def test_a_run_done_in_pieces_leaves_a_worker_to_others_and_is_cancelled_whole(dividing):
    await begun(dividing, "whole", "count and hang")
    dividing.start("other", request("good"), lambda *_: None)
    assert (await dividing.result("other"))["kind"] == "good"
    dividing.cancel("whole")
    with pytest.raises(asyncio.CancelledError):
        await dividing.result("whole")
    # All workers are free again.
    dividing.start("next", request("count"), lambda *_: None)
    assert (await dividing.result("next"))["done"] == list(range(10))


async def test_a_run_that_has_failed_is_not_told_of_a_piece_that_begins_afterwards():
    told, pieces = [], []
    run = FollowedRun("whole", request("count"), lambda *given: told.append(given))
    DividedRun(run, [(0, 1), (1, 2)], at_once=2, submit=pieces.append)
    pieces[0].settle(Refused("its worker died"))
    pieces[1].progressed(0.0)
    with pytest.raises(RunFailed, match="died"):
        await run.outcome
    await asyncio.sleep(0)
    assert told == []


def test_without_ray_it_is_said_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(RayMissing, match=r"openbell\[ray\]"):
        RayCompute(work)
