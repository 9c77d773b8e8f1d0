"""E9, P14, C35: request ids, CORS, limits, security headers, logs."""

import asyncio

import pytest
import structlog

from edge_system import PASSWORD, build
from openbell.domain.access import Role
from openbell.services.limiter import Limit, Limiter
from openbell.services.quota import Quota, Rule

ORIGIN = "http://localhost:3000"


@pytest.mark.line("P13")
async def test_a_request_id_is_echoed(client):
    assert (await client.get("/health", headers={"x-request-id": "abc-1"})).headers["x-request-id"] == "abc-1"


@pytest.mark.parametrize("given", ["x" * 129, "with space", "tab\there", "", "\xe9"])
async def test_an_odd_request_id_is_replaced(client, given):
    headers = [(b"x-request-id", given.encode("latin-1"))]
    answer = await client.get("/health", headers=headers)
    assert answer.headers["x-request-id"].startswith("req-")


async def test_every_answer_carries_security_headers(client):
    for path in ("/health", "/nowhere", "/docs"):
        headers = (await client.get(path)).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "unsafe-inline' 'self" not in headers["content-security-policy"]


@pytest.mark.line("E9", "C35")
async def test_a_known_page_may_call():
    async with build(cors_origins=frozenset({ORIGIN})).client() as client:
        headers = {"origin": ORIGIN, "access-control-request-method": "POST"}
        asked = await client.options("/v1/orders", headers=headers)
        called = await client.get("/health", headers={"origin": ORIGIN})
    assert asked.status_code == 204
    assert "x-api-key" not in asked.headers["access-control-allow-headers"].lower()
    for answer in (asked, called):
        assert answer.headers["access-control-allow-origin"] == ORIGIN
        assert answer.headers["vary"] == "Origin"
    assert "x-ratelimit-remaining" in called.headers["access-control-expose-headers"].lower()


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://localhost:3000.evil.example", "*"])
@pytest.mark.line("E9", "C35")
async def test_an_unknown_page_may_not(origin):
    async with build(cors_origins=frozenset({ORIGIN})).client() as client:
        headers = {"origin": origin, "access-control-request-method": "POST"}
        asked = await client.options("/v1/orders", headers=headers)
        called = await client.get("/health", headers={"origin": origin})
    assert asked.status_code == 403
    assert "access-control-allow-origin" not in asked.headers | called.headers


@pytest.mark.line("P14", "E8")
async def test_the_hundred_and_first_read_in_a_minute_is_refused_as_the_document_says(system):
    async with system.as_user("ada") as client:
        for left in range(99, -1, -1):
            answer = await client.get("/v1/auth/me")
            assert (answer.status_code, answer.headers["x-ratelimit-remaining"]) == (200, str(left))
        refused = await client.get("/v1/auth/me")
    assert refused.status_code == 429
    assert refused.headers["x-ratelimit-limit"] == "100"
    assert refused.headers["x-ratelimit-reset"] == str(1_800_000_060)
    assert refused.headers["ratelimit-policy"] == '"reads";q=100;w=60'
    error = refused.json()["error"]
    assert error["code"] == "RATE_LIMIT_EXCEEDED"
    assert error["message"].startswith("Too many requests. Try again in ")
    assert refused.headers["retry-after"] == str(error["retry_after"])


@pytest.mark.line("P14")
async def test_after_the_told_wait_a_request_passes(system):
    async with system.as_user("ada") as client:
        answers = [await client.get("/v1/auth/me") for _ in range(101)]
        system.clock.step(int(answers[-1].headers["retry-after"]))
        assert (await client.get("/v1/auth/me")).status_code == 200


@pytest.mark.line("E8")
async def test_fifty_callers_at_once_get_exactly_the_limit(system):
    async with system.as_user("ada") as client:
        answers = await asyncio.gather(*(client.get("/v1/auth/me") for _ in range(150)))
    assert sum(a.status_code == 200 for a in answers) == 100


@pytest.mark.line("E8")
async def test_a_key_and_a_session_of_one_user_share_the_limit(system):
    async with system.as_user("ada") as client, system.client() as bot:
        key = (await client.post("/v1/keys", json={"name": "bot"})).json()["data"]["api_key"]
        for _ in range(100):
            await client.get("/v1/auth/me")
        assert (await bot.get("/v1/auth/me", headers={"x-api-key": key})).status_code == 429


@pytest.mark.line("E8", "C26")
async def test_admins_get_ten_times_as_much(system):
    async with system.as_user("root", Role.ADMIN) as client:
        assert (await client.get("/v1/auth/me")).headers["x-ratelimit-limit"] == "1000"


@pytest.mark.line("C25")
async def test_reserved_roads_are_never_limited():
    rules = (
        Rule(bucket="reserved", path="/v1/auth/logout", limit=None),
        Rule(bucket="all", path="/v1", limit=Limit(1)),
    )
    system = build(quota=Quota(Limiter(), rules=rules))
    async with system.as_user("ada") as client:
        assert (await client.get("/v1/auth/me")).status_code == 200
        assert (await client.get("/v1/auth/me")).status_code == 429
        assert (await client.post("/v1/auth/logout")).status_code == 200


@pytest.mark.line("E9")
async def test_each_request_leaves_one_line_without_secrets(system):
    with structlog.testing.capture_logs() as lines:
        async with system.as_user("ada") as client:
            await client.get("/v1/users/usr_1?token=canary", headers={"x-request-id": "r-1"})
            await client.post("/v1/auth/login", json={"email": "ada", "password": PASSWORD})
    first = lines[0]
    assert (first["method"], first["route"], first["status"]) == ("GET", "/v1/users/{user_id}", 404)
    assert first["request_id"] == "r-1"
    assert first["user"].startswith("usr_")
    assert first["duration_ms"] > 0
    assert len(lines) == 2
    assert "canary" not in str(lines)
    assert PASSWORD not in str(lines)
