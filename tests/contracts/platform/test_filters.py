"""Every filter of the platform's lists takes in what it should and leaves out the rest, over HTTP."""

import asyncio

import pytest

from openbell.domain.access import Role
from openbell.domain.account import Mode
from openbell.domain.commands import OpenAccount, PlaceOrder
from openbell.domain.instants import instant_text
from openbell.domain.order import Instruction, Side
from openbell.domain.values import NANOS_PER_SECOND, SCALE
from platform_floor import open_floor

LIMIT = {"side": "BUY", "quantity": "1", "order_type": "LIMIT"}
STRATEGY = {"kind": "sma_cross", "symbols": ["BTC/USD"], "config": {"fast": 5, "slow": 20}}


@pytest.fixture
async def floor(tmp_path):
    async with open_floor(tmp_path) as floor:
        floor.price("AAPL", "104.99", "105.01")
        floor.price("MSFT", "379.99", "380.01")
        floor.price("BTC/USD", "49990", "50000")
        yield floor


async def place(client, **order):
    answer = await client.post("/v1/orders", json=LIMIT | order)
    assert answer.status_code == 201, answer.text
    return answer.json()["data"]


@pytest.fixture
async def trader(floor):
    """A client with orders a to d: of two strategies, three symbols, and, between c and d, two instants."""
    client = await floor.client()
    await client.post("/v1/strategies", json=STRATEGY | {"strategy_id": "cross", "allocated_capital": "50000"})
    await place(client, symbol="AAPL", limit_price="100.00", client_order_id="a")
    await place(client, symbol="BTC/USD", limit_price="100.00", strategy_id="cross", client_order_id="b")
    sold = await place(client, symbol="MSFT", side="SELL", order_type="MARKET", client_order_id="c")
    await floor.filled(client, sold["order_id"])
    await asyncio.sleep(0.01)
    client.between = instant_text(floor.system.engine.now_ns())
    await asyncio.sleep(0.01)
    cancelled = await place(client, symbol="AAPL", limit_price="101.00", client_order_id="d")
    await client.delete(f"/v1/orders/{cancelled['order_id']}")
    return client


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, "dcba"),
        ({"strategy_id": "cross"}, "b"),
        ({"strategy_id": "manual"}, "dca"),
        ({"strategy_id": "nobody"}, ""),
        ({"symbol": "AAPL"}, "da"),
        ({"symbol": "BTC-USD"}, "b"),
        ({"symbol": "NOPE"}, ""),
        ({"status": "SUBMITTED"}, "ba"),
        ({"status": "filled"}, "c"),
        ({"status": "CANCELLED"}, "d"),
        ({"status": "canceled"}, "d"),
        ({"status": "PENDING"}, ""),
        ({"status": "REJECTED"}, ""),
        ({"mode": "PAPER"}, "dcba"),
        ({"mode": "live"}, ""),
        ({"mode": "BACKTEST"}, ""),
        ({"side": "SELL"}, "c"),
        ({"side": "buy"}, "dba"),
        ({"from_date": "between"}, "d"),
        ({"to_date": "between"}, "cba"),
        ({"from_date": "2020-01-01", "to_date": "2020-01-02"}, ""),
        ({"client_order_id": "b"}, "b"),
        ({"symbol": "AAPL", "status": "SUBMITTED", "side": "BUY", "to_date": "between"}, "a"),
        ({"per_page": 3, "page": 2}, "a"),
    ],
)
@pytest.mark.line("P7")
async def test_orders_are_filtered(trader, query, found):
    params = {name: trader.between if value == "between" else value for name, value in query.items()}
    page = (await trader.get("/v1/orders", params=params)).json()
    assert "".join(one["client_order_id"] for one in page["data"]) == found
    assert page["meta"]["total_count"] == (4 if "page" in query else len(found))


@pytest.mark.parametrize(
    "query",
    [
        *({"status": "DONE"}, {"mode": "DEMO"}, {"side": "LEFT"}, {"from_date": "soon"}, {"to_date": "2026-13-01"}),
        *({"page": 0}, {"per_page": 101}, {"per_page": "many"}),
    ],
)
@pytest.mark.line("P7")
async def test_a_filter_that_cannot_be_is_refused_by_name(floor, query):
    answer = await (await floor.client()).get("/v1/orders", params=query)
    assert answer.status_code == 400
    assert [one["field"] for one in answer.json()["error"]["details"]] == list(query)


