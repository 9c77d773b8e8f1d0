"""The socket over a real connection: who gets in, what is heard, and how it ends."""

import asyncio
import json

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from openbell.domain.access import Role
from platform_floor import open_floor, served
from waiting import ruler, until

pytestmark = pytest.mark.usefixtures("both_ways")

LIMIT = {"symbol": "AAPL", "side": "BUY", "quantity": "10", "order_type": "LIMIT", "limit_price": "100.00"}


@pytest.fixture
async def floor(tmp_path):
    async with open_floor(tmp_path) as floor:
        floor.price("AAPL", "104.99", "105.01")
        yield floor


@pytest.fixture
async def address(floor):
    async with served(floor) as address:
        yield address


def signed(client):
    """Give the header that says who a client is."""
    return {"Authorization": client.headers["authorization"]}


async def hear(socket, kind):
    """Give the next message of a kind."""
    while True:
        message = json.loads(await asyncio.wait_for(socket.recv(), 30))
        if message["type"] == kind:
            return message


async def subscribe(socket, channel, **further):
    await socket.send(json.dumps({"type": "subscribe", "channel": channel, **further}))
    return await hear(socket, "subscribed")


@pytest.mark.line("E6", "C1")
async def test_without_good_credentials_there_is_no_upgrade(address):
    for query in ("", "?token=nonsense", "?ticket=nonsense"):
        with pytest.raises(InvalidStatus) as refused:
            await connect(address + query)
        assert refused.value.response.status_code == 401
        assert json.loads(refused.value.response.body)["error"]["code"] == "UNAUTHORIZED"


@pytest.mark.line("C35")
async def test_a_foreign_page_may_not_open_a_socket(floor, address):
    with pytest.raises(InvalidStatus) as refused:
        await connect(f"{address}?token={await floor.token('ada')}", origin="https://evil.example")
    assert refused.value.response.status_code == 403


@pytest.mark.line("E6", "C1")
async def test_every_way_to_sign_in_works(floor, address):
    token = await floor.token("ada")
    principal = await floor.system.services.access.authenticate(token, client_ip="127.0.0.1")
    ticket = floor.system.services.access.issue_ticket(principal)
    ways = [
        (f"?token={token}", {}),
        (f"?ticket={ticket}", {}),
        ("", {"Authorization": f"Bearer {token}"}),
        ("", {"X-API-Key": token}),
    ]
    for query, headers in ways:
        async with connect(address + query, additional_headers=headers) as socket:
            greeting = await hear(socket, "connected")
            assert greeting["data"]["user"]["username"] == "ada"
    with pytest.raises(InvalidStatus):
        await connect(f"{address}?ticket={ticket}")


@pytest.mark.line("E6", "R6", "C1")
async def test_market_data_and_own_orders_arrive(floor, address):
    client = await floor.client()
    async with connect(address, additional_headers=signed(client)) as socket:
        assert (await subscribe(socket, "ticks", instruments=["AAPL"], id=1))["id"] == 1
        floor.trade("AAPL", "105.00", "3")
        tick = await hear(socket, "tick")
        assert (tick["data"]["instrument"], tick["data"]["price"], tick["data"]["quantity"]) == ("AAPL", 105, 3)
        await client.post("/v1/orders", json=LIMIT | {"limit_price": "105.01"})
        trade = await hear(socket, "trade")
        assert (trade["data"]["quantity"], trade["data"]["price"]) == (10, 105.01)
        position = await hear(socket, "position_update")
        assert position["seq"] == trade["seq"]
        assert position["data"]["quantity"] == 10


@pytest.mark.line("C17")
async def test_what_was_missed_while_away_is_replayed(floor, address):
    client = await floor.client()
    headers = signed(client)
    async with connect(address, additional_headers=headers) as socket:
        seen = (await hear(socket, "connected"))["data"]["seq"]
    placed = (await client.post("/v1/orders", json=LIMIT)).json()["data"]
    await client.delete(f"/v1/orders/{placed['order_id']}")
    async with connect(f"{address}?from_seq={seen}", additional_headers=headers) as socket:
        last = (await hear(socket, "connected"))["data"]["seq"]
        seqs = [(await hear(socket, "order_update"))["seq"] for _ in range(last - seen)]
    assert seqs == list(range(seen + 1, last + 1))


@pytest.mark.line("C17", "R6")
async def test_a_refused_subscription_leaves_the_connection_open(floor, address):
    async with connect(f"{address}?token={await floor.token('ada')}") as socket:
        await socket.send(json.dumps({"type": "subscribe", "channel": "ticks", "instruments": ["AAPL", "NOPE"]}))
        assert (await hear(socket, "error"))["error"]["code"] == "INVALID_SUBSCRIPTION"
        await socket.send(json.dumps({"type": "ping", "id": 7}))
        assert (await hear(socket, "pong"))["id"] == 7


async def test_a_revoked_session_is_closed_within_a_second(floor, address):
    client = await floor.client()
    async with connect(address, additional_headers=signed(client)) as socket:
        await hear(socket, "connected")
        assert (await client.post("/v1/auth/logout")).status_code < 300
        async with ruler() as passed:
            with pytest.raises(ConnectionClosed) as closed:
                await hear(socket, "nothing")
            assert closed.value.rcvd.code == 4401 and passed() <= 1


@pytest.mark.line("R7", "C27")
async def test_a_user_has_three_connections_and_an_admin_more(floor, address):
    token, admin = await floor.token("ada"), await floor.token("root", Role.ADMIN)
    open_ones = [await connect(f"{address}?token={token}") for _ in range(3)]
    with pytest.raises(InvalidStatus) as refused:
        await connect(f"{address}?token={token}")
    assert refused.value.response.status_code == 429
    assert int(refused.value.response.headers["retry-after"]) > 0
    await open_ones.pop().close()
    await until(lambda: len(floor.system.hub.listeners) == 2)
    open_ones.append(await connect(f"{address}?token={token}"))
    open_ones += [await connect(f"{address}?token={admin}") for _ in range(4)]
    await asyncio.gather(*(socket.close() for socket in open_ones))


async def test_a_client_that_does_not_read_is_let_go_and_holds_nobody_up(floor, address):
    slow_token, quick_token = await floor.token("slow"), await floor.token("quick")
    hub = floor.system.hub
    slow = await connect(f"{address}?token={slow_token}", max_queue=1)
    [stalled] = hub.listeners
    async with connect(f"{address}?token={quick_token}") as quick:
        await subscribe(quick, "ticks", instruments=["AAPL"])
        for _ in range(200):
            stalled.outbox.private(*[b"x" * 60_000] * 50)
            floor.trade("AAPL", "105.00")
            await hear(quick, "tick")
            if stalled.outbox.ending is not None:
                break
        assert stalled.outbox.ending.code == 4408
        await until(lambda: stalled not in hub.listeners)
    slow.transport.abort()
