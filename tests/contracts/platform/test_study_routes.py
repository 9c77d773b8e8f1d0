"""Studies over HTTP: sweeps, walk-forward, Monte-Carlo and checks are runs like any other."""

import asyncio

import pytest

from platform_floor import open_floor

GOOG = {"kind": "sma_cross", "symbol": "GOOG"}
GRID = {"parameters": {"fast": [5, 10], "slow": {"from": 20, "to": 40, "step": 10}}, "objective": "total_return"}


@pytest.fixture
async def floor(tmp_path):
    async with open_floor(tmp_path) as floor:
        yield floor


async def done(client, study):
    answer = await client.post("/v1/runs", json=GOOG | {"study": study})
    return answer.json(), await over(client, answer)


async def over(client, started):
    """The run that an answer speaks of, when it is completed."""
    assert started.status_code == 202, started.text
    for _ in range(1200):
        run = (await client.get(f"/v1/runs/{started.json()['data']['run_id']}")).json()["data"]
        if run["status"] != "RUNNING":
            assert run["status"] == "COMPLETED", run["error"]
            return run
        await asyncio.sleep(0.05)
    raise AssertionError(run)


async def page(client, run):
    answer = await client.get(run["report_url"])
    assert answer.status_code == 200
    assert answer.text.startswith("<!doctype html>")
    return answer.text


@pytest.mark.line("P8")
@pytest.mark.parametrize("method", ["grid", "random", "bayesian"])
async def test_p8_a_sweep_is_a_run_with_its_best_backtest_and_a_heat_map(floor, method):
    client = await floor.client()
    started, run = await done(client, GRID | {"type": "sweep", "method": method})
    assert (started["message"], run["study"]) == ("Sweep started", "sweep")
    found = run["study_result"]
    assert found["tried"] == 6
    assert found["best"]["total_return"] == pytest.approx(float(run["metrics"]["total_return"]), abs=0.01)
    assert [row["study"] for row in (await client.get("/v1/runs")).json()["data"]] == ["sweep"]
    assert "<svg" in await page(client, run)


@pytest.mark.line("P8")
async def test_p8_walk_forward_monte_carlo_and_checks_are_runs_too(floor):
    client = await floor.client()
    _, walked = await done(client, GRID | {"type": "walk_forward", "windows": 2})
    assert len(walked["study_result"]["windows"]) == 2
    assert walked["equity_curve"] and walked["fills"]
    _, drawn = await done(client, {"type": "monte_carlo", "samples": 100})
    gained = sum(float(trade["net_pnl"]) for trade in drawn["trades"])
    assert drawn["study_result"]["shuffle"]["final_equity"]["low"] == pytest.approx(100_000 + gained)
    _, checked = await done(client, {"type": "checks", "cuts": 2})
    assert checked["study_result"]["look_ahead"]["passed"]
    for run in (walked, drawn, checked):
        assert "http" not in await page(client, run)


@pytest.mark.parametrize(
    ("study", "field"),
    [
        ({"type": "prayer"}, "study"),
        (GRID | {"type": "sweep", "parameters": {}}, "parameters"),
        (GRID | {"type": "sweep", "parameters": {"fats": [1, 2]}}, "parameters.fats"),
        (GRID | {"type": "sweep", "parameters": {"fast": [0]}}, "parameters.fast"),
        (GRID | {"type": "sweep", "parameters": {"fast": {"from": 9, "to": 1, "step": 1}}}, "study.parameters.fast"),
        (GRID | {"type": "sweep", "objective": "luck"}, "objective"),
        (GRID | {"type": "walk_forward", "windows": 99}, "windows"),
        ({"type": "monte_carlo", "samples": 10**9}, "samples"),
        ({"type": "training", "features": []}, "study"),
    ],
)
@pytest.mark.line("P8")
async def test_p8_a_study_that_cannot_be_is_refused_by_its_field(floor, study, field):
    client = await floor.client()
    answer = await client.post("/v1/runs", json=GOOG | {"study": study})
    assert answer.status_code == 400, answer.text
    assert answer.json()["error"]["details"][0]["field"].startswith(field)


@pytest.mark.line("P8")
async def test_p8_a_run_joins_recorded_bars_into_the_length_it_asks_for(floor):
    client = await floor.client()
    lines = [f"{1_704_067_200 + 3_600 * hour},{100 + hour % 7},120,80,{100 + hour % 11},5" for hour in range(72)]
    csv = "ts,open,high,low,close,volume\n" + "\n".join(lines)
    query = {"symbol": "BTC/USD", "timeframe": "1h"}
    kept = await client.post("/v1/catalog/datasets", params=query, content=csv, headers={"content-type": "text/csv"})
    assert kept.status_code == 201, kept.text
    body = {"kind": "buy_and_hold", "dataset_id": "BTC-USD-1h", "config": {"quantity": "1"}}
    started = await client.post("/v1/runs", json=body | {"timeframe": "1d"})
    run = await over(client, started)
    assert (run["timeframe"], len(run["equity_curve"])) == ("1d", 3)
    assert [fill["ts"] for fill in run["fills"]] == ["2024-01-02T00:00:00Z"]
    refused = await client.post("/v1/runs", json=body | {"timeframe": "15m"})
    assert (refused.status_code, refused.json()["error"]["details"][0]["field"]) == (400, "timeframe")
