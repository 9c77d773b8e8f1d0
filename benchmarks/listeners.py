"""Many WebSocket clients in one process, which do next to nothing with what they hear: count it, and see how old it is.

They are written for the loop's own buffer protocol, since a client that cost as much as the server would be what is
measured. A client's greeting and the mark by which messages are counted differ from server to server.
"""

import asyncio
import base64
import json
import re
import socket
import time
from collections.abc import Sequence
from itertools import cycle
from typing import cast

import msgspec
from figures import quantile
from process import Process

NAMED = re.compile(rb'"trade_id":"(\d+)"')
"""Each tick carries the instant it happened at as its name."""
BUFFER_BYTES = 1 << 20
AT_ONCE = 64
"""Handshakes under way at the same time."""
OPEN_SECONDS_MAX = 60.0
"""Time for a crowd to come in: one that takes longer is given up, and said to be."""
KEY = base64.b64encode(b"sixteen bytes ok").decode()


class Delivered(msgspec.Struct, frozen=True):
    """What arrived in a while: messages a second, what one cost the server, how busy that was, and ages in ms."""

    a_second: float
    microseconds: float
    percent: float
    ages: list[float]

    def age(self, part: float) -> float:
        """Give the age that this part of the messages did not exceed."""
        return quantile(self.ages, part) if self.ages else 0.0


class Listener(asyncio.BufferedProtocol):
    """One client."""

    def __init__(self, crowd: "Crowd") -> None:
        self._crowd = crowd
        self._head = b""
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.first: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.count = 0
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the upgrade."""
        self.transport = cast("asyncio.Transport", transport)
        self.transport.write(self._crowd.upgrade())

    def get_buffer(self, _sizehint: int) -> bytearray:
        """Give the buffer that all share: what is in it has been looked at before the next one needs it."""
        return self._crowd.buffer

    def buffer_updated(self, length: int) -> None:
        """Count what came."""
        crowd = self._crowd
        if not self.opened.done():
            self._shake_hands(bytes(crowd.buffer[:length]))
            return
        found = crowd.buffer.count(crowd.mark, 0, length)
        if not found:
            return
        crowd.count += found
        crowd.bytes += length
        self.count += found
        if not self.first.done():
            self.first.set_result(None)
        if crowd.looks_at_ages:
            now = time.perf_counter_ns()
            for named in NAMED.finditer(crowd.buffer, 0, length):
                crowd.ages.append((now - int(named[1])) / 1e6)

    def connection_lost(self, problem: Exception | None) -> None:
        """Note that it is over."""
        self._crowd.listeners.pop(self, None)
        for future in (self.opened, self.first):
            if not future.done():
                future.set_exception(problem or ConnectionError("the server hung up"))
                future.exception()

    def _shake_hands(self, received: bytes) -> None:
        self._head += received
        if b"\r\n\r\n" not in self._head or self.transport is None:
            return
        if b" 101 " not in self._head:
            self.opened.set_exception(ConnectionError(self._head[:200].decode()))
            return
        if self._crowd.greeting:
            self.transport.write(self._crowd.greeting)
        self.opened.set_result(None)


class Crowd:
    """So many clients of one server. `tokens` are taken in turn; '' asks for the path as it stands."""

    def __init__(
        self,
        port: int,
        *,
        path: str = "/ws",
        tokens: Sequence[str] = ("",),
        greeting: bytes = b"",
        mark: bytes = b"\x81",
    ) -> None:
        self.port, self.path, self.greeting, self.mark = port, path, greeting, mark
        self._tokens = cycle(tokens)
        self.buffer = bytearray(BUFFER_BYTES)
        self.listeners: dict[Listener, None] = {}
        self.count = 0
        self.bytes = 0
        self.ages: list[float] = []
        self.looks_at_ages = False

    def upgrade(self) -> bytes:
        """Write the next client's request."""
        token = next(self._tokens)
        target = f"{self.path}?token={token}" if token else self.path
        return (
            f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {KEY}\r\nSec-WebSocket-Version: 13\r\n\r\n"
        ).encode()

    async def come(self, many: int, *, at_once: int = AT_ONCE, receive_bytes: int = 0) -> list[Listener]:
        """Let so many clients connect; give them once all are let in. `receive_bytes` makes their buffers small.

        Raises TimeoutError when that takes too long.
        """
        gate, came = asyncio.Semaphore(at_once), []

        async def one() -> None:
            async with gate:
                _transport, listener = await asyncio.get_running_loop().create_connection(
                    lambda: Listener(self), sock=await self._connected(receive_bytes)
                )
                await listener.opened
            self.listeners[listener] = None
            came.append(listener)

        async with asyncio.timeout(OPEN_SECONDS_MAX):
            await asyncio.gather(*(one() for _ in range(many)))
        return came

    async def go(self) -> None:
        """Let all of them hang up."""
        for listener in list(self.listeners):
            if listener.transport is not None:
                listener.transport.abort()
        await asyncio.sleep(0.1)
        self.listeners.clear()

    async def heard(self, process: Process, *, seconds: float, with_ages: bool = True) -> Delivered:
        """Listen for a while."""
        self.ages, self.looks_at_ages = [], with_ages
        begin, cpu, count = time.perf_counter(), process.cpu_seconds(), self.count
        await asyncio.sleep(seconds)
        wall, cpu, count = time.perf_counter() - begin, process.cpu_seconds() - cpu, self.count - count
        self.looks_at_ages = False
        return Delivered(count / wall, cpu / max(count, 1) * 1e6, cpu / wall * 100, self.ages)

    async def _connected(self, receive_bytes: int) -> socket.socket:
        made = socket.socket()
        made.settimeout(0)
        if receive_bytes:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        try:
            await asyncio.get_running_loop().sock_connect(made, ("127.0.0.1", self.port))
        except OSError:
            made.close()
            raise
        return made


def frame(said: object) -> bytes:
    """Write a text frame as a client does; the mask that clients have to use is zero."""
    body = json.dumps(said).encode()
    size = bytes((0x80 | len(body),)) if len(body) < 126 else bytes((0xFE,)) + len(body).to_bytes(2, "big")
    return b"\x81" + size + bytes(4) + body


SUBSCRIBE = frame({"type": "subscribe", "channel": "ticks", "instruments": ["BTC/USD"]})
