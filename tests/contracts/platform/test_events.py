"""The private stream as server-sent events, over a real connection."""

import asyncio
import json
import signal
from contextlib import asynccontextmanager

import httpx2
import pytest
from websockets.sync.client import connect

from openbell.domain.access import Role
from platform_floor import open_floor, served
from started_server import Server
from waiting import ruler, until

pytestmark = pytest.mark.line("C1", "C17")

EVENTS = {"accept": "text/event-stream"}
LIMIT = {"symbol": "AAPL", "side": "BUY", "quantity": "10", "order_type": "LIMIT", "limit_price": "100.00"}


@pytest.fixture
async def floor(tmp_path):
    async with open_floor(tmp_path) as floor:
        floor.price("AAPL", "104.99", "105.01")
        yield floor


@pytest.fixture
async def url(floor):
    async with served(floor) as address:
        yield address.replace("ws://", "http://").replace("/ws", "/v1/stream")


class Heard:
    """A stream as a client reads it."""

    def __init__(self, answer):
        self.answer = answer
        self._lines = answer.aiter_lines()

    async def next(self):
        """Give the next event by its fields; None at the end of the stream."""
        fields = {}
        async for line in self._lines:
            if not line:
                if "data" in fields:
                    return fields | {"data": json.loads(fields["data"])}
                fields = {}
                continue
            name, _, value = line.partition(": ")
            fields[name] = value
        return None

    async def beside(self, kind):
        """Give the next event of any other kind."""
        while (one := await self.next()) is not None and one["event"] == kind:
            pass
        return one

    async def of(self, kind):
        while (one := await asyncio.wait_for(self.next(), 30)) is not None:
            if one["event"] == kind:
                return one
        raise AssertionError(f"the stream ended without {kind}")


@asynccontextmanager
async def listening(url, *, token="", query="", **headers):
    credential = {"authorization": f"Bearer {token}"} if token else {}
    given = EVENTS | credential | {name.replace("_", "-"): value for name, value in headers.items()}
    async with httpx2.AsyncClient(timeout=10) as client, client.stream("GET", url + query, headers=given) as answer:
        yield Heard(answer)


async def refused(url, **more):
    async with listening(url, **more) as heard:
        body = json.loads(await heard.answer.aread())
    return heard.answer.status_code, body["error"]["code"]


async def test_own_orders_and_fills_arrive_numbered(floor, url):
    client = await floor.client()
    token = client.headers["authorization"].removeprefix("Bearer ")
    async with listening(url, token=token) as heard:
        assert heard.answer.headers["content-type"].startswith("text/event-stream")
        start = int((await heard.of("connected"))["id"])
        await client.post("/v1/orders", json=LIMIT | {"limit_price": "105.01"})
        first = await heard.of("order_update")
        assert int(first["id"]) == start + 1 == first["data"]["seq"]
        trade = await heard.of("trade")
        assert (trade["data"]["data"]["quantity"], trade["data"]["data"]["price"]) == (10, 105.01)
        assert "id" not in trade  # the event is whole only with its last part
        assert int((await heard.of("position_update"))["id"]) == trade["data"]["seq"]


@pytest.mark.parametrize("way", ["header", "query"])
async def test_what_was_missed_is_replayed_after_the_last_event_seen(floor, url, way):
    client = await floor.client()
    token = client.headers["authorization"].removeprefix("Bearer ")
    async with listening(url, token=token) as heard:
        seen = (await heard.of("connected"))["id"]
    placed = (await client.post("/v1/orders", json=LIMIT)).json()["data"]
    await client.delete(f"/v1/orders/{placed['order_id']}")
    more = {"last_event_id": seen} if way == "header" else {"query": f"?from_seq={seen}"}
    async with listening(url, token=token, **more) as heard:
        greeting = await heard.of("connected")
        last = greeting["data"]["data"]["seq"]
        ids = [int((await heard.of("order_update"))["id"]) for _ in range(last - int(seen))]
    assert "id" not in greeting and ids == list(range(int(seen) + 1, last + 1)) and len(ids) > 1


async def test_a_stop_of_all_trading_is_told_and_changes_nothing_about_where_to_go_on(floor, url):
    client, admin = await floor.client(), await floor.client("root", role=Role.ADMIN)
    token = client.headers["authorization"].removeprefix("Bearer ")
    async with listening(url, token=token) as heard:
        await heard.of("connected")
        stop = {"action": "activate", "reason": "test"}
        assert (await admin.post("/v1/controls/kill-switch", json=stop)).status_code < 300
        told = await heard.of("kill_switch")
    assert told["data"]["data"]["kill_switch_active"] is True
    assert "id" not in told


async def test_where_history_is_gone_a_snapshot_says_how_things_stand(floor, url):
    client = await floor.client()
    await client.post("/v1/orders", json=LIMIT)
    token = client.headers["authorization"].removeprefix("Bearer ")
    async with listening(url, token=token, query="?from_seq=0") as heard:
        assert "id" not in await heard.of("resync")
        snapshot = await heard.of("snapshot")
    assert len(snapshot["data"]["data"]["orders"]) == 1 and int(snapshot["id"]) == snapshot["data"]["seq"]


