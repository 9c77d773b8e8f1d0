"""The same work on a real Ray of this machine, where it is installed: progress, results, failures, cancelling."""

import asyncio
import os
from pathlib import Path

import pytest

from openbell.adapters.compute.ray import RayCompute, RayMissing
from openbell.domain.run import BacktestRequest
from openbell.domain.values import SCALE
from openbell.ports import RunFailed
from stand_in_work import work

pytestmark = [pytest.mark.filterwarnings("default"), pytest.mark.timeout(180)]


@pytest.fixture(scope="module")
def compute():
    pytest.importorskip("ray", reason="Ray is not installed; the extra `ray` has it")
    # Ray's workers take the environment of whoever starts it.
    folders = Path(__file__).parents[3]
    os.environ["PYTHONPATH"] = os.pathsep.join(str(folders / one) for one in ("src", "tests"))
    one = RayCompute(work, workers=2, run_seconds_max=5)
    yield one
    one.close()


def request(kind):
    return BacktestRequest(kind=kind, dataset_id="D", symbol="S", initial_cash=SCALE)


async def test_a_run_reports_progress_and_gives_its_result_from_another_process(compute):
    seen = []
    compute.start("r1", request("good"), lambda run_id, part: seen.append((run_id, part)))
    result = await compute.result("r1")
    assert result["pid"] != os.getpid()
    assert seen == [("r1", 0.0), ("r1", 0.5)]


@pytest.mark.parametrize(("kind", "reason"), [("refuse", "there is no dataset D"), ("die", "its worker on Ray ended")])
async def test_a_run_that_fails_says_why_and_the_next_one_works(kind, reason, compute):
    compute.start("bad", request(kind), lambda *_: None)
    with pytest.raises(RunFailed, match=reason):
        await compute.result("bad")
    compute.start("next", request("good"), lambda *_: None)
    assert (await compute.result("next"))["kind"] == "good"


async def test_a_cancelled_run_ends_at_once_and_touches_no_other(compute):
    under_way = asyncio.Event()
    compute.start("stuck", request("hang"), lambda _, part: under_way.set() if part else None)
    compute.start("other", request("good"), lambda *_: None)
    await asyncio.wait_for(under_way.wait(), 60)
    compute.cancel("stuck")
    with pytest.raises(asyncio.CancelledError):
        await compute.result("stuck")
    assert (await compute.result("other"))["kind"] == "good"


async def test_a_run_that_takes_too_long_is_stopped_and_says_so(compute):
    compute.start("slow", request("hang"), lambda *_: None)
    with pytest.raises(RunFailed, match="longer than 5 s"):
        await compute.result("slow")


def test_without_ray_it_is_said_what_to_install(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "ray", None)
    with pytest.raises(RayMissing, match=r"openbell\[ray\]"):
        RayCompute(work)
