"""D1: signatures, their window of time, and nonces that are good once."""

import asyncio
import json
import re
import stat
import time
from pathlib import Path

import httpx2
import pytest

from openbell.domain.access import Role
from platform_floor import open_floor

ORDER = '{"symbol":"AAPL","side":"buy","type":"limit","quantity":1,"price":100.00}'
DOCUMENT = Path(__file__).resolve().parents[3] / "docs" / "api" / "authentication.md"


@pytest.fixture
async def nobody(floor):
    async with httpx2.AsyncClient(
        transport=httpx2.ASGITransport(floor.app, client=("127.0.0.1", 1)), base_url="http://test"
    ) as client:
        yield client


def now_ms():
    return time.time_ns() // 1_000_000


def code(answer):
    return answer.json()["error"]["code"]


async def test_d1_health_is_open_to_all(nobody):
    answer = await nobody.get("/api/v1/health")
    assert answer.status_code == 200
    assert {"status", "version", "uptime_seconds"} <= answer.json().keys()


async def test_d1_a_signature_signs_in(ada, nobody, new_key):
    key = await new_key(ada)
    session = (await nobody.post("/api/v1/auth/login", json=key.login())).json()
    assert session["token_type"] == "bearer" and session["expires_in"] == 3600
    headers = {"authorization": f"Bearer {session['access_token']}"}
    assert (await nobody.get("/api/v1/portfolio", headers=headers)).status_code == 200
    renewed = (await nobody.post("/api/v1/auth/refresh", json={"refresh_token": session["refresh_token"]})).json()
    headers = {"authorization": f"Bearer {renewed['access_token']}"}
    assert (await nobody.post("/api/v1/auth/logout", headers=headers)).status_code == 200
    assert (await nobody.get("/api/v1/portfolio", headers=headers)).status_code == 401


async def test_d1_a_signed_request_needs_no_session(ada, nobody, new_key):
    key = await new_key(ada)
    headers = key.headers("POST", "/api/v1/orders", body=ORDER)
    placed = await nobody.post("/api/v1/orders", content=ORDER, headers=headers)
    assert placed.status_code == 201, placed.text
    path = "/api/v1/orders?status=open&symbol=AAPL"
    listed = await nobody.get(path, headers=key.headers("GET", path))
    assert [one["order_id"] for one in listed.json()["orders"]] == [placed.json()["order_id"]]


async def test_d1_a_path_is_signed_as_it_is_sent(ada, nobody, new_key):
    key = await new_key(ada)
    sent, read = "/api/v1/instruments/BTC%2FUSD", "/api/v1/instruments/BTC/USD"
    assert (await nobody.get(sent, headers=key.headers("GET", sent))).status_code == 200
    assert (await nobody.get(sent, headers=key.headers("GET", read))).status_code == 401


@pytest.mark.parametrize("changed", ["body", "path", "query", "method", "X-TIMESTAMP", "X-NONCE", "X-API-KEY"])
async def test_d1_nothing_that_is_signed_can_be_changed(ada, nobody, new_key, changed):
    key = await new_key(ada)
    method, path, body = "POST", "/api/v1/orders", ORDER
    headers = key.headers(method, path, body=body)
    if changed == "body":
        body = body.replace("100.00", "100.01")
    elif changed == "path":
        path += "/x"
    elif changed == "query":
        path += "?a=b"
    elif changed == "method":
        method = "PUT"
    else:
        headers[changed] = headers[changed][:-1] + ("1" if headers[changed][-1] != "1" else "2")
    answer = await nobody.request(method, path, content=body, headers=headers)
    assert (answer.status_code, code(answer)) == (401, "INVALID_CREDENTIALS")


@pytest.mark.parametrize(
    ("late_ms", "window", "is_in"),
    [
        (0, None, True),
        (3_000, None, True),
        (6_000, None, False),
        (6_000, 10_000, True),
        (55_000, 60_000, True),
        (61_000, 60_000, False),
        (-500, None, True),
        (-2_000, None, False),
        (-2_000, 60_000, False),
    ],
)
async def test_d1_a_request_is_good_within_its_window_only(ada, nobody, new_key, *, late_ms, window, is_in):
    key = await new_key(ada)
    headers = key.headers("GET", "/api/v1/balances", timestamp=now_ms() - late_ms)
    answer = await nobody.get("/api/v1/balances", headers=headers | ({"X-RECV-WINDOW": str(window)} if window else {}))
    assert answer.status_code == (200 if is_in else 401)
    if not is_in:
        assert code(answer) == "TIMESTAMP_OUT_OF_WINDOW"


