"""R5: risk figures, limits, alerts and the emergency stop."""

import itertools
import math
from statistics import NormalDist, fmean, stdev

import numpy as np
import pytest

from openbell.domain.access import Role

BUY = {
    "strategy_id": "manual",
    "instrument": "AAPL",
    "order_type": "BUY",
    "quantity": 100,
    "order_kind": "MARKET",
    "execution_mode": "PAPER",
}
RESTING = {**BUY, "order_kind": "LIMIT", "price": 140, "quantity": 1}


async def hold(terminal, client, **more):
    placed = await client.post("/api/orders", json={**BUY, **more})
    assert placed.status_code == 201, placed.text
    await terminal.filled(client, placed.json()["order_id"])


async def portfolio(client):
    answer = await client.get("/api/risk/portfolio")
    assert answer.status_code == 200, answer.text
    return answer.json()


def prices(seed, count=201, *, like=None, share=1.0):
    """A random walk of daily closes with one percent a day, or one that takes part in another's moves."""
    chance = np.random.default_rng(seed)
    moves = chance.normal(0, 0.01, count - 1)
    if like is not None:
        moves = share * (np.diff(like) / np.array(like[:-1])) + 0 * moves
    closes = [100.0]
    for move in moves:
        closes.append(closes[-1] * (1 + float(move)))
    return [round(close, 2) for close in closes]


async def test_r5_exposure_leverage_and_concentration(terminal, client):
    await hold(terminal, client)
    await hold(terminal, client, instrument="BTC/USD", quantity="0.1")
    risk = await portfolio(client)
    assert risk["exposure"]["long"] == risk["exposure"]["gross"] == risk["exposure"]["net"] == 19_000
    assert risk["exposure"]["by_instrument"] == {"AAPL": 15_000, "BTC/USD": 4_000}
    assert math.isclose(risk["leverage"], 19_000 / risk["equity"], abs_tol=1e-7)
    shares = (15_000 / 19_000, 4_000 / 19_000)
    assert math.isclose(risk["concentration"]["hhi"], sum(s * s for s in shares), abs_tol=1e-7)
    assert risk["concentration"]["largest_instrument"] == "AAPL"
    assert math.isclose(risk["concentration"]["largest_percent"], 100 * shares[0], abs_tol=1e-5)


async def test_r5_a_short_position_counts_against(terminal, client):
    await hold(terminal, client, quantity=10)
    await hold(terminal, client, order_type="SELL", instrument="BTC/USD", quantity="0.1")
    exposure = (await portfolio(client))["exposure"]
    assert (exposure["long"], exposure["short"], exposure["net"], exposure["gross"]) == (1_500, 4_000, -2_500, 5_500)


async def test_r5_value_at_risk_is_told_by_both_methods_and_matches_the_textbook(terminal, client):
    await hold(terminal, client)
    closes = prices(1)
    terminal.bars("AAPL", closes, timeframe="1d")
    risk = await portfolio(client)
    profits = [15_000 * (after / before - 1) for before, after in itertools.pairwise(closes)]
    found = {(one["method"], one["confidence"]): one for one in risk["value_at_risk"]}
    assert found.keys() == {(m, c) for m in ("historical", "parametric") for c in (0.95, 0.99)}
    assert (risk["timeframe"], risk["observations"]) == ("1d", 200)
    for confidence in (0.95, 0.99):
        edge = float(np.percentile(profits, 100 * (1 - confidence)))
        historical = found["historical", confidence]
        assert math.isclose(historical["var"], -edge, rel_tol=1e-6)
        assert math.isclose(historical["cvar"], -fmean(p for p in profits if p <= edge), rel_tol=1e-6)
        normal, parametric = NormalDist(), found["parametric", confidence]
        z = normal.inv_cdf(confidence)
        assert math.isclose(parametric["var"], z * stdev(profits), rel_tol=1e-6)
        assert math.isclose(parametric["cvar"], normal.pdf(z) / (1 - confidence) * stdev(profits), rel_tol=1e-6)


async def test_r5_a_hedge_lowers_value_at_risk(terminal, client):
    closes = prices(2)
    for symbol in ("AAPL", "BTC/USD"):
        terminal.bars(symbol, closes, timeframe="1d")
    await hold(terminal, client)
    alone = (await portfolio(client))["value_at_risk"][0]["var"]
    await hold(terminal, client, order_type="SELL", instrument="BTC/USD", quantity="0.375")
    hedged = (await portfolio(client))["value_at_risk"][0]["var"]
    assert alone > 0 and hedged < alone / 100


async def test_r5_without_candles_nothing_is_claimed(terminal, client):
    await hold(terminal, client)
    risk = await portfolio(client)
    assert all(one["var"] is None and one["cvar"] is None for one in risk["value_at_risk"])
    assert risk["beta"] is None and risk["timeframe"] is None


async def test_r5_shorter_candles_are_stretched_and_named(terminal, client):
    await hold(terminal, client)
    closes = prices(3)
    terminal.bars("AAPL", closes, timeframe="1h")
    risk = await portfolio(client)
    moves = [after / before - 1 for before, after in itertools.pairwise(closes)]
    parametric = next(one for one in risk["value_at_risk"] if one["method"] == "parametric")
    expected = NormalDist().inv_cdf(0.95) * stdev(moves) * math.sqrt(24) * 15_000
    assert risk["timeframe"] == "1h" and math.isclose(parametric["var"], expected, rel_tol=1e-6)


