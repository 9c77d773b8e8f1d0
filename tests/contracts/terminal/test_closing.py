"""R4: what becomes of the orders around a position that is closed."""

from openbell.domain.commands import PlaceOrder
from openbell.domain.order import Instruction, OrderType, Side
from openbell.domain.values import parse

ORDER = {"strategy_id": "manual", "instrument": "AAPL", "quantity": 10, "execution_mode": "PAPER"}


async def place(client, side, kind, **more):
    sent = await client.post("/api/orders", json={**ORDER, "order_type": side, "order_kind": kind, **more})
    assert sent.status_code == 201, sent.text
    return sent.json()["order_id"]


async def held(terminal, client):
    """Buy, and give the id of the position."""
    await terminal.filled(client, await place(client, "BUY", "MARKET"))
    return (await client.get("/api/positions")).json()["positions"][0]["id"]


async def test_r4_a_stop_loss_of_a_closed_position_opens_no_other(terminal, client):
    position_id = await held(terminal, client)
    stop = await place(client, "SELL", "STOP_LOSS", stop_price=140, time_in_force="GTC")
    more = await place(client, "SELL", "LIMIT", price=160, quantity=11)
    closed = await client.post(f"/api/positions/{position_id}/close")
    await terminal.filled(client, closed.json()["order_id"])
    terminal.quote("AAPL", "138.99", "139")
    assert (await client.get("/api/positions")).json() == {"positions": []}
    assert (await client.get(f"/api/orders/{stop}")).json()["status"] == "CANCELLED"
    # What was to do more than to reduce is somebody's wish for a position of its own.
    assert (await client.get(f"/api/orders/{more}")).json()["status"] == "SUBMITTED"


async def test_r4_an_exit_that_waits_for_an_entry_still_at_work_outlives_a_close(terminal, client):
    position_id = await held(terminal, client)
    exit_ = Instruction(
        symbol="AAPL",
        side=Side.SELL,
        quantity=parse(10),
        order_type=OrderType.STOP,
        stop_price=parse(130),
        reduce_only=True,
        parent_order_id=await place(client, "BUY", "LIMIT", price=140),
    )
    account_id = await terminal.account_of(client)
    command = PlaceOrder(ts_ns=terminal.now, account_id=account_id, strategy_id="manual", instruction=exit_)
    waiting = (await terminal.system.engine.submit(command)).subject_id
    await client.post(f"/api/positions/{position_id}/close")
    assert terminal.system.views.order(waiting).status == "NEW"
