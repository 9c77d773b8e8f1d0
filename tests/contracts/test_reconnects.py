"""C27: a connection that comes back with the token of the one that broke off is no new one, on every socket."""

import asyncio
import json

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from openbell.services.reconnects import GOOD_FOR_NS, SOONEST_NS, Reconnects
from platform_floor import open_floor, served

NOW = 1_769_380_200_000_000_000
HERE = {"path": "/ws", "who": "usr_1"}

pytestmark = [pytest.mark.line("C27"), pytest.mark.usefixtures("both_ways")]


@pytest.fixture
async def floor(tmp_path):
    table = {"sockets": "2/min", "sockets-market": "2/min", "sockets-trading": "2/min"}
    async with open_floor(tmp_path, rate_limits="on", rate_limits_table=table) as floor:
        yield floor


async def token_of(address):
    """Connect, stay a second, and give the token of the greeting."""
    async with connect(address) as socket:
        greeting = json.loads(await asyncio.wait_for(socket.recv(), 30))
        assert greeting["type"] == "connected"
        await asyncio.sleep(1.1)
    return greeting["data"]["resume_token"]


@pytest.mark.parametrize(("path", "is_known"), [("", True), ("/market-data", False), ("/trading", False)])
async def test_coming_back_with_the_token_is_no_new_connection(floor, path, is_known):
    async with served(floor) as base:
        address = f"{base}{path}?" + (f"token={await floor.token('ada')}" if is_known else "")
        resume_token = await token_of(address)
        async with connect(address):
            pass
        with pytest.raises(InvalidStatus) as refused:
            await connect(address)
        assert refused.value.response.status_code == 429
        assert int(refused.value.response.headers["retry-after"]) > 0
        resume_token = await token_of(f"{address}&resume_token={resume_token}")
        async with connect(f"{address}&resume_token={resume_token}"):
            pass
        with pytest.raises(InvalidStatus):
            await connect(f"{address}&resume_token={resume_token}")


def test_a_token_is_good_once_a_second_to_a_day_after_and_for_its_caller_and_path():
    reconnects = Reconnects(b"k" * 32)

    def made():
        return reconnects.token(now_ns=NOW, **HERE)

    late = NOW + SOONEST_NS
    assert reconnects.take(token := made(), now_ns=late, **HERE)
    assert not reconnects.take(token, now_ns=late, **HERE)
    assert not reconnects.take(made(), now_ns=late - 1, **HERE)
    assert not reconnects.take(made(), now_ns=NOW + GOOD_FOR_NS, **HERE)
    assert not reconnects.take(made(), now_ns=late, path="/ws", who="usr_2")
    assert not reconnects.take(made(), now_ns=late, path="/ws/trading", who="usr_1")


@pytest.mark.parametrize("token", ["", ".", "..", "x.y.z", "é" * 300, "187d0d5c2f0b7a80.9f86d081884c7d65.00"])
def test_a_made_up_token_is_not_taken(token):
    assert not Reconnects(b"k" * 32).take(token, now_ns=NOW, **HERE)


def test_the_token_of_another_server_with_the_same_key_is_taken():
    token = Reconnects(b"k" * 32).token(now_ns=NOW, **HERE)
    assert Reconnects(b"k" * 32).take(token, now_ns=NOW + SOONEST_NS, **HERE)
    assert not Reconnects(b"l" * 32).take(token, now_ns=NOW + SOONEST_NS, **HERE)
