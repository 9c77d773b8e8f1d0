"""C28, C39, P4, P8: what time does to answers and connections."""

import asyncio
import json

import msgspec
import pytest
from websockets.asyncio.client import connect

from openbell.api import stream
from openbell.domain.instants import parse_instant
from openbell.domain.values import NANOS_PER_SECOND
from openbell.streaming.session import SessionLimits
from platform_floor import open_floor, served

GOOG = {"kind": "sma_cross", "symbol": "GOOG", "config": {"fast": 10, "slow": 30}, "fee_rate": "0.001"}
BUY = {"symbol": "AAPL", "side": "BUY", "quantity": "100", "order_type": "MARKET"}
SHORT = SessionLimits(heartbeat_ns=NANOS_PER_SECOND // 5, idle_ns=NANOS_PER_SECOND)


@pytest.fixture
async def floor(tmp_path):
    async with open_floor(tmp_path) as floor:
        floor.price("AAPL", "150.23", "150.25")
        yield floor


async def hear(socket, kind):
    while True:
        message = json.loads(await asyncio.wait_for(socket.recv(), 30))
        if message["type"] == kind:
            return message


def who(client):
    return {"Authorization": client.headers["authorization"]}


def later(monkeypatch, floor, seconds):
    """Let the engine's time be so much later than it is."""
    engine = floor.system.engine
    now_ns = engine.now_ns()
    monkeypatch.setattr(engine, "now_ns", lambda: now_ns + int(seconds * NANOS_PER_SECOND))


@pytest.mark.line("P4", "C39")
async def test_metrics_say_how_old_they_are_and_are_made_anew_after_five_seconds(floor, monkeypatch):
    client = await floor.client()
    order = (await client.post("/v1/orders", json=BUY)).json()["data"]
    await floor.filled(client, order["order_id"])

    async def ask():
        return (await client.get("/v1/metrics/summary")).json()

    later(monkeypatch, floor, 0)
    first = await ask()
    made_ns = parse_instant(first["meta"]["as_of"])
    floor.price("AAPL", "160.23", "160.25")
    later(monkeypatch, floor, 4.9)
    assert await ask() == first
    later(monkeypatch, floor, 0.2)
    fresh = await ask()
    assert parse_instant(fresh["meta"]["as_of"]) - made_ns >= 5 * NANOS_PER_SECOND
    assert float(fresh["data"]["total_pnl"]) - float(first["data"]["total_pnl"]) == 1_000


@pytest.mark.parametrize(
    "path", ["/v1/positions", "/v1/portfolio/positions", "/v1/portfolio", "/v1/portfolio/history", "/v1/strategies/s1"]
)
@pytest.mark.line("C39")
async def test_what_is_read_of_the_present_says_when_it_was(floor, path):
    client = await floor.client()
    await client.post("/v1/strategies", json={"strategy_id": "s1", "kind": "sma_cross", "symbols": ["AAPL"]})
    as_of = (await client.get(path)).json()["meta"]["as_of"]
    assert 0 <= floor.system.engine.now_ns() - parse_instant(as_of) < 5 * NANOS_PER_SECOND


@pytest.mark.line("P8")
async def test_the_progress_of_a_run_is_heard_on_the_socket(floor):
    client = await floor.client()
    async with served(floor) as address, connect(address, additional_headers=who(client)) as socket:
        await socket.send(json.dumps({"type": "subscribe", "channel": "runs"}))
        await hear(socket, "subscribed")
        run_id = (await client.post("/v1/runs", json=GOOG)).json()["data"]["run_id"]
        heard = []
        while not heard or heard[-1]["status"] == "RUNNING":
            heard.append((await hear(socket, "run_update"))["data"])
    assert {one["run_id"] for one in heard} == {run_id}
    assert heard[-1]["status"] == "COMPLETED" and heard[-1]["progress"] == 1
    progress = [one["progress"] for one in heard]
    assert progress == sorted(progress)


@pytest.mark.line("C28")
async def test_a_silent_reader_is_not_idle(floor, monkeypatch):
    real = stream._setup
    monkeypatch.setattr(stream, "_setup", lambda *given: msgspec.structs.replace(real(*given), limits=SHORT))
    token = await floor.token("ada")
    async with served(floor) as address, connect(f"{address}?token={token}") as socket:
        started = asyncio.get_running_loop().time()
        while asyncio.get_running_loop().time() - started < 2.5:
            await hear(socket, "heartbeat")
        await socket.send('{"type":"ping","id":1}')
        assert (await hear(socket, "pong"))["id"] == 1
