"""picows: its transports in a set, each sent to in turn."""

import sys

import picows
import ticks
import uvloop

transports: set[picows.WSTransport] = set()


class Client(picows.WSListener):
    def on_ws_connected(self, transport: picows.WSTransport) -> None:
        transports.add(transport)

    def on_ws_disconnected(self, transport: picows.WSTransport) -> None:
        transports.discard(transport)


async def tell(tick: str) -> None:
    body = tick.encode()
    for one in transports:
        one.send(picows.WSMsgType.TEXT, body)


async def main() -> None:
    server = await picows.ws_create_server(lambda _request: Client(), "127.0.0.1", int(sys.argv[1]))
    async with server:
        await ticks.run(tell)


uvloop.run(main())
