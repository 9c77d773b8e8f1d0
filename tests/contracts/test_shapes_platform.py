"""Every example of the platform document (P) and of the stories (E) is matched by a real answer.

The shapes are transcribed as facts: key → what its value is. Amounts are decimal text, counts whole numbers, instants
RFC 3339 in UTC, days `YYYY-MM-DD`; `maybe` stands for null until there is something to say. More keys may stand beside.
"""

import asyncio
import re

import httpx2
import pytest

from openbell.domain.access import Role
from platform_floor import PASSWORD, open_floor

DECIMAL = re.compile(r"-?(0|[1-9]\d{0,17})(\.\d{1,12})?")
MONEY = re.compile(r"-?(0|[1-9]\d{0,17})\.\d{2,12}")
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z")
DAY = re.compile(r"\d{4}-\d\d-\d\d")
TEXT = re.compile(r"[\s\S]*")


def maybe(shape):
    return (shape, None)


def words(*allowed):
    return re.compile("|".join(map(re.escape, allowed)))


PAGE = {"total_count": int, "page": int, "per_page": int}
ORDER = {
    "order_id": TEXT,
    "strategy_id": TEXT,
    "symbol": TEXT,
    "side": words("BUY", "SELL"),
    "quantity": MONEY,
    "order_type": words("LIMIT", "MARKET", "STOP", "STOP_LIMIT"),
    "limit_price": maybe(MONEY),
    "status": words("PENDING", "SUBMITTED", "FILLED", "CANCELLED", "REJECTED"),
    "filled_quantity": MONEY,
    "average_fill_price": maybe(MONEY),
    "fees": MONEY,
    "submitted_at": maybe(INSTANT),
    "filled_at": maybe(INSTANT),
}
STRATEGY = {
    "strategy_id": TEXT,
    "name": TEXT,
    "description": TEXT,
    "status": words("active", "inactive"),
    "mode": words("BACKTEST", "PAPER", "LIVE"),
    "universe_size": int,
    "max_positions": int,
    "risk_per_trade_pct": DECIMAL,
    "created_at": INSTANT,
    "updated_at": INSTANT,
}
STRATEGY_DETAIL = {
    "strategy_id": TEXT,
    "name": TEXT,
    "description": TEXT,
    "status": words("active", "inactive"),
    "config": {"stop_loss_pct": DECIMAL, "take_profit_pct": DECIMAL, "fast": int},
    "performance": {"total_pnl": MONEY, "sharpe_ratio": DECIMAL, "max_drawdown": DECIMAL, "win_rate": DECIMAL},
}
POSITION = {
    "position_id": TEXT,
    "strategy_id": TEXT,
    "symbol": TEXT,
    "contract_type": words("STOCK", "CRYPTO", "INDEX"),
    "quantity": MONEY,
    "average_entry_price": MONEY,
    "current_price": MONEY,
    "unrealized_pnl": MONEY,
    "unrealized_pnl_pct": DECIMAL,
    "market_value": MONEY,
    "opened_at": INSTANT,
    "days_held": int,
}
POSITION_DETAIL = {
    "position_id": TEXT,
    "strategy_id": TEXT,
    "symbol": TEXT,
    "quantity": MONEY,
    "unrealized_pnl": MONEY,
    "entry_orders": [{"order_id": TEXT, "filled_at": INSTANT, "quantity": MONEY, "price": MONEY}],
    "risk_metrics": {
        "stop_loss_price": maybe(MONEY),
        "take_profit_price": maybe(MONEY),
        "max_loss": maybe(MONEY),
        "max_profit": maybe(MONEY),
    },
}
RUN = {
    "run_id": TEXT,
    "strategy_id": TEXT,
    "run_type": words("BACKTEST", "PAPER", "LIVE"),
    "start_date": DAY,
    "end_date": DAY,
    "total_return": DECIMAL,
    "sharpe_ratio": DECIMAL,
    "max_drawdown": DECIMAL,
    "total_trades": int,
    "status": words("RUNNING", "COMPLETED", "FAILED"),
    "report_url": TEXT,
    "created_at": INSTANT,
    "completed_at": INSTANT,
}
RUN_METRICS = {
    **dict.fromkeys(("total_return", "cagr", "sharpe_ratio", "sortino_ratio", "max_drawdown", "win_rate"), DECIMAL),
    "profit_factor": DECIMAL,
    "total_trades": int,
    "avg_trade_duration_hours": DECIMAL,
}
ALERT = {
    "alert_id": TEXT,
    "severity": words("INFO", "WARNING", "ERROR", "CRITICAL"),
    "message": TEXT,
    "context": {},
    "acknowledged": bool,
    "created_at": INSTANT,
}
HEALTH = {
    "status": words("healthy", "degraded", "unhealthy"),
    "services": {
        "database": {"status": TEXT, "latency_ms": int},
        "data_feed": {"status": TEXT, "last_update": maybe(INSTANT), "staleness_seconds": int},
        "broker_connection": {"status": TEXT, "broker": TEXT, "mode": words("PAPER", "LIVE")},
        "redis": {"status": TEXT},
    },
    "timestamp": INSTANT,
}
METRICS = {
    "total_pnl": MONEY,
    "total_pnl_percent": DECIMAL,
    "sharpe_ratio": DECIMAL,
    "max_drawdown": DECIMAL,
    "win_rate": DECIMAL,
    "total_trades": int,
    "active_positions": int,
    "capital_deployed": MONEY,
    "available_capital": MONEY,
    "equity_curve": [{"date": DAY, "value": MONEY}],
}
PORTFOLIO = {"total_value": MONEY, "cash": MONEY, "positions_count": int, "total_pnl": MONEY}

