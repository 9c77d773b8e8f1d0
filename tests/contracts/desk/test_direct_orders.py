"""Orders on /ws/trading that are taken as they arrive: their answers, and what one connection is to another."""

import asyncio
import contextlib
import json
import threading

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from openbell.ports import AuditFilter
from openbell.streaming.line import BAD_CREDENTIALS
from openbell.streaming.outbox import Outbox
from openbell.streaming.protocol import StreamProtocol

PATH = "/ws/trading"
BUY = {"symbol": "BTC/USD", "side": "buy", "type": "market", "quantity": 0.001}
MANY = 40
"""Orders said at once, as many as a connection may before it is asked to slow down."""


@pytest.fixture
def trading(address):
    """Open a socket of a client that may trade."""

    def opened(client):
        token = client.headers["authorization"].removeprefix("Bearer ")
        return connect(f"{address}{PATH}?token={token}", max_queue=None, open_timeout=60)

    return opened


@pytest.fixture
async def bob(floor):
    """Somebody else."""
    async with await floor.client("bob") as client:
        yield client


@pytest.fixture
def held(floor, monkeypatch):
    """Keep commits back until told to let them go on: gives what is set once one is held, and what lets it go."""
    pen = floor.system.database.journal._writer._pen
    arrived, go_on, append = threading.Event(), threading.Event(), pen.append

    def wait(*given):
        arrived.set()
        go_on.wait(120)
        append(*given)

    monkeypatch.setattr(pen, "append", wait)
    yield arrived, go_on
    go_on.set()


async def say(socket, **message):
    await socket.send(json.dumps(message))


async def order(socket, number):
    await say(socket, type="order", id=number, order=BUY)


async def answers(socket, many, *kinds):
    """Give the next messages of some kinds."""
    found = []
    while len(found) < many:
        message = json.loads(await asyncio.wait_for(socket.recv(), 60))
        if message["type"] in kinds:
            found.append(message)
    return found


async def test_orders_said_at_once_are_answered_in_their_order(ada, trading):
    async with trading(ada) as socket:
        for number in range(MANY):
            await order(socket, number)
        acks = await answers(socket, MANY, "order_ack", "error")
    assert [ack["id"] for ack in acks] == list(range(MANY))
    assert len({ack["data"]["order_id"] for ack in acks}) == MANY


async def test_nothing_is_answered_before_it_is_durable(ada, trading, held):
    arrived, go_on = held
    async with trading(ada) as socket:
        await answers(socket, 1, "snapshot")
        await order(socket, 1)
        assert await asyncio.to_thread(arrived.wait, 60), "the order was not written"
        await say(socket, type="ping")
        [first] = await answers(socket, 1, "pong", "order_ack", "order_update", "error")
        assert first["type"] == "pong", "said before it was durable"
        go_on.set()
        assert (await answers(socket, 1, "order_ack"))[0]["id"] == 1


async def test_a_closed_connection_keeps_nobody_from_their_answers(ada, bob, trading, held):
    arrived, go_on = held
    async with trading(ada) as gone, trading(bob) as stays:
        await answers(stays, 1, "snapshot")
        for number in range(10):
            await order(gone, number)
            await order(stays, number)
        assert await asyncio.to_thread(arrived.wait, 60)
        gone.transport.abort()
        await gone.wait_closed()
        go_on.set()
        acks = await answers(stays, 10, "order_ack", "error")
    assert [(ack["type"], ack["id"]) for ack in acks] == [("order_ack", number) for number in range(10)]


async def test_an_order_taken_at_once_is_recorded_as_its_senders(floor, ada, trading):
    async with trading(ada) as socket:
        await order(socket, 1)
        [ack] = await answers(socket, 1, "order_ack")
    page = await floor.system.services.audit.list(AuditFilter(action="order.place"))
    [row] = page.rows
    me = (await ada.get("/v1/auth/me")).json()["data"]
    assert row.entry.detail.count(ack["data"]["client_order_id"]) == 1
    assert (row.entry.contract, row.entry.client_ip, row.entry.role) == ("desk", "127.0.0.1", "user")
    assert row.entry.actor_id == me["user_id"] and row.entry.credential.startswith("session:")


async def test_what_is_wrong_among_orders_is_answered_and_hurts_none(ada, trading):
    async with trading(ada) as socket:
        await order(socket, 1)
        await say(socket, type="order", id=2, order=BUY | {"symbol": "NOPE"})
        await say(socket, type="order", id=3, order=BUY | {"quantity": "NaN"})
        await say(socket, type="order", id=4, order=BUY | {"quantity": 3})
        await order(socket, 5)
        said = {one["id"]: one for one in await answers(socket, 5, "order_ack", "error")}
    codes = {number: one["error"]["code"] for number, one in said.items() if one["type"] == "error"}
    assert codes == {2: "UNKNOWN_SYMBOL", 3: "VALIDATION_ERROR", 4: "INSUFFICIENT_FUNDS"}
    assert {said[1]["type"], said[5]["type"]} == {"order_ack"}


async def test_an_order_with_a_name_of_its_own_holds_up_nothing_and_is_placed_once(ada, trading, held):
    arrived, go_on = held
    named = BUY | {"client_order_id": "mine-1"}
    async with trading(ada) as socket:
        await answers(socket, 1, "snapshot")
        await say(socket, type="order", id=1, order=named)
        assert await asyncio.to_thread(arrived.wait, 60), "the order was not written"
        await say(socket, type="order", id=2, order=named)
        [first] = await answers(socket, 1, "order_ack", "error")
        assert (first["id"], first["error"]["code"]) == (2, "REQUEST_IN_PROGRESS")
        go_on.set()
        [ack] = await answers(socket, 1, "order_ack", "error")
        await say(socket, type="order", id=3, order=named)
        await say(socket, type="order", id=4, order=named | {"quantity": 0.002})
        again, other = await answers(socket, 2, "order_ack", "error")
    assert (ack["id"], ack["replayed"], ack["data"]["client_order_id"]) == (1, False, "mine-1")
    assert (again["replayed"], again["data"]["order_id"]) == (True, ack["data"]["order_id"])
    assert other["error"]["code"] == "CLIENT_ORDER_ID_REUSED"


@pytest.fixture
def ended(monkeypatch):
    """Give what is set when a connection is to end because its credentials no longer hold."""
    is_over, end = asyncio.Event(), Outbox.end

    def noted(outbox, code, reason):
        end(outbox, code, reason)
        if code == BAD_CREDENTIALS:
            is_over.set()

    monkeypatch.setattr(Outbox, "end", noted)
    return is_over


async def test_who_is_signed_out_places_nothing_more_though_they_do_not_read_that_they_are(
    floor, ada, trading, ended, monkeypatch
):
    async with trading(ada) as socket:
        await answers(socket, 1, "snapshot")
        monkeypatch.setattr(StreamProtocol, "is_paused", property(lambda _: True))
        assert (await ada.post("/v1/auth/logout")).is_success
        await asyncio.wait_for(ended.wait(), 60)
        before = floor.system.core.state.order_count
        with contextlib.suppress(ConnectionClosed):
            await order(socket, 1)  # as it arrives
            await say(socket, type="order", id=None, order=BUY)  # in its turn
        await asyncio.wait_for(socket.wait_closed(), 60)
    assert floor.system.core.state.order_count == before
