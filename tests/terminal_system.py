"""A whole system in this process, without a network or a feed: tests say what the market does."""

import itertools
from contextlib import asynccontextmanager

import httpx2

from openbell.bootstrap import System, build, running, web_app
from openbell.config import load
from openbell.domain.access import Role
from openbell.domain.commands import CreateStrategy
from openbell.domain.market import Bar, BookSnapshot, Quote, Timeframe, Trade
from openbell.domain.strategy import StrategyConfig
from openbell.domain.values import SCALE, parse
from openbell.services.users import NewUser
from waiting import until

PASSWORD = "correct horse battery"
_SETTINGS = {"feed": "none", "admin_email": "admin@example.com", "admin_password": PASSWORD, "fill_profile": "ideal"}


class Terminal:
    """One system and hands on its market."""

    def __init__(self, system: System) -> None:
        self.system = system
        self.app = web_app(system)
        self._trade_ids = itertools.count(1)

    @property
    def now(self) -> int:
        return self.system.engine.now_ns()

    def quote(self, symbol: str, bid, ask, quantity="1000") -> None:
        sizes = parse(quantity)
        self.system.engine.observe(Quote(symbol, self.now, parse(str(bid)), sizes, parse(str(ask)), sizes))

    def book(self, symbol: str, bids, asks) -> None:
        levels = [tuple((parse(price), parse(quantity)) for price, quantity in side) for side in (bids, asks)]
        self.system.engine.observe(BookSnapshot(symbol, self.now, 1, *levels))

    def trade(self, symbol: str, price, quantity="1", ts_ns=None) -> None:
        trade_id = f"t{next(self._trade_ids)}"
        self.system.engine.observe(Trade(symbol, ts_ns or self.now, parse(str(price)), parse(quantity), 1, trade_id))

    def bars(self, symbol: str, closes, *, timeframe=Timeframe.M1, volume="10") -> list[Bar]:
        """Put finished candles on the board, the last of which ended just now."""
        timeframe = Timeframe(timeframe)
        length = timeframe.length_ns
        start = self.now // length * length - len(closes) * length
        made = []
        for number, close in enumerate(closes):
            price = round(close * 100) * (SCALE // 100)
            made.append(
                Bar(symbol, timeframe, start + number * length, price, price, price, price, parse(volume), price)
            )
        self.system.board.restore(made)
        return made

    async def user(self, name: str, role: Role = Role.TRADER):
        new = NewUser(email=f"{name}@example.com", username=name, password=PASSWORD, role=role)
        return await self.system.services.users.create(new)

    def client(self, *, ip="203.0.113.9", token=""):
        headers = {"authorization": f"Bearer {token}"} if token else {}
        transport = httpx2.ASGITransport(self.app, client=(ip, 1234))
        return httpx2.AsyncClient(transport=transport, base_url="http://test", headers=headers)

    async def sign_in(self, name: str, **more):
        async with self.client() as client:
            return await client.post("/api/auth/login", json={"username": name, "password": PASSWORD, **more})

    @asynccontextmanager
    async def as_user(self, name: str, role: Role = Role.TRADER):
        await self.user(name, role)
        async with self.client(token=(await self.sign_in(name)).json()["token"]) as client:
            yield client

    async def account_of(self, client) -> str:
        return (await client.get("/api/auth/profile")).json()["account_id"]

    async def strategy(self, client, strategy_id="s1", *, kind="sma_cross", symbols=("AAPL",), **more) -> str:
        profile = (await client.get("/api/auth/profile")).json()
        parameters = {one.name: one.default for one in self._kind(kind).parameters}
        config = StrategyConfig(
            strategy_id=strategy_id,
            account_id=profile["account_id"],
            owner_id=profile["id"],
            name=strategy_id,
            kind=kind,
            symbols=symbols,
            parameters=parameters,
            **more,
        )
        outcome = await self.system.engine.submit(CreateStrategy(ts_ns=self.now, config=config))
        assert outcome.refusal is None, outcome.refusal
        return strategy_id

    def _kind(self, name: str):
        return next(kind for kind in self.system.services.strategies.kinds() if kind.kind == name)

    async def filled(self, client, order_id: str) -> dict:
        """Wait until an order is filled, and give it."""

        async def look():
            order = (await client.get(f"/api/orders/{order_id}")).json()
            return order if order["status"] == "FILLED" else None

        return await until(look)


@asynccontextmanager
async def started(data_dir, **settings):
    """Start a system in a folder, and stop it in order."""
    system = build(load(environ={}, overrides={**_SETTINGS, "data_dir": str(data_dir), **settings}))
    async with running(system):
        yield Terminal(system)