async def test_every_way_to_sign_in_works_and_a_ticket_once(floor, url):
    token = await floor.token("ada")
    principal = await floor.system.services.access.authenticate(token, client_ip="127.0.0.1")
    query = f"?ticket={floor.system.services.access.issue_ticket(principal)}"
    for more in ({"token": token}, {"x_api_key": token}, {"query": f"?token={token}"}, {"query": query}):
        async with listening(url, **more) as heard:
            assert (await heard.of("connected"))["data"]["data"]["user"]["username"] == "ada"
    assert await refused(url, query=query) == (401, "UNAUTHORIZED")


async def test_the_door_is_that_of_the_sockets(floor, url):
    token = await floor.token("ada")
    assert await refused(url) == (401, "UNAUTHORIZED")
    assert await refused(url, query="?token=nonsense") == (401, "UNAUTHORIZED")
    assert await refused(url, token=token, origin="https://evil.example") == (403, "FORBIDDEN")
    assert await refused(url, token=token, accept="application/json") == (406, "NOT_ACCEPTABLE")
    for wrong in ({"query": "?from_seq=-1"}, {"last_event_id": "x"}, {"query": "?batch_ms=101"}):
        assert await refused(url, token=token, **wrong) == (400, "VALIDATION_ERROR")


async def test_a_user_has_three_streams_and_each_counts_until_it_ends(floor, url):
    token = await floor.token("ada")
    async with listening(url, token=token) as one, listening(url, token=token), listening(url, token=token):
        await one.of("connected")
        assert await refused(url, token=token) == (429, "TOO_MANY_CONNECTIONS")
    assert await until(lambda: not floor.system.hub.listeners)
    async with listening(url, token=token) as again:
        await again.of("connected")


async def test_new_streams_are_counted_and_resumed_ones_are_not(tmp_path):
    async with open_floor(tmp_path, rate_limits="on") as floor, served(floor) as address:
        url = address.replace("ws://", "http://").replace("/ws", "/v1/stream")
        token = await floor.token("ada")
        for _ in range(5):
            async with listening(url, token=token) as heard:
                seen = (await heard.of("connected"))["id"]
        assert await refused(url, token=token) == (429, "RATE_LIMIT_EXCEEDED")
        async with listening(url, token=token, last_event_id=seen) as heard:
            await heard.of("connected")


async def test_a_revoked_session_ends_its_stream_within_a_second(floor, url):
    client = await floor.client()
    async with listening(url, token=client.headers["authorization"].removeprefix("Bearer ")) as heard:
        await heard.of("connected")
        await client.post("/v1/auth/logout")
        async with ruler() as passed:
            assert (await heard.of("error"))["data"]["error"]["code"] == "UNAUTHORIZED"
            assert passed() <= 1
            assert await heard.next() is None


async def test_nobody_hears_of_others(floor, url):
    bob = await floor.client("bob")
    async with listening(url, token=await floor.token("ada")) as heard:
        await heard.of("connected")
        await bob.post("/v1/orders", json=LIMIT)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(heard.beside("heartbeat"), 0.5)


async def test_on_request_events_are_written_together(floor, url):
    client = await floor.client()
    token = client.headers["authorization"].removeprefix("Bearer ")
    async with listening(url, token=token, query="?batch_ms=100") as heard:
        pieces = heard.answer.aiter_bytes()
        assert b"connected" in await anext(pieces)
        await asyncio.gather(*(client.post("/v1/orders", json=LIMIT) for _ in range(5)))
        assert (await asyncio.wait_for(anext(pieces), 30)).count(b"event: order_update") >= 5


async def test_a_client_that_does_not_read_is_let_go(floor, url):
    token = await floor.token("slow")
    host, port = url.split("/")[2].split(":")
    _, writer = await asyncio.open_connection(host, int(port), limit=1024)
    writer.write(f"GET /v1/stream?token={token} HTTP/1.1\r\nhost: x\r\naccept: text/event-stream\r\n\r\n".encode())
    hub = floor.system.hub
    assert await until(lambda: hub.listeners)
    [stalled] = hub.listeners
    body = json.dumps({"type": "x", "data": "x" * 60_000}).encode()
    assert await until(lambda: stalled.outbox.private(*[body] * 50) or stalled.outbox.ending)
    assert stalled.outbox.ending.code == 4408
    assert await until(lambda: stalled not in hub.listeners)
    writer.transport.abort()


def test_a_stopping_server_says_so_on_every_stream_and_waits_for_none(tmp_path):
    server = Server(tmp_path / "data").start()
    client = server.client()
    token = client.headers["authorization"].removeprefix("Bearer ")
    try:
        with (
            connect(f"{server.url.replace('http', 'ws')}/ws?token={token}") as socket,
            client.stream("GET", "/v1/stream", headers=EVENTS) as events,
        ):
            lines = events.iter_lines()
            assert next(lines).startswith("retry")
            server.process.send_signal(signal.SIGINT)
            assert any("CONNECTION_LOST" in line for line in lines)
            assert any("CONNECTION_LOST" in said for said in socket)
        assert server.process.wait(timeout=30) == 0
        assert "timeout graceful shutdown exceeded" not in server.log()
    finally:
        server.process = None
        server.end()
