"""Backtests over HTTP: started, followed, read, cancelled."""

import asyncio

import pytest

from openbell.domain.instants import parse_instant
from platform_floor import open_floor

GOOG = {"kind": "sma_cross", "symbol": "GOOG", "config": {"fast": 10, "slow": 30}, "fee_rate": "0.001"}
ROW = {
    *("run_id", "strategy_id", "run_type", "start_date", "end_date", "total_return", "sharpe_ratio", "max_drawdown"),
    *("total_trades", "status", "report_url", "created_at", "completed_at"),
}
METRICS = {
    *("total_return", "cagr", "sharpe_ratio", "sortino_ratio", "max_drawdown", "win_rate", "profit_factor"),
    *("total_trades", "avg_trade_duration_hours"),
}


@pytest.fixture
async def floor(tmp_path):
    async with open_floor(tmp_path) as floor:
        yield floor


async def finished(client, run_id):
    for _ in range(2400):
        run = (await client.get(f"/v1/runs/{run_id}")).json()["data"]
        if run["status"] != "RUNNING":
            return run
        await asyncio.sleep(0.05)
    raise AssertionError(f"still running: {run}")


@pytest.mark.line("P8", "C37")
async def test_a_backtest_gives_the_known_answer_and_a_report_that_opens(floor):
    client, stranger = await floor.client("ada"), await floor.client("bob")
    answer = await client.post("/v1/runs", json=GOOG)
    assert answer.status_code == 202, answer.text
    started = answer.json()["data"]
    assert started["status"] == "RUNNING"
    assert parse_instant(started["estimated_completion"]) > floor.system.engine.now_ns()
    run = await finished(client, started["run_id"])
    assert run["status"] == "COMPLETED", run["error"]
    assert (run["final_equity"], len(run["fills"])) == ("174289.814", 65)
    assert run["metrics"].keys() >= METRICS
    [row] = (await client.get("/v1/runs", params={"status": "completed"})).json()["data"]
    assert row.keys() >= ROW
    assert row["total_return"] == "74.29"
    assert (await stranger.get(f"/v1/runs/{run['run_id']}")).status_code == 404
    del client.headers["authorization"]
    page = await client.get(run["report_url"])
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    assert (await client.get(run["report_url"][:-1] + "0"[: run["report_url"][-1] != "0"])).status_code == 401


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"strategy_id": "nope"}, 404),
        ({}, 400),
        ({"kind": "magic", "symbol": "GOOG"}, 400),
        (GOOG | {"symbol": "NOPE"}, 400),
        (GOOG | {"config": {"fsat": 1}}, 400),
        (GOOG | {"start_date": "1990-01-01", "end_date": "1991-01-01"}, 400),
        (GOOG | {"start_date": "yesterday"}, 400),
    ],
)
@pytest.mark.line("P8")
async def test_a_run_that_cannot_be_is_refused(floor, body, status):
    client = await floor.client()
    assert (await client.post("/v1/runs", json=body)).status_code == status


@pytest.mark.line("P8", "C37")
async def test_a_run_can_be_cancelled(floor):
    client = await floor.client()
    run_id = (await client.post("/v1/runs", json=GOOG)).json()["data"]["run_id"]
    run = (await client.post(f"/v1/runs/{run_id}/cancel")).json()["data"]
    assert (run["status"], run["error_code"]) == ("FAILED", "RUN_CANCELLED")
    listed = (await client.get("/v1/runs", params={"status": "FAILED"})).json()
    assert listed["meta"]["total_count"] == 1


@pytest.mark.line("P8")
async def test_a_backtest_of_a_strategy_is_held_to_the_strategys_own_rules(floor):
    client = await floor.client("ada")
    parameters = {"fast": 10, "slow": 30, "risk_per_trade_pct": "1.5", "max_positions": 3, "stop_loss_pct": "2"}
    body = {"strategy_id": "ruled", "kind": "sma_cross", "symbols": ["AAPL"], "parameters": parameters}
    answer = await client.post("/v1/strategies", json=body)
    assert answer.status_code == 201, answer.text
    started = (await client.post("/v1/runs", json={"strategy_id": "ruled", "dataset_id": "AAPL"})).json()
    request = (await floor.system.services.runs.get(started["data"]["run_id"], owner_id=None)).request
    seen = (request.risk_per_trade_percent, request.positions_max, request.stop_loss_percent)
    assert seen == (150_000_000, 3, 200_000_000)
