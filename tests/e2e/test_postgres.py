"""A server over PostgreSQL, as one over SQLite: the first fill, kill -9, the restart, and the second server."""

import signal
import subprocess

import pytest

from e2e.conftest import Server
from e2e.test_first_fill import buy, filled, picture, wait_for_prices


@pytest.fixture
def server(tmp_path, postgres_url):
    one = Server(tmp_path / "one" / "data", rate_limits="off", database_url=postgres_url)
    one.data_dir.parent.mkdir()
    yield one
    one.end()


def test_the_first_fill_survives_kill_9(server):
    client = server.start().client()
    wait_for_prices(client)
    order = filled(client, buy(client, client_order_id="first").json()["data"]["order_id"])
    assert order["filled_quantity"] == "0.10"
    client.post("/v1/controls/kill-switch", json={"action": "activate", "strategy_id": "manual", "reason": "test"})
    before = picture(client)
    server.stop(signal.SIGKILL)
    client = server.start().client()
    assert picture(client) == before
    assert buy(client).json()["error"]["code"] == "KILL_SWITCH"
    assert not (server.data_dir / "openbell.db").exists()


def test_a_second_server_on_the_database_refuses_to_start(server, tmp_path):
    server.start()
    (tmp_path / "two").mkdir()
    second = Server(tmp_path / "two" / "data", database_url=server.environ["OPENBELL_DATABASE_URL"])
    done = subprocess.run(second.command(), env=second.environ, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode != 0
    assert "in use by process" in done.stderr and "DATABASE_URL" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1, "a sentence, not a stack trace"
