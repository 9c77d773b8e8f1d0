"""T4: parameters of a running strategy change between two ticks, all that are named or none."""

import asyncio

import pytest

from openbell.domain.access import Role, Scope
from openbell.domain.values import parse
from platform_floor import open_floor
from telemetry_desk import CONTROL, Desk
from waiting import until

URL = f"{CONTROL}/parameters"


async def test_t4_a_wider_spread_moves_both_quotes_at_the_next_tick(desk):
    await desk.market_maker(spread_bps="10", skew_bps="0")
    before = {side: order.limit_price for side, order in desk.orders().items()}
    async with desk.http(await desk.key()) as client:
        answer = await client.patch(URL, json={"spread_bps": 100})
    assert answer.status_code == 200, answer.text
    desk.floor.price("BTC/USD", "60000", "60010")
    await desk.until(lambda: len(desk.orders()) == 2 and desk.orders()["BUY"].limit_price != before["BUY"])
    after = {side: order.limit_price for side, order in desk.orders().items()}
    middle = parse("60005")
    assert before["SELL"] - before["BUY"] == pytest.approx(middle * 10 // 10_000, abs=parse("0.02"))
    assert after["SELL"] - after["BUY"] == pytest.approx(middle * 100 // 10_000, abs=parse("0.02"))


async def test_t4_a_new_quote_size_is_what_is_quoted_next(desk):
    await desk.market_maker(quote_size="0.1")
    async with desk.http(await desk.key()) as client:
        assert (await client.patch(URL, json={"quote_size": "0.25"})).status_code == 200

    def is_quoted():
        desk.floor.price("BTC/USD", "60000", "60010")
        return [order.quantity for order in desk.orders().values()] == [parse("0.25")] * 2

    await until(is_quoted, every_s=0.02)


async def test_t4_the_reply_is_the_whole_set_and_its_revision(desk):
    await desk.market_maker()
    async with desk.http(await desk.key()) as client:
        shown = (await client.get(URL)).json()
        answer = await client.patch(URL, json={"spread_bps": 12.5, "gas_per_order": "0.02"})
    body = answer.json()
    assert body.keys() >= {"status", "applied", "rejected", "version", "revision", "parameters", "strategy_id"}
    assert body["applied"] == {"spread_bps": 12.5, "gas_per_order": 0.02} and body["rejected"] == []
    assert body["parameters"] == shown["parameters"] | body["applied"]
    assert body["revision"] == shown["revision"] + 2 and answer.headers["etag"] == f'"{body["revision"]}"'
    assert body["strategy_id"] == "maker" and body["run_state"] == "running"


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"spread_bps": 20, "bogus": 1, "skew_bps": 5_000}, {"bogus", "skew_bps"}),
        ({"quote_size": -1}, {"quote_size"}),
        ({"refresh_ms": 0.5, "spread_bps": "wide", "fee_bps": 2_000}, {"refresh_ms", "spread_bps", "fee_bps"}),
        ({"spread_bps": True}, {"spread_bps"}),
        ({"spread_bps": None}, {"spread_bps"}),
        ({"spread_bps": [1]}, {"spread_bps"}),
        ({"vol_window_s": 1e30}, {"vol_window_s"}),
        ({"kind": "sma_cross", "symbols": ["SPY"]}, {"kind", "symbols"}),
    ],
)
async def test_t4_one_wrong_key_is_422_and_changes_nothing(desk, change, wrong):
    await desk.market_maker()
    async with desk.http(await desk.key()) as client:
        before = (await client.get(URL)).json()
        answer = await client.patch(URL, json=change)
        after = (await client.get(URL)).json()
    assert answer.status_code == 422, answer.text
    assert {detail["field"] for detail in answer.json()["error"]["details"]} == wrong
    assert after == before


async def test_t4_a_stale_revision_is_412_and_a_present_one_passes(desk):
    await desk.market_maker()
    async with desk.http(await desk.key()) as client:
        etag = (await client.get(URL)).headers["etag"]
        first = await client.patch(URL, json={"spread_bps": 11}, headers={"If-Match": etag})
        second = await client.patch(URL, json={"spread_bps": 12}, headers={"If-Match": etag})
        spread = (await client.get(URL)).json()["parameters"]["spread_bps"]
    assert (first.status_code, second.status_code, spread) == (200, 412, 11)
    assert second.json()["error"]["code"] == "STALE_REVISION"


