"""Secrets are seen once by whom they belong to, and then nowhere: no log, answer, error, audit row or file has one."""

import json

import httpx2
import pyotp
import pytest

from started_server import PASSWORD, Server
from timed import PATIENT_S

pytestmark = [pytest.mark.line("T6", "E7", "D1"), pytest.mark.timeout(240)]
CANARIES = {
    "admin_password": PASSWORD,
    "market_data_api_key": "canary-market-data-7c1f",
    "exchange_api_key": "canary-exchange-93aa",
    "notify_webhook_url": "https://hooks.example/canary-path-51",
    "notify_webhook_secret": "canary-webhook-secret-0b",
    "notify_smtp_password": "canary-smtp-password-44",
}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    one = Server(tmp_path_factory.mktemp("canaries") / "data", rate_limits="off", log_level="debug", **CANARIES)
    yield one.start()
    one.end()


def everything_once(server):
    """Use every kind of secret, rightly and wrongly; gives the secrets, and answers that should show none."""
    client = server.client()
    secrets, answers = {**CANARIES, "access": client.headers["authorization"].split()[1]}, []
    login = {"email": "admin@example.com", "password": PASSWORD}
    pair = httpx2.post(f"{server.url}/v1/auth/login", json=login, timeout=PATIENT_S).json()
    secrets |= {"access 2": pair["access_token"], "refresh": pair["refresh_token"]}
    for kind in ("bearer", "signing"):
        made = client.post("/v1/keys", json={"name": kind, "kind": kind, "scopes": ["read", "trade"]}).json()["data"]
        secrets[kind] = made["api_secret"] or made["api_key"]
    setup = client.post("/api/auth/setup-mfa").json()
    secrets |= {"totp": setup["secret"]} | {f"recovery {n}": code for n, code in enumerate(setup["recovery_codes"])}
    secrets["code"] = pyotp.TOTP(setup["secret"]).now()
    new = {"email": "eve@example.com", "username": "eve", "password": "canary-password-of-eve", "role": "user"}
    answers.append(client.post("/v1/users", json=new))
    secrets["eves password"] = new["password"]
    wrong = [
        ("/v1/auth/login", {"email": "admin@example.com", "password": "canary-wrong-password"}),
        ("/v1/auth/login", {"email": "canary-typed-as-name", "password": {"canary-nested-password": 1}}),
        ("/v1/users", {"email": "x", "password": "canary-wrong-password"}),
        ("/v1/auth/refresh", {"refresh_token": "canary-wrong-refresh"}),
        ("/api/auth/login", {"username": "admin", "password": "canary-wrong-password", "mfa_token": "canary-code"}),
        ("/v1/controls/kill-switch", {"action": "activate", "mfa_token": "canary-mfa", "colour": "canary-extra"}),
    ]
    answers += [client.post(path, json=body) for path, body in wrong]
    secrets |= {word: word for word in ("canary-wrong-password", "canary-nested-password", "canary-code", "canary-mfa")}
    for header in ({"x-api-key": "ob_canaryke_canary"}, {"authorization": "Bearer canary-bearer"}):
        answers.append(httpx2.get(f"{server.url}/v1/orders", headers=header, timeout=PATIENT_S))
    answers.append(httpx2.get(f"{server.url}/v1/stream", params={"token": pair["access_token"]}, timeout=PATIENT_S))
    answers += [
        client.get(path) for path in ("/v1/audit", "/v1/keys", "/v1/sessions", "/v1/users", "/metrics", "/v1/health")
    ]
    return secrets | {"canary-bearer": "canary-bearer"}, answers


def places(server, answers):
    """Give every text a secret could have got into, by its name."""
    found = {f"{one.request.method} {one.request.url.path}": one.content for one in answers}
    found["the log"] = (server.data_dir.parent / "server.log").read_bytes()
    for path in server.data_dir.rglob("*"):
        if path.is_file() and path.suffix != ".key":
            found[path.name] = path.read_bytes()
    return found


def test_no_canary_is_found_anywhere(server):
    secrets, answers = everything_once(server)
    assert server.stop() == 0
    found = places(server, answers)
    assert {"the log", "openbell.db"} <= found.keys() and len(found["the log"]) > 1_000 and len(secrets) > 20
    leaks = {
        (name, place)
        for name, secret in secrets.items()
        for place, text in found.items()
        for form in (secret, json.dumps(secret)[1:-1])
        if form.encode() in text and not (name == "code" and place != "the log")
    }
    assert leaks == set()


def test_the_process_shows_none_on_its_command_line(server):
    assert not [one for one in server.command() if any(secret in one for secret in CANARIES.values())]