READS = [
    ("/v1/metrics/summary?period=1m", {"data": METRICS, "meta": {"period": words("1m"), "updated_at": INSTANT}}),
    ("/v1/strategies", {"data": [STRATEGY], "meta": {"total_count": int, "active_count": int}}),
    ("/v1/strategies/s1", {"data": STRATEGY_DETAIL}),
    ("/v1/positions", {"data": [POSITION], "meta": PAGE | {"total_unrealized_pnl": MONEY}}),
    ("/v1/positions/{position}", {"data": POSITION_DETAIL}),
    ("/v1/orders", {"data": [ORDER], "meta": PAGE}),
    ("/v1/alerts", {"data": [ALERT], "meta": PAGE | {"unacknowledged_count": int}}),
    ("/v1/health", HEALTH),
    ("/v1/portfolio", {"data": PORTFOLIO}),
    ("/v1/portfolio/positions", {"data": [POSITION], "meta": PAGE}),
    ("/v1/portfolio/history?resolution=1m", {"data": [{"timestamp": INSTANT, "total_value": MONEY}], "meta": PAGE}),
    ("/v1/orders/{order}", {"data": ORDER}),
    ("/health", {"status": TEXT, "version": TEXT, "uptime_seconds": int}),
]
CHANGES = [
    ("PATCH", "/v1/strategies/s1", {"status": "inactive"}, {"message": TEXT, "data": STRATEGY_DETAIL}),
    (
        *("PATCH", "/v1/alerts/{alert}/acknowledge", None),
        {"message": TEXT, "data": {"alert_id": TEXT, "acknowledged": bool, "acknowledged_at": INSTANT}},
    ),
    (
        *("POST", "/v1/controls/kill-switch", {"action": "activate", "strategy_id": "s1", "reason": "odd"}),
        {"message": TEXT, "data": {"kill_switch_active": bool, "affected_strategies": [TEXT], "activated_at": INSTANT}},
    ),
]


def mismatch(shape, value, at="answer"):
    """Say where a value differs from a shape; '' where it does not."""
    if isinstance(shape, tuple):
        return "" if value is None else mismatch(shape[0], value, at)
    if isinstance(shape, dict):
        if not isinstance(value, dict):
            return f"{at} is no object: {value!r}"
        missing = shape.keys() - value.keys()
        inside = (mismatch(shape[name], value[name], f"{at}.{name}") for name in shape if name in value)
        return f"{at} lacks {sorted(missing)}" if missing else next(filter(None, inside), "")
    if isinstance(shape, list):
        if not (isinstance(value, list) and value):
            return f"{at} is no list with something in it: {value!r}"
        return next(filter(None, (mismatch(shape[0], one, f"{at}[]") for one in value)), "")
    if isinstance(shape, type):
        return "" if type(value) is shape else f"{at} is {value!r}, not {shape.__name__}"
    fits = isinstance(value, str) and shape.fullmatch(value)
    return "" if fits else f"{at} is {value!r}, not {shape.pattern}"


@pytest.fixture
async def floor(tmp_path):
    async with open_floor(tmp_path) as floor:
        floor.price("AAPL", "150.23", "150.25")
        yield floor


@pytest.fixture
async def admin(floor):
    """An admin with a running strategy, a position, orders that filled and that wait, and an alert."""
    client = await floor.client("root", Role.ADMIN)
    config = {"fast": 5, "slow": 20, "stop_loss_pct": "2.0", "take_profit_pct": "5.0"}
    made = {
        "strategy_id": "s1",
        "kind": "sma_cross",
        "symbols": ["AAPL"],
        "config": config,
        "allocated_capital": "50000",
    }
    assert (await client.post("/v1/strategies", json=made)).status_code == 201
    buy = {"symbol": "AAPL", "side": "BUY", "quantity": "10", "order_type": "MARKET"}
    client.order = (await client.post("/v1/orders", json=buy)).json()["data"]["order_id"]
    await floor.filled(client, client.order)
    await client.post("/v1/orders", json=buy | {"order_type": "LIMIT", "limit_price": "150.00"})
    client.alert = (await client.post("/v1/alerts/test", json={"severity": "CRITICAL"})).json()["data"]["alert_id"]
    client.position = (await client.get("/v1/positions")).json()["data"][0]["position_id"]
    return client


