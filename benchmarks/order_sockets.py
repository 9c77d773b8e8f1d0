"""A driver of order entry over WebSockets: some traders, each with an account and a connection of their own."""

import asyncio
import base64
import json
import time
from functools import partial
from typing import cast

from callers import Answered
from server import Server

CLIENT_SECONDS_MAX = 120.0
"""Longest a run may take, whatever the server does."""
ACKNOWLEDGED, REFUSED = b'"type":"order_ack"', b'"type":"error"'
RETRY_SECONDS = 0.05
FRAME_BODY_MAX = 126


class Trader(asyncio.Protocol):
    """One connection. It keeps so many orders unanswered, and notes how long each answer took."""

    def __init__(self, port: int, token: str, *, depth: int, milliseconds: list[float]) -> None:
        self._port = port
        self._token = token
        self._depth = depth
        self._milliseconds = milliseconds
        self._sent: list[float] = []
        self._tail = b""
        self._place = 0
        self._is_counting = False
        self._orders = [_frame(_order(side)) for side in ("buy", "sell")]
        self.priced = asyncio.get_running_loop().create_future()
        self.answered = asyncio.get_running_loop().create_future()
        self.lost: Exception | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Shake hands; the first order goes out as soon as the server speaks."""
        self.transport = cast("asyncio.Transport", transport)
        self.transport.write(_upgrade(self._port, self._token))

    def connection_lost(self, problem: Exception | None) -> None:
        """Remember an end that nobody asked for."""
        self.lost = problem or ConnectionResetError("closed by the server")
        for waited in (self.priced, self.answered):
            if not waited.done():
                waited.set_result(None)

    def data_received(self, data: bytes) -> None:
        """Count answers, and send the next order for each."""
        received = self._tail + data
        self._tail = received[-(len(ACKNOWLEDGED) - 1) :]
        if not self._sent and not self.priced.done():
            self._send(1)
            return
        if not self.priced.done():
            self._seek_price(received)
            return
        self._take(received.count(ACKNOWLEDGED), now=time.perf_counter())
        assert REFUSED not in received, received[:500]

    def begin(self) -> None:
        """Start counting, with as many orders under way as may be."""
        self._is_counting = True
        self._send(self._depth)

    def end(self) -> None:
        """Send no more; `answered` is done once every order has its answer."""
        self._is_counting = False
        self._settle()

    def _settle(self) -> None:
        if not (self._is_counting or self._sent or self.answered.done()):
            self.answered.set_result(None)

    def _seek_price(self, received: bytes) -> None:
        """Try again until the market has its first price; the order that is taken is not counted."""
        if REFUSED in received:
            self._sent.clear()
            self._tail = b""
            asyncio.get_running_loop().call_later(RETRY_SECONDS, self._send, 1)
        elif ACKNOWLEDGED in received:
            self._sent.clear()
            self.priced.set_result(None)

    def _take(self, answers: int, *, now: float) -> None:
        for sent in self._sent[:answers]:
            if self._is_counting:
                self._milliseconds.append((now - sent) * 1_000)
        del self._sent[:answers]
        if self._is_counting and answers:
            self._send(answers)
        elif answers:
            self._settle()

    def _send(self, many: int) -> None:
        frames = []
        for _ in range(many):
            self._place += 1
            frames.append(self._orders[self._place % 2])
        self._sent += [time.perf_counter()] * many
        self.transport.write(b"".join(frames))


def _given(trader: Trader) -> Trader:
    return trader


async def trade(server: Server, tokens: list[str], *, depth: int, seconds: float) -> Answered:
    """Let traders send market orders, buys and sells in turn, each so many at once, for a while."""
    loop, milliseconds = asyncio.get_running_loop(), list[float]()
    async with asyncio.timeout(CLIENT_SECONDS_MAX):
        traders = []
        for token in tokens:
            trader = Trader(server.port, token, depth=depth, milliseconds=milliseconds)
            await loop.create_connection(partial(_given, trader), "127.0.0.1", server.port)
            traders.append(trader)
        await asyncio.gather(*(trader.priced for trader in traders))
        begin, cpu = time.perf_counter(), server.cpu_seconds()
        for trader in traders:
            trader.begin()
        await asyncio.sleep(seconds)
        wall, cpu = time.perf_counter() - begin, server.cpu_seconds() - cpu
        for trader in traders:
            trader.end()
        await asyncio.gather(*(trader.answered for trader in traders))
    lost = [trader.lost for trader in traders if trader.lost]
    for trader in traders:
        trader.transport.abort()
    assert not lost, lost
    return Answered(milliseconds, wall, cpu)


def _upgrade(port: int, token: str) -> bytes:
    key = base64.b64encode(b"sixteen bytes ok").decode()
    return (
        f"GET /ws/trading?token={token} HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\nupgrade: websocket\r\n"
        f"connection: upgrade\r\nsec-websocket-key: {key}\r\nsec-websocket-version: 13\r\n\r\n"
    ).encode()


def _order(side: str) -> object:
    return {"type": "order", "symbol": "BTC/USD", "side": side, "order_type": "market", "quantity": 0.0001}


def _frame(said: object) -> bytes:
    """Write a text frame; the mask that clients have to use is zero."""
    body = json.dumps(said, separators=(",", ":")).encode()
    assert len(body) < FRAME_BODY_MAX
    return bytes((0x81, 0x80 | len(body), 0, 0, 0, 0)) + body
