"""What ends with a connection at /ws/trading: the orders that are open then, and no word of those that are not."""

import asyncio
import json

import pytest
from websockets.asyncio.client import connect

from openbell.api.desk import placed_orders
from openbell.api.desk.placed_orders import PlacedOrders
from openbell.ports import AuditFilter
from waiting import until

BUY = {"symbol": "BTC/USD", "side": "buy", "type": "market", "quantity": 0.001}
REST = BUY | {"type": "limit", "price": 40000}


@pytest.fixture
def trading(address, ada):
    token = ada.headers["authorization"].removeprefix("Bearer ")
    return connect(f"{address}/ws/trading?token={token}&cancel_on_disconnect=true", max_queue=None)


@pytest.fixture
def kept(monkeypatch):
    """Give what is kept of the orders of connections, of which it is looked at from three on."""
    made, begin = [], PlacedOrders.__init__

    def begun(self, orders):
        begin(self, orders)
        made.append(self)

    monkeypatch.setattr(placed_orders, "KEPT_MIN", 3)
    monkeypatch.setattr(PlacedOrders, "__init__", begun)
    return made


async def placed(socket, order):
    """Place an order, wait until it is filled or rests, and give its id."""
    await socket.send(json.dumps({"type": "order", "order": order}))
    wanted, told = "ACCEPTED" if order is REST else "FILLED", {}
    while told.get("type") != "order_update" or told["data"]["status_detail"] != wanted:
        told = json.loads(await asyncio.wait_for(socket.recv(), 60))
    return told["data"]["order_id"]


async def test_only_what_is_open_is_cancelled_in_the_end(floor, ada, trading):
    async with trading as socket:
        await placed(socket, BUY)
        resting = await placed(socket, REST)

    async def ended():
        return (await ada.get(f"/v1/orders/{resting}")).json()["data"]["status"] == "CANCELLED"

    await until(ended)
    page = await floor.system.services.audit.list(AuditFilter(action="order.cancel"))
    assert [row.entry.subject for row in page.rows] == [resting]


async def test_what_has_ended_is_not_kept_for_the_end(trading, kept):
    async with trading as socket:
        await placed(socket, REST)
        for _ in range(10):
            await placed(socket, BUY)
        assert len(kept[-1]) <= 3
