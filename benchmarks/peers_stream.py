"""Other stream servers, each where it is installed, and the limit in C where there is a compiler."""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import msgspec
from listeners import Crowd
from process import Process, free_port, started
from surroundings import PEERS, PYTHON, compiled, has_module, program

NATS_HELLO = b'CONNECT {"verbose":false,"pedantic":false}\r\nSUB ticks 1\r\n'
NATS_TICK = (
    '{{"type":"tick","channel":"ticks","symbol":"BTC/USD","price":"50000.10",'
    '"quantity":"1.00000000","trade_id":"{}"{}}}'
)
TICK_BYTES = 154
C_BATCHES_MS = 2

Ports = tuple[int, int]
"""Where it is to listen, and a second port for what it may need beside."""
Words = Callable[[Path, Ports], list[str] | None]
"""Gives the command that serves, for which a folder may be used; None where it is not installed."""


class Stream(msgspec.Struct, frozen=True):
    """A peer."""

    name: str
    words: Words
    is_nats: bool = False


def _python(module: str, script: str, _folder: Path, ports: Ports) -> list[str] | None:
    return [str(PYTHON), str(PEERS / script), str(ports[0])] if has_module(module) else None


def _node(_folder: Path, ports: Ports) -> list[str] | None:
    node = program("node")
    return (
        [node, str(PEERS / "stream_ws.mjs"), str(ports[0])]
        if node and (PEERS / "node_modules" / "ws").exists()
        else None
    )


def _limit(batch_ms: int, folder: Path, ports: Ports) -> list[str] | None:
    made = compiled("stream_limit.c", folder)
    return None if made is None else [str(made), str(ports[0]), str(batch_ms)]


def _nats(folder: Path, ports: Ports) -> list[str] | None:
    server = program("nats-server")
    settings = folder / "nats.conf"
    settings.write_text(
        f'listen: "127.0.0.1:{ports[1]}"\n'
        f'websocket {{ listen: "127.0.0.1:{ports[0]}", no_tls: true, compression: false }}\n'
    )
    return None if server is None else [server, "-c", str(settings)]


C = Stream("C, epoll, framed once, a write for each message", partial(_limit, 0))
C_BATCHED = Stream(f"C, the same, joined for {C_BATCHES_MS} ms", partial(_limit, C_BATCHES_MS))
PEER_STREAMS = (
    Stream("FastAPI on uvicorn, a loop of sends", partial(_python, "fastapi", "stream_fastapi.py")),
    Stream("websockets, its broadcast", partial(_python, "websockets", "stream_websockets.py")),
    Stream("aiohttp", partial(_python, "aiohttp", "stream_aiohttp.py")),
    Stream("picows", partial(_python, "picows", "stream_picows.py")),
    Stream("Node ws", _node),
    Stream("nats-server", _nats, is_nats=True),
)


class Serving:
    """A peer that runs: its process, its crowd, and how it is told how many ticks a second there are."""

    def __init__(self, process: Process, crowd: Crowd, say: Callable[[float], None]) -> None:
        self.process, self.crowd, self.say = process, crowd, say


@asynccontextmanager
async def streaming(stream: Stream, folder: Path) -> AsyncIterator[Serving | None]:
    """Start a peer; None where it is not installed."""
    port, beside = free_port(), free_port()
    words = stream.words(folder, (port, beside))
    if words is None:
        yield None
        return
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | {"GOMAXPROCS": "1"}
    with started(words, port=port, environ=environ) as process:
        await asyncio.to_thread(process.until_open)
        if not stream.is_nats:
            yield Serving(process, Crowd(port), lambda rate: process.say(f"{rate:g}"))
            return
        crowd = Crowd(port, path="/", greeting=_binary(NATS_HELLO), mark=b"MSG ")
        rate = [0.0]
        publishing = asyncio.create_task(_publish(beside, rate))
        try:
            yield Serving(process, crowd, lambda wanted: rate.__setitem__(0, wanted))
        finally:
            publishing.cancel()
            await asyncio.gather(publishing, return_exceptions=True)


async def _publish(port: int, rate: list[float]) -> None:
    """Publish ticks for ever, as often as is asked for; what cannot be told in time is left out."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b'CONNECT {"verbose":false,"pedantic":false}\r\n')
    hearing = asyncio.create_task(_answer_pings(reader, writer))
    last, due = time.perf_counter(), 0.0
    try:
        while True:
            now, a_second = time.perf_counter(), rate[0]
            due = min(due + (now - last) * a_second, max(1.0, a_second * 0.01))
            last = now
            while due >= 1:
                due -= 1
                writer.write(b"PUB ticks %d\r\n%s\r\n" % (TICK_BYTES, _tick()))
            await writer.drain()
            await asyncio.sleep(min(max((1 - due) / a_second, 0.001), 0.05) if a_second else 0.05)
    finally:
        hearing.cancel()
        writer.close()


async def _answer_pings(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while line := await reader.readline():
        if line.startswith(b"PING"):
            writer.write(b"PONG\r\n")


def _tick() -> bytes:
    name = str(time.perf_counter_ns())
    return NATS_TICK.format(name, " " * (TICK_BYTES - len(NATS_TICK.format(name, "")))).encode()


def _binary(body: bytes) -> bytes:
    """Write a binary frame as a client does, its mask zero."""
    return bytes((0x82, 0x80 | len(body), 0, 0, 0, 0)) + body
