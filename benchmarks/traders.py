"""Orders over WebSocket: each client has an account of its own, and places its next order when the last is answered."""

import asyncio
import time
from collections.abc import Sequence
from functools import partial
from itertools import cycle
from typing import cast

import uvloop
from callers import Answered
from listeners import KEY, OPEN_SECONDS_MAX, frame
from process import Process

ORDERS = [
    frame(
        {"type": "order", "id": 1, "order": {"symbol": "BTC/USD", "side": side, "type": "market", "quantity": 0.0001}}
    )
    for side in ("buy", "sell")
]
ACKNOWLEDGED, REFUSED = b'"type":"order_ack"', b'"type":"error"'
READY = b'"type":"snapshot"'
TAIL = 64
"""Bytes kept from one read to the next: what is looked for may lie across both."""


class Trader(asyncio.Protocol):
    """One client. An error of the server ends it with what was said."""

    def __init__(self, port: int, token: str, answered: list[float]) -> None:
        self._answered = answered
        self._orders = cycle(ORDERS)
        self._tail = b""
        self._asked = self._end = 0.0
        self._transport: asyncio.Transport | None = None
        self._upgrade = (
            f"GET /ws/trading?token={token} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: {KEY}\r\nSec-WebSocket-Version: 13\r\n\r\n"
        ).encode()
        loop = asyncio.get_running_loop()
        self.ready: asyncio.Future[None] = loop.create_future()
        self.done: asyncio.Future[None] = loop.create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the upgrade."""
        self._transport = cast("asyncio.Transport", transport)
        self._transport.write(self._upgrade)

    def trade_until(self, end: float) -> None:
        """Begin to place orders, until an instant."""
        self._end = end
        self._place()

    def data_received(self, data: bytes) -> None:
        """Look for the answer among whatever the account is told."""
        seen = self._tail + data
        if not self.ready.done():
            self._tail = seen
            if READY in seen:
                self._tail = b""
                self.ready.set_result(None)
            elif b" 101 " not in seen[:32]:
                self.ready.set_exception(ConnectionError(seen[:300].decode()))
            return
        self._tail = seen[-TAIL:]
        if REFUSED in seen:
            self._finish(AssertionError(seen[:500].decode(errors="replace")))
        elif ACKNOWLEDGED in seen:
            self._tail = b""
            now = time.perf_counter()
            self._answered.append((now - self._asked) * 1_000)
            if now < self._end:
                self._place()
            else:
                self._finish(None)

    def connection_lost(self, problem: Exception | None) -> None:
        """Note that the server hung up."""
        lost = problem or ConnectionError("the server hung up")
        if not self.ready.done():
            self.ready.set_exception(lost)
        self._finish(lost)

    def _place(self) -> None:
        assert self._transport is not None
        self._asked = time.perf_counter()
        self._transport.write(next(self._orders))

    def _finish(self, problem: Exception | None) -> None:
        if not self.done.done():
            self.done.set_result(None) if problem is None else self.done.set_exception(problem)


async def _trade(process: Process, tokens: Sequence[str], seconds: float) -> Answered:
    loop, answered = asyncio.get_running_loop(), cast("list[float]", [])
    async with asyncio.timeout(OPEN_SECONDS_MAX):
        opened = [
            await loop.create_connection(partial(Trader, process.port, token, answered), "127.0.0.1", process.port)
            for token in tokens
        ]
        await asyncio.gather(*(trader.ready for _, trader in opened))
    begin, cpu = time.perf_counter(), process.cpu_seconds()
    for _, trader in opened:
        trader.trade_until(begin + seconds)
    await asyncio.gather(*(trader.done for _, trader in opened))
    wall, cpu = time.perf_counter() - begin, process.cpu_seconds() - cpu
    for transport, _ in opened:
        transport.abort()
    return Answered(answered, wall, cpu)


def trade(process: Process, tokens: Sequence[str], *, seconds: float) -> Answered:
    """Let a client for each of the credentials place orders for a while."""
    return uvloop.run(_trade(process, tokens, seconds))
