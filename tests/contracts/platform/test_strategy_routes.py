"""Strategies over HTTP: their whole life, and who may lead it."""

import json

import pytest

from openbell.domain.access import Role
from platform_floor import open_floor

NEW = {"strategy_id": "s1", "kind": "sma_cross", "symbols": ["BTC-USD"], "config": {"fast": 5, "slow": 20}}
ROW = {
    *("strategy_id", "name", "description", "status", "mode", "universe_size", "max_positions"),
    *("risk_per_trade_pct", "created_at", "updated_at"),
}


@pytest.fixture
async def floor(tmp_path):
    async with open_floor(tmp_path) as floor:
        floor.price("BTC/USD", "49990", "50000")
        yield floor


async def state(client, verb, path="/v1/strategies/s1"):
    answer = await client.put(f"{path}/{verb}")
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]["run_state"]


@pytest.mark.line("E1", "P5", "C23")
async def test_a_strategy_is_created_paused_resumed_stopped_and_deleted(floor):
    client = await floor.client()
    created = await client.post("/v1/strategies", json=NEW)
    assert created.status_code == 201, created.text
    data = created.json()["data"]
    assert (data["status"], data["run_state"], data["symbols"]) == ("active", "running", ["BTC/USD"])
    assert [await state(client, verb) for verb in ("pause", "resume", "stop")] == ["paused", "running", "stopped"]
    listed = (await client.get("/v1/strategies")).json()
    assert listed["data"][0].keys() >= ROW
    assert listed["meta"] == {"total_count": 1, "active_count": 0}
    assert (await client.delete("/v1/strategies/s1")).status_code == 200
    assert (await client.get("/v1/strategies/s1")).status_code == 404


@pytest.mark.line("P5")
async def test_a_detail_shows_configuration_and_performance(floor):
    client = await floor.client()
    await client.post("/v1/strategies", json=NEW | {"status": "inactive"})
    data = (await client.get("/v1/strategies/s1")).json()["data"]
    assert data["config"].items() >= {"fast": 5, "slow": 20}.items()
    assert data["performance"].keys() >= {"total_pnl", "sharpe_ratio", "max_drawdown", "win_rate"}
    assert data["status"] == "inactive"


@pytest.mark.line("P5", "C23")
async def test_a_patch_changes_settings_and_status(floor):
    client = await floor.client()
    await client.post("/v1/strategies", json=NEW)
    patch = {"status": "inactive", "config": {"risk_per_trade_pct": "1.0", "fast": 6}}
    changed = await client.patch("/v1/strategies/s1", json=patch)
    assert changed.status_code == 200, changed.text
    data = changed.json()["data"]
    assert (data["status"], data["risk_per_trade_pct"], data["config"]["fast"]) == ("inactive", "1.0", 6)
    assert data["config"]["slow"] == 20


@pytest.mark.line("P5")
async def test_wrong_settings_are_all_named_and_change_nothing(floor):
    client = await floor.client()
    await client.post("/v1/strategies", json=NEW)
    answer = await client.patch("/v1/strategies/s1", json={"config": {"fsat": 1, "max_positions": 0, "slow": "x"}})
    assert answer.status_code == 400
    assert {one["field"] for one in answer.json()["error"]["details"]} >= {"fsat", "max_positions", "slow"}
    assert (await client.get("/v1/strategies/s1")).json()["data"]["revision"] == 1


async def placed(client, symbol, quantity):
    body = {"symbol": symbol, "side": "BUY", "quantity": quantity, "order_type": "MARKET", "strategy_id": "s1"}
    answer = await client.post("/v1/orders", json=body)
    return answer.status_code, answer.json().get("error", {}).get("code")


@pytest.mark.line("P5")
async def test_max_positions_holds_while_the_strategy_trades(floor):
    client = await floor.client()
    floor.price("ETH/USD", "3000", "3001")
    settings = {"config": {"max_positions": 1, "slow": 20}, "symbols": ["BTC/USD", "ETH/USD"]}
    assert (await client.post("/v1/strategies", json=NEW | settings)).json()["data"]["max_positions"] == 1
    assert await placed(client, "BTC/USD", "0.01") == (201, None)
    assert await placed(client, "ETH/USD", "0.1") == (409, "MAX_POSITIONS")
    await client.patch("/v1/strategies/s1", json={"config": {"max_positions": 2}})
    assert await placed(client, "ETH/USD", "0.1") == (201, None)


@pytest.mark.line("P5")
async def test_risk_per_trade_holds_while_the_strategy_trades(floor):
    """1 % of 100,000 are 1,000: 0.02 bitcoin without a stop, 0.4 with one 5 % away."""
    client = await floor.client()
    await client.post("/v1/strategies", json=NEW | {"config": {"risk_per_trade_pct": "1.0"}})
    assert await placed(client, "BTC/USD", "0.021") == (400, "RISK_PER_TRADE")
    await client.patch("/v1/strategies/s1", json={"config": {"stop_loss_pct": "5.0"}})
    assert await placed(client, "BTC/USD", "0.401") == (400, "RISK_PER_TRADE")
    assert await placed(client, "BTC/USD", "0.399") == (201, None)


async def test_a_strategy_of_no_known_kind_or_symbol_is_refused(floor):
    client = await floor.client()
    assert (await client.post("/v1/strategies", json=NEW | {"kind": "magic"})).status_code == 400
    assert (await client.post("/v1/strategies", json=NEW | {"symbols": ["NOPE"]})).status_code == 400
    await client.post("/v1/strategies", json=NEW)
    assert (await client.post("/v1/strategies", json=NEW)).status_code == 409


async def test_kinds_are_listed_with_their_parameters(floor):
    client = await floor.client()
    kinds = {one["kind"]: one for one in (await client.get("/v1/strategy-kinds")).json()["data"]}
    assert {"fast", "slow"} <= {one["name"] for one in kinds["sma_cross"]["parameters"]}


@pytest.mark.line("P5", "C36")
async def test_only_its_owner_and_admins_lead_a_strategy(floor):
    ada, bob = await floor.client("ada"), await floor.client("bob")
    admin, viewer = await floor.client("root", Role.ADMIN), await floor.client("eve", Role.VIEWER)
    await ada.post("/v1/strategies", json=NEW)
    assert (await bob.put("/v1/strategies/s1/pause")).status_code == 404
    assert (await viewer.post("/v1/strategies", json=NEW)).status_code == 403
    assert await state(admin, "pause") == "paused"


@pytest.mark.parametrize("written", ["1.50", "2.0", "0.10", "5", "1e1"])
@pytest.mark.line("C8")
async def test_a_number_in_a_free_form_setting_comes_back_as_it_was_written(floor, written):
    client = await floor.client()
    body = json.dumps(NEW | {"config": {"risk_per_trade_pct": "WRITTEN", "take_profit_pct": "5.00"}})
    body, kind = body.replace('"WRITTEN"', written), {"content-type": "application/json"}
    created = await client.post("/v1/strategies", content=body, headers=kind)
    assert created.status_code == 201, created.text
    changed = await client.patch("/v1/strategies/s1", json={"config": {"stop_loss_pct": 2}})
    for answer in (created, changed, await client.get("/v1/strategies/s1")):
        assert f'"risk_per_trade_pct":{written},' in answer.text
        assert answer.json()["data"]["config"]["take_profit_pct"] == "5.00"
    assert changed.json()["data"]["config"]["stop_loss_pct"] == 2
