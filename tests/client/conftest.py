"""Clients of a started server, and an API key for programs."""

import threading
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from openbell.client import Client, Conflict, NewOrder, Side
from started_server import EMAIL, PASSWORD, Server

TINY = Decimal("0.000001")
PAUSE = threading.Event()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for a module."""
    one = Server(tmp_path_factory.mktemp("openbell") / "data", rate_limits="off").start()
    yield one
    one.end()


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[Server]:
    """A server that a test may stop and start."""
    one = Server(tmp_path / "data", rate_limits="off").start()
    yield one
    one.end()


@pytest.fixture(scope="module")
def client(running: Server) -> Iterator[Client]:
    """The first admin's client, once the market has spoken."""
    with Client(running.url, email=EMAIL, password=PASSWORD) as one:
        wait_for_prices(one)
        yield one


@pytest.fixture(scope="module")
def api_key(client: Client) -> str:
    """A key for programs."""
    return client.keys.create("tests", scopes=["read", "trade", "control", "admin"]).api_key


def wait_for_prices(client: Client) -> None:
    """Trade a tiny amount as soon as there is a price."""
    for _ in range(200):
        try:
            client.orders.place(NewOrder(symbol="BTC/USD", side=Side.BUY, quantity=TINY))
        except Conflict:  # no price yet, or an old one
            PAUSE.wait(0.05)
        else:
            return
    raise AssertionError("the market does not speak")
