"""A socket that asked for it takes its owner's orders with it when it goes."""

import asyncio
import json
from contextlib import asynccontextmanager

import pytest
import uvicorn
import websockets

from openbell.api.app import create_app
from openbell.api.settings import ApiSettings
from openbell.domain.access import Role
from waiting import until

REST = {"symbol": "BTC/USD", "side": "BUY", "quantity": "0.1", "order_type": "LIMIT", "limit_price": "30000"}


@pytest.fixture
async def url(live):
    """The application on a port of its own; the system is started already."""
    app = create_app(live.services, ApiSettings(version="0"))
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", ws="websockets-sansio", lifespan="off"))
    task = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - the server offers nothing to wait for
        await asyncio.sleep(0.01)
    yield f"ws://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/ws"
    server.should_exit = True
    await task


@asynccontextmanager
async def socket(url, client):
    token = client.headers["authorization"].removeprefix("Bearer ")
    async with websockets.connect(f"{url}?token={token}") as connection:
        await connection.recv()
        yield connection


async def say(connection, **message):
    await connection.send(json.dumps(message))
    while True:
        heard = json.loads(await connection.recv())
        if heard["type"] in {"subscribed", "error", "cancel_on_disconnect"}:
            return heard


async def until_it_is(wanted, client, order_id):
    async def is_so():
        return (await client.get(f"/v1/orders/{order_id}")).json()["data"]["status"] == wanted

    await until(is_so)


async def rest(live, client):
    order = (await client.post("/v1/orders", json=REST)).json()["data"]
    await live.engine.quiet()
    return order["order_id"]


async def test_a_socket_that_asked_for_it_takes_the_orders_along(live, admin, url):
    order_id = await rest(live, admin)
    async with socket(url, admin) as connection:
        heard = await say(connection, type="subscribe", channel="order_fills", cancel_on_disconnect=True)
        assert heard["type"] == "subscribed"
        await until_it_is("SUBMITTED", admin, order_id)
    await until_it_is("CANCELLED", admin, order_id)
    row = (await admin.get("/v1/audit", params={"action": "order.cancel_all"})).json()["data"][0]
    assert row["actor"].startswith("usr_") and row["detail"]["reason"] == "its connection was lost"


async def test_one_that_took_it_back_leaves_them(live, admin, url):
    order_id = await rest(live, admin)
    async with socket(url, admin) as connection:
        await say(connection, type="cancel_on_disconnect", cancel_on_disconnect=True)
        heard = await say(connection, type="cancel_on_disconnect", cancel_on_disconnect=False, id=7)
        assert heard["cancel_on_disconnect"] is False and heard["id"] == 7
    await asyncio.sleep(0.3)
    assert (await admin.get(f"/v1/orders/{order_id}")).json()["data"]["status"] == "SUBMITTED"


async def test_who_may_not_trade_cannot_ask_for_it(live, url):
    await live.add("viewer", Role.VIEWER)
    async with live.signed_in("viewer@example.com") as viewer, socket(url, viewer) as connection:
        heard = await say(connection, type="cancel_on_disconnect", cancel_on_disconnect=True)
        assert heard["type"] == "error" and "may trade" in heard["error"]["message"]
