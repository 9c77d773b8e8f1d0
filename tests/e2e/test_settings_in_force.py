"""What is set without code is in force: limits from the TOML file, Redis probed, further addresses listened on."""

import time

import httpx2
import pytest

from e2e.conftest import Server
from openbell.config import ConfigError, load
from started_server import free_port
from valkey_server import valkey_server


@pytest.fixture
def start(tmp_path):
    servers = []

    def one(**settings):
        servers.append(Server(tmp_path / "data", **settings))
        return servers[-1].start()

    yield one
    for server in servers:
        server.end()


@pytest.mark.line("E8")
def test_limits_are_changed_in_the_settings_file_and_with_the_next_start(start, tmp_path):
    settings = tmp_path / "openbell.toml"
    settings.write_text('[rate_limits_table]\nreads = "3/h"\norders = "1/h"\n')
    server = start(config=str(settings))
    client = server.client()
    answers = [client.get("/v1/orders") for _ in range(31)]  # an admin has ten times as much
    assert [one.status_code for one in answers] == [200] * 30 + [429]
    assert answers[0].headers["x-ratelimit-limit"] == "30"
    server.stop()
    settings.write_text('[rate_limits_table]\nreads = "4/h"\n')
    server.start()
    client = server.client()
    assert client.get("/v1/orders").headers["x-ratelimit-limit"] == "40"


@pytest.mark.line("P12")
def test_redis_is_probed_where_it_is_configured_and_only_degrades(start):
    with valkey_server() as redis:
        client = start(redis_url=redis.url).client()
        health = client.get("/v1/health").json()
        assert health["services"]["redis"]["status"] == "healthy"
        assert isinstance(health["services"]["redis"]["latency_ms"], int)
    time.sleep(1.1)  # a look at the parts is shared by all who ask within a second
    one = client.get("/v1/health/services/redis").json()
    assert (one["status"], "rate limits" in one["detail"]) == ("degraded", True)
    assert client.get("/v1/health").json()["status"] == "degraded"
    assert client.get("/ready").status_code == 200


@pytest.mark.line("C40")
def test_one_server_listens_on_further_addresses(start):
    port = free_port()
    server = start(extra_listeners=f"127.0.0.1:{port}")
    token = server.client().headers["authorization"]
    with httpx2.Client(base_url=f"http://127.0.0.1:{port}", headers={"authorization": token}) as further:
        assert further.get("/health").json()["status"] == "healthy"
        there = further.get("/v1/auth/me").json()
    assert there == server.client().get("/v1/auth/me").json()


@pytest.mark.parametrize("wrong", ["8002", "127.0.0.1", "127.0.0.1:0", "127.0.0.1:70000", "a b:80"])
@pytest.mark.line("C40")
def test_an_address_that_is_none_is_refused_by_name(wrong):
    with pytest.raises(ConfigError, match="extra_listeners"):
        load(environ={"OPENBELL_EXTRA_LISTENERS": wrong})


@pytest.mark.line("C40")
def test_a_further_address_that_others_reach_is_no_loopback():
    assert load(environ={"OPENBELL_EXTRA_LISTENERS": "127.0.0.1:8002,[::1]:8003"}).is_loopback
    assert not load(environ={"OPENBELL_EXTRA_LISTENERS": "0.0.0.0:8002"}).is_loopback
