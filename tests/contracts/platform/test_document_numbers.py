"""P6 and P14: the numbers of the platform document, worked example and limits, come out as it shows them."""

import pytest

from platform_floor import open_floor


@pytest.fixture
async def floor(tmp_path):
    async with open_floor(tmp_path) as floor:
        floor.price("AAPL", "150.23", "150.25")
        yield floor


@pytest.mark.line("P6", "C30")
async def test_the_documents_position_has_the_documents_numbers(floor):
    client = await floor.client()
    config = {"fast": 5, "slow": 20, "stop_loss_pct": "2.0", "take_profit_pct": "5.0"}
    made = {"strategy_id": "momentum_v1", "kind": "sma_cross", "symbols": ["AAPL"], "config": config}
    assert (await client.post("/v1/strategies", json=made | {"allocated_capital": "50000"})).status_code == 201
    buy = {"symbol": "AAPL", "side": "BUY", "quantity": "100", "order_type": "MARKET", "strategy_id": "momentum_v1"}
    await floor.filled(client, (await client.post("/v1/orders", json=buy)).json()["data"]["order_id"])
    floor.price("AAPL", "155.79", "155.81")
    [position] = (await client.get("/v1/positions")).json()["data"]
    detail = (await client.get(f"/v1/positions/{position['position_id']}")).json()["data"]
    assert (detail["quantity"], detail["unrealized_pnl"]) == ("100.00", "555.00")
    assert detail["risk_metrics"] == {
        "stop_loss_price": "147.25",
        "take_profit_price": "157.76",
        "max_loss": "-300.00",
        "max_profit": "751.00",
    }


@pytest.mark.parametrize(("path", "limit"), [("/v1/runs", 5), ("/v1/controls/mode-transition", 10)])
@pytest.mark.line("P14")
async def test_backtests_and_controls_have_the_documents_limits(tmp_path, path, limit):
    async with open_floor(tmp_path, rate_limits="on") as floor:
        client = await floor.client()
        answers = [await client.post(path, json={}) for _ in range(limit + 1)]
    assert 429 not in {one.status_code for one in answers[:-1]} and answers[-1].status_code == 429
    assert answers[0].headers["x-ratelimit-limit"] == str(limit)
