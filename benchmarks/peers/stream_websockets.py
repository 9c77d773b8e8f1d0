"""The `websockets` library and its own broadcast, without compression."""

import sys

import ticks
import uvloop
from websockets.asyncio.server import ServerConnection, broadcast, serve

sockets: set[ServerConnection] = set()


async def stream(connection: ServerConnection) -> None:
    sockets.add(connection)
    try:
        await connection.wait_closed()
    finally:
        sockets.discard(connection)


async def tell(tick: str) -> None:
    broadcast(sockets, tick)


async def main() -> None:
    async with serve(stream, "127.0.0.1", int(sys.argv[1]), compression=None, ping_interval=None):
        await ticks.run(tell)


uvloop.run(main())