@pytest.mark.line("P7")
async def test_an_admin_tells_the_orders_of_everybody_apart_by_mode(floor, trader):
    """Accounts of a mode keep their orders to that mode, whoever else trades in another."""
    admin, engine = await floor.client("root", Role.ADMIN), floor.system.engine
    real = {"account_id": "real", "owner_id": "x", "mode": Mode.LIVE, "base_currency": "USD"}
    opened = OpenAccount(ts_ns=engine.now_ns(), deposits={"USD": 1_000 * SCALE}, **real)
    assert (await engine.submit(opened)).refusal is None
    small = Instruction(symbol="AAPL", side=Side.BUY, quantity=SCALE, client_order_id="real")
    await engine.submit(PlaceOrder(ts_ns=engine.now_ns(), account_id="real", strategy_id="manual", instruction=small))

    async def found(mode):
        params = {"scope": "all", "mode": mode}
        page = (await admin.get("/v1/orders", params=params)).json()
        return {one["client_order_id"] for one in page["data"]}

    assert [await found("PAPER"), await found("LIVE"), await found("BACKTEST")] == [set("abcd"), {"real"}, set()]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, {"on", "off"}),
        ({"status": "all"}, {"on", "off"}),
        ({"status": "active"}, {"on"}),
        ({"status": "inactive"}, {"off"}),
        ({"mode": "PAPER"}, {"on", "off"}),
        ({"mode": "paper", "status": "active"}, {"on"}),
        ({"mode": "LIVE"}, set()),
        ({"mode": "BACKTEST"}, set()),
    ],
)
@pytest.mark.line("P5")
async def test_strategies_are_filtered(floor, query, found):
    client = await floor.client()
    for strategy_id, status in (("on", "active"), ("off", "inactive")):
        await client.post("/v1/strategies", json=STRATEGY | {"strategy_id": strategy_id, "status": status})
    page = (await client.get("/v1/strategies", params=query)).json()
    assert {one["strategy_id"] for one in page["data"]} == found
    assert page["meta"] == {"total_count": len(found), "active_count": len(found & {"on"})}
    for wrong in ({"status": "asleep"}, {"mode": "DEMO"}):
        assert (await client.get("/v1/strategies", params=wrong)).status_code == 400


@pytest.mark.line("P9")
async def test_alerts_are_filtered(floor):
    admin = await floor.client("root", Role.ADMIN)
    ids = {}
    for severity in ("INFO", "WARNING", "ERROR", "CRITICAL"):
        raised = (await admin.post("/v1/alerts/test", json={"severity": severity})).json()["data"]
        ids[raised["alert_id"]] = severity
    seen = next(iter(ids))
    await admin.patch(f"/v1/alerts/{seen}/acknowledge")

    async def found(**query):
        page = (await admin.get("/v1/alerts", params=query)).json()
        return "".join(ids[one["alert_id"]][0] for one in page["data"]), page["meta"]["unacknowledged_count"]

    everything, hour = ("CEWI", 3), 3_600 * NANOS_PER_SECOND
    now = floor.system.engine.now_ns()
    assert [await found(), await found(severity="critical"), await found(severity="INFO")] == [
        *(everything, ("C", 1), ("I", 0))
    ]
    assert [await found(acknowledged="true"), await found(acknowledged="false")] == [("I", 0), ("CEW", 3)]
    assert [await found(from_date=instant_text(now - hour)), await found(to_date=instant_text(now - hour))] == [
        *(everything, ("", 0))
    ]
    assert [await found(per_page=3, page=2), await found(severity="ERROR", acknowledged="true")] == [("I", 3), ("", 0)]
    assert (await admin.get("/v1/alerts", params={"severity": "LOUD"})).status_code == 400


@pytest.mark.line("P4", "C39")
async def test_metrics_of_each_mode_are_its_own(floor):
    client = await floor.client()
    order = await place(client, symbol="AAPL", order_type="MARKET", quantity="10")
    await floor.filled(client, order["order_id"])

    async def positions(**query):
        data = (await client.get("/v1/metrics/summary", params=query)).json()["data"]
        return data["active_positions"], data["capital_deployed"]

    assert [await positions(), await positions(mode="PAPER")] == [(1, "1050.00")] * 2
    assert await positions(mode="LIVE") == (0, "0.00")
    assert (await client.get("/v1/metrics/summary", params={"mode": "DEMO"})).status_code == 400
