"""R7 and C28 over a real connection: who gives no sign of life is closed, who only listens is not."""

import asyncio
import json

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from platform_floor import served
from terminal_system import started

pytestmark = pytest.mark.usefixtures("both_ways")

SUBSCRIBE = {"type": "subscribe", "channel": "ticks", "instruments": ["AAPL"], "symbol": "AAPL"}


@pytest.fixture
async def terminal(tmp_path):
    settings = {"socket_idle_seconds": 1, "socket_connections_max": 1, "socket_subscriptions_max": 1}
    async with started(tmp_path / "data", **settings) as terminal:
        terminal.quote("AAPL", "149.99", "150.01")
        yield terminal


@pytest.fixture
async def address(terminal):
    await terminal.user("ada")
    token = (await terminal.sign_in("ada")).json()["token"]
    async with served(terminal) as address:
        yield lambda path: f"{address.removesuffix('/ws')}{path}?token={token}"


@pytest.mark.line("R7")
@pytest.mark.parametrize("path", ["/ws", "/ws/market-data", "/ws/trading"])
async def test_r7_a_silent_socket_is_closed_after_its_time(address, path):
    async with connect(address(path)) as socket:
        began = asyncio.get_running_loop().time()
        await asyncio.wait_for(socket.wait_closed(), 30)
        assert socket.close_code == 1001 and "idle" in socket.close_reason
        assert asyncio.get_running_loop().time() - began > 0.9


@pytest.mark.line("R7", "C28")
@pytest.mark.parametrize(("path", "channel"), [("/ws", "ticks"), ("/ws/market-data", "trades")])
async def test_c28_a_reader_that_says_nothing_is_not_idle(terminal, address, path, channel):
    async with connect(address(path)) as socket:
        await socket.send(json.dumps(SUBSCRIBE | {"channel": channel}))
        for _ in range(8):
            terminal.trade("AAPL", "150")
            await asyncio.sleep(0.3)
        await socket.send('{"type": "ping", "id": 9}')
        async with asyncio.timeout(30):
            while json.loads(await socket.recv()).get("id") != 9:
                pass


@pytest.mark.line("R7")
async def test_r7_a_ping_is_a_sign_of_life(address):
    async with connect(address("/ws")) as socket:
        for number in range(6):
            await asyncio.sleep(0.4)
            await socket.send(json.dumps({"type": "ping", "id": number}))
        async with asyncio.timeout(30):
            while json.loads(await socket.recv()).get("id") != 5:
                pass


@pytest.mark.line("R7")
async def test_r7_the_documents_numbers_are_settings(address):
    async with connect(address("/ws")) as socket:
        greeting = json.loads(await socket.recv())["data"]
        assert (greeting["limits"]["subscriptions"], greeting["idle_timeout_ms"]) == (1, 1_000)
        with pytest.raises(InvalidStatus):
            await connect(address("/ws"))
        await socket.send(json.dumps(SUBSCRIBE | {"instruments": ["AAPL", "BTC/USD"]}))
        assert json.loads(await socket.recv())["error"]["code"] == "INVALID_SUBSCRIPTION"