async def test_d1_a_window_is_at_most_a_minute(ada, nobody, new_key):
    key = await new_key(ada)
    headers = key.headers("GET", "/api/v1/balances", **{"X-RECV-WINDOW": "60001"})
    assert (await nobody.get("/api/v1/balances", headers=headers)).status_code == 400
    assert (await nobody.post("/api/v1/auth/login", json=key.login(recv_window=60_001))).status_code == 400


async def test_d1_a_window_is_at_least_a_millisecond(ada, nobody, new_key):
    key = await new_key(ada)
    late = key.headers("GET", "/api/v1/balances", timestamp=now_ms() - 1_000)
    least, none = [await nobody.get("/api/v1/balances", headers=late | {"X-RECV-WINDOW": one}) for one in ("1", "0")]
    assert (least.status_code, code(least)) == (401, "TIMESTAMP_OUT_OF_WINDOW")
    assert none.status_code == 400


async def test_d1_timestamps_are_seconds_or_milliseconds(ada, nobody, new_key):
    key = await new_key(ada)
    for timestamp in (int(time.time()), now_ms()):
        assert (
            await nobody.post("/api/v1/auth/login", json=key.login(timestamp=timestamp, recv_window=60_000))
        ).status_code == 200


async def test_d1_a_request_sent_again_is_refused(ada, nobody, new_key):
    key = await new_key(ada)
    headers = key.headers("POST", "/api/v1/orders", body=ORDER)
    answers = [await nobody.post("/api/v1/orders", content=ORDER, headers=headers) for _ in range(2)]
    assert [one.status_code for one in answers] == [201, 401]
    assert code(answers[1]) == "NONCE_REUSED"
    login = key.login()
    answers = [await nobody.post("/api/v1/auth/login", json=login) for _ in range(2)]
    assert [one.status_code for one in answers] == [200, 401]


async def test_d1_of_many_at_once_with_one_nonce_one_wins(ada, nobody, new_key):
    key = await new_key(ada)
    headers = key.headers("GET", "/api/v1/balances", nonce="one")
    answers = await asyncio.gather(*(nobody.get("/api/v1/balances", headers=headers) for _ in range(20)))
    assert sorted(one.status_code for one in answers) == [200] + [401] * 19


async def test_d1_a_nonce_stays_used_over_a_restart(tmp_path, new_key):
    async with open_floor(tmp_path) as floor, await floor.client("ada") as ada:
        key = await new_key(ada)
        headers = key.headers("GET", "/api/v1/balances", **{"X-RECV-WINDOW": "60000"})
        assert (await ada.get("/api/v1/balances", headers=headers)).status_code == 200
    async with open_floor(tmp_path) as floor, await floor.client("bob") as bob:
        answer = await bob.get("/api/v1/balances", headers=headers)
        assert (answer.status_code, code(answer)) == (401, "NONCE_REUSED")


async def test_d1_a_session_may_do_no_more_than_its_key_and_ends_with_it(ada, nobody, new_key):
    key = await new_key(ada, "read")
    token = (await nobody.post("/api/v1/auth/login", json=key.login())).json()["token"]
    headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
    assert (await nobody.get("/api/v1/balances", headers=headers)).status_code == 200
    assert (await nobody.post("/api/v1/orders", content=ORDER, headers=headers)).status_code == 403
    assert (await nobody.post("/v1/keys", json={"name": "wider"}, headers=headers)).status_code == 403
    await ada.delete(f"/v1/keys/{key.key_id}")
    assert (await nobody.get("/api/v1/balances", headers=headers)).status_code == 401


async def test_d1_a_key_keeps_to_its_networks(ada, nobody, new_key):
    key = await new_key(ada, allowed_networks=["203.0.113.0/24"])
    assert (await nobody.post("/api/v1/auth/login", json=key.login())).status_code == 401
    assert (await nobody.get("/api/v1/balances", headers=key.headers("GET", "/api/v1/balances"))).status_code == 401


