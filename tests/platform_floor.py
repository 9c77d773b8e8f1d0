"""A whole system without a feed: real core, journal, venue and services; the test sets the prices."""

import asyncio
from contextlib import asynccontextmanager
from itertools import count

import httpx2
import uvicorn

from openbell.api.app import create_app
from openbell.api.settings import ApiSettings
from openbell.bootstrap import build, running
from openbell.bootstrap.sharing import socket_limits
from openbell.config import load
from openbell.domain.access import Role
from openbell.domain.market import BookSnapshot, Quote, Trade
from openbell.domain.values import parse
from openbell.services.users import NewUser
from openbell.streaming.protocol import stream_protocol
from openbell.streaming.session import SessionLimits
from waiting import until

PASSWORD = "correct horse battery"
DEPTH = parse("1000")


class Floor:
    """The running system with its web application."""

    def __init__(self, system, app):
        self.system = system
        self.app = app
        self._sequence = count(1)

    def price(self, symbol, bid, ask):
        """Quote a symbol, a thousand units on each side; the middle is its mark."""
        bid, ask = parse(bid), parse(ask)
        now = self.system.engine.now_ns()
        observe = self.system.engine.observe
        observe(BookSnapshot(symbol, now, next(self._sequence), ((bid, DEPTH),), ((ask, DEPTH),)))
        observe(Quote(symbol, now, bid, DEPTH, ask, DEPTH))

    def trade(self, symbol, price, quantity="1"):
        """Print a public trade."""
        now = self.system.engine.now_ns()
        self.system.engine.observe(Trade(symbol, now, parse(price), parse(quantity), 1, f"t{next(self._sequence)}"))

    async def filled(self, client, order_id):
        """Wait for an order to fill and give it."""

        async def look():
            order = (await client.get(f"/v1/orders/{order_id}")).json()["data"]
            return order if order["status"] == "FILLED" else None

        return await until(look)

    async def token(self, name, role=Role.TRADER):
        """Add a user and sign them in."""
        users = self.system.services.users
        await users.create(NewUser(email=f"{name}@example.com", username=name, password=PASSWORD, role=role))
        return (await self.system.services.access.login(name, PASSWORD)).access_token

    async def client(self, name="ada", role=Role.TRADER):
        """Give a client that is signed in as a new user."""
        headers = {"authorization": f"Bearer {await self.token(name, role)}"}
        transport = httpx2.ASGITransport(self.app, client=("127.0.0.1", 1))
        return httpx2.AsyncClient(transport=transport, base_url="http://test", headers=headers)


@asynccontextmanager
async def open_floor(data_dir, *, talks_fast=False, **settings):
    """Build, run and stop a system in a directory; sockets keep to their pace there unless somebody `talks_fast`."""
    overrides = {"data_dir": data_dir, "feed": "none", "fill_profile": "ideal", "rate_limits": "off"}
    system = build(load(environ={}, overrides=overrides | {"admin_password": PASSWORD} | settings))
    async with running(system):
        sockets = socket_limits(system.settings) if talks_fast else SessionLimits()
        yield Floor(system, create_app(system.services, ApiSettings(version="test", sockets=sockets)))


SOCKETS = {"fan": stream_protocol, "framework": lambda: "websockets-sansio"}
"""The two ways in which messages leave; what is said on them may not differ."""
WAY = "fan"
"""How `served` sends; the fixture `both_ways` changes it."""


@asynccontextmanager
async def served(floor, **settings):
    """Serve a floor on a port of this machine and give the address of its socket."""
    usual = {"ws": SOCKETS[WAY](), "ws_per_message_deflate": False, "lifespan": "off", "log_level": "critical"}
    config = uvicorn.Config(floor.app, port=0, **(usual | settings))
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - the server has no event to wait for
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"ws://127.0.0.1:{port}/ws"
    finally:
        server.should_exit = True
        await serving
