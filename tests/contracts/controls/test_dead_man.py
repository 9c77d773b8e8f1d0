"""The dead man's switch: silence cancels everything, also when the server was away meanwhile."""

import asyncio

from live_system import live_system
from openbell.domain.values import NANOS_PER_SECOND
from waiting import until

REST = {"symbol": "BTC/USD", "side": "BUY", "quantity": "0.1", "order_type": "LIMIT", "limit_price": "30000"}


async def arm(client, timeout_s):
    return await client.post("/v1/controls/cancel-after", json={"timeout_s": timeout_s})


async def rest(live, client):
    order = (await client.post("/v1/orders", json=REST)).json()["data"]
    await live.engine.quiet()
    return order["order_id"]


async def until_cancelled(client, order_id):
    async def is_cancelled():
        return (await client.get(f"/v1/orders/{order_id}")).json()["data"]["status"] == "CANCELLED"

    await until(is_cancelled)


async def pass_time(live, seconds):
    """Let time pass, and then a moment more: what it led to is durable, and has reached the venue."""
    for more in (seconds, seconds + 1):
        live.engine.advance(live.engine.now_ns() + more * NANOS_PER_SECOND)
        await asyncio.sleep(0.1)
        await live.engine.quiet()


async def test_silence_cancels_every_working_order_and_warns(live, admin):
    order_id = await rest(live, admin)
    armed = (await arm(admin, 5)).json()["data"]
    assert armed["active"] and 4 < armed["remaining_s"] <= 5
    await pass_time(live, 3)
    assert (await admin.get(f"/v1/orders/{order_id}")).json()["data"]["status"] == "SUBMITTED"
    await pass_time(live, 6)
    await until_cancelled(admin, order_id)
    alert = (await admin.get("/v1/alerts", params={"severity": "WARNING"})).json()["data"][0]
    assert alert["code"] == "DEAD_MAN_FIRED"
    assert (await admin.get("/v1/controls/cancel-after")).json()["data"] == {
        "active": False,
        "cancel_at": None,
        "remaining_s": 0.0,
    }


async def test_asking_again_puts_the_deadline_off_and_zero_takes_it_back(live, admin):
    order_id = await rest(live, admin)
    await arm(admin, 5)
    await arm(admin, 60)
    await pass_time(live, 6)
    await arm(admin, 0)
    await pass_time(live, 400)
    assert (await admin.get(f"/v1/orders/{order_id}")).json()["data"]["status"] == "SUBMITTED"


async def test_the_time_is_5_to_300_seconds(admin):
    for wrong in (1, 4, 301, -5, "60", 5.5, True, None):
        assert (await arm(admin, wrong)).status_code == 400


async def test_a_switch_of_one_account_leaves_the_others_alone(live, admin):
    await live.add("eve")
    order_id = await rest(live, admin)
    async with live.signed_in("eve@example.com") as eve:
        await arm(eve, 5)
        await pass_time(live, 6)
        assert not (await eve.get("/v1/controls/cancel-after")).json()["data"]["active"]
    assert (await admin.get(f"/v1/orders/{order_id}")).json()["data"]["status"] == "SUBMITTED"


async def test_a_deadline_that_passed_while_down_cancels_at_the_start(tmp_path, monkeypatch):
    async with live_system(tmp_path / "data") as live, live.signed_in() as admin:
        live.quote("BTC/USD", "40000")
        order_id = await rest(live, admin)
        # The deadline is written as if it had been set long ago: the server is down when it passes.
        monkeypatch.setattr(
            live.engine, "now_ns", lambda: live.system.followed.clock.now_ns() - 3_600 * NANOS_PER_SECOND
        )
        command_answer = await arm(admin, 5)
        assert command_answer.status_code == 200
        monkeypatch.setattr(live.engine, "advance", lambda _: None)
    async with live_system(tmp_path / "data") as again, again.signed_in() as admin:
        await until_cancelled(admin, order_id)
        codes = [alert["code"] for alert in (await admin.get("/v1/alerts")).json()["data"]]
        assert codes.count("DEAD_MAN_FIRED") == 1


async def test_a_deadline_that_has_not_passed_holds_after_a_restart(tmp_path):
    async with live_system(tmp_path / "data") as live, live.signed_in() as admin:
        await arm(admin, 300)
    async with live_system(tmp_path / "data") as again, again.signed_in() as admin:
        assert (await admin.get("/v1/controls/cancel-after")).json()["data"]["active"]
