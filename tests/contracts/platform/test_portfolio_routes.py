"""Positions, portfolio, metrics, alerts and the kill switch over HTTP."""

import pytest

from openbell.domain.access import Role
from platform_floor import open_floor

BUY = {"symbol": "AAPL", "side": "BUY", "quantity": "100", "order_type": "MARKET"}
POSITION = {
    *("position_id", "strategy_id", "symbol", "contract_type", "quantity", "average_entry_price", "current_price"),
    *("unrealized_pnl", "unrealized_pnl_pct", "market_value", "opened_at", "days_held"),
}
METRICS = {
    *("total_pnl", "total_pnl_percent", "sharpe_ratio", "max_drawdown", "win_rate", "total_trades"),
    *("active_positions", "capital_deployed", "available_capital", "equity_curve"),
}


@pytest.fixture
async def floor(tmp_path):
    async with open_floor(tmp_path) as floor:
        floor.price("AAPL", "150.23", "150.25")
        yield floor


@pytest.fixture
async def holder(floor):
    """A client whose account holds 100 AAPL bought at 150.25, now worth 155.80 each."""
    client = await floor.client()
    order = (await client.post("/v1/orders", json=BUY)).json()["data"]
    await floor.filled(client, order["order_id"])
    floor.price("AAPL", "155.79", "155.81")
    return client


@pytest.mark.line("P6", "C30")
async def test_a_position_shows_the_documents_example(holder):
    page = (await holder.get("/v1/positions")).json()
    [position] = page["data"]
    assert position.keys() >= POSITION
    numbers = (
        "quantity",
        "average_entry_price",
        "current_price",
        "unrealized_pnl",
        "unrealized_pnl_pct",
        "market_value",
    )
    assert [position[name] for name in numbers] == ["100.00", "150.25", "155.80", "555.00", "3.69", "15580.00"]
    assert page["meta"]["total_unrealized_pnl"] == "555.00"


@pytest.mark.line("P6")
async def test_a_position_in_detail_shows_what_built_it(holder):
    [position] = (await holder.get("/v1/portfolio/positions")).json()["data"]
    data = (await holder.get(f"/v1/positions/{position['position_id']}")).json()["data"]
    [entry] = data["entry_orders"]
    assert (entry["quantity"], entry["price"]) == ("100.00", "150.25")
    assert set(data["risk_metrics"].values()) == {None}


@pytest.mark.line("P6", "C29")
async def test_filters_and_pages_apply_to_positions(holder):
    async def count(**query):
        return len((await holder.get("/v1/positions", params=query)).json()["data"])

    assert [await count(symbol="AAPL"), await count(symbol="MSFT"), await count(page=2)] == [1, 0, 0]
    assert [await count(mode="paper"), await count(mode="LIVE"), await count(strategy_id="other")] == [1, 0, 0]
    assert (await holder.get("/v1/positions", params={"per_page": 101})).status_code == 400


@pytest.mark.line("E2")
async def test_the_portfolio_adds_up(holder):
    data = (await holder.get("/v1/portfolio")).json()["data"]
    cash, worth, total = (float(data[name]) for name in ("cash", "positions_value", "total_value"))
    assert cash + worth == pytest.approx(total)
    assert worth == 15_580
    history = (await holder.get("/v1/portfolio/history", params={"resolution": "1h"})).json()
    assert history["data"][-1]["total_value"] == data["total_value"]


@pytest.mark.line("E2")
async def test_the_history_of_one_symbol_is_what_was_held_of_it(holder):
    async def latest(symbol):
        return (await holder.get("/v1/portfolio/history", params={"symbol": symbol})).json()["data"][-1:]

    assert [point["total_value"] for point in await latest("AAPL")] == ["15580.00"]
    assert await latest("MSFT") == await latest("NOPE") == []


@pytest.mark.line("P4", "C31")
async def test_metrics_have_every_key_of_the_document(holder):
    answer = (await holder.get("/v1/metrics/summary", params={"period": "all"})).json()
    assert answer["data"].keys() >= METRICS
    assert answer["meta"]["period"] == "all"
    assert (answer["data"]["active_positions"], answer["data"]["capital_deployed"]) == (1, "15580.00")
    assert answer["data"]["equity_curve"][-1].keys() == {"date", "value"}
    assert (await holder.get("/v1/metrics/summary", params={"period": "2m"})).status_code == 400


@pytest.mark.line("P4")
async def test_metrics_are_at_most_five_seconds_old(floor, holder):
    first = (await holder.get("/v1/metrics/summary")).json()
    floor.price("AAPL", "160.00", "160.02")
    assert (await holder.get("/v1/metrics/summary")).json() == first


@pytest.mark.line("P10", "C25")
async def test_a_kill_switch_cancels_and_blocks_and_its_owner_cannot_release_it(holder):
    resting = BUY | {"order_type": "LIMIT", "limit_price": "150.00", "quantity": "1"}
    order = (await holder.post("/v1/orders", json=resting)).json()["data"]
    body = {"action": "activate", "strategy_id": "manual", "reason": "test"}
    done = (await holder.post("/v1/controls/kill-switch", json=body)).json()["data"]
    assert (done["kill_switch_active"], done["affected_strategies"], done["canceled_orders"]) == (True, ["manual"], 1)
    assert (await holder.get(f"/v1/orders/{order['order_id']}")).json()["data"]["status"] == "CANCELLED"
    refused = await holder.post("/v1/orders", json=resting)
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "KILL_SWITCH")
    release = body | {"action": "deactivate"}
    assert (await holder.post("/v1/controls/kill-switch", json=release)).status_code == 403


@pytest.mark.line("P10", "C25")
async def test_only_an_admin_stops_everything(floor, holder):
    body = {"action": "activate", "reason": "test"}
    assert (await holder.post("/v1/controls/kill-switch", json=body)).status_code == 403
    admin = await floor.client("root", Role.ADMIN)
    for _ in range(2):
        assert (await admin.post("/v1/controls/kill-switch", json=body)).json()["data"]["kill_switch_active"] is True
    assert (await holder.post("/v1/orders", json=BUY)).status_code == 409
    await admin.post("/v1/controls/kill-switch", json=body | {"action": "deactivate"})
    assert (await holder.post("/v1/orders", json=BUY)).status_code == 201


@pytest.mark.line("P9", "C29")
async def test_alerts_are_listed_and_acknowledged_once(floor, holder):
    from_core = (await holder.get("/v1/alerts")).json()
    assert from_core["meta"].keys() >= {"total_count", "unacknowledged_count", "page", "per_page"}
    await holder.post("/v1/controls/kill-switch", json={"action": "activate", "strategy_id": "manual"})
    alerts = (await holder.get("/v1/alerts", params={"acknowledged": "false"})).json()["data"]
    assert alerts
    path = f"/v1/alerts/{alerts[0]['alert_id']}/acknowledge"
    first, again = [(await holder.patch(path)).json()["data"] for _ in range(2)]
    assert first["acknowledged"] is True
    assert first == again


@pytest.mark.line("C5")
async def test_instruments_are_found_by_alias(holder):
    data = (await holder.get("/v1/instruments/BTC-USD")).json()["data"]
    assert data["symbol"] == "BTC/USD"
    assert (await holder.get("/v1/instruments/BTC%2FUSD")).json()["data"] == data
    assert len((await holder.get("/v1/instruments")).json()["data"]) >= 7
