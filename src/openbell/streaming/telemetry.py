"""The public telemetry stream: readings as frames, to whoever listens, the oldest dropped for whoever is slow."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import msgspec
from starlette.websockets import WebSocket, WebSocketDisconnect

from openbell.domain.instants import instant_text
from openbell.domain.telemetry import Reading
from openbell.domain.values import NANOS_PER_SECOND, Nanos
from openbell.streaming import wire
from openbell.streaming.heart import PULSE_S
from openbell.streaming.line import BAD_CREDENTIALS

WAITING_MAX = 16
"""Frames that wait for a slow client; older ones are dropped, which shows as a gap in `seq`."""
PER_ADDRESS_MAX = 5
TOTAL_MAX = 1_000
MESSAGE_BYTES_MAX = 1_024
MESSAGES_PER_SECOND = 10
MESSAGES_BURST = 50
REFUSALS_MAX = 10
"""Messages that are no ping after which the connection is ended."""
TOO_BIG, REFUSED, TOO_MANY, RESTARTING = 1009, 1008, 4429, 1012
CLOSE_TIMEOUT_S = 1.0


def frame(reading: Reading, *, seq: int) -> bytes:
    """Write a reading. Amounts are numbers, exactly; `realized_volatility` is a fraction a year."""
    latency, volatility = reading.latency_ms, reading.realized_volatility
    return msgspec.json.encode(
        {
            "type": "telemetry",
            "seq": seq,
            "timestamp": instant_text(reading.ts_ns),
            "virtual_pnl": wire.number(reading.virtual_pnl),
            "gross_pnl": wire.number(reading.gross_pnl),
            "fees": wire.number(reading.fees),
            "slippage": wire.number(reading.slippage),
            "gas": wire.number(reading.gas),
            "currency": reading.currency,
            "vol_state": reading.vol_state,
            "realized_volatility": None if volatility is None else round(volatility, 6),
            "latency_ms": None if latency is None else round(latency, 3),
            "inventory": {symbol: wire.number(quantity) for symbol, quantity in reading.inventory.items()},
            "open_orders": reading.open_orders,
            "mode": reading.mode,
            "kill_switch_active": reading.kill_switch_active,
        }
    )


class TelemetryFan:
    """Gives every frame to every listener. Frames are numbered from 1 in the life of a server."""

    def __init__(self) -> None:
        self._listeners: dict[TelemetryListener, None] = {}
        self._by_address: dict[str, int] = {}
        self._latest = b""
        self._seq = 0

    def tell(self, reading: Reading) -> None:
        """Write a reading once and queue it for all."""
        self._seq += 1
        self._latest = frame(reading, seq=self._seq)
        for listener in self._listeners:
            listener.put(self._latest)

    def join(self, address: str) -> "TelemetryListener | None":
        """Add a listener from an address, with the latest frame; None when there are as many as may be."""
        here = self._by_address.get(address, 0)
        if here >= PER_ADDRESS_MAX or len(self._listeners) >= TOTAL_MAX:
            return None
        self._by_address[address] = here + 1
        listener = TelemetryListener(address)
        self._listeners[listener] = None
        if self._latest:
            listener.put(self._latest)
        return listener

    def leave(self, listener: "TelemetryListener") -> None:
        """Remove a listener; harmless when it is gone."""
        if listener in self._listeners:
            del self._listeners[listener]
            self._by_address[listener.address] -= 1
            if not self._by_address[listener.address]:
                del self._by_address[listener.address]

    def close(self) -> None:
        """End all connections because the server stops."""
        for listener in self._listeners:
            listener.end(RESTARTING, "the server restarts")


class TelemetryListener:
    """Frames on their way to one client."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.ending: tuple[int, str] | None = None
        self._frames: deque[bytes] = deque(maxlen=WAITING_MAX)
        self._replies: deque[bytes] = deque(maxlen=WAITING_MAX)
        self._ready = asyncio.Event()

    def put(self, frame_: bytes) -> None:
        """Queue a frame; the oldest that waits gives way."""
        self._frames.append(frame_)
        self._ready.set()

    def reply(self, message: bytes) -> None:
        """Queue an answer to this client alone."""
        self._replies.append(message)
        self._ready.set()

    def end(self, code: int, reason: str) -> None:
        """Have the connection closed."""
        self.ending = self.ending or (code, reason)
        self._ready.set()

    async def take(self) -> list[bytes]:
        """Wait for something to write, and take it all; nothing comes with the end."""
        await self._ready.wait()
        self._ready.clear()
        waiting = [*self._replies, *self._frames]
        self._replies.clear()
        self._frames.clear()
        return waiting


