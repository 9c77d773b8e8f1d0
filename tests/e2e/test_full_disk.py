"""Promise 4: on a full disk people can still look, cancel and stop; orders are turned away; room is all it takes."""

import subprocess
from pathlib import Path

import pytest

from e2e.test_first_fill import buy, until, wait_for_prices
from started_server import Server
from waiting import until_so

DISK_MEGABYTES = 80
ORDERS_MAX = 20_000


@pytest.fixture
def small_disk(tmp_path):
    """A disk of its own that is quickly full."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={DISK_MEGABYTES}m", "tmpfs", str(folder)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip("a small disk needs the right to mount one: run as root")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.fixture
def server(small_disk):
    one = Server(small_disk / "data", rate_limits="off").start()
    yield one
    one.end()


def fill_up(folder: Path) -> Path:
    """Leave not a single page free."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (1 << 20, 4096):
            try:
                while True:
                    file.write(b"\0" * size)
            except OSError:
                continue
    return filler


def resting(client, number: int):
    body = {"symbol": "BTC/USD", "side": "BUY", "order_type": "LIMIT", "limit_price": "1.00", "quantity": "0.1"}
    return client.post("/v1/orders", json={**body, "client_order_id": f"resting-{number}"})


def place_until_refused(client, small_disk) -> tuple[list[str], str]:
    """Fill the disk and place orders until one is turned away; gives the ids taken and the one refused."""
    fill_up(small_disk)
    taken = []
    for number in range(1, ORDERS_MAX):
        answer = resting(client, number)
        if answer.status_code == 503:
            return taken, f"resting-{number}"
        assert answer.status_code == 201, answer.text
        taken.append(answer.json()["data"]["order_id"])
    raise AssertionError("the disk never filled")


@pytest.mark.timeout(300)
def test_a_full_disk_stops_orders_and_nothing_else(server, small_disk):
    client = server.client()
    wait_for_prices(client)
    taken, refused = place_until_refused(client, small_disk)
    assert client.get("/v1/orders").status_code == 200
    assert client.get("/v1/positions").status_code == 200
    assert client.delete(f"/v1/orders/{taken[-1]}").status_code == 200
    stop = {"action": "activate", "strategy_id": "manual", "reason": "the disk is full"}
    assert client.post("/v1/controls/kill-switch", json=stop).status_code == 200
    assert buy(client).status_code == 503
    health = until(lambda: client.get("/v1/health").text, lambda text: "the disk is full" in text)
    assert "the disk is full" in health

    (small_disk / "filler").unlink()
    release = {"action": "deactivate", "strategy_id": "manual", "reason": "there is room again"}

    def has_recovered():
        released = client.post("/v1/controls/kill-switch", json=release).status_code == 200
        return released and buy(client).status_code != 503

    until_so(has_recovered, every_s=0.1)
    assert client.get("/v1/orders", params={"client_order_id": refused}).json()["data"] == []

    before = {order_id: client.get(f"/v1/orders/{order_id}").json()["data"] for order_id in taken}
    server.stop()
    client = server.start().client()
    assert {order_id: client.get(f"/v1/orders/{order_id}").json()["data"] for order_id in taken} == before
