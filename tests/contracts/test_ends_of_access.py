"""Whoever is let in no more is out within a second on every road that was open, and never heard what was not theirs."""

import asyncio
import contextlib
import json
import os
import re
from collections import defaultdict
from contextlib import asynccontextmanager

import httpx2
import msgspec
import pytest
import pytest_asyncio
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from openbell.api.app import create_app
from openbell.api.settings import ApiSettings
from openbell.domain.access import Role, Scope
from openbell.services.keys import NewKey
from openbell.services.principals import principal_of
from openbell.services.users import UserChange
from platform_floor import PASSWORD, open_floor, served
from waiting import ruler, until

pytestmark = [pytest.mark.line("C12", "E6"), pytest.mark.asyncio(loop_scope="module")]
ROADS = ["/ws", "/ws/market-data", "/ws/trading", "/api/v1/ws/stream", "/v1/stream"]
FRAMES = int(os.environ.get("OPENBELL_TEST_FRAMES", "3000"))
"""Private events of others that are listened for; 100,000 in the nightly run."""
NAMES = re.compile(r"(?:ord|of)-[\d-]+")
"""Ids of orders, ours and the client's."""
CLOSED_WITHIN_S = 1.0


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def floor(tmp_path_factory):
    async with open_floor(tmp_path_factory.mktemp("ends")) as floor:
        floor.app = create_app(floor.system.services, ApiSettings(version="test", telemetry_require_key=True))
        floor.price("AAPL", "104.99", "105.01")
        yield floor


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def address(floor):
    async with served(floor) as found:
        yield found.removesuffix("/ws")


class Someone:
    """A user with a session and a key, and every way to lose them."""

    def __init__(self, floor, name):
        self.services, self.store, self.name, self.floor = (
            floor.system.services,
            floor.system.database.access,
            name,
            floor,
        )

    async def sign_in(self):
        await self.floor.token(self.name)
        self.user = next(one for one in await self.services.users.list() if one.username == self.name)
        self.session = await self.services.access.login(self.name, PASSWORD)
        self.principal = await self.services.access.authenticate(self.session.access_token, client_ip="")
        wanted = NewKey(name="k", scopes=frozenset({Scope.READ, Scope.TRADE}))
        self.shown = await self.services.keys.create(self.principal, wanted)
        boss = principal_of(self.user, scopes=frozenset(Scope), session_id="boss")
        self.boss = msgspec.structs.replace(boss, role=Role.ADMIN, user_id="boss", scopes=frozenset(Scope))
        return self

    async def logout(self):
        await self.services.access.logout(self.principal)

    async def session_ended(self):
        await self.services.sessions.end(self.boss, self.principal.session_id, user_id=self.user.user_id)

    async def reused_refresh_token(self):
        await self.services.access.refresh(self.session.refresh_token)
        with pytest.raises(Exception, match="refresh token"):
            await self.services.access.refresh(self.session.refresh_token)

    async def revoked(self):
        await self.services.keys.revoke(self.principal, self.shown.key.key_id)

    async def revoked_by_another_process(self):
        await self.store.update_key(msgspec.structs.replace(self.shown.key, revoked_ns=1))

    async def deactivated(self):
        await self.services.users.update(self.user.user_id, UserChange(is_active=False))

    async def deleted(self):
        await self.services.users.delete(self.boss, self.user.user_id)

    async def demoted(self):
        await self.store.update_user(msgspec.structs.replace(self.user, role=Role.VIEWER))


WAYS = [
    *(("token", way) for way in ("logout", "session_ended", "reused_refresh_token", "deactivated", "deleted")),
    *(("key", way) for way in ("revoked", "revoked_by_another_process", "deactivated", "deleted", "demoted")),
]


@asynccontextmanager
async def listening(address, road, headers):
    """Open a road and give a coroutine that ends when the server closes it, with how it said so."""
    if road != "/v1/stream":
        async with connect(address + road, additional_headers=headers) as socket:
            if road == "/ws/trading":
                await socket.send(json.dumps({"type": "auth", "token": next(iter(headers.values())).split()[-1]}))
            await socket.recv()
            yield closing(socket)
        return
    url = address.replace("ws:", "http:") + road
    accept = headers | {"accept": "text/event-stream"}
    async with httpx2.AsyncClient(timeout=30) as client, client.stream("GET", url, headers=accept) as answer:
        assert answer.status_code == 200
        yield rest_of(answer)


async def closing(socket):
    with contextlib.suppress(ConnectionClosed):
        async for _ in socket:
            pass
    return str(socket.close_code)


