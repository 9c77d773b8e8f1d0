"""What a socket shows: the market, and one's own order from acknowledgement to fill, numbered without a gap."""

import json

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

BUY = {"symbol": "BTC/USD", "side": "BUY", "quantity": "0.1", "order_type": "MARKET"}


def listen(socket, wanted, seconds=10):
    """Give the first message that is wanted, and all that came until then."""
    seen = []
    while True:
        seen.append(json.loads(socket.recv(timeout=seconds)))
        if wanted(seen[-1]):
            return seen


def token_of(client):
    return client.headers["authorization"].removeprefix("Bearer ")


@pytest.mark.line("R6", "E6", "C17", "C18")
def test_a_socket_shows_ticks_candles_books_and_the_own_fill(server):
    client = server.client()
    with connect(f"ws://127.0.0.1:{server.port}/ws?token={token_of(client)}") as socket:
        assert listen(socket, lambda said: said["type"] == "connected")
        for channel in ("ticks", "candles", "orderbook"):
            socket.send(json.dumps({"type": "subscribe", "channel": channel, "instruments": ["BTC/USD"]}))
            listen(socket, lambda said: said["type"] == "subscribed")
        for kind in ("tick", "candle", "orderbook"):
            shown = listen(socket, lambda said, kind=kind: said["type"] == kind)[-1]
            assert shown["data"]["instrument"] == "BTC/USD"
        order = client.post("/v1/orders", json=BUY).json()["data"]
        seen = listen(socket, lambda said: said["type"] == "trade")
        assert seen[-1]["data"]["order_id"] == order["order_id"]
        numbers = [said["seq"] for said in seen if said["type"] in ("order_update", "trade")]
        assert numbers == sorted(numbers)


def test_a_socket_without_credentials_is_refused_before_it_opens(shared_server):
    with pytest.raises(InvalidStatus) as refused, connect(f"ws://127.0.0.1:{shared_server.port}/ws"):
        pass
    assert refused.value.response.status_code == 401


def test_signing_out_closes_the_socket_within_a_second(server):
    client = server.client()
    with connect(f"ws://127.0.0.1:{server.port}/ws?token={token_of(client)}") as socket:
        listen(socket, lambda said: said["type"] == "connected")
        client.post("/v1/auth/logout")
        with pytest.raises(ConnectionClosed) as closed:
            listen(socket, lambda said: False, seconds=3)
    assert closed.value.rcvd.code == 4401
