"""Row 13: a stream that ends with its server goes on without a double, or a hole that is not told, once that is back.

What is replayed is kept in memory. After a restart a client is therefore told that the events between are gone, and
gets how everything stands instead, with the number that the stream goes on from.
"""

import json
import os
import random
import signal
import threading
from contextlib import suppress
from http import HTTPStatus

import httpx2
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from waiting import until_so

KILLS = int(os.environ.get("OPENBELL_TEST_STREAM_KILLS", "2"))
SEED = 13
BUY = {"symbol": "BTC/USD", "side": "BUY", "quantity": "0.001", "order_type": "LIMIT", "limit_price": "10000"}


class Follower:
    """Hears the events of an account by their numbers, each whole and once."""

    def __init__(self):
        self.seq, self.part = 0, 0
        self.heard = self.resyncs = 0
        self.last_seq = None

    def take(self, said):
        """Take one message of the server."""
        if said["type"] == "connected":
            self.last_seq, self.part = said["data"]["seq"], 0
        if said.get("channel") != "private":
            return
        if said["type"] == "resync":
            self.resyncs += 1
        elif said["type"] == "snapshot":
            assert said["seq"] >= self.seq, "nothing that was told is taken back"
            self.seq, self.part = said["seq"], 0
        elif "parts" in said:
            place = said["seq"], said["part"]
            assert place == (self.seq + 1, self.part + 1), f"{place} came after {self.seq}/{self.part}"
            self.heard, self.part = self.heard + 1, place[1]
            if self.part == said["parts"]:
                self.seq, self.part = place[0], 0

    def hear(self, socket, *, more):
        """Catch up with what happened before the connection, and hear so many messages. 30 s of silence fail."""
        until, self.last_seq = self.heard + more, None
        while self.last_seq is None or self.seq < self.last_seq or self.heard < until:
            self.take(json.loads(socket.recv(timeout=30)))

    def hear_the_end(self, socket):
        """Take what was on its way when the server died."""
        with suppress(ConnectionClosed):
            while True:
                self.take(json.loads(socket.recv(timeout=30)))


def follow(server, client, follower):
    """Connect where the follower stopped."""
    token = client.headers["authorization"].removeprefix("Bearer ")
    return connect(f"ws://127.0.0.1:{server.port}/ws?token={token}&from_seq={follower.seq}")


def place(client, acknowledged, is_over):
    """Place and cancel orders until the server is gone; note those it has answered for."""
    with suppress(httpx2.TransportError):
        while not is_over.is_set():
            placed = client.post("/v1/orders", json=BUY)
            if placed.status_code == HTTPStatus.CONFLICT:
                assert placed.json()["error"]["code"] == "NO_PRICE", "a market that just opened has none for a moment"
                continue
            order_id = placed.json()["data"]["order_id"]
            acknowledged.append(order_id)
            client.delete(f"/v1/orders/{order_id}")


@pytest.mark.line("R6", "C18")
def test_nobody_misses_an_event_untold_or_hears_it_twice_when_the_server_is_killed(server):
    chance, follower, acknowledged = random.Random(SEED), Follower(), []  # noqa: S311 - one seed repeats a failure
    for killed in range(KILLS):
        client, is_over = server.client(), threading.Event()
        placing = threading.Thread(target=place, args=(client, acknowledged, is_over))
        placing.start()
        with follow(server, client, follower) as socket:
            follower.hear(socket, more=chance.randint(5, 60))
            if killed % 2:
                server.stop(signal.SIGKILL)
                follower.hear_the_end(socket)
        if not killed % 2:
            placed, told = len(acknowledged), follower.resyncs
            until_so(lambda: len(acknowledged) > placed + 1)  # noqa: B023 - waited for at once
            server.stop(signal.SIGKILL)
        is_over.set()
        placing.join()
        client = server.start().client()
        with follow(server, client, follower) as socket:
            follower.hear(socket, more=0)
        assert killed % 2 or follower.resyncs == told + 1, "what nobody heard is gone, and that is told"
    assert len(acknowledged) >= KILLS
    assert all(client.get(f"/v1/orders/{order_id}").status_code == 200 for order_id in acknowledged)
