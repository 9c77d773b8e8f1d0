"""P12, T1: health, readiness and counters."""

import asyncio

import pytest

from edge_system import build
from fakes import FixedProbe
from openbell.domain.access import Role
from openbell.ports import Unavailable

FEED = FixedProbe("data_feed", status="degraded", last_update=1_799_999_940_000_000_000, staleness_seconds=60)
BROKER = FixedProbe("broker_connection", status="healthy", broker="paper", mode="PAPER")
DOWN = FixedProbe("database", status="unhealthy")


class Broken(FixedProbe):
    async def check(self):
        raise Unavailable("secret connection string")


class Hanging(FixedProbe):
    async def check(self):
        await asyncio.sleep(60)


@pytest.mark.line("T1", "C2")
async def test_anybody_may_ask_for_a_sign_of_life(system, client):
    system.clock.step(90.5)
    assert (await client.get("/health")).json() == {"status": "healthy", "version": "1.2.3", "uptime_seconds": 90}


@pytest.mark.line("P12", "C2")
async def test_the_report_needs_credentials(client):
    assert (await client.get("/v1/health")).status_code == 401
    assert (await client.get("/v1/health/services/database")).status_code == 401


@pytest.mark.line("P12")
async def test_the_report_has_the_documents_shape():
    system = build(probes=[FixedProbe("database", status="healthy", latency_ms=1), FEED, BROKER])
    async with system.as_user("ada", Role.VIEWER) as client:
        body = (await client.get("/v1/health")).json()
    assert body == {
        "status": "degraded",
        "services": {
            "database": {"status": "healthy", "latency_ms": 1},
            "data_feed": {"status": "degraded", "last_update": "2027-01-15T07:59:00Z", "staleness_seconds": 60},
            "broker_connection": {"status": "healthy", "broker": "paper", "mode": "PAPER"},
            "redis": {"status": "healthy", "detail": "not configured"},
        },
        "timestamp": "2027-01-15T08:00:00Z",
    }


@pytest.mark.line("P12")
async def test_one_service_can_be_asked_for():
    system = build(probes=[FEED])
    async with system.as_user("ada") as client:
        body = (await client.get("/v1/health/services/data_feed")).json()
        missing = await client.get("/v1/health/services/teleprinter")
    assert (body["service"], body["staleness_seconds"]) == ("data_feed", 60)
    assert missing.status_code == 404


@pytest.mark.parametrize(("probe", "status"), [(FEED, 200), (DOWN, 503), (BROKER, 200)])
@pytest.mark.line("P12", "C2")
async def test_only_readiness_turns_503(probe, status):
    system = build(probes=[probe])
    async with system.as_user("ada") as client:
        assert (await client.get("/ready")).status_code == status
        assert (await client.get("/v1/health")).status_code == 200
        assert (await client.get("/health")).status_code == 200


@pytest.mark.parametrize("probe", [Broken("database"), Hanging("database")])
@pytest.mark.line("P12")
async def test_a_probe_that_fails_or_hangs_is_unhealthy_and_tells_no_secret(probe):
    system = build(probes=[probe, BROKER])
    async with system.as_user("ada") as client:
        body = (await asyncio.wait_for(client.get("/v1/health"), 30)).json()
    assert (body["status"], body["services"]["database"]["status"]) == ("unhealthy", "unhealthy")
    assert body["services"]["broker_connection"]["status"] == "healthy"
    assert "secret" not in str(body)


async def test_counters_are_for_this_machine_and_for_admins(system):
    async with system.client(ip="127.0.0.1") as local, system.client() as stranger:
        assert "openbell_http_requests_total" in (await local.get("/metrics")).text
        assert (await local.get("/metrics", headers={"x-forwarded-for": "1.2.3.4"})).status_code == 401
        assert (await stranger.get("/metrics")).status_code == 401
    async with system.as_user("ada") as trader:
        assert (await trader.get("/metrics")).status_code == 403
    async with system.as_user("root", Role.ADMIN) as admin:
        assert (await admin.get("/metrics")).status_code == 200


async def test_requests_are_counted_by_template(system, client):
    await client.get("/v1/users/some-id")
    await client.get("/no/such/path")
    async with system.client(ip="::1") as local:
        text = (await local.get("/metrics")).text
    assert 'openbell_http_requests_total{method="GET",route="/v1/users/{user_id}",status="401"} 1.0' in text
    assert 'openbell_http_requests_total{method="GET",route="unmatched",status="404"} 1.0' in text
