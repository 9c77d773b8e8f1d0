"""The strategy with a trained model, over HTTP: trained, looked at, backtested, and traded on paper."""

import asyncio

import pytest

from openbell.domain.market import Bar, Timeframe
from openbell.domain.values import NANOS_PER_SECOND, SCALE
from platform_floor import open_floor
from waiting import until

TRAINING = {"kind": "xgboost_momentum", "symbol": "GOOG", "study": {"type": "training", "name": "m", "trees": 10}}
FEATURES = ["rsi_14", "macd", "volume_sma_20"]
MINUTE = 60 * NANOS_PER_SECOND


@pytest.fixture
async def floor(tmp_path):
    async with open_floor(tmp_path) as floor:
        yield floor


async def done(client, body):
    answer = await client.post("/v1/runs", json=body)
    assert answer.status_code == 202, answer.text
    for _ in range(1200):
        run = (await client.get(f"/v1/runs/{answer.json()['data']['run_id']}")).json()["data"]
        if run["status"] != "RUNNING":
            assert run["status"] == "COMPLETED", run["error"]
            return run
        await asyncio.sleep(0.05)
    raise AssertionError(run)


def config(model_id, **further):
    """The document's own example, with the model that it is to use."""
    return {
        "model_type": "xgboost",
        "features": FEATURES,
        "signal_threshold": 0.6,
        "stop_loss_pct": "2.0",
        "take_profit_pct": "5.0",
        "model": model_id,
    } | further


@pytest.mark.line("P16")
async def test_p16_a_model_is_trained_and_says_how_well_it_did(floor):
    client = await floor.client()
    run = await done(client, TRAINING)
    found = run["study_result"]
    assert (run["study"], found["training"]["features"]) == ("training", FEATURES)
    [row] = (await client.get("/v1/models")).json()["data"]
    assert row["model_id"] == found["model_id"]
    model = (await client.get(f"/v1/models/{row['model_id']}")).json()["data"]
    assert sum(float(part) for part in model["importance"].values()) == pytest.approx(1, abs=1e-3)
    assert all(fold["trained_to"] < fold["used_from"] for fold in model["folds"][:-1])
    assert 0 < float(model["score"]["auc"]) < 1
    assert (await client.get("/v1/models/none")).status_code == 404


async def test_an_id_that_is_only_like_one_is_no_model(floor):
    client = await floor.client()
    model_id = (await done(client, TRAINING))["study_result"]["model_id"]
    for odd in (f"{model_id}.", f"{model_id}%C3%A9", "m" * 5_000):
        assert (await client.get(f"/v1/models/{odd}")).status_code == 404
    for odd in (f"{model_id}.", "m" * 5_000):
        asked = {"kind": "xgboost_momentum", "symbol": "GOOG", "config": config(odd)}
        assert (await client.post("/v1/runs", json=asked)).status_code == 400


@pytest.mark.line("P16")
async def test_p16_it_is_backtested_walk_forward_with_stop_and_target(floor):
    client = await floor.client()
    model_id = (await done(client, TRAINING))["study_result"]["model_id"]
    body = {"kind": "xgboost_momentum", "symbol": "GOOG", "config": config(model_id, signal_threshold=0.52)}
    run = await done(client, body)
    first_use = (await client.get(f"/v1/models/{model_id}")).json()["data"]["folds"][0]["used_from"]
    assert run["fills"][0]["ts"] > first_use
    assert run["metrics"]["total_trades"] > 20
    without = await done(client, body | {"config": body["config"] | {"stop_loss_pct": 100, "take_profit_pct": 100}})
    assert without["fills"] != run["fills"]
    wrong = await client.post("/v1/runs", json=body | {"config": config("none")})
    assert (wrong.status_code, wrong.json()["error"]["details"][0]["field"]) == (400, "model")


@pytest.mark.line("P16")
async def test_p16_it_trades_on_paper_and_its_stop_holds(floor):
    client = await floor.client()
    model_id = (await done(client, TRAINING))["study_result"]["model_id"]
    floor.price("AAPL", "99.99", "100.01")
    asked = config(model_id, signal_threshold=0.01, exit_threshold=0)
    body = {"strategy_id": "momentum_v1", "kind": "xgboost_momentum", "symbols": ["AAPL"], "config": asked}
    created = (await client.post("/v1/strategies", json=body)).json()["data"]
    assert (created["status"], created["config"]) == ("active", created["config"] | asked)
    now = floor.system.engine.now_ns()
    for place in range(40):
        close = (10_000 + place % 3) * SCALE // 100
        ts = now - (40 - place) * MINUTE
        floor.system.engine.observe(Bar("AAPL", Timeframe.M1, ts, close, close, close, close, 1_000 * SCALE))
    floor.price("AAPL", "99.99", "100.01")
    bought = await orders(client, 1)
    assert (bought[0]["side"], bought[0]["strategy_id"]) == ("BUY", "momentum_v1")
    await floor.filled(client, bought[0]["order_id"])
    floor.price("AAPL", "97.40", "97.42")
    sold = (await orders(client, 2))[0]
    assert (sold["side"], sold["quantity"]) == ("SELL", bought[0]["quantity"])


async def orders(client, count):
    async def look():
        rows = (await client.get("/v1/orders", params={"strategy_id": "momentum_v1"})).json()["data"]
        return rows if len(rows) >= count else None

    return await until(look)
