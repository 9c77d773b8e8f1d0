"""A TCP proxy that breaks connections as networks do, by chance from a seed: after so many bytes each one fails.

The first failure is of the kind whose turn it is by the seed, so that a few seeds have seen them all, and the later
ones are by chance. `reset` ends both sides at once, `torn` lets half of a piece through first, `stalled` passes
nothing for a while and then goes on, `half-open` passes nothing ever again and tells neither side.
"""

import asyncio
import random
import socket
import struct
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

FAULTS = ("reset", "torn", "stalled", "half-open")
STALL_SECONDS = 0.4
PIECE_BYTES = 4_096
LINGER_NOT = struct.pack("ii", 1, 0)


class FaultProxy:
    """Passes connections on to a port of this machine. While `is_calm`, none of them fails."""

    def __init__(self, port: int, *, seed: int, bytes_max: int = 60_000) -> None:
        self._port = port
        self._chance = random.Random(seed)  # noqa: S311 - one seed repeats a failure
        self._first_fault: str | None = FAULTS[seed % len(FAULTS)]
        self._bytes_max = bytes_max
        self.happened: Counter[str] = Counter()
        self.is_calm = False

    async def pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection until it ends or fails."""
        # The first failure comes soon: on a slow machine little may be said before all is calm.
        most = self._bytes_max // 10 if self._first_fault else self._bytes_max
        fault, room = self._first_fault or self._chance.choice(FAULTS), self._chance.randint(1_000, most)
        async with _reset_after(writer):
            up_reader, up_writer = await asyncio.open_connection("127.0.0.1", self._port)
            async with _reset_after(up_writer):
                up = asyncio.create_task(_copy(reader, up_writer))
                try:
                    with suppress(OSError):
                        await self._answers(up_reader, writer, fault, room)
                finally:
                    up.cancel()
                    await asyncio.gather(up, return_exceptions=True)

    async def _answers(self, reader, writer, fault: str, room: int) -> None:
        while piece := await reader.read(PIECE_BYTES):
            room -= len(piece)
            if room > 0 or self.is_calm:
                writer.write(piece)
                await writer.drain()
                continue
            self.happened[fault] += 1
            self._first_fault = None
            if fault == "stalled":
                await asyncio.sleep(STALL_SECONDS)
                writer.write(piece)
                room = self._bytes_max
                continue
            if fault == "torn":
                writer.write(piece[: len(piece) // 2])
                with suppress(TimeoutError):
                    await asyncio.wait_for(writer.drain(), 1)
                await asyncio.sleep(0.01)
            if fault == "half-open":
                await asyncio.sleep(3600)
            return


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while piece := await reader.read(PIECE_BYTES):
            writer.write(piece)
            await writer.drain()


@asynccontextmanager
async def _reset_after(writer: asyncio.StreamWriter) -> AsyncIterator[None]:
    """End a connection with a reset, as a machine that is gone, and wait until it has ended."""
    try:
        yield
    finally:
        raw = writer.get_extra_info("socket")
        if raw is not None:
            with suppress(OSError):
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_NOT)
        writer.transport.abort()
        with suppress(OSError):
            await writer.wait_closed()


@asynccontextmanager
async def fault_proxy(port: int, *, seed: int) -> AsyncIterator[tuple[FaultProxy, int]]:
    """Run a proxy in front of a port and give it with its own port."""
    proxy = FaultProxy(port, seed=seed)
    serving: set[asyncio.Task[None]] = set()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(proxy.pass_on(reader, writer))
        serving.add(task)
        task.add_done_callback(serving.discard)

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    try:
        yield proxy, server.sockets[0].getsockname()[1]
    finally:
        server.close()
        while serving:  # a connection that was let in just before begins to be served now
            for task in serving:
                task.cancel()
            await asyncio.gather(*serving, return_exceptions=True)
