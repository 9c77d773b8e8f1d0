"""R7 and R8: how often one may ask, and what an error looks like."""

import pytest

from openbell.services.limiter import Limiter
from openbell.services.quota import DEFAULT_RULES, Quota


@pytest.fixture
def quota():
    return Quota(Limiter(monotonic_ns=lambda: 0))


async def allowed(quota, method, path):
    """How many requests pass at once, up to 2000."""
    for count in range(2_000):
        verdict = await quota.request(method, path, caller="ada", role=None)
        if verdict is None:
            return None
        if not verdict.is_allowed:
            return count
    return 2_000


@pytest.mark.parametrize(
    ("method", "path", "limit"),
    [
        ("POST", "/api/auth/refresh", 10),
        ("POST", "/api/auth/verify-mfa", 10),
        ("GET", "/api/market-data/BTC/USD/candles", 1_000),
        ("GET", "/api/instruments", 1_000),
        ("POST", "/api/orders", 100),
        ("GET", "/api/orders", 100),
        ("POST", "/api/positions/p/close", 100),
        ("GET", "/api/trades", 100),
        ("PUT", "/api/strategies/s/config", 50),
        ("DELETE", "/api/orders/x", None),
        ("POST", "/api/risk/emergency-stop", None),
        ("POST", "/api/auth/logout", None),
    ],
)
async def test_r7_the_documents_limits_hold(quota, method, path, limit):
    assert await allowed(quota, method, path) == limit


async def test_r7_orders_are_counted_over_both_contracts(quota):
    for _ in range(50):
        await quota.request("POST", "/v1/orders", caller="ada", role=None)
    assert await allowed(quota, "POST", "/api/orders") == 50


def test_r7_no_rule_of_the_terminal_covers_the_other_api():
    terminal = [rule for rule in DEFAULT_RULES if rule.path.startswith("/api/") and "/v1" not in rule.path]
    assert terminal and not [rule for rule in terminal if rule.covers("GET", "/api/v1/orders")]


async def test_r7_the_eleventh_sign_in_of_a_minute_is_too_many(terminal):
    await terminal.user("ada")
    answers = [await terminal.sign_in("ada", password="wrong") for _ in range(11)]
    assert [one.status_code for one in answers] == [401] * 10 + [429]
    assert int(answers[-1].headers["retry-after"]) > 0 and answers[-1].json()["error"]["retry_after"] > 0


async def test_r7_headers_tell_what_is_left(client):
    headers = (await client.get("/api/trades")).headers
    assert headers["x-ratelimit-limit"] == "100" and int(headers["x-ratelimit-remaining"]) == 99


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/orders/none", 404),
        ("GET", "/api/nothing", 404),
        ("PATCH", "/api/orders", 405),
        ("POST", "/api/orders", 400),
    ],
)
async def test_r8_errors_have_the_documents_shape(client, method, path, status):
    answer = await client.request(method, path, json={})
    error = answer.json()["error"]
    assert answer.status_code == status
    assert error.keys() >= {"code", "message", "timestamp"} and error["timestamp"].endswith("Z")


async def test_r8_without_a_token_there_is_nothing(terminal):
    async with terminal.client() as client:
        for path in ("strategies", "instruments", "orders", "positions", "trades", "risk/portfolio", "auth/profile"):
            answer = await client.get(f"/api/{path}")
            assert (answer.status_code, answer.json()["error"]["code"]) == (401, "UNAUTHORIZED")


@pytest.mark.parametrize("text", ["1e2", "NaN", "1" * 40, "0x10", "01"])
async def test_r8_a_number_that_cannot_be_kept_exactly_is_refused(client, text):
    body = (
        '{"strategy_id":"manual","instrument":"AAPL","order_type":"BUY","order_kind":"MARKET",'
        f'"execution_mode":"PAPER","quantity":{text}}}'
    )
    answer = await client.post("/api/orders", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 400
