"""P9 and P10 through HTTP: a loss past its limit stops the strategy and says so; owners may stop, admins release."""

import asyncio

import pytest

from openbell.domain.commands import ConfigureStrategy
from openbell.domain.risk import RiskLimits
from openbell.domain.values import parse
from waiting import until

MADE = {"kind": "sma_cross", "strategy_id": "s1", "symbols": ["BTC/USD"], "allocated_capital": "50000"}


@pytest.fixture
async def eve(live):
    await live.add("eve")
    async with live.signed_in("eve@example.com") as client:
        yield client


async def strategy_of(client):
    answer = await client.post("/v1/strategies", json=MADE | {"name": "one"})
    assert answer.status_code == 201, answer.text
    await client.patch("/v1/strategies/s1", json={"status": "active"})


async def limit_drawdown(live, client, rate):
    """Give the strategy a limit of its own, as its risk settings do."""
    account_id = (await client.get("/v1/auth/me")).json()["data"]["account_id"]
    limits = RiskLimits(drawdown_max=parse(rate))
    command = ConfigureStrategy(ts_ns=live.engine.now_ns(), account_id=account_id, strategy_id="s1", limits=limits)
    assert (await live.engine.submit(command)).refusal is None


async def hold(live, client):
    order = {"symbol": "BTC/USD", "side": "BUY", "quantity": "1", "strategy_id": "s1"}
    order_id = (await client.post("/v1/orders", json=order)).json()["data"]["order_id"]

    async def is_filled():
        live.quote("BTC/USD", "40000")
        return (await client.get(f"/v1/orders/{order_id}")).json()["data"]["status"] == "FILLED"

    await until(is_filled, every_s=0.02)


async def alerts(live, client, price):
    live.quote("BTC/USD", price)
    live.engine.advance(live.engine.now_ns())
    await asyncio.sleep(0.1)
    found = (await client.get("/v1/alerts", params={"severity": "CRITICAL"})).json()["data"]
    return [alert["code"] for alert in found]


async def test_p9_a_drawdown_past_its_limit_alerts_and_trips_that_strategys_kill_switch(live, eve):
    await strategy_of(eve)
    await limit_drawdown(live, eve, "0.05")
    await hold(live, eve)
    assert await alerts(live, eve, "39000") == []

    async def are_told():
        return set(await alerts(live, eve, "30000")) == {"DRAWDOWN", "KILL_SWITCH_ACTIVATED"}

    await until(are_told)
    switch = (await eve.get("/v1/controls/kill-switch")).json()["data"][0]
    assert (switch["scope"], switch["strategy_id"], switch["activated_by"]) == ("STRATEGY", "s1", "risk")
    buy = {"symbol": "BTC/USD", "side": "BUY", "quantity": "0.1"}
    stopped = await eve.post("/v1/orders", json=buy | {"strategy_id": "s1"})
    assert stopped.status_code == 409 and stopped.json()["error"]["code"] == "KILL_SWITCH"
    assert (await eve.post("/v1/orders", json=buy)).status_code == 201  # the hand-trading ledger goes on
    assert (await alerts(live, eve, "29000")).count("DRAWDOWN") == 1


async def test_p10_an_owner_may_stop_their_own_strategy_and_only_an_admin_lets_it_go_on(live, admin, eve):
    await strategy_of(eve)
    own = {"action": "activate", "strategy_id": "s1", "reason": "odd"}
    everything = {"action": "activate", "reason": "odd"}
    release = {"action": "deactivate", "strategy_id": "s1", "reason": "fine"}
    assert (await eve.post("/v1/controls/kill-switch", json=own)).status_code == 200
    assert (await eve.post("/v1/controls/kill-switch", json=everything)).status_code == 403
    assert (await eve.post("/v1/controls/kill-switch", json=release)).status_code == 403
    assert (await admin.post("/v1/controls/kill-switch", json=release)).status_code == 200
    assert (await eve.get("/v1/controls/kill-switch")).json()["data"] == []


async def test_p10_somebody_elses_strategy_is_as_if_it_were_not_there(live, admin, eve):
    await strategy_of(admin)
    other = {"action": "activate", "strategy_id": "s1", "reason": "mine?"}
    assert (await eve.post("/v1/controls/kill-switch", json=other)).status_code == 404
