"""What an answer at once would have to wait for is called off: the framework asks for it anew."""

import asyncio
import json
import re

import pytest

from asker import Asker
from openbell.bootstrap.http_protocol import http_protocol
from platform_floor import open_floor, served
from waiting import until

ORDER = {"symbol": "AAPL", "side": "BUY", "quantity": "1", "order_type": "MARKET", "client_order_id": "mine-1"}


@pytest.fixture
async def floor(tmp_path):
    async with open_floor(tmp_path / "data") as floor:
        yield floor


@pytest.fixture
async def asker(floor):
    async with served(floor, http=http_protocol(floor.app.state.at_once)) as url:
        reader, writer = await asyncio.open_connection("127.0.0.1", int(re.search(r":(\d+)/", url)[1]))
        yield Asker(reader, writer, await floor.token("ada"))
        writer.close()


async def test_a_look_into_the_history_is_called_off(floor, asker, monkeypatch):
    begun = []

    async def earlier(*_):
        if asyncio.current_task() is None:  # no task waits: it is to be answered at once
            begun.append(asyncio.get_running_loop().create_future())
            await begun[-1]

    monkeypatch.setattr(floor.system.services.orders._history, "order_by_client_id", earlier)

    async def asked():
        first, _, body = await asker.ask("POST", "/v1/orders/preview", body=json.dumps(ORDER).encode())
        assert "200" in first and json.loads(body)["data"]
        return begun

    await until(asked)
    assert [one.cancelled() for one in begun] == [True]
