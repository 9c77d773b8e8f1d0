"""R2: strategies, their configuration, and that it is enforced."""

import asyncio
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from openbell.domain.access import Role
from openbell.domain.values import parse
from waiting import until

CONFIG_KEYS = {
    *("id", "name", "description", "parameters", "instruments", "execution_mode", "risk_parameters"),
}
BUY = {
    "strategy_id": "s1",
    "instrument": "AAPL",
    "order_type": "BUY",
    "quantity": 10,
    "order_kind": "MARKET",
    "execution_mode": "PAPER",
}


@pytest.fixture
async def strategy(terminal, client):
    return await terminal.strategy(client)


async def put(client, config, strategy_id="s1", **more):
    return await client.put(f"/api/strategies/{strategy_id}/config", json={"config": config}, **more)


async def enable(client):
    answer = await client.post("/api/strategies/s1/enable")
    assert answer.status_code == 200, answer.text


async def bought(terminal, client):
    placed = await client.post("/api/orders", json=BUY)
    assert placed.status_code == 201, placed.text
    await terminal.filled(client, placed.json()["order_id"])


async def until_flat(client):
    async def is_flat():
        return not (await client.get("/api/strategies/s1/positions")).json()["positions"]

    await until(is_flat)


async def test_r2_strategies_are_listed_in_the_documents_shape(client, strategy):
    (one,) = (await client.get("/api/strategies")).json()["strategies"]
    assert one.keys() >= CONFIG_KEYS and one["id"] == "s1" and one["execution_mode"] == "PAPER"
    assert one["risk_parameters"] == {"max_position_size": 0, "stop_loss_percent": 0, "max_daily_loss": 0}
    assert "schedule" not in one


async def test_r2_one_strategy_is_given(client, strategy):
    one = (await client.get("/api/strategies/s1")).json()
    assert one["instruments"] == ["AAPL"] and one["parameters"]


async def test_r2_enable_and_disable_move_the_state_and_twice_is_harmless(client, strategy):
    for verb, state in (("enable", "active"), ("enable", "active"), ("disable", "inactive"), ("disable", "inactive")):
        answer = await client.post(f"/api/strategies/s1/{verb}")
        assert (answer.status_code, answer.json()["status"]) == (200, state)


async def test_r2_a_partial_config_keeps_the_rest(client, strategy):
    before = (await client.get("/api/strategies/s1")).json()
    after = (await put(client, {"name": "Momentum", "description": "Follows"})).json()
    assert (after["name"], after["description"], after["revision"]) == ("Momentum", "Follows", 2)
    assert after["parameters"] == before["parameters"] and after["instruments"] == before["instruments"]


async def test_r2_parameters_are_merged_and_checked(client, strategy):
    before = (await client.get("/api/strategies/s1")).json()["parameters"]
    name = next(name for name, value in before.items() if isinstance(value, int) and not isinstance(value, bool))
    after = (await put(client, {"parameters": {name: before[name] + 1}})).json()["parameters"]
    assert after == {**before, name: before[name] + 1}
    refused = await put(client, {"name": "not kept", "parameters": {"nonsense": 1}})
    assert refused.status_code == 400 and refused.json()["error"]["details"][0]["field"] == "nonsense"
    assert (await client.get("/api/strategies/s1")).json()["name"] == "s1"


async def test_r2_risk_parameters_are_kept_exactly_and_one_by_one(client, strategy):
    await put(client, {"risk_parameters": {"max_position_size": 1500.55, "stop_loss_percent": 2.5}})
    after = (await put(client, {"risk_parameters": {"max_daily_loss": 100}})).json()["risk_parameters"]
    assert after == {"max_position_size": 1500.55, "stop_loss_percent": 2.5, "max_daily_loss": 100}
    lifted = (await put(client, {"risk_parameters": {"max_position_size": 0, "stop_loss_percent": 0}})).json()
    assert lifted["risk_parameters"] == {"max_position_size": 0, "stop_loss_percent": 0, "max_daily_loss": 100}