async def test_r5_beta_is_against_spy(terminal, client):
    market = prices(4)
    terminal.bars("SPY", market, timeframe="1d")
    terminal.bars("AAPL", prices(5, like=market, share=2.0), timeframe="1d")
    await hold(terminal, client)
    risk = await portfolio(client)
    (position,) = (await client.get("/api/risk/positions")).json()["positions"]
    assert risk["beta_benchmark"] == "SPY" and math.isclose(position["beta"], 2, abs_tol=0.02)
    assert math.isclose(risk["beta"], 2 * 15_000 / risk["equity"], abs_tol=0.01)


async def test_r5_drawdown_is_a_percent_at_or_below_zero(terminal, client):
    await hold(terminal, client)
    terminal.quote("AAPL", "134.99", "135.01")
    risk = await portfolio(client)
    assert risk["current_drawdown_percent"] <= 0 and risk["max_drawdown_percent"] <= risk["current_drawdown_percent"]


async def test_r5_each_position_is_told(terminal, client):
    await hold(terminal, client)
    await hold(terminal, client, instrument="BTC/USD", quantity="0.1")
    rows = (await client.get("/api/risk/positions")).json()["positions"]
    assert [(one["instrument"], one["exposure"]) for one in rows] == [("AAPL", 15_000), ("BTC/USD", 4_000)]
    assert math.isclose(sum(one["exposure_percent"] for one in rows), 100, abs_tol=1e-5)
    assert len(rows[0]["value_at_risk"]) == 4


async def test_r5_limits_are_set_one_by_one_and_lifted_by_null(client):
    first = (
        await client.put("/api/risk/limits", json={"max_order_value": 5000.5, "max_drawdown_percent": 12.5})
    ).json()
    assert (first["max_order_value"], first["max_drawdown_percent"]) == (5000.5, 12.5)
    second = (await client.put("/api/risk/limits", json={"max_order_value": None})).json()
    assert second["max_order_value"] is None and second["max_drawdown_percent"] == 12.5
    assert (await client.get("/api/risk/limits")).json() == second


async def test_r5_a_limit_is_enforced_at_once(client):
    await client.put("/api/risk/limits", json={"max_order_value": 1000})
    refused = await client.post("/api/orders", json=BUY)
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "MAX_ORDER_NOTIONAL")


@pytest.mark.parametrize("body", [{}, {"max_loss": 1}, {"max_daily_loss": -1}, {"max_open_orders": 1.5}])
async def test_r5_wrong_limits_change_nothing(client, body):
    before = (await client.get("/api/risk/limits")).json()
    assert (await client.put("/api/risk/limits", json=body)).status_code == 400
    assert (await client.get("/api/risk/limits")).json() == before


async def test_r5_emergency_stop_cancels_everything_and_says_so(client):
    ids = [(await client.post("/api/orders", json=RESTING)).json()["order_id"] for _ in range(3)]
    stopped = (await client.post("/api/risk/emergency-stop")).json()
    assert stopped.items() >= {"kill_switch_active": True, "canceled_orders": 3, "outstanding_orders": []}.items()
    for order_id in ids:
        assert (await client.get(f"/api/orders/{order_id}")).json()["status"] == "CANCELLED"
    refused = await client.post("/api/orders", json=RESTING)
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "KILL_SWITCH")


async def test_r5_emergency_stop_twice_is_harmless(client):
    first, second = [(await client.post("/api/risk/emergency-stop")).json() for _ in range(2)]
    assert first["activated_at"] == second["activated_at"] and second["canceled_orders"] == 0


async def test_r5_emergency_stop_closes_positions_only_where_asked(terminal, client):
    await hold(terminal, client)
    await client.post("/api/risk/emergency-stop")
    assert len((await client.get("/api/positions")).json()["positions"]) == 1
    stopped = (await client.post("/api/risk/emergency-stop", json={"flatten": True, "reason": "storm"})).json()
    (order_id,) = stopped["closing_orders"]
    await terminal.filled(client, order_id)
    assert (await client.get("/api/positions")).json() == {"positions": []}


async def test_r5_a_trader_stops_the_own_account_and_an_admin_everything(terminal, client):
    async with terminal.as_user("bob") as bob, terminal.as_user("root", Role.ADMIN) as root:
        await client.post("/api/risk/emergency-stop")
        assert (await bob.post("/api/orders", json=RESTING)).status_code == 201
        stopped = (await root.post("/api/risk/emergency-stop")).json()
        assert stopped["canceled_orders"] == 1
        assert (await bob.post("/api/orders", json=RESTING)).status_code == 409


async def test_r5_it_is_one_latch_with_the_platforms_kill_switch(terminal, client):
    await client.post("/api/risk/emergency-stop", json={"reason": "storm"})
    (switch,) = (await client.get("/v1/controls/kill-switch")).json()["data"]
    assert (switch["scope"], switch["reason"]) == ("ACCOUNT", "storm")
    assert (await client.post("/v1/controls/kill-switch", json={"action": "deactivate"})).status_code == 403


async def test_r5_a_viewer_may_look_and_not_touch(terminal):
    async with terminal.as_user("vera", Role.VIEWER) as vera:
        assert (await vera.get("/api/risk/portfolio")).status_code == 200
        assert (await vera.post("/api/risk/emergency-stop")).status_code == 403
        assert (await vera.put("/api/risk/limits", json={"max_order_value": 1})).status_code == 403


async def test_r5_alerts_are_those_nobody_has_seen(client):
    await client.post("/api/risk/emergency-stop")
    (alert,) = (await client.get("/api/risk/alerts")).json()["alerts"]
    assert (alert["severity"], alert["code"]) == ("CRITICAL", "KILL_SWITCH_ACTIVATED")
    await client.patch(f"/v1/alerts/{alert['id']}/acknowledge")
    assert (await client.get("/api/risk/alerts")).json() == {"alerts": []}
