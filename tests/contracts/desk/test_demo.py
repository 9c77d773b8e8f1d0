"""D1, D9, D10: the guide's own lines against a started server, and demo credentials that go no further."""

import json
import re
import signal
import subprocess
import sys
import tomllib
from pathlib import Path

import httpx2
import pytest
from websockets.sync.client import connect

from openbell.config import ConfigError, load
from timed import PATIENT_S

PROJECT = Path(__file__).resolve().parents[3]
HEALTH = "curl http://localhost:8000/api/v1/health"
LOGIN = """curl -X POST http://localhost:8000/api/v1/auth/login \\
  -H "Content-Type: application/json" \\
  -d '{"api_key": "demo_api_key", "signature": "test", "timestamp": 1234567890}'"""
DEMO = {"api_key": "demo_api_key", "signature": "signature", "timestamp": 1_769_380_200_000}


def run(line, server):
    """Run a line of the guide as it is printed, at the test's own port."""
    line = line.replace("localhost:8000", f"localhost:{server.port}")
    return json.loads(subprocess.run(["bash", "-c", line], capture_output=True, check=True, timeout=20).stdout)


def test_d1_the_guides_curl_lines_work_as_printed(guide_server):
    assert run(HEALTH, guide_server)["status"] == "healthy"
    session = run(LOGIN, guide_server)
    assert session["success"] is True and session["access_token"]
    headers = {"authorization": f"Bearer {session['access_token']}"}
    portfolio = httpx2.get(f"{guide_server.url}/api/v1/portfolio", headers=headers, timeout=PATIENT_S).json()
    assert portfolio["mode"] == "PAPER" and portfolio["total_value"] == 100_000


def test_d1_the_documented_curl_line_is_the_guides():
    text = (PROJECT / "docs" / "api" / "authentication.md").read_text("utf-8")
    assert re.search(r"<!-- example: demo -->\n```sh\n(.+?)\n```", text, re.DOTALL)[1] == LOGIN


def test_d10_the_guides_wscat_message_works_as_printed(guide_server):
    page = "http://localhost:3002"  # where the guide's front end runs
    with connect(f"ws://localhost:{guide_server.port}/ws/market-data", origin=page) as socket:
        assert json.loads(socket.recv(timeout=30))["type"] == "connected"
        socket.send('{"type": "subscribe", "channel": "quotes", "symbol": "BTC/USD"}')
        said = json.loads(socket.recv(timeout=30))
        assert (said["type"], said["channel"], said["symbol"]) == ("subscribed", "quotes", "BTC/USD")
        quote = json.loads(socket.recv(timeout=30))
        assert quote["type"] == "quote" and quote["data"]["bid"] < quote["data"]["ask"]


def test_d4_the_guides_credentials_open_the_trading_socket(guide_server):
    with connect(f"ws://localhost:{guide_server.port}/ws/trading") as socket:
        socket.send(json.dumps({"type": "authenticate", **DEMO}))
        kinds = [json.loads(socket.recv(timeout=30))["type"] for _ in range(3)]
    assert kinds == ["connected", "authenticated", "snapshot"]


def test_d1_demo_credentials_are_off_when_they_are_switched_off(start):
    server = start(demo_credentials="off").start()
    assert httpx2.post(f"{server.url}/api/v1/auth/login", json=DEMO, timeout=PATIENT_S).status_code == 401


def test_d1_a_wrong_signature_of_the_demo_key_is_refused(guide_server):
    answer = httpx2.post(f"{guide_server.url}/api/v1/auth/login", json=DEMO | {"signature": "guess"}, timeout=PATIENT_S)
    assert answer.status_code == 401


def test_d1_a_production_start_is_refused_where_demo_credentials_are_present(start):
    server = start().start()
    token = httpx2.post(f"{server.url}/api/v1/auth/login", json=DEMO, timeout=PATIENT_S).json()["token"]
    server.stop(signal.SIGINT)
    server.environ["ENVIRONMENT"] = "production"
    refused = subprocess.run(
        server.command(), env=server.environ, capture_output=True, text=True, timeout=30, check=False
    )
    assert refused.returncode != 0 and "demo_credentials" in refused.stderr
    server.environ["OPENBELL_DEMO_CREDENTIALS"] = "off"
    server.start()
    headers = {"authorization": f"Bearer {token}"}
    assert httpx2.get(f"{server.url}/api/v1/portfolio", headers=headers, timeout=PATIENT_S).status_code == 401


@pytest.mark.parametrize("environ", [{"ENVIRONMENT": "production"}, {"API_HOST": "0.0.0.0"}])  # noqa: S104 - refused
def test_d1_demo_credentials_are_asked_for_in_vain_outside_development(environ):
    assert load(environ=environ).has_demo is False
    with pytest.raises(ConfigError, match="demo_credentials"):
        load(environ=environ | {"OPENBELL_DEMO_CREDENTIALS": "on"})


def test_d9_the_guides_settings_are_honoured():
    environ = {
        "ENVIRONMENT": "production",
        "API_HOST": "127.0.0.2",
        "API_PORT": "8123",
        "DATABASE_URL": "sqlite:///some.db",
        "MARKET_DATA_API_KEY": "feed-key",
        "EXCHANGE_API_KEY": "venue-key",
    }
    settings = load(environ=environ)
    assert (settings.environment, settings.host, settings.port) == ("production", "127.0.0.2", 8123)
    assert settings.database_url == "sqlite:///some.db"
    assert (settings.market_data_api_key, settings.exchange_api_key) == ("feed-key", "venue-key")
    assert load(environ=environ | {"OPENBELL_PORT": "9000"}).port == 9000


def test_d9_the_promised_start_script_serves_where_it_is_told(start):
    server = start()
    server.environ |= {"API_HOST": "127.0.0.1", "API_PORT": str(server.port), "ENVIRONMENT": "development"}
    server.environ["OPENBELL_DATA_DIR"] = str(server.data_dir)
    server.environ.pop("PYTHONPATH", None)
    server.command = lambda: [sys.executable, str(PROJECT / "start_trading_server.py")]
    server.start()
    assert run(HEALTH, server)["status"] == "healthy"


def test_d9_the_promised_requirements_are_those_of_the_project():
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))
    listed = (PROJECT / "requirements-api.txt").read_text("utf-8").splitlines()
    assert [line for line in listed if not line.startswith("#")] == project["project"]["dependencies"]