def filled_in(client, path):
    return path.format(position=client.position, order=client.order, alert=client.alert)


@pytest.mark.parametrize(("path", "shape"), READS)
@pytest.mark.line("P4", "P5", "P6", "P7", "P9", "P12", "P15", "E2", "C3")
async def test_what_is_read_has_the_documents_shape(admin, path, shape):
    answer = await admin.get(filled_in(admin, path))
    assert answer.status_code == 200, answer.text
    assert not mismatch(shape, answer.json())


@pytest.mark.parametrize(("method", "path", "body", "shape"), CHANGES)
@pytest.mark.line("P5", "P9", "P10", "P15", "C3")
async def test_what_is_answered_to_a_change_has_the_documents_shape(admin, method, path, body, shape):
    answer = await admin.request(method, filled_in(admin, path), json=body)
    assert answer.status_code == 200, answer.text
    assert not mismatch(shape, answer.json())


@pytest.mark.line("P1", "P2", "C11")
async def test_signing_in_and_on_has_the_documents_shape(floor, admin):
    transport = httpx2.ASGITransport(floor.app, client=("203.0.113.1", 1))
    async with httpx2.AsyncClient(transport=transport, base_url="http://test") as anybody:
        who = {"email": "root@example.com", "password": PASSWORD}
        signed_in = (await anybody.post("/v1/auth/login", json=who)).json()
        pair = {"access_token": TEXT, "refresh_token": TEXT, "token_type": words("bearer"), "expires_in": int}
        assert not mismatch(pair, signed_in) and signed_in["expires_in"] == 3600
        bearer = {"authorization": f"Bearer {signed_in['refresh_token']}"}
        assert not mismatch(pair, (await anybody.post("/v1/auth/refresh", headers=bearer)).json())
        wrong = await anybody.post("/v1/auth/login", json=who | {"password": "wrong"})
    assert (wrong.status_code, wrong.json()["detail"]) == (401, "Invalid credentials")


@pytest.mark.line("P8", "C37")
async def test_a_run_has_the_documents_shapes(admin):
    body = {"kind": "sma_cross", "symbol": "GOOG", "config": {"fast": 10, "slow": 30}, "initial_capital": "100000.00"}
    started = await admin.post("/v1/runs", json=body)
    begun = {"run_id": TEXT, "status": words("RUNNING"), "estimated_completion": INSTANT}
    assert started.status_code == 202 and not mismatch({"message": TEXT, "data": begun}, started.json())
    run_id = started.json()["data"]["run_id"]
    for _ in range(1_200):
        run = (await admin.get(f"/v1/runs/{run_id}")).json()["data"]
        if run["status"] != "RUNNING":
            break
        await asyncio.sleep(0.05)
    detail = {"run_id": TEXT, "strategy_id": TEXT, "metrics": RUN_METRICS, "trades": [{}]}
    assert not mismatch(detail | {"equity_curve": [{"date": TEXT, "value": DECIMAL}]}, run)
    assert not mismatch({"data": [RUN], "meta": PAGE}, (await admin.get("/v1/runs")).json())


@pytest.mark.line("P13", "P14", "C9")
async def test_errors_have_the_documents_shapes(tmp_path):
    async with open_floor(tmp_path, rate_limits="on", rate_limits_table={"reads": "1/min"}) as floor:
        client = await floor.client()
        wrong = await client.post("/v1/orders", json={"symbol": "AAPL", "side": "BUY", "quantity": "-1"})
        details = [{"field": TEXT, "message": TEXT}]
        error = {"code": words("VALIDATION_ERROR", "INVALID_QUANTITY"), "message": TEXT, "details": details}
        assert not mismatch({"error": error, "request_id": TEXT}, wrong.json())
        first = await client.get("/v1/orders")
        limits = {name: int(first.headers[f"x-ratelimit-{name}"]) for name in ("limit", "remaining", "reset")}
        assert (limits["limit"], limits["remaining"]) == (1, 0) and limits["reset"] > 1_700_000_000
        many = await client.get("/v1/orders")
        error = {"code": words("RATE_LIMIT_EXCEEDED"), "message": TEXT, "retry_after": int}
        assert many.status_code == 429 and not mismatch({"error": error}, many.json())
        assert many.headers["retry-after"] == str(many.json()["error"]["retry_after"])
