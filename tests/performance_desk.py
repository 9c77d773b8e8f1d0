"""Short ways to trade, pay in and read performance over HTTP, and a clock that stands where a test wants it."""

import asyncio

from openbell.domain.commands import MoveCash
from openbell.domain.values import parse

BUY = {"symbol": "AAPL", "side": "BUY", "quantity": "100", "order_type": "MARKET"}
GOOG = {"kind": "sma_cross", "symbol": "GOOG", "config": {"fast": 10, "slow": 30}, "fee_rate": "0.001"}
PARTS = ("price", "fees", "slippage", "funding")


async def traded(floor, client, order):
    placed = (await client.post("/v1/orders", json=order)).json()["data"]
    return await floor.filled(client, placed["order_id"])


async def told(client, path="", **query):
    answer = await client.get(f"/v1/performance{path}", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def account_of(floor, name="ada"):
    user = await floor.system.database.access.user_by_login(name)
    return user.account_id


async def paid(floor, amount, name="ada"):
    """Pay money in, or out."""
    engine, account = floor.system.engine, await account_of(floor, name)
    command = MoveCash(ts_ns=engine.now_ns(), account_id=account, currency="USD", amount=parse(amount))
    assert (await engine.submit(command)).refusal is None


async def finished(client, body=GOOG):
    run_id = (await client.post("/v1/runs", json=body)).json()["data"]["run_id"]
    for _ in range(900):
        run = (await client.get(f"/v1/runs/{run_id}")).json()["data"]
        if run["status"] != "RUNNING":
            return run
        await asyncio.sleep(0.05)
    raise AssertionError(f"still running: {run}")


class Frozen:
    """The engine with its clock stopped where a test wants it."""

    def __init__(self, floor):
        self._engine = floor.system.engine
        self.now = self._engine.now_ns()
        services = floor.system.services
        for service in (services.performance, services.performance._records, services.reports):
            service._trading = self

    def now_ns(self):
        return self.now
