"""T5: the emergency stop latches, cancels, flattens if asked, and answers when it knows."""

import asyncio

from openbell.domain.access import Scope
from openbell.domain.values import parse
from platform_floor import PASSWORD, open_floor
from telemetry_desk import CONTROL, Desk
from waiting import WAIT_S

URL = f"{CONTROL}/emergency-stop"
LIMIT = {"symbol": "BTC/USD", "side": "BUY", "quantity": "0.01", "order_type": "LIMIT", "limit_price": "59000"}
MARKET = {"symbol": "BTC/USD", "side": "BUY", "quantity": "0.3", "order_type": "MARKET"}


async def placed(desk, client, **changes):
    answer = await client.post("/v1/orders", json=LIMIT | changes)
    assert answer.status_code == 201, answer.text
    return answer.json()["data"]["order_id"]


async def test_t5_each_working_order_is_named_with_what_became_of_it(desk):
    desk.floor.price("BTC/USD", "60000", "60010")
    async with desk.http(await desk.key(*Scope)) as client:
        ids = [await placed(desk, client) for _ in range(3)]
        body = (await client.post(URL, json={"reason": "drill"})).json()
        left = (await client.get("/v1/orders", params={"status": "pending"})).json()["data"]
    assert {order["order_id"]: order["outcome"] for order in body["orders"]} == dict.fromkeys(ids, "canceled")
    assert body["status"] == "stopped" and body["kill_switch_active"] is True and body["scope"] == "GLOBAL"
    assert body["canceled_orders"] == 3 and body["outstanding_orders"] == [] and not left


async def test_t5_a_running_market_maker_is_stopped_and_stays_stopped(desk):
    await desk.market_maker()
    async with desk.http(await desk.key()) as client:
        body = (await client.post(URL)).json()
    for _ in range(5):
        desk.floor.price("BTC/USD", "60100", "60110")
        await asyncio.sleep(0.02)
    assert len(body["orders"]) == 2 and not desk.orders()


async def test_t5_calling_it_twice_is_harmless(desk):
    desk.floor.price("BTC/USD", "60000", "60010")
    async with desk.http(await desk.key(*Scope)) as client:
        await placed(desk, client)
        first, second = [(await client.post(URL, json={"flatten": True})).json() for _ in range(2)]
    assert (first["already_active"], second["already_active"]) == (False, True)
    assert second["orders"] == [] and second["activated_at"] == first["activated_at"]


async def test_t5_flatten_closes_every_position_with_orders_that_only_reduce(desk):
    desk.floor.price("BTC/USD", "60000", "60010")
    desk.floor.price("AAPL", "200.00", "200.02")
    async with desk.http(await desk.key(*Scope)) as client:
        for body in (MARKET, MARKET | {"symbol": "AAPL", "quantity": "50", "side": "SELL"}):
            order = await client.post("/v1/orders", json=body)
            await desk.floor.filled(client, order.json()["data"]["order_id"])
        said = (await client.post(URL, json={"flatten": True, "reason": "out"})).json()
        positions = (await client.get("/v1/positions")).json()["data"]
    assert {(one["symbol"], one["side"], one["outcome"]) for one in said["flattened"]} == {
        ("BTC/USD", "SELL", "filled"),
        ("AAPL", "BUY", "filled"),
    }
    assert positions == [] and said["flatten"] is True


async def test_t5_a_position_larger_than_an_order_may_be_goes_in_pieces(tmp_path):
    async with open_floor(tmp_path, paper_cash="10000000") as floor:
        desk = Desk(floor)
        desk.floor.price("BTC/USD", "60000", "60010")
        async with desk.http(await desk.key(*Scope)) as client:
            for _ in range(3):
                order = await client.post("/v1/orders", json=MARKET | {"quantity": "15"})
                await desk.floor.filled(client, order.json()["data"]["order_id"])
            said = (await client.post(URL, json={"flatten": True})).json()
    assert len(said["flattened"]) == 3 and {one["outcome"] for one in said["flattened"]} == {"filled"}
    assert sum(one["filled_quantity"] for one in said["flattened"]) == 45


