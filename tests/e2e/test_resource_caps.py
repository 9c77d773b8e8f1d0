"""Connections that dawdle, or do nothing, are ended and hold up nobody; what is too large is refused as it comes."""

import socket
import time
from contextlib import ExitStack, suppress

import httpx2
import pytest

from openbell.bootstrap.patience import HEAD_BYTES_MAX, HEAD_WITHIN_S

IDLE, SLOW = 200, 40
ENDLESS_BYTES = 24_000_000
"""More than the buffers of both sides take in, and less than what a slow machine reads while it waits for a head."""
pytestmark = pytest.mark.timeout(300)


def connected(server, stack, said):
    one = stack.enter_context(socket.create_connection(("127.0.0.1", server.port)))
    one.sendall(said)
    return one


def is_closed(one):
    one.settimeout(HEAD_WITHIN_S + 60)
    try:
        return one.recv(1) == b""
    except ConnectionResetError:
        return True


def test_idle_and_slow_connections_are_closed_and_health_answers_throughout(server):
    with ExitStack() as stack:
        began = time.monotonic()
        idle = [connected(server, stack, b"") for _ in range(IDLE)]
        slow = [connected(server, stack, b"GET /health HTTP/1.1\r\n") for _ in range(SLOW)]
        answered = 0
        while time.monotonic() - began < HEAD_WITHIN_S - 1:
            assert httpx2.get(f"{server.url}/health", timeout=HEAD_WITHIN_S - 1).status_code == 200
            answered += 1
            for one in slow:
                one.sendall(b"X: y\r\n")
            time.sleep(0.5)
        assert answered > 0, "health answers while they are all open"
        assert all(map(is_closed, [*idle, *slow]))


def test_a_body_without_a_length_is_cut_off_where_it_gets_too_large(server):
    client = server.client()
    sent = []

    def endless():
        for _ in range(64):
            sent.append(1)
            yield b"x" * 65_536

    try:
        assert client.post("/v1/orders", content=endless()).status_code == 413
    except httpx2.TransportError:
        assert len(sent) < 64, "cut off on the way"
    assert client.get("/health").status_code == 200


def test_too_many_parameters_and_too_large_heads_are_refused(server):
    client = server.client()
    assert client.get("/v1/orders?" + "&".join(f"a{n}=1" for n in range(150))).status_code == 400
    assert client.get("/v1/orders", headers={"x": "y" * (HEAD_BYTES_MAX // 2)}).status_code == 200
    with suppress(httpx2.TransportError):  # hung up on while it was still sending
        assert client.get("/v1/orders", headers={"x": "y" * (32 * HEAD_BYTES_MAX)}).status_code == 431
    assert client.get("/health").status_code == 200


CHUNKED = b"POST /v1/auth/login HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n"


@pytest.mark.parametrize(
    ("begin", "endless"),
    [
        (b"GET /health HTTP/1.1\r\n", b"x: y\r\n" * 10_000),
        (b"GET /health HTTP/1.1\r\nx: ", b"y" * 65_536),
        (b"GET /", b"y" * 65_536),
        (CHUNKED, b"x: y\r\n" * 10_000),
        (CHUNKED + b"x: ", b"y" * 65_536),
    ],
    ids=["lines", "line", "address", "trailers", "trailer"],
)
def test_a_head_without_an_end_is_cut_off_before_it_fills_the_memory(shared_server, begin, endless):
    with ExitStack() as stack:
        one = connected(shared_server, stack, begin)
        sent = 0
        with suppress(BrokenPipeError, ConnectionResetError):
            while sent < ENDLESS_BYTES:
                one.sendall(endless)
                sent += len(endless)
        assert sent < ENDLESS_BYTES, "the server took everything"
    assert httpx2.get(f"{shared_server.url}/health", timeout=30).status_code == 200