@pytest.mark.parametrize(
    ("config", "field"),
    [
        ({}, "config"),
        ({"id": "other"}, "config.id"),
        ({"colour": "red"}, "config.colour"),
        ({"risk_parameters": {"max_loss": 1}}, "config.risk_parameters.max_loss"),
        ({"risk_parameters": {"max_daily_loss": -1}}, "daily_loss_max"),
        ({"risk_parameters": {"stop_loss_percent": 101}}, "stop_loss_pct"),
        ({"schedule": {"start_time": "9:30", "end_time": "16:00", "days_of_week": [1]}}, "config.schedule"),
        ({"schedule": {"start_time": "09:30", "end_time": "16:00", "days_of_week": [7]}}, "config.schedule"),
        ({"schedule": {"start_time": "09:30", "end_time": "16:00", "days_of_week": []}}, "config.schedule"),
        ({"schedule": {"start_time": "09:30"}}, "config.schedule.end_time"),
        ({"instruments": ["NOPE"]}, "symbols"),
        ({"instruments": []}, "config.instruments"),
    ],
)
async def test_r2_a_wrong_config_is_refused_whole_with_its_field(client, strategy, config, field):
    refused = await put(client, config)
    assert refused.status_code == 400, refused.text
    assert field in [one["field"] for one in refused.json()["error"]["details"]]
    assert (await client.get("/api/strategies/s1")).json()["revision"] == 1


async def test_r2_a_stale_revision_is_refused(client, strategy):
    refused = await put(client, {"name": "x"}, headers={"if-match": '"9"'})
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "STALE_REVISION")


@pytest.mark.parametrize("role", [Role.TRADER, Role.ADMIN])
async def test_r2_going_live_needs_an_approval(terminal, role):
    async with terminal.as_user("carl", role) as client:
        await terminal.strategy(client)
        refused = await put(client, {"execution_mode": "LIVE", "name": "x"})
        assert (refused.status_code, refused.json()["error"]["code"]) == (403, "APPROVAL_REQUIRED")
        assert (await put(client, {"execution_mode": "PAPER", "name": "x"})).status_code == 200


def schedule_around(now, *, is_open):
    """A schedule in New York that holds, or does not hold, at an instant; holidays there only close the first."""
    local = datetime.fromtimestamp(now / 1e9, ZoneInfo("America/New_York"))
    days = [local.isoweekday() % 7]
    return {"start_time": "00:00", "end_time": "24:00", "days_of_week": days if is_open else [(days[0] + 3) % 7]}


async def test_r2_a_schedule_is_kept_and_taken_away(client, strategy):
    schedule = {"start_time": "09:30", "end_time": "16:00", "days_of_week": [1, 2, 3, 4, 5]}
    assert (await put(client, {"schedule": schedule})).json()["schedule"] == schedule
    assert (await put(client, {"name": "x"})).json()["schedule"] == schedule
    assert "schedule" not in (await put(client, {"schedule": None})).json()


async def test_r2_outside_its_schedule_a_strategy_opens_nothing(terminal, client, strategy):
    await enable(client)
    await put(client, {"schedule": schedule_around(terminal.now, is_open=False)})
    refused = await client.post("/api/orders", json=BUY)
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "OUTSIDE_SCHEDULE")
    assert "America/New_York" in refused.json()["error"]["message"]
    await put(client, {"schedule": None})
    await bought(terminal, client)


async def test_r2_outside_its_schedule_a_strategy_still_gets_out(terminal, client, strategy):
    await enable(client)
    await bought(terminal, client)
    await put(client, {"schedule": schedule_around(terminal.now, is_open=False)})
    (position,) = (await client.get("/api/strategies/s1/positions")).json()["positions"]
    assert (await client.post(f"/api/positions/{position['id']}/close")).status_code == 201
    await until_flat(client)


async def test_r2_orders_that_add_risk_go_when_the_schedule_ends(terminal, client, strategy):
    await enable(client)
    order = (await client.post("/api/orders", json={**BUY, "order_kind": "LIMIT", "price": 140})).json()
    await put(client, {"schedule": schedule_around(terminal.now, is_open=False)})

    async def is_gone():
        return (await client.get(f"/api/orders/{order['order_id']}")).json()["status"] == "CANCELLED"

    await until(is_gone)