async def test_d1_the_name_of_a_signing_key_opens_nothing(ada, nobody, new_key):
    key = await new_key(ada)
    for text in (key.name, key.secret):
        for headers in ({"X-API-KEY": text}, {"authorization": f"Bearer {text}"}):
            assert (await nobody.get("/api/v1/balances", headers=headers)).status_code == 401


async def test_d1_a_secret_is_shown_once_and_kept_sealed(floor, ada, new_key):
    key = await new_key(ada)
    listed = (await ada.get("/v1/keys")).text
    assert key.name in listed and key.secret not in listed
    data_dir = floor.system.settings.data_dir
    assert stat.S_IMODE((data_dir / "vault.key").stat().st_mode) == 0o600
    for path in data_dir.iterdir():
        if path.is_file():
            assert key.secret.encode() not in path.read_bytes()


async def test_d1_a_wrong_signature_and_an_unknown_key_are_answered_alike(ada, nobody, new_key):
    key = await new_key(ada)
    bodies = [key.login() | {"signature": "0" * 64}, key.login() | {"api_key": "obs_" + "x" * 24}]
    answers = [await nobody.post("/api/v1/auth/login", json=body) for body in bodies]
    for answer in answers:
        said = answer.json()
        assert answer.status_code == 401
        assert (said["error"]["code"], said["detail"]) == ("INVALID_CREDENTIALS", "Invalid credentials")


async def test_d1_attempts_to_sign_in_are_limited(tmp_path):
    async with open_floor(tmp_path, rate_limits="on") as floor, await floor.client("ada") as ada:
        body = {"api_key": "obs_guess", "signature": "0" * 64, "timestamp": now_ms()}
        seen = [(await ada.post("/api/v1/auth/login", json=body)).status_code for _ in range(12)]
    assert seen == [401] * 10 + [429] * 2


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"api_key": "k", "signature": "s"},
        {"api_key": "k", "signature": "s", "timestamp": "soon"},
        {"api_key": "k", "signature": "s", "timestamp": 1.5},
        {"api_key": "k", "signature": "s", "timestamp": True},
        {"api_key": "k", "signature": "s", "timestamp": -1},
        {"api_key": "k", "signature": "s", "timestamp": 1, "nonce": "a\nb"},
        {"api_key": "k", "signature": "s", "timestamp": 1, "password": "x"},
        {"api_key": "k" * 200, "signature": "s", "timestamp": 1},
        {"api_key": 7, "signature": "s", "timestamp": 1},
    ],
)
async def test_d1_a_sign_in_that_makes_no_sense_is_a_400(nobody, body):
    answer = await nobody.post("/api/v1/auth/login", json=body)
    assert (answer.status_code, code(answer)) == (400, "VALIDATION_ERROR")


@pytest.mark.parametrize("nonce", ["ä".encode("latin-1"), b"n" * 129])
async def test_d1_a_header_that_cannot_be_one_of_ours_is_named(ada, nobody, new_key, nonce):
    headers = (await new_key(ada)).headers("GET", "/api/v1/portfolio") | {"x-nonce": nonce}
    refused = await nobody.get("/api/v1/portfolio", headers=headers)
    assert refused.status_code == 400 and "x-nonce" in refused.text


async def test_d1_a_viewer_signs_requests_to_look_only(floor, nobody, new_key):
    async with await floor.client("vera", Role.VIEWER) as vera:
        key = await new_key(vera, "read")
    headers = key.headers("POST", "/api/v1/orders", body=ORDER)
    assert (await nobody.post("/api/v1/orders", content=ORDER, headers=headers)).status_code == 403


def test_d1_the_documented_example_is_right():
    text = DOCUMENT.read_text("utf-8")
    table = dict(re.findall(r"^(method|path|timestamp|nonce|body|signature) +(.+)$", text, re.MULTILINE))
    program = re.search(r"<!-- example: python -->\n```python\n(.+?)```", text, re.DOTALL)[1]
    names = {}
    exec(program, names)  # noqa: S102 - our own example
    parts = [table[name] for name in ("method", "path", "timestamp", "nonce", "body")]
    assert names["sign"]("s3cr3t-for-the-example", *parts) == table["signature"]
    json.loads(table["body"])
