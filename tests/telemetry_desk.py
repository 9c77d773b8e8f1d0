"""The telemetry contract on a running system without a feed: the test sets the prices."""

import asyncio
from contextlib import asynccontextmanager

import httpx2
import msgspec
import websockets

from openbell.api.app import create_app
from openbell.api.settings import ApiSettings
from openbell.domain.access import Scope
from openbell.services.keys import NewKey
from openbell.services.principals import principal_of
from platform_floor import served
from waiting import WAIT_S, until

CONTROL = "/api/v1/control"
STREAM = "/api/v1/ws/stream"


class Desk:
    """A running system seen by a dashboard: keys of the first admin, frames of the stream."""

    def __init__(self, floor):
        self.floor = floor
        self.system = floor.system
        self.services = floor.system.services

    async def admin(self):
        users = await self.services.users.list()
        return users[0]

    async def key(self, *scopes, user=None):
        owner = principal_of(user or await self.admin(), scopes=frozenset(Scope))
        wanted = NewKey(name="dashboard", scopes=frozenset(scopes or (Scope.CONTROL, Scope.READ)))
        return (await self.services.keys.create(owner, wanted)).secret

    def http(self, key=None, *, ip="127.0.0.1", app=None, base_url="http://test"):
        headers = {"X-API-KEY": key} if key else {}
        transport = httpx2.ASGITransport(app or self.floor.app, client=(ip, 1))
        return httpx2.AsyncClient(transport=transport, base_url=base_url, headers=headers)

    def app(self, **settings):
        return create_app(self.services, ApiSettings(version="test", **settings))

    async def market_maker(self, name="maker", **parameters):
        """Run a market maker in the account that is shown, and wait for its two quotes."""
        body = {"strategy_id": name, "kind": "market_maker", "symbols": ["BTC/USD"], "status": "active"}
        defaults = {"quote_size": "0.1", "spread_bps": "10", "refresh_ms": 0}
        async with self.http(await self.key(*Scope)) as client:
            answer = await client.post("/v1/strategies", json=body | {"parameters": defaults | parameters})
            assert answer.status_code == 201, answer.text
        self.floor.price("BTC/USD", "60000", "60010")
        await self.until(lambda: len(self.orders()) == 2)

    def orders(self):
        """Orders at the venue in the account that is shown, by side."""
        found = self.system.views.open_orders(self.services.telemetry.account_id)
        return {order.side.value: order for order in found if order.status.value == "ACCEPTED"}

    async def until(self, holds):
        await until(holds)

    @asynccontextmanager
    async def stream(self, **options):
        async with served(self.floor) as url, websockets.connect(url.removesuffix("/ws") + STREAM, **options) as socket:
            yield socket


async def frame(socket, holds=lambda frame: True):
    """Give the first message that is wanted."""
    async with asyncio.timeout(WAIT_S):
        while True:
            said = msgspec.json.decode(await socket.recv())
            if holds(said):
                return said
