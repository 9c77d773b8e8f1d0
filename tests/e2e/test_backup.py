"""A backup made while orders come in becomes a server again: the same state, the same audit log, in either database."""

import json
import subprocess
import sys
import threading

import pytest

from e2e.test_first_fill import buy, filled, picture, wait_for_prices
from started_server import Server


def openbell(server, *words):
    """Run a command on a server's data directory; gives its exit code and its document or message."""
    command = [sys.executable, "-m", "openbell", *words, "--data-dir", str(server.data_dir), "--json"]
    done = subprocess.run(command, env=server.environ, capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, json.loads(done.stdout) if done.returncode == 0 else done.stderr


@pytest.fixture
def place(tmp_path):
    """Make a place for a server, in a file or in a PostgreSQL database."""
    made = []

    def make(name: str, url: str = "") -> Server:
        (tmp_path / name).mkdir()
        made.append(Server(tmp_path / name / "data", rate_limits="off", **({"database_url": url} if url else {})))
        return made[-1]

    yield make
    for server in made:
        server.end()


def traded(server) -> None:
    client = server.start().client()
    wait_for_prices(client)
    filled(client, buy(client, client_order_id="first").json()["data"]["order_id"])


@pytest.mark.parametrize(("before", "after"), [("file", "file"), ("file", "postgres"), ("postgres", "file")])
def test_a_restored_backup_is_the_server_it_was_made_of(place, tmp_path, request, before, after):
    url = request.getfixturevalue("postgres_url") if "postgres" in (before, after) else ""
    original = place("original", url if before == "postgres" else "")
    traded(original)
    copy = tmp_path / "openbell.backup"
    assert openbell(original, "backup", str(copy))[0] == 0
    seen = picture(original.client())
    original.stop()
    restored = place("restored", url if after == "postgres" else "")
    code, manifest = openbell(restored, "restore", str(copy))
    assert code == 0, manifest
    assert openbell(restored, "audit", "verify")[0] == 0
    assert picture(restored.start().client()) == seen
    (order,) = [order for order in seen[0] if order["client_order_id"] == "first"]
    again = buy(restored.client(), client_order_id="first").json()
    assert again["data"]["order_id"] == order["order_id"], "what was taken once is not taken again"


def test_a_backup_made_while_orders_come_in_is_of_one_moment(place, tmp_path):
    server = place("busy")
    client = server.start().client()
    wait_for_prices(client)
    stop = threading.Event()

    def trade() -> None:
        while not stop.is_set():
            buy(client)

    trader = threading.Thread(target=trade)
    trader.start()
    try:
        manifests = [openbell(server, "backup", str(tmp_path / f"{n}.backup"))[1] for n in range(3)]
    finally:
        stop.set()
        trader.join()
    assert manifests[0]["seq"] < manifests[1]["seq"] < manifests[2]["seq"], "orders went on meanwhile"
    for number, manifest in enumerate(manifests):
        code, checked = openbell(place(f"check{number}"), "restore", str(tmp_path / f"{number}.backup"))
        assert (code, checked["state_hash"]) == (0, manifest["state_hash"])


def test_a_damaged_backup_is_refused_and_leaves_nothing(place, tmp_path):
    server = place("original")
    traded(server)
    copy = tmp_path / "openbell.backup"
    openbell(server, "backup", str(copy))
    whole = copy.read_bytes()
    restored = place("restored")
    for damaged in (whole[: len(whole) // 2], whole[:400] + bytes([whole[400] ^ 1]) + whole[401:], b"", b"PK\x03\x04"):
        copy.write_bytes(damaged)
        code, said = openbell(restored, "restore", str(copy))
        assert code == 1 and "backup" in said and said.count("\n") == 1
        assert not list(restored.data_dir.rglob("*.key")) and not list(restored.data_dir.rglob("*.db*"))


def test_a_backup_lets_nobody_else_read_it_and_replaces_nothing(place, tmp_path):
    server = place("original")
    traded(server)
    copy = tmp_path / "openbell.backup"
    assert openbell(server, "backup", str(copy))[0] == 0
    assert copy.stat().st_mode & 0o777 == 0o600
    code, said = openbell(server, "backup", str(copy))
    assert code == 1 and "there already" in said
    code, said = openbell(server, "restore", str(copy))
    assert code != 0 and ("in use" in said or "holds data already" in said)
