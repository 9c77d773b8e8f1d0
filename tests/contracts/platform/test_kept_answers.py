"""Answers that are given again say what the ordinary route would say, to nobody else, and only while it holds."""

import asyncio
import gzip
import json
import tracemalloc

import pytest

from openbell.api.app import create_app
from openbell.api.settings import ApiSettings
from openbell.domain.access import Role
from openbell.domain.market import Bar, Timeframe
from openbell.domain.values import SCALE
from openbell.services.refused import Unavailable
from platform_floor import open_floor

ORDER = {"symbol": "AAPL", "side": "BUY", "quantity": "1", "order_type": "LIMIT", "limit_price": "100.00"}
NOW_NS = 1_900_000_000_000_000_000
MINUTE_NS = Timeframe.M1.length_ns
CANDLES = "/api/market-data/AAPL/candles?limit=1000"
READS = [
    "/v1/positions",
    "/v1/portfolio",
    "/v1/orders?side=BUY&per_page=50",
    "/v1/instruments",
    "/v1/instruments/BTC-USD",
    "/api/market-data/BTC-USD/depth?depth=5",
    CANDLES,
    "/api/v1/balances",
]


@pytest.fixture
async def floor(tmp_path):
    async with open_floor(tmp_path / "data") as floor:
        floor.price("AAPL", "104.99", "105.01")
        bars = [a_bar(number) for number in range(100)]
        floor.system.board.restore(bars)
        # Time stands still: how late it is changes an answer as well.
        floor.system.services.changes._now_ns = lambda: NOW_NS
        floor.app = create_app(floor.system.services, ApiSettings(version="test", now_ns=lambda: NOW_NS))
        yield floor


@pytest.fixture
async def client(floor):
    async with await floor.client() as client:
        yield client


@pytest.fixture
def no_router(monkeypatch):
    """Give what closes the router."""

    async def router(*_):
        raise AssertionError("the router was asked")

    return lambda: monkeypatch.setattr("starlette.routing.Router.__call__", router)


def a_bar(number):
    close = (100 + number % 7) * SCALE
    ts_ns = NOW_NS - NOW_NS % MINUTE_NS - (200 - number) * MINUTE_NS
    return Bar("AAPL", Timeframe.M1, ts_ns, close, close + 1, close - 1, close, SCALE, close if number % 2 else 0)


def seen(answer):
    headers = answer.headers.copy()
    headers.pop("x-request-id")
    return answer.status_code, sorted(headers.multi_items()), answer.content


@pytest.mark.parametrize("path", READS)
async def test_an_answer_is_given_again_without_the_router(client, no_router, path):
    first = await client.get(path)
    no_router()
    assert first.status_code == 200
    assert seen(await client.get(path)) == seen(first)


async def test_a_price_makes_an_answer_anew(floor, client):
    before = (await client.get("/v1/instruments/AAPL")).json()["data"]["bid"]
    floor.price("AAPL", "105.99", "106.01")
    after = (await client.get("/v1/instruments/AAPL")).json()["data"]["bid"]
    assert (before, after) == ("104.99", "105.99")


async def test_an_event_of_the_account_makes_an_answer_anew(client):
    assert (await client.get("/v1/orders")).json()["data"] == []
    placed = (await client.post("/v1/orders", json=ORDER)).json()["data"]
    assert [one["order_id"] for one in (await client.get("/v1/orders")).json()["data"]] == [placed["order_id"]]


async def test_an_event_of_another_account_makes_an_admins_answer_anew(floor, client):
    async with await floor.client("root", Role.ADMIN) as admin:
        assert (await admin.get("/v1/orders?scope=all")).json()["data"] == []
        await client.post("/v1/orders", json=ORDER)
        assert len((await admin.get("/v1/orders?scope=all")).json()["data"]) == 1


