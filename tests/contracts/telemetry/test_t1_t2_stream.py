"""T1 and T2: a sign of life, and the public stream of one account."""

import asyncio
import json
import re
from itertools import pairwise

import pytest
import websockets
from websockets.exceptions import ConnectionClosed, InvalidStatus

from openbell.domain.access import Role, Scope
from openbell.domain.account import Mode
from openbell.domain.values import parse
from openbell.services.broadcast import CONFLATION_S
from platform_floor import open_floor, served
from telemetry_desk import STREAM, Desk, frame
from waiting import ruler

pytestmark = pytest.mark.usefixtures("both_ways")

KEYS = {
    *("type", "seq", "timestamp", "virtual_pnl", "gross_pnl", "fees", "gas", "vol_state", "realized_volatility"),
    *("latency_ms", "inventory", "open_orders", "mode", "kill_switch_active"),
}


async def buy(desk, quantity="0.1"):
    async with desk.http(await desk.key(*Scope)) as client:
        body = {"symbol": "BTC/USD", "side": "BUY", "quantity": quantity, "order_type": "MARKET"}
        answer = await client.post("/v1/orders", json=body)
        assert answer.status_code == 201, answer.text
        await desk.floor.filled(client, answer.json()["data"]["order_id"])


async def test_t1_health_is_open_to_all(desk):
    async with desk.http() as client:
        body = (await client.get("/health")).json()
    assert {"status", "version", "uptime_seconds"} <= body.keys() and isinstance(body["uptime_seconds"], int)


async def test_t2_a_frame_has_every_key_with_its_type(desk):
    async with desk.stream() as socket:
        said = await frame(socket)
    assert said.keys() >= KEYS and said["type"] == "telemetry"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", said["timestamp"])
    assert said["vol_state"] in ("LOW_VOL", "NORMAL", "HIGH_VOL") and said["mode"] == "PAPER"
    assert said["kill_switch_active"] is False and said["inventory"] == {} and said["open_orders"] == 0


async def test_t2_a_frame_comes_every_second_though_nothing_happens(desk):
    async with desk.stream() as socket:
        await frame(socket)
        came, seqs = [], []
        async with ruler() as passed:
            for _ in range(3):
                seqs.append((await frame(socket))["seq"])
                came.append(passed())
    assert seqs == list(range(seqs[0], seqs[0] + 3))
    assert all(later - earlier <= 1.0 for earlier, later in pairwise(came))


async def test_t2_profit_is_net_of_fees_slippage_and_gas(desk):
    desk.floor.price("BTC/USD", "60000", "60010")
    async with desk.stream() as socket:
        await buy(desk)
        said = await frame(socket, lambda one: one["inventory"] == {"BTC/USD": 0.1} and one["fees"] > 0)
    assert said["gas"] == pytest.approx(0.01)
    assert said["gross_pnl"] == pytest.approx(0.1 * (60005 - 60010))  # bought at the ask, valued at the middle
    assert said["virtual_pnl"] == pytest.approx(said["gross_pnl"] - said["fees"] - said["slippage"] - said["gas"])


async def test_t2_a_change_is_told_at_once_and_many_are_conflated(desk):
    desk.floor.price("BTC/USD", "60000", "60010")
    await buy(desk)
    async with desk.stream() as socket:
        await frame(socket)
        first = (await frame(socket))["seq"]
        began = asyncio.get_running_loop().time()
        for step in range(50):
            desk.floor.price("BTC/USD", str(60100 + step), str(60110 + step))
            await asyncio.sleep(0.01)
        said = await frame(socket, lambda one: one["gross_pnl"] == pytest.approx(0.1 * (60154 - 60010)))
        seconds = asyncio.get_running_loop().time() - began
    assert 2 <= said["seq"] - first <= 3 + seconds / CONFLATION_S, "the longer it takes, the more may be told"
    assert 0 <= said["latency_ms"] < 5_000


async def test_t2_gas_survives_a_restart_and_is_counted_once(tmp_path):
    gas = []
    for _ in range(2):
        async with open_floor(tmp_path, telemetry_gas_per_order="0.5", telemetry_gas_per_fill="0.25") as floor:
            desk = Desk(floor)
            desk.floor.price("BTC/USD", "60000", "60010")
            await buy(desk)
            gas.append(desk.services.telemetry.reading().gas)
    assert gas == [parse("0.75"), parse("1.5")]