async def test_r2_max_position_size_is_enforced(terminal, client, strategy):
    await enable(client)
    await put(client, {"risk_parameters": {"max_position_size": 1499}})
    refused = await client.post("/api/orders", json=BUY)
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "MAX_POSITION_NOTIONAL")
    await put(client, {"risk_parameters": {"max_position_size": 1600}})
    await bought(terminal, client)


async def test_r2_stop_loss_percent_closes_the_position(terminal, client, strategy):
    await enable(client)
    await put(client, {"risk_parameters": {"stop_loss_percent": 2}})
    await bought(terminal, client)
    (position,) = (await client.get("/api/strategies/s1/positions")).json()["positions"]
    assert position["stop_loss_price"] == 147.01
    terminal.quote("AAPL", "147.01", "147.03")
    assert (await client.get("/api/strategies/s1/positions")).json()["positions"]
    terminal.quote("AAPL", "146.90", "146.92")
    await until_flat(client)
    assert "STOP_LOSS" in [one["code"] for one in (await client.get("/api/risk/alerts")).json()["alerts"]]


async def test_r2_max_daily_loss_stops_the_strategy(terminal, client):
    await terminal.strategy(client, allocated=parse("5000"))
    await enable(client)
    await put(client, {"risk_parameters": {"max_daily_loss": 20}})
    await bought(terminal, client)
    await asyncio.sleep(0.3)  # a look at the time, which marks equity
    terminal.quote("AAPL", "146.99", "147.01")

    async def is_stopped():
        refused = await client.post("/api/orders", json=BUY)
        return refused.json().get("error", {}).get("code") in ("KILL_SWITCH", "DAILY_LOSS")

    await until(is_stopped, every_s=0.02)


async def test_r2_what_cannot_change_while_running_waits_for_a_stop(client, strategy):
    await enable(client)
    refused = await put(client, {"instruments": ["MSFT"]})
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "STRATEGY_STATE")
    await client.post("/api/strategies/s1/disable")
    assert (await put(client, {"instruments": ["BTC-USD"]})).json()["instruments"] == ["BTC/USD"]


async def test_r2_performance_is_told_in_numbers(terminal, client, strategy):
    await enable(client)
    await bought(terminal, client)
    terminal.quote("AAPL", "159.99", "160.01")
    made = (await client.get("/api/strategies/s1/performance?period=1d")).json()
    assert made["strategy_id"] == "s1" and made["period"] == "1d" and made["active_positions"] == 1
    assert isinstance(made["total_pnl"], int | float) and made["total_pnl"] > 90


async def test_r2_positions_are_only_the_strategys(terminal, client, strategy):
    await client.post("/api/orders", json={**BUY, "strategy_id": "manual"})
    assert (await client.get("/api/strategies/s1/positions")).json() == {"positions": []}


async def test_r2_a_backtest_starts_and_can_be_followed(client, strategy):
    started = await client.post(
        "/api/strategies/s1/backtest",
        json={"start_date": "2012-01-01", "end_date": "2012-06-01", "initial_capital": 50000},
    )
    run = started.json()
    assert (started.status_code, run["strategy_id"], run["status"]) == (202, "s1", "RUNNING")
    seen = (await client.get(run["run_url"])).json()["data"]
    assert seen["run_id"] == run["run_id"] and seen["initial_capital"] == "50000.00"
    await client.post(f"{run['run_url']}/cancel")


async def test_r2_a_backtest_without_data_is_refused(terminal, client):
    await terminal.strategy(client, symbols=("NIFTY",))
    refused = await client.post("/api/strategies/s1/backtest")
    assert (refused.status_code, refused.json()["error"]["details"][0]["field"]) == (400, "dataset_id")


async def test_r2_strategies_of_others_are_not_there(terminal, strategy):
    async with terminal.as_user("bob") as bob:
        assert (await bob.get("/api/strategies")).json() == {"strategies": []}
        assert (await bob.get("/api/strategies/s1")).status_code == 404
        assert (await bob.post("/api/strategies/s1/enable")).status_code == 404
        assert (await put(bob, {"name": "mine"})).status_code == 404
        assert (await bob.get("/api/strategies/s1/performance")).status_code == 404
        assert (await bob.post("/api/strategies/s1/backtest")).status_code == 404