async def test_nobody_is_given_the_answer_of_another(floor, client):
    await client.post("/v1/orders", json=ORDER)
    assert len((await client.get("/v1/orders")).json()["data"]) == 1
    async with await floor.client("eve") as eve:
        assert (await eve.get("/v1/orders")).json()["data"] == []


async def test_who_signed_out_is_given_nothing(client):
    assert (await client.get("/v1/instruments")).status_code == 200
    await client.post("/v1/auth/logout")
    assert (await client.get("/v1/instruments")).status_code == 401


async def test_an_answer_ends_with_its_time(floor, client, no_router):
    assert (await client.get("/v1/positions")).status_code == 200
    floor.system.services.changes._now_ns = lambda: NOW_NS + 100_000_000
    no_router()
    # The hot route works it out anew, and asks for no router either; the list of orders has no such way.
    assert (await client.get("/v1/positions")).status_code == 200
    assert (await client.get("/v1/orders")).status_code == 500


async def test_a_large_answer_is_compressed_for_whoever_takes_that(client):
    plain = await client.get(CANDLES, headers={"accept-encoding": "identity"})
    small = [await client.get(CANDLES, headers={"accept-encoding": "gzip"}) for _ in range(2)]
    assert [one.headers["content-encoding"] for one in small] == ["gzip"] * 2
    assert small[0].content == small[1].content == plain.content
    assert plain.headers["vary"] == small[1].headers["vary"] == "Authorization, X-API-Key, Accept-Encoding"
    assert int(small[1].headers["content-length"]) == len(gzip.compress(plain.content, 5, mtime=0))


async def test_candles_are_written_as_the_schema_has_them(floor, client):
    floor.trade("AAPL", "106.5", "2")
    rows = (await client.get(CANDLES)).json()["data"]
    assert len(rows) == 101
    assert list(rows[1]) == ["time", "open", "high", "low", "close", "volume", "is_final", "vwap"]
    assert list(rows[2]) == ["time", "open", "high", "low", "close", "volume", "is_final"]
    assert (rows[1]["close"], rows[-1]["close"], rows[-1]["is_final"]) == (101, 106.5, False)
    floor.trade("AAPL", "107", "2")
    again = (await client.get(CANDLES)).json()["data"]
    assert again[:-1] == rows[:-1]
    assert json.dumps(again[-1]["high"]) == "107"


async def test_what_many_ask_for_at_the_same_instant_is_worked_out_once(floor, client, monkeypatch):
    asked, real = [], floor.system.services.orders._history.orders

    async def orders(wanted):
        asked.append(wanted)
        return await real(wanted)

    monkeypatch.setattr(floor.system.services.orders._history, "orders", orders)
    answers = await asyncio.gather(*(client.get("/v1/orders") for _ in range(20)))
    assert {answer.content for answer in answers} == {answers[0].content}
    assert len(asked) == 1


async def test_whoever_waited_for_an_answer_that_failed_asks_themselves(floor, client, monkeypatch):
    asked, real = [], floor.system.services.orders._history.orders

    async def orders(wanted):
        asked.append(wanted)
        await asyncio.sleep(0)
        if len(asked) == 1:
            raise Unavailable("not now")
        return await real(wanted)

    monkeypatch.setattr(floor.system.services.orders._history, "orders", orders)
    answers = await asyncio.gather(*(client.get("/v1/orders") for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [200] * 4 + [503]


async def test_no_price_makes_a_list_of_orders_anew(floor, client, no_router):
    first = await client.get("/v1/orders")
    floor.price("AAPL", "105.99", "106.01")
    no_router()
    assert seen(await client.get("/v1/orders")) == seen(first)


async def test_what_callers_write_at_length_is_not_kept_in_memory(client):
    assert (await client.get("/v1/instruments")).status_code == 200
    tracemalloc.start()
    try:
        for number in range(100):
            answer = await client.get(f"/v1/instruments?per_page=10&x={number}" + "y" * 50_000)
            assert answer.status_code in {200, 400}
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held < 2_500_000
