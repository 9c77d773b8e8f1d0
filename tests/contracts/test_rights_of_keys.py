"""What a key's session, a ticket and a token may not do: more than what they were given for."""

import time

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from openbell.domain.access import Role
from openbell.services.signing import SignedCall, signature_of
from platform_floor import PASSWORD, open_floor, served

LOGIN = "/api/v1/auth/login"
ROADS = ["/ws", "/ws/market-data", "/ws/trading"]


@pytest.fixture
async def floor(tmp_path):
    async with open_floor(tmp_path, rate_limits="on") as floor:
        yield floor


async def key_session(floor, scopes, role=Role.ADMIN):
    """Sign a new user's client in anew, with a signing key of theirs that has these scopes."""
    client = await floor.client("ada", role)
    made = (await client.post("/v1/keys", json={"name": "bot", "kind": "signing", "scopes": scopes})).json()["data"]
    stamp, name = str(time.time_ns() // 1_000_000), made["api_key"]
    call = SignedCall(api_key=name, signature="", timestamp=stamp, method="POST", path=LOGIN)
    signature = signature_of(call, made["api_secret"].encode())
    answer = await client.post(LOGIN, json={"api_key": name, "signature": signature, "timestamp": stamp})
    client.headers["authorization"] = f"Bearer {answer.json()['access_token']}"
    return client


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/auth/setup-mfa", {}),
        ("/api/auth/verify-mfa", {"mfa_token": "123456"}),
        ("/api/auth/disable-mfa", {"mfa_token": "123456"}),
    ],
)
async def test_the_session_of_a_key_touches_no_second_factor(floor, path, body):
    bot = await key_session(floor, ["read", "trade", "control", "admin"])
    answer = await bot.post(path, json=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "FORBIDDEN")


async def test_an_admins_key_without_the_admin_scope_stops_trading_and_does_not_release_it(floor):
    bot = await key_session(floor, ["read", "control"])
    stopped = await bot.post("/v1/controls/kill-switch", json={"action": "activate"})
    released = await bot.post("/v1/controls/kill-switch", json={"action": "deactivate"})
    assert (stopped.status_code, released.status_code) == (200, 403)
    assert floor.system.services.controls.switches()


async def test_the_session_of_an_admins_key_submits_no_source(floor, monkeypatch):
    monkeypatch.setattr(floor.system.services.submissions, "_is_on", True)
    bot = await key_session(floor, ["read", "trade"])
    body = {"source": "pass", "symbols": ["BTC/USD"], "strategy_id": "mine", "mfa_token": "123456"}
    answer = await bot.post("/v1/strategies", json=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "FORBIDDEN")


@pytest.mark.parametrize("road", ROADS)
async def test_a_ticket_ends_with_what_it_was_given_for(floor, road):
    access = floor.system.services.access
    caller = await access.authenticate(await floor.token("ada"), client_ip="127.0.0.1")
    ticket = access.issue_ticket(caller)
    await access.logout(caller)
    async with served(floor) as address:
        with pytest.raises(InvalidStatus) as refused:
            await connect(f"{address.removesuffix('/ws')}{road}?ticket={ticket}")
    assert refused.value.response.status_code == 401


async def test_a_stolen_token_guesses_a_password_no_faster_than_by_signing_in(floor):
    thief = await floor.client("ada")
    guess = {"current_password": "no", "new_password": "a new password"}
    guesses = [(await thief.post("/v1/auth/password", json=guess)).status_code for _ in range(11)]
    assert guesses == [400] * 10 + [429]
    signing_in = await thief.post("/v1/auth/login", json={"email": "ada", "password": PASSWORD})
    assert signing_in.status_code == 429


async def test_a_key_ends_no_access_but_its_own(floor):
    ada = await floor.client("ada")
    made = [(await ada.post("/v1/keys", json={"name": name, "scopes": ["read"]})).json()["data"] for name in "ab"]
    session = next(one for one in (await ada.get("/v1/sessions")).json()["data"] if one["is_current"])
    bot = {"authorization": "", "x-api-key": made[0]["api_key"]}
    for path in (f"/v1/sessions/{session['session_id']}", "/v1/sessions", f"/v1/keys/{made[1]['key_id']}"):
        answer = await ada.delete(path, headers=bot)
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "FORBIDDEN"), path
    assert (await ada.get("/v1/auth/me")).status_code == 200
    assert (await ada.delete(f"/v1/keys/{made[0]['key_id']}", headers=bot)).status_code == 200
    assert (await ada.get("/v1/auth/me", headers=bot)).status_code == 401
