"""The edge over stand-ins, for tests of access, errors and limits."""

from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

import httpx2

from fakes import AccountBook, FixedProbe, MemoryAccess, SteppedClock
from openbell.api.app import create_app
from openbell.api.deps import Services
from openbell.api.settings import ApiSettings
from openbell.domain.access import Role, User
from openbell.ports import AccessStore
from openbell.services.access import Access
from openbell.services.health import Health
from openbell.services.keys import Keys
from openbell.services.limiter import Limiter
from openbell.services.passwords import Passwords
from openbell.services.principals import Principals
from openbell.services.quota import Quota
from openbell.services.sessions import Sessions
from openbell.services.tokens import Tokens
from openbell.services.users import NewUser, Users

PASSWORD = "correct horse"
SIGNING_KEY = b"k" * 32


@dataclass
class EdgeSystem:
    """Everything a test may want to look at."""

    store: AccessStore
    clock: SteppedClock
    book: AccountBook
    services: Services
    app: object

    def client(self, *, ip="203.0.113.9", headers=None):
        transport = httpx2.ASGITransport(self.app, client=(ip, 1234))
        return httpx2.AsyncClient(transport=transport, base_url="http://test", headers=headers)

    async def add(self, name: str, role: Role = Role.TRADER) -> User:
        return await self.services.users.create(
            NewUser(email=f"{name}@example.com", username=name, password=PASSWORD, role=role)
        )

    async def sign_in(self, name: str):
        return await self.services.access.login(name, PASSWORD)

    @asynccontextmanager
    async def as_user(self, name: str, role: Role = Role.TRADER):
        await self.add(name, role)
        token = (await self.sign_in(name)).access_token
        async with self.client(headers={"authorization": f"Bearer {token}"}) as client:
            yield client


def build(*, probes=None, quota=None, router=None, store=None, **settings) -> EdgeSystem:
    """Put the edge together. `store` keeps users, else memory does; `router` has more routes, to test the edge by."""
    store, clock = store or MemoryAccess(), SteppedClock()
    book = AccountBook(clock)
    # The hash is as cheap as argon2 allows here: what it costs is not what most tests are about.
    passwords = Passwords(time_cost=1, memory_kib=8)
    tokens = Tokens(SIGNING_KEY, clock=clock)
    principals = Principals(store=store, clock=clock, tokens=tokens)
    common = partial(dict, store=store, clock=clock, principals=principals)
    services = Services(
        access=Access(**common(passwords=passwords, tokens=tokens)),
        users=Users(**common(passwords=passwords, trading=book, views=book)),
        keys=Keys(**common()),
        sessions=Sessions(**common()),
        quota=quota or Quota(Limiter(monotonic_ns=clock.now_ns)),
        health=Health(probes or [FixedProbe("database", status="healthy", latency_ms=1)], clock=clock, version="1.2.3"),
    )
    app = create_app(services, ApiSettings(version="1.2.3", now_ns=clock.now_ns, **settings))
    if router is not None:
        app.include_router(router)
    return EdgeSystem(store, clock, book, services, app)