class Inbound:
    """What a client may say: ping, and not too often."""

    def __init__(self, *, now_ns: Nanos) -> None:
        self._allowance = float(MESSAGES_BURST)
        self._counted_ns = now_ns
        self._refusals = 0

    def receive(self, text: str | bytes, *, now_ns: Nanos) -> tuple[bytes, tuple[int, str] | None]:
        """Give the answer to a message, and how the connection is to end, if it is."""
        size = len(text.encode()) if isinstance(text, str) else len(text)
        if size > MESSAGE_BYTES_MAX:
            return b"", (TOO_BIG, f"a message may have {MESSAGE_BYTES_MAX} bytes")
        if not self._allows(now_ns):
            said = wire.error("RATE_LIMITED", f"at most {MESSAGES_PER_SECOND} messages a second", now_ns=now_ns)
            return said, (TOO_MANY, "too many messages")
        asked = _ping(text)
        if asked is not None:
            return wire.pong(now_ns=now_ns, reply_to=asked.get("id")), None
        self._refusals += 1
        said = wire.error("READ_ONLY", "this stream is read-only: only a ping is answered", now_ns=now_ns)
        return said, (REFUSED, "this stream is read-only") if self._refusals >= REFUSALS_MAX else None

    def _allows(self, now_ns: Nanos) -> bool:
        earned = (now_ns - self._counted_ns) / NANOS_PER_SECOND * MESSAGES_PER_SECOND
        self._allowance, self._counted_ns = min(MESSAGES_BURST, self._allowance + earned), now_ns
        self._allowance -= 1
        return self._allowance >= 0


def _ping(text: str | bytes) -> dict[str, Any] | None:
    """Read `ping`, or an object of type ping with an id of text or a number; None for anything else."""
    if text in ("ping", b"ping"):
        return {}
    try:
        said = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return None
    if not isinstance(said, dict) or said.get("type") != "ping":
        return None
    return said if isinstance(said.get("id"), str | int | None) else None


async def converse(
    websocket: WebSocket,
    listener: TelemetryListener,
    *,
    now_ns: Callable[[], Nanos],
    is_welcome: Callable[[], Awaitable[bool]],
) -> None:
    """Write frames to an accepted connection, and answer it, until either side or lost rights end it."""
    tasks = [
        asyncio.create_task(_watch(listener, is_welcome)),
        asyncio.create_task(_write(websocket, listener)),
        asyncio.create_task(_read(websocket, listener, now_ns)),
    ]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in done:
        task.result()
    if listener.ending is not None:
        with suppress(TimeoutError, RuntimeError, WebSocketDisconnect):
            async with asyncio.timeout(CLOSE_TIMEOUT_S):
                await websocket.close(*listener.ending)


async def _write(websocket: WebSocket, listener: TelemetryListener) -> None:
    with suppress(WebSocketDisconnect):
        while True:
            for message in await listener.take():
                await websocket.send_text(message.decode())
            if listener.ending is not None:
                return


async def _watch(listener: TelemetryListener, is_welcome: Callable[[], Awaitable[bool]]) -> None:
    while listener.ending is None:
        await asyncio.sleep(PULSE_S)
        if not await is_welcome():
            listener.end(BAD_CREDENTIALS, "the credentials no longer hold")
    # The writer says the last words, unless the client takes none.
    await asyncio.sleep(CLOSE_TIMEOUT_S)


async def _read(websocket: WebSocket, listener: TelemetryListener, now_ns: Callable[[], Nanos]) -> None:
    inbound = Inbound(now_ns=now_ns())
    with suppress(WebSocketDisconnect):
        while (received := await websocket.receive())["type"] != "websocket.disconnect":
            text = received.get("text")
            answer, ending = inbound.receive(received["bytes"] if text is None else text, now_ns=now_ns())
            if answer:
                listener.reply(answer)
            if ending is not None:
                listener.end(*ending)
                # The writer says the last words, unless the client takes none; what else it sends goes unread.
                await asyncio.sleep(CLOSE_TIMEOUT_S)
                return
