"""aiohttp: a set of sockets, and a loop that sends to one after the other, without compression."""

import asyncio
import sys
from contextlib import suppress

import ticks
import uvloop
from aiohttp import web

sockets: set[web.WebSocketResponse] = set()


async def stream(request: web.Request) -> web.WebSocketResponse:
    socket = web.WebSocketResponse(compress=False)
    await socket.prepare(request)
    sockets.add(socket)
    try:
        async for _message in socket:
            pass
    finally:
        sockets.discard(socket)
    return socket


async def tell(tick: str) -> None:
    for one in list(sockets):
        with suppress(ConnectionError):
            await one.send_str(tick)


async def main() -> None:
    app = web.Application()
    app.router.add_get("/ws", stream)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", int(sys.argv[1])).start()
    await asyncio.gather(ticks.run(tell))


uvloop.run(main())
