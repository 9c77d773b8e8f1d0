"""Runs happen in processes of their own: progress comes, results come, and cancelling one touches no other."""

import asyncio
import os
import signal
from pathlib import Path

import pytest

from openbell.adapters.compute.local import LocalCompute
from openbell.domain.run import BacktestRequest
from openbell.domain.values import SCALE
from openbell.ports import RunFailed
from stand_in_work import work
from waiting import until


def request(kind):
    return BacktestRequest(kind=kind, dataset_id="D", symbol="S", initial_cash=SCALE)


@pytest.fixture
def compute():
    local = LocalCompute(work, workers=2)
    yield local
    local.close()


async def test_a_run_reports_progress_and_gives_its_result_from_another_process(compute):
    seen = []
    compute.start("r1", request("good"), lambda run_id, part: seen.append((run_id, part)))
    result = await compute.result("r1")
    assert result["pid"] != os.getpid()
    assert seen == [("r1", 0.0), ("r1", 0.5)]


@pytest.mark.parametrize(
    ("kind", "reason"), [("refuse", "there is no dataset D"), ("break", "stopped with an error"), ("die", "SIGKILL")]
)
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
    await asyncio.wait_for(under_way.wait(), 30)
    compute.cancel("stuck")
    with pytest.raises(asyncio.CancelledError):
        await compute.result("stuck")
    assert (await compute.result("other"))["kind"] == "good"
    compute.cancel("stuck")


async def test_a_run_cancelled_in_the_queue_never_starts():
    narrow = LocalCompute(work, workers=1)
    started = []
    narrow.start("first", request("hang"), lambda *_: None)
    narrow.start("second", request("good"), lambda run_id, _: started.append(run_id))
    narrow.cancel("second")
    narrow.cancel("first")
    for run_id in ("first", "second"):
        with pytest.raises(asyncio.CancelledError):
            await narrow.result(run_id)
    await asyncio.get_running_loop().run_in_executor(None, narrow.close)
    await asyncio.sleep(0)
    assert started == []


async def test_runs_take_turns_in_one_warm_process_until_it_has_had_enough():
    local = LocalCompute(work, workers=1, runs_per_worker=2)
    pids = []
    for name in ("a", "b", "c"):
        local.start(name, request("good"), lambda *_: None)
        pids.append((await local.result(name))["pid"])
    await asyncio.get_running_loop().run_in_executor(None, local.close)
    assert pids[0] == pids[1] != pids[2]


async def test_a_process_that_went_while_it_rested_costs_no_run():
    local = LocalCompute(work, workers=1)
    local.start("a", request("good"), lambda *_: None)
    os.kill((await local.result("a"))["pid"], signal.SIGKILL)
    local.start("b", request("good"), lambda *_: None)
    assert (await local.result("b"))["kind"] == "good"
    await asyncio.get_running_loop().run_in_executor(None, local.close)


async def test_a_process_without_work_gives_its_memory_back():
    local = LocalCompute(work, workers=1, idle_s=0.05)
    local.start("a", request("good"), lambda *_: None)
    pid = (await local.result("a"))["pid"]
    await until(lambda: not alive(pid))
    local.start("b", request("good"), lambda *_: None)
    assert (await local.result("b"))["pid"] != pid
    await asyncio.get_running_loop().run_in_executor(None, local.close)


async def test_a_run_that_takes_too_long_is_stopped_and_says_so():
    local = LocalCompute(work, workers=1, run_seconds_max=0.5)
    local.start("slow", request("hang"), lambda *_: None)
    with pytest.raises(RunFailed, match=r"longer than 0\.5 s"):
        await local.result("slow")
    await asyncio.get_running_loop().run_in_executor(None, local.close)


def alive(pid):
    """A process that ended and was not waited for yet counts as gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