async def test_t5_without_flatten_positions_stay(desk):
    desk.floor.price("BTC/USD", "60000", "60010")
    async with desk.http(await desk.key(*Scope)) as client:
        order = await client.post("/v1/orders", json=MARKET)
        await desk.floor.filled(client, order.json()["data"]["order_id"])
        assert (await client.post(URL)).json()["flattened"] == []
        positions = (await client.get("/v1/positions")).json()["data"]
    assert [one["quantity"] for one in positions] == ["0.30"]


async def test_t5_it_works_while_the_order_queue_is_busy(tmp_path):
    async with open_floor(tmp_path, fill_profile="realistic", rate_limits="on", admin_password=PASSWORD) as floor:
        desk = Desk(floor)
        floor.price("BTC/USD", "60000", "60010")
        async with desk.http(await desk.key(*Scope)) as client:
            flood = [asyncio.create_task(client.post("/v1/orders", json=LIMIT)) for _ in range(60)]
            await asyncio.sleep(0.02)
            stops = await asyncio.gather(*(client.post(URL) for _ in range(20)))
            await asyncio.gather(*flood)
    assert {answer.status_code for answer in stops} == {200}
    assert all(answer.json()["status"] == "stopped" for answer in stops)
    assert not desk.system.views.open_orders(desk.services.telemetry.account_id)


async def test_t5_a_cancel_that_stays_unknown_is_reported_as_outstanding(desk, monkeypatch):
    async def lost(_request):
        await asyncio.Event().wait()

    desk.floor.price("BTC/USD", "60000", "60010")
    monkeypatch.setattr("openbell.services.emergency.WAIT_S", 0.3)
    async with desk.http(await desk.key(*Scope)) as client:
        order_id = await placed(desk, client)
        await desk.until(lambda: len(desk.orders()) == 1)
        monkeypatch.setattr(desk.system.engine._dispatch._venue, "send", lost)
        body = (await asyncio.wait_for(client.post(URL), WAIT_S)).json()
        monkeypatch.undo()
        desk.system.engine._dispatch._is_sending = False
        await desk.system.engine._dispatch.stop()
        desk.system.engine._dispatch.start(on_idle=desk.system.engine._maybe_quiet)
    assert body["status"] == "outstanding" and body["outstanding_orders"] == [order_id]
    assert body["orders"][0]["outcome"] == "outstanding"


async def test_t5_a_traders_key_stops_the_traders_own_account(desk):
    desk.floor.price("BTC/USD", "60000", "60010")
    await desk.floor.token("grace")
    grace = next(user for user in await desk.services.users.list() if user.username == "grace")
    async with desk.http(await desk.key(*Scope)) as admin, desk.http(await desk.key(user=grace)) as trader:
        await placed(desk, admin)
        body = (await trader.post(URL)).json()
        still = await admin.post("/v1/orders", json=LIMIT)
    assert body["scope"] == "ACCOUNT" and body["orders"] == [] and still.status_code == 201
    assert parse("0.01") == next(iter(desk.orders().values())).quantity


async def test_t5_a_body_that_is_wrong_is_400(desk):
    async with desk.http(await desk.key()) as client:
        answer = await client.post(URL, json={"flaten": True})
    assert answer.status_code == 400 and answer.json()["error"]["details"][0]["field"] == "flaten"


async def test_t5_a_full_backlog_turns_orders_away_and_not_the_stop(desk, monkeypatch):
    desk.floor.price("BTC/USD", "60000", "60010")
    async with desk.http(await desk.key(*Scope)) as client:
        order_id = await placed(desk, client)
        monkeypatch.setattr("openbell.runtime.live.UNCOMMITTED_STEPS_MAX", 0)
        refused = await client.post("/v1/orders", json=LIMIT)
        body = (await client.post(URL)).json()
    assert refused.status_code == 503
    assert body["status"] == "stopped" and body["orders"][0]["order_id"] == order_id