async def test_t4_of_many_changes_for_one_revision_one_wins(desk):
    await desk.market_maker()
    async with desk.http(await desk.key()) as client:
        etag = (await client.get(URL)).headers["etag"]
        asked = [
            client.patch(URL, json={"spread_bps": 20 + n, "gas_per_fill": n}, headers={"If-Match": etag})
            for n in range(8)
        ]
        statuses = sorted(answer.status_code for answer in await asyncio.gather(*asked))
    assert statuses == [200] + [412] * 7


async def test_t4_gas_and_fees_count_at_the_new_rate_from_then_on(desk):
    desk.floor.price("BTC/USD", "60000", "60010")
    order = {"symbol": "BTC/USD", "side": "BUY", "quantity": "0.1", "order_type": "MARKET"}
    seen = []
    async with desk.http(await desk.key(*Scope)) as client:
        for rates in ({"gas_per_order": 1, "fee_bps": 0}, {"gas_per_order": 2, "fee_bps": 10, "slippage_bps": "5"}):
            assert (await client.patch(URL, json=rates)).status_code == 200
            placed = await client.post("/v1/orders", json=order)
            await desk.floor.filled(client, placed.json()["data"]["order_id"])
            seen.append(desk.services.telemetry._kept.leakage)
            seen[-1] = (seen[-1].gas, seen[-1].fees, seen[-1].slippage)
    assert seen == [(parse("1"), 0, 0), (parse("3"), parse("6.001"), parse("3.0005"))]


async def test_t4_what_was_set_survives_a_restart(tmp_path):
    for change in ({"gas_per_order": 3, "vol_dwell_s": 42}, {}):
        async with open_floor(tmp_path) as floor:
            desk = Desk(floor)
            async with desk.http(await desk.key()) as client:
                body = (await client.patch(URL, json=change)).json()
    assert body["parameters"]["gas_per_order"] == 3 and body["parameters"]["vol_dwell_s"] == 42
    assert body["revision"] == 1


async def test_t4_a_strategy_can_be_named_and_a_foreign_one_is_unknown(desk):
    await desk.market_maker("one")
    await desk.market_maker("two")
    await desk.floor.token("grace")
    grace = next(user for user in await desk.services.users.list() if user.username == "grace")
    assert grace.role is Role.TRADER
    async with desk.http(await desk.key()) as client, desk.http(await desk.key(user=grace)) as stranger:
        named = await client.patch(URL, params={"strategy_id": "two"}, json={"spread_bps": 33})
        foreign = await stranger.patch(URL, params={"strategy_id": "two"}, json={"spread_bps": 33})
        telemetry = await stranger.patch(URL, json={"gas_per_order": 0})
        first = (await client.get(URL)).json()
    assert named.json()["strategy_id"] == "two" and named.json()["parameters"]["spread_bps"] == 33
    assert first["strategy_id"] == "one" and first["parameters"]["spread_bps"] == 10
    assert foreign.status_code == 404
    assert telemetry.status_code == 422  # what the public sees is not a stranger's to set


@pytest.mark.parametrize("body", [b"[]", b'"x"', b"{", b'{"spread_bps": NaN}', b'{"spread_bps":1,"spread_bps":2}'])
async def test_t4_what_is_no_object_is_400(desk, body):
    async with desk.http(await desk.key()) as client:
        answer = await client.patch(URL, content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 400


async def test_t4_t5_who_changed_what_is_on_record(desk):
    await desk.market_maker()
    async with desk.http(await desk.key(*Scope)) as client:
        await client.patch(URL, json={"spread_bps": 30, "gas_per_fill": 1})
        await client.post(f"{CONTROL}/emergency-stop", json={"reason": "drill"})
        rows = (await client.get("/v1/audit")).json()["data"]
    found = {row["action"]: row for row in rows}
    assert found["parameters.change"]["detail"] == {"spread_bps": "30", "gas_per_fill": "1"}
    assert found["parameters.change"]["actor"] == (await desk.admin()).user_id
    assert found["parameters.change"]["contract"] == "telemetry"
    assert "kill_switch.activate" in found and "strategy.configure" in found
