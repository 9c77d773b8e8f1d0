"""Streaming: one tick to 50 WebSocket clients: how many messages arrive, what they cost, and how old they are then."""

import asyncio
import base64
import json
import re
import time
from pathlib import Path

import msgspec
import uvloop
from figures import Figure, Size, figure, main, quantile
from server import Server, beside_the_server, scratch, serving

CLIENTS = 50
CALM, FLOOD = 100, 4_000
"""Ticks a second: what any server should manage, and more than this one can deliver to everybody."""
MESSAGE_MAX = 4_096
SERVER = str(Path(__file__).with_name("stream_server.py"))
NAMED = re.compile(rb'"trade_id":"(\d+)"')
"""Each tick carries the instant it happened at as its name."""


class Delivered(msgspec.Struct, frozen=True):
    """What arrived in a while: messages a second, and what it cost the server.

    Processor microseconds a message, percent of a core, MB held and what of it the clients took; ages in ms.
    """

    a_second: float
    microseconds: float
    percent: float
    resident_mb: float
    clients_mb: float
    ages: list[float]


class Client:
    """One subscriber. It counts what arrives and looks at its age; it does not read the rest."""

    def __init__(self) -> None:
        self.count = 0
        self.ages: list[float] = []

    async def run(self, port: int, token: str) -> None:
        """Subscribe and read until canceled."""
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(_upgrade(port, token))
        head = await reader.readuntil(b"\r\n\r\n")
        assert b" 101 " in head, head
        writer.write(_frame({"type": "subscribe", "channel": "ticks", "instruments": ["BTC/USD"]}))
        rest = b""
        try:
            while received := await reader.read(1 << 18):
                rest = self._take(rest + received)
        finally:
            writer.transport.abort()

    def _take(self, received: bytes) -> bytes:
        """Note the ticks in what has arrived and give the part of the last one that may be missing its end."""
        now, last = time.perf_counter_ns(), 0
        for found in NAMED.finditer(received):
            self.ages.append((now - int(found[1])) / 1e6)
            last = found.end()
        self.count = len(self.ages)
        return received[last:][-MESSAGE_MAX:]


def _upgrade(port: int, token: str) -> bytes:
    key = base64.b64encode(b"sixteen bytes ok").decode()
    return (
        f"GET /ws?token={token} HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\nupgrade: websocket\r\nconnection: upgrade\r\n"
        f"sec-websocket-key: {key}\r\nsec-websocket-version: 13\r\n\r\n"
    ).encode()


def _frame(said: object) -> bytes:
    """Write a text frame; the mask that clients have to use is zero."""
    body = json.dumps(said).encode()
    assert len(body) < 126
    return bytes((0x81, 0x80 | len(body), 0, 0, 0, 0)) + body


async def listened(server: Server, *, seconds: float) -> Delivered:
    """Let the clients listen for a while."""
    token = await asyncio.to_thread(server.token)
    alone_mb = server.resident_mb()
    clients = [Client() for _ in range(CLIENTS)]
    tasks = [asyncio.create_task(client.run(server.port, token)) for client in clients]
    await asyncio.sleep(min(1.0, seconds))
    for client in clients:
        client.ages.clear()
    begin, cpu = time.perf_counter(), server.cpu_seconds()
    await asyncio.sleep(seconds)
    wall, cpu, resident_mb = time.perf_counter() - begin, server.cpu_seconds() - cpu, server.resident_mb()
    for task in tasks:
        task.cancel()
    ended = await asyncio.gather(*tasks, return_exceptions=True)
    assert all(isinstance(one, asyncio.CancelledError) for one in ended), ended
    ages = [age for client in clients for age in client.ages]
    return Delivered(
        a_second=len(ages) / wall,
        microseconds=cpu / len(ages) * 1e6,
        percent=cpu / wall * 100,
        resident_mb=resident_mb,
        clients_mb=max(resident_mb - alone_mb, 0.0),
        ages=ages,
    )


def one_run(folder: Path, *, a_second: int, seconds: float) -> Delivered:
    """Start a server whose market trades at a rate, and listen."""
    data_dir = folder / f"stream-{time.monotonic_ns()}"
    with serving(data_dir, command=[SERVER, "{port}", str(data_dir), str(a_second)]) as server:
        server.until_healthy()
        return uvloop.run(listened(server, seconds=seconds))


def measure(size: Size) -> list[Figure]:
    """Measure everything here."""
    seconds, repeats = size.pick(0.5, 2.0, 5.0), size.pick(1, 1, 3)
    with scratch() as folder, beside_the_server():
        calm = [one_run(folder, a_second=CALM, seconds=seconds) for _ in range(repeats)]
        rates = size.pick((), (FLOOD,), (FLOOD,))
        flood = [one_run(folder, a_second=rate, seconds=seconds) for rate in rates for _ in range(repeats)]
    figures = [
        *_delivery(f"{CALM} ticks/s to {CLIENTS} clients", calm),
        figure("half are no older than", [quantile(run.ages, 0.5) for run in calm], unit="ms"),
        figure("99 % are no older than", [quantile(run.ages, 0.99) for run in calm], unit="ms"),
    ]
    return figures + (_delivery(f"{FLOOD:,} ticks/s to {CLIENTS} clients", flood) if flood else [])


def _delivery(title: str, runs: list[Delivered]) -> list[Figure]:
    arrived = [run.a_second for run in runs]
    return [
        figure(f"{title}: delivered", arrived, unit="messages/s", is_less_better=False),
        figure(f"{title}: processor time", [run.microseconds for run in runs], unit="µs/message", target=6.5),
        figure(f"{title}: processor in use", [run.percent for run in runs], unit="% of a core"),
        figure(f"{title}: memory held", [run.resident_mb for run in runs], unit="MB"),
        figure(f"{title}: more than before they came", [run.clients_mb for run in runs], unit="MB"),
    ]


if __name__ == "__main__":
    main(measure, about=__doc__ or "")
