"""Promise 12: PostgreSQL and Redis go and come under load: nothing acknowledged is lost, and nobody sees a 500."""

import asyncio
import os
import signal
import time

import pytest

from platform_floor import open_floor
from timed import PATIENT_S, assert_within
from valkey_server import valkey_server

RESTARTS = int(os.environ.get("OPENBELL_TEST_RESTARTS", "3"))
CLIENTS = 4
READY_AGAIN_SECONDS_MAX = 30.0
"""Of a machine that may be busy; the longest pause between two tries to connect is a second."""
ORDER = {"symbol": "AAPL", "side": "BUY", "order_type": "LIMIT", "limit_price": "1.00", "quantity": "1"}


UNREACHED = {"orders": "5000/s", "writes": "5000/s"}
"""Limits that are counted and never met: a fast machine would do nothing but wait for the next minute.

429 is then the core's word alone: no account places more than a hundred orders in a second."""


class Load:
    """Clients that place orders all the time and remember what they were told."""

    def __init__(self, client) -> None:
        self._client = client
        self.acknowledged: dict[str, str] = {}
        self.statuses: set[int] = set()
        self.refused: list[str] = []

    async def place(self, name: str) -> int:
        answer = await self._client.post("/v1/orders", json={**ORDER, "client_order_id": name})
        self.statuses.add(answer.status_code)
        if answer.status_code == 201:
            self.acknowledged[name] = answer.json()["data"]["order_id"]
        else:
            self.refused.append(name)
        return answer.status_code

    async def run(self, number: int) -> None:
        order = 0
        while True:
            order += 1
            await self.place(f"c{number}-{order}")
            await asyncio.sleep(0.02)

    async def ready_again(self) -> None:
        """Wait until an order is taken."""
        began, number = time.monotonic(), 0
        while await self.place(f"again-{began}-{number}") != 201:
            number += 1
            assert time.monotonic() - began < PATIENT_S, self.statuses
            await asyncio.sleep(0.05)
        assert_within(READY_AGAIN_SECONDS_MAX, time.monotonic() - began)


async def under_load(floor, client, restarts, *, stop, start) -> Load:
    """Stop and start what is behind a server while orders come in."""
    load = Load(client)
    lifted = await client.put("/api/risk/limits", json={"max_open_orders": None})
    assert lifted.status_code == 200, lifted.text
    clients = [asyncio.create_task(load.run(number)) for number in range(CLIENTS)]
    for number in range(restarts):
        floor.price("AAPL", "100", "100.05")  # a price that got old would be a reason of its own to refuse
        await asyncio.sleep(0.2)
        await asyncio.to_thread(stop, number)
        await asyncio.sleep(0.2)
        await asyncio.to_thread(start)
        await load.ready_again()
    for one in clients:
        one.cancel()
    await asyncio.gather(*clients, return_exceptions=True)
    await floor.system.engine.drained()
    return load


@pytest.mark.timeout(900)
async def test_postgresql_restarts_lose_nothing_acknowledged_and_double_nothing(postgres, postgres_url, tmp_path):
    async with open_floor(tmp_path, database_url=postgres_url) as floor, await floor.client() as client:
        kinds = (signal.SIGINT, signal.SIGQUIT)
        load = await under_load(
            floor, client, RESTARTS, stop=lambda n: postgres.stop(kinds[n % 2]), start=postgres.start
        )
        assert load.statuses <= {201, 503}, "unavailable is said as such"
        floor.price("AAPL", "100", "100.05")
        for name in load.refused[:20]:
            assert await load.place(name) == 201, "what was turned away can be sent again"
        state = floor.system.core.state
        ids = [order.client_order_id for order in state.orders.values()]
    assert len(ids) == len(set(ids)) and load.acknowledged.items() <= {
        (order.client_order_id, order.order_id) for order in state.orders.values()
    }
    async with open_floor(tmp_path, database_url=postgres_url) as floor:
        await asyncio.sleep(0)
        found = {order.client_order_id: order.order_id for order in floor.system.core.state.orders.values()}
    assert load.acknowledged.items() <= found.items()


@pytest.mark.timeout(900)
async def test_redis_restarts_are_noticed_by_nobody_who_trades(tmp_path):
    with valkey_server() as valkey:
        async with (
            open_floor(tmp_path, redis_url=valkey.url, rate_limits="on", rate_limits_table=UNREACHED) as floor,
            await floor.client() as client,
        ):
            load = await under_load(floor, client, RESTARTS, stop=lambda _: valkey.stop(), start=valkey.start)
            assert load.statuses <= {201, 429} and load.acknowledged
