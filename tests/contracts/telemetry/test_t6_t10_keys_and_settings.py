"""T6 and T10: who may control, over which way; and what a production profile refuses."""

import pytest

from openbell.config import ConfigError, load
from openbell.domain.access import Scope
from telemetry_desk import CONTROL

CALLS = [("GET", "/parameters"), ("PATCH", "/parameters"), ("POST", "/emergency-stop")]


async def statuses(client, **options):
    return [(await client.request(method, CONTROL + path, json={}, **options)) for method, path in CALLS]


async def test_t6_a_missing_and_a_wrong_key_are_401_alike(desk):
    async with desk.http() as client:
        missing = await statuses(client)
        wrong = await statuses(client, headers={"X-API-KEY": "ob_wrong_key"})
    said = [{key: answer.json()["error"][key] for key in ("code", "message")} for answer in missing + wrong]
    assert {answer.status_code for answer in missing + wrong} == {401}
    assert said == [said[0]] * 6


async def test_t6_a_key_without_the_control_scope_is_403_and_stops_nothing(desk):
    async with desk.http(await desk.key(Scope.READ, Scope.TRADE)) as client:
        answers = await statuses(client)
    assert {answer.status_code for answer in answers} == {403}
    assert not desk.system.views.kill_switches()


async def test_t6_a_revoked_key_is_401(desk):
    key = await desk.key()
    admin = await desk.admin()
    for one in await desk.system.database.access.keys(admin.user_id):
        one.revoked_ns = 1
        await desk.system.database.access.update_key(one)
    async with desk.http(key) as client:
        assert {answer.status_code for answer in await statuses(client)} == {401}


async def test_t6_keys_are_kept_as_hashes_only(desk):
    key = await desk.key()
    secret = key.rpartition("_")[2]
    stored = await desk.system.database.access.keys((await desk.admin()).user_id)
    assert stored and not [one for one in stored if secret in repr(one)]


@pytest.mark.parametrize(
    ("base_url", "headers", "trusts", "wanted"),
    [
        ("http://test", {}, False, 426),
        ("https://test", {}, False, 200),
        ("http://test", {"x-forwarded-proto": "https"}, False, 426),
        ("http://test", {"x-forwarded-proto": "https"}, True, 200),
        ("http://test", {"x-forwarded-proto": "http"}, True, 426),
    ],
)
async def test_c34_a_key_over_plain_http_from_elsewhere_is_refused(desk, base_url, headers, trusts, wanted):
    app = desk.app(trust_proxy_tls=trusts)
    async with desk.http(await desk.key(), ip="198.51.100.7", app=app, base_url=base_url) as client:
        answers = await statuses(client, headers=headers)
    assert {answer.status_code for answer in answers} == {wanted}


async def test_c35_a_browser_may_not_send_the_key(desk):
    app = desk.app(cors_origins=frozenset({"http://localhost:3000"}))
    asks = {"origin": "http://localhost:3000", "access-control-request-method": "PATCH"}
    async with desk.http(app=app) as client:
        answer = await client.options(f"{CONTROL}/parameters", headers=asks)
    allowed = answer.headers["access-control-allow-headers"].lower()
    assert "x-api-key" not in allowed and answer.headers["access-control-allow-origin"] != "*"


def test_t10_the_port_is_a_setting():
    assert load(environ={"OPENBELL_PORT": "8002"}).port == 8002
    assert load(environ={"API_PORT": "8002"}).port == 8002


@pytest.mark.parametrize(
    ("name", "secret"),
    [
        ("OPENBELL_ADMIN_PASSWORD", "admin"),
        ("OPENBELL_ADMIN_PASSWORD", "change-me-please"),
        ("OPENBELL_ADMIN_PASSWORD", "short1"),
        ("EXCHANGE_API_KEY", "YOUR_PRODUCTION_API_KEY"),
        ("EXCHANGE_API_KEY", "test"),
        ("MARKET_DATA_API_KEY", "demo"),
    ],
)
def test_t10_production_refuses_default_and_demo_secrets(name, secret):
    with pytest.raises(ConfigError, match=r"secret|characters"):
        load(environ={"ENVIRONMENT": "production", name: secret})
    load(environ={"ENVIRONMENT": "development", name: secret})


def test_t10_production_takes_secrets_of_ones_own():
    own = {"OPENBELL_ADMIN_PASSWORD": "a-long-one-8431", "EXCHANGE_API_KEY": "k9f2Q"}
    assert load(environ={"ENVIRONMENT": "production"} | own).exchange_api_key == "k9f2Q"
