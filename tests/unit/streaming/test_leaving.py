"""What is left of a connection that has gone: nothing that would have to wait for the garbage collector."""

import asyncio
import contextlib
import gc
import json
import weakref

import pytest
import uvicorn
from starlette.websockets import WebSocket
from websockets.asyncio.client import connect

from openbell.streaming.protocol import EXTENSION, stream_protocol
from openbell.streaming.socket import Socket, SocketSetup

SUBSCRIBE = {"type": "subscribe", "channel": "ticks", "instruments": ["BTC/USD"]}


@contextlib.asynccontextmanager
async def served(app):
    """Serve an application as the product does, and give its port."""
    config = uvicorn.Config(app, port=0, ws=stream_protocol(), lifespan="off", log_level="critical")
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - the server has no event to wait for
        await asyncio.sleep(0.01)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    await serving


@pytest.fixture
def without_collector():
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.parametrize("is_fast", [True, False])
@pytest.mark.parametrize("is_polite", [True, False])
async def test_nothing_of_a_connection_outlives_it(hub, now, without_collector, is_fast, is_polite):
    held = []

    async def welcome():
        return True

    async def app(scope, receive, send):
        held.append(weakref.ref(scope["extensions"][EXTENSION]))
        if not is_fast:
            del scope["extensions"][EXTENSION]
        websocket = WebSocket(scope, receive, send)
        await websocket.accept()
        setup = SocketSetup(hub=hub, now_ns=lambda: now, symbols=lambda name: name, is_welcome=welcome)
        socket = Socket(websocket, caller=None, setup=setup)
        held.extend(map(weakref.ref, (socket._line, socket._line.outbox)))
        await socket.run(from_seq=None)

    async with asyncio.timeout(30), served(app) as port:
        client = await connect(f"ws://127.0.0.1:{port}/", compression=None)
        await client.recv()
        await client.send(json.dumps(SUBSCRIBE))
        await client.recv()
        if is_polite:
            await client.close()
        else:
            client.transport.abort()
        while any(one() is not None for one in held):  # noqa: ASYNC110 - nothing tells that an object has gone
            await asyncio.sleep(0.01)
    assert len(held) == 3