async def rest_of(answer):
    return "4401" if "UNAUTHORIZED" in "".join([piece async for piece in answer.aiter_text()]) else "ended"


@pytest.mark.parametrize(("kind", "way"), WAYS, ids=lambda word: word)
async def test_every_road_closes_within_a_second(floor, address, kind, way):
    someone = await Someone(floor, f"{kind}-{way}".replace("_", "-")).sign_in()
    token = {"authorization": f"Bearer {someone.session.access_token}"}
    headers = token if kind == "token" else {"x-api-key": someone.shown.secret}
    took = {}

    async def until_closed(road, opened):
        async with listening(address, road, headers) as closed:
            opened.set()
            await ended.wait()
            code = await asyncio.wait_for(closed, 30)
            took[road] = (code, passed())

    ended, opened = asyncio.Event(), [asyncio.Event() for _ in ROADS]
    tasks = [asyncio.create_task(until_closed(road, one)) for road, one in zip(ROADS, opened, strict=True)]
    await asyncio.gather(*(asyncio.wait_for(one.wait(), 30) for one in opened))
    await getattr(someone, way)()
    async with ruler() as passed:
        ended.set()
        await asyncio.gather(*tasks)
    assert {road: code for road, (code, _) in took.items()} == dict.fromkeys(ROADS, "4401")
    assert max(seconds for _, seconds in took.values()) <= CLOSED_WITHIN_S, took


async def test_no_frame_on_any_road_is_somebody_elses(floor, address):
    """Somebody trades beside two who listen: each hears all of their own, and not one word of the other's."""
    traders = [await floor.client(f"trader{number}") for number in range(2)]
    heard = defaultdict(Heard)

    async def listen(name, road, client, ready):
        token = {"authorization": client.headers["authorization"]}
        if road == "/v1/stream":
            await listen_to_events(address, token, heard[name, road], ready)
            return
        async with connect(address + road, additional_headers=token) as socket:
            await socket.send(json.dumps({"type": "auth", "token": token["authorization"].split()[1]}))
            ready.set()
            async for frame in socket:
                heard[name, road].take(frame)

    roads = ["/ws", "/ws/trading", "/ws/market-data", "/v1/stream"]
    ready = [asyncio.Event() for _ in range(2 * len(roads))]
    pairs = [(name, road) for name in range(2) for road in roads]
    tasks = [
        asyncio.create_task(listen(name, road, traders[name], one))
        for (name, road), one in zip(pairs, ready, strict=True)
    ]
    await asyncio.gather(*(asyncio.wait_for(one.wait(), 30) for one in ready))

    def is_whole(name, road):
        return heard[name, road].named.issuperset(own[name])

    try:
        own = await asyncio.gather(*(trade(floor, client, name) for name, client in enumerate(traders)))
        await until(lambda: all(is_whole(name, road) for name, road in pairs if road != "/ws/market-data"))
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for (name, road), told in heard.items():
        strange = [one for one in told.named if one in own[1 - name] or one.startswith(f"of-{1 - name}-")]
        assert strange == [], (name, road)
        assert road == "/ws/market-data" or is_whole(name, road), (name, road)
    assert sum(told.frames for told in heard.values()) >= FRAMES


class Heard:
    """What came over one road: how many frames, and the orders that were named in them."""

    def __init__(self):
        self.frames, self.named = 0, set()

    def take(self, frame):
        self.frames += 1
        self.named.update(NAMES.findall(frame))


async def trade(floor, client, name):
    """Place and cancel orders, and give their ids. The price is told again and again: none may rest on an old one."""
    order = {"symbol": "AAPL", "side": "BUY", "quantity": "1", "order_type": "LIMIT", "limit_price": "100"}
    unhurried = await client.put("/api/risk/limits", json={"max_orders_per_second": None})
    assert unhurried.status_code == 200, unhurried.text
    own = set()
    for number in range(FRAMES // 25):
        if number % 10 == 0:
            floor.price("AAPL", "104.99", "105.01")
        made = await client.post("/v1/orders", json=order | {"client_order_id": f"of-{name}-{number}"})
        assert made.status_code == 201, made.text
        order_id = made.json()["data"]["order_id"]
        own.add(order_id)
        await client.delete(f"/v1/orders/{order_id}")
    return own


async def listen_to_events(address, token, told, ready):
    url = address.replace("ws:", "http:") + "/v1/stream"
    accept = token | {"accept": "text/event-stream"}
    async with httpx2.AsyncClient(timeout=60) as client, client.stream("GET", url, headers=accept) as answer:
        ready.set()
        async for line in answer.aiter_lines():
            if line.startswith("data:"):
                told.take(line)