async def test_t2_whatever_is_no_ping_is_refused_with_an_error_frame(desk):
    async with desk.stream() as socket:
        await socket.send('{"type": "subscribe", "channel": "ticks"}')
        said = await frame(socket, lambda one: one["type"] == "error")
        await socket.send('{"type": "ping", "id": 7}')
        pong = await frame(socket, lambda one: one["type"] == "pong")
        assert (await frame(socket))["type"] == "telemetry"
    assert said["error"]["code"] == "READ_ONLY" and pong["id"] == 7


@pytest.mark.parametrize(
    ("messages", "code"),
    [(["x" * 2_000], 1009), (["{}"] * 20, 1008), (['{"type":"ping"}'] * 60, 4429), (["[" * 900], None)],
)
async def test_t2_oversize_or_too_much_ends_the_connection_and_nothing_else(desk, messages, code):
    async with desk.stream() as socket:
        for message in messages:
            await socket.send(message)
        if code is None:
            assert (await frame(socket, lambda one: one["type"] == "error"))["error"]["code"] == "READ_ONLY"
            return
        with pytest.raises(ConnectionClosed) as closed:
            await frame(socket, lambda _: False)
    assert closed.value.rcvd.code == code


async def test_t2_at_most_five_connections_an_address(desk):
    async with served(desk.floor) as url:
        stream = url.removesuffix("/ws") + STREAM
        sockets = [await websockets.connect(stream) for _ in range(5)]
        with pytest.raises(InvalidStatus) as refused:
            await websockets.connect(stream)
        assert refused.value.response.status_code == 429
        await sockets[0].close()
        sockets[0] = await websockets.connect(stream)
        for socket in sockets:
            await socket.close()


async def test_t2_a_foreign_page_may_not_listen(desk):
    async with served(desk.floor) as url:
        with pytest.raises(InvalidStatus) as refused:
            await websockets.connect(url.removesuffix("/ws") + STREAM, origin="https://evil.example")
    assert refused.value.response.status_code == 403


async def refusal_of(desk, **options):
    async with served(desk.floor) as url:
        try:
            async with websockets.connect(url.removesuffix("/ws") + STREAM, **options) as socket:
                return (await frame(socket))["type"]
        except InvalidStatus as refused:
            return refused.response.status_code


async def test_c33_a_key_can_be_demanded(desk):
    desk.floor.app = desk.app(telemetry_require_key=True)
    key = await desk.key()
    assert await refusal_of(desk) == 401
    assert await refusal_of(desk, additional_headers={"X-API-KEY": "ob_wrong_key"}) == 401
    assert await refusal_of(desk, additional_headers={"X-API-KEY": key}) == "telemetry"


async def test_c33_live_money_is_never_shown_without_a_key(desk):
    desk.system.views.account(desk.services.telemetry.account_id).mode = Mode.LIVE
    key = await desk.key()
    assert await refusal_of(desk) == 401
    assert await refusal_of(desk, additional_headers={"X-API-KEY": key}) == "telemetry"


async def test_c33_no_id_is_told(desk):
    await desk.market_maker()
    async with desk.stream() as socket:
        said = json.dumps(await frame(socket, lambda one: one["open_orders"] > 0))
    ids = [desk.services.telemetry.account_id, (await desk.admin()).user_id, "maker"]
    ids += [order.order_id for order in desk.orders().values()]
    assert not [one for one in ids if one in said]


async def test_c33_the_account_is_a_setting(tmp_path):
    async with open_floor(tmp_path) as floor:
        await floor.token("grace", Role.TRADER)
    async with open_floor(tmp_path, telemetry_account="grace@example.com") as floor:
        shown = floor.system.services.telemetry.account_id
        grace = next(user for user in await floor.system.services.users.list() if user.username == "grace")
    assert shown == grace.account_id


async def test_t2_a_kill_switch_shows_at_once(desk):
    async with desk.stream() as socket:
        await frame(socket)
        async with desk.http(await desk.key()) as client:
            await client.post("/api/v1/control/emergency-stop")
        async with ruler() as passed:
            assert (await frame(socket, lambda one: one["kill_switch_active"]))["type"] == "telemetry"
            assert passed() <= 0.8, "it does not wait for the sign of life"
