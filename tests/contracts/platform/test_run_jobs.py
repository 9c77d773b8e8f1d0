"""Many runs at once over HTTP: taken on at once, stopped, done again, limited, and taken up after a restart."""

import asyncio
import json
from pathlib import Path

import pytest
from websockets.asyncio.client import connect

import waiting
from openbell.domain.instants import parse_instant
from openbell.domain.values import NANOS_PER_SECOND
from openbell.services.run_pace import MEASURED_S_MIN, START_UP_S
from platform_floor import open_floor, served

GOOG = {"kind": "sma_cross", "symbol": "GOOG", "config": {"fast": 10, "slow": 30}}
MANY = {"type": "sweep", "parameters": {"fast": {"from": 2, "to": 200, "step": 1}}}
LONG = GOOG | {"config": {"slow": 250}, "study": MANY}
"""Two hundred backtests: it goes on while the others are looked at."""


@pytest.fixture
async def floor(tmp_path):
    async with open_floor(tmp_path, run_workers=1) as floor:
        yield floor


async def start(client, body=GOOG):
    answer = await client.post("/v1/runs", json=body)
    assert answer.status_code == 202, answer.text
    return answer.json()["data"]


async def look(client, run_id):
    return (await client.get(f"/v1/runs/{run_id}")).json()["data"]


async def until(client, run_id, *details):
    for _ in range(4800):
        run = await look(client, run_id)
        if run["status_detail"] in details:
            return run
        await asyncio.sleep(0.025)
    raise AssertionError(f"not {details}: {run}")


def children():
    """Processes that this one has and that are not over."""
    tasks = Path("/proc/self/task").iterdir()
    pids = {int(pid) for task in tasks for pid in (task / "children").read_text().split()}
    return {pid for pid in pids if "spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes().decode()}


@pytest.mark.line("P8")
async def test_p8_runs_are_taken_on_and_orders_read_while_another_runs(floor):
    client = await floor.client()
    busy = await start(client, LONG)
    await until(client, busy["run_id"], "RUNNING")
    for _ in range(9):
        await start(client)
        assert (await client.get("/v1/orders")).status_code == 200
    assert (await look(client, busy["run_id"]))["status_detail"] == "RUNNING"


@pytest.mark.line("P8")
async def test_p8_a_cancelled_run_gives_its_process_back(floor):
    client = await floor.client()
    run_id = (await start(client, LONG))["run_id"]
    await until(client, run_id, "RUNNING")
    working = children()
    assert working
    run = (await client.post(f"/v1/runs/{run_id}/cancel")).json()["data"]
    assert run["status_detail"] == "CANCELED"
    await waiting.until(lambda: not working & children())


@pytest.mark.line("P8")
async def test_p8_a_failed_run_is_done_again_as_a_new_one(floor):
    client = await floor.client()
    run_id = (await start(client))["run_id"]
    await client.post(f"/v1/runs/{run_id}/cancel")
    again = (await client.post(f"/v1/runs/{run_id}/retry")).json()["data"]["run_id"]
    run = await until(client, again, "COMPLETED")
    assert (run["retry_of"], run["final_equity"]) == (run_id, "177383.00")
    refused = await client.post(f"/v1/runs/{again}/retry")
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "RUN_NOT_FAILED")
    assert (await client.post("/v1/runs/none/retry")).status_code == 404
    stranger = await floor.client("bob")
    assert (await stranger.post(f"/v1/runs/{run_id}/retry")).status_code == 404


@pytest.mark.line("P8")
async def test_p8_one_user_cannot_fill_the_queue_for_all(tmp_path):
    async with open_floor(tmp_path, run_workers=1, runs_per_user_max=2) as floor:
        client, other = await floor.client("ada"), await floor.client("bob")
        await start(client, LONG)
        waiting = await start(client)
        assert waiting["queue_position"] is not None
        refused = await client.post("/v1/runs", json=GOOG)
        assert (refused.status_code, refused.json()["error"]["code"]) == (429, "RUN_QUEUE_FULL")
        await start(other)


@pytest.mark.line("P8")
async def test_p8_runs_and_results_survive_a_restart(tmp_path):
    async with open_floor(tmp_path, run_workers=1) as floor:
        client = await floor.client()
        done = (await start(client))["run_id"]
        before = await until(client, done, "COMPLETED")
        under_way, waiting = (await start(client, LONG))["run_id"], (await start(client))["run_id"]
        await until(client, under_way, "RUNNING")
    async with open_floor(tmp_path, run_workers=2) as floor:
        token = (await floor.system.services.access.login("ada", "correct horse battery")).access_token
        client.headers["authorization"] = f"Bearer {token}"
        client._transport = (await floor.client("eve"))._transport
        assert (await look(client, done))["fills"] == before["fills"]
        assert (await until(client, waiting, "COMPLETED"))["final_equity"] == before["final_equity"]
        await until(client, under_way, "RUNNING")


@pytest.mark.line("P8", "C37")
async def test_p8_progress_and_the_end_are_heard_on_the_socket(floor):
    client = await floor.client()
    async with served(floor) as address, connect(address, additional_headers=signed(client)) as socket:
        await socket.send(json.dumps({"type": "subscribe", "channel": "runs"}))
        few = MANY | {"parameters": {"fast": [5, 10, 15]}}
        run_id = (await start(client, LONG | {"study": few}))["run_id"]
        heard = []
        while not heard or heard[-1]["status"] == "RUNNING":
            message = json.loads(await asyncio.wait_for(socket.recv(), 30))
            if message["type"] == "run_update":
                heard.append(message["data"])
    assert {one["run_id"] for one in heard} == {run_id}
    parts = [one["progress"] for one in heard]
    assert parts == sorted(parts) and parts[-1] == 1
    assert any(0 < part < 1 for part in parts)
    assert heard[-1]["status"] == "COMPLETED"


@pytest.mark.line("P8")
async def test_p8_the_estimate_is_what_the_like_of_it_took(floor):
    """However busy the machine was, that is what is foretold."""
    client = await floor.client()
    wide = LONG | {"study": {"type": "sweep", "parameters": {"fast": {"from": 2, "to": 120, "step": 1}}}}
    first = await until(client, (await start(client, wide))["run_id"], "COMPLETED")
    told = await start(client, wide)
    second = await look(client, told["run_id"])
    began, ended = (parse_instant(first[name]) for name in ("started_at", "completed_at"))
    foretold = parse_instant(told["estimated_completion"]) - parse_instant(second["created_at"])
    start_up = round(START_UP_S * NANOS_PER_SECOND)
    assert ended - began > MEASURED_S_MIN * NANOS_PER_SECOND
    assert foretold == pytest.approx(start_up + ended - began, abs=NANOS_PER_SECOND // 100)


def signed(client):
    return {"Authorization": client.headers["authorization"]}
