"""A whole system in this process, without a market of its own: prices are what a test says they are."""

from contextlib import asynccontextmanager
from pathlib import Path

import httpx2

from openbell.bootstrap import build, running, web_app
from openbell.config import load
from openbell.domain.access import Role, User
from openbell.domain.market import Quote
from openbell.domain.values import SCALE, parse
from openbell.services.users import NewUser

ADMIN, PASSWORD = "admin@example.com", "correct horse battery"


class LiveSystem:
    """A running system, its application, and short ways to use both."""

    def __init__(self, system) -> None:
        self.system = system
        self.services = system.services
        self.engine = system.engine
        self.app = web_app(system)

    def quote(self, symbol: str, price: str) -> None:
        middle, tick = parse(price), parse("0.01")
        now = self.engine.now_ns()
        self.engine.observe(Quote(symbol, now, middle - tick, 1000 * SCALE, middle + tick, 1000 * SCALE))

    def client(self, **headers: str) -> httpx2.AsyncClient:
        transport = httpx2.ASGITransport(self.app, client=("203.0.113.9", 1234))
        return httpx2.AsyncClient(transport=transport, base_url="http://test", headers=headers)

    async def add(self, name: str, role: Role = Role.TRADER) -> User:
        wanted = NewUser(email=f"{name}@example.com", username=name, password=PASSWORD, role=role)
        return await self.services.users.create(wanted)

    @asynccontextmanager
    async def signed_in(self, email: str = ADMIN):
        """A client of somebody who has signed in over HTTP."""
        async with self.client() as client:
            answer = await client.post("/v1/auth/login", json={"email": email, "password": PASSWORD})
            assert answer.status_code == 200, answer.text
            client.headers["authorization"] = f"Bearer {answer.json()['access_token']}"
            yield client


@asynccontextmanager
async def live_system(data_dir: Path, **settings):
    """Start a system on a data directory; leaving stops it as a server stops."""
    given = {"feed": "none", "rate_limits": "off", "admin_email": ADMIN, "admin_password": PASSWORD} | settings
    system = build(load(environ={}, overrides={"data_dir": data_dir, **given}))
    async with running(system):
        yield LiveSystem(system)
