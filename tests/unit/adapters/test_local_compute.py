"""The processes of this machine that runs take turns in; what they share with Ray is in test_compute.py."""

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


async def test_a_process_that_stops_in_disorder_says_where_to_look():
    local = LocalCompute(work, workers=1)
    local.start("bad", request("break"), lambda *_: None)
    with pytest.raises(RunFailed, match="stopped with an error"):
        await local.result("bad")
    await asyncio.get_running_loop().run_in_executor(None, local.close)


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


def alive(pid):
    """A process that ended and was not waited for yet counts as gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


async def test_a_run_for_which_there_is_no_process_fails_instead_of_waiting_for_ever():
    local = LocalCompute(lambda *_: {}, workers=1)  # cannot be sent to a process
    local.start("a", request("good"), lambda *_: None)
    async with asyncio.timeout(60):
        with pytest.raises(RunFailed, match="could not be worked on"):
            await local.result("a")
    await asyncio.get_running_loop().run_in_executor(None, local.close)
