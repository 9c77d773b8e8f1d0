"""The way out past the framework: what it leans on, and what happens to a client that does not read."""

import asyncio
import json

import pytest
import uvicorn
from uvicorn.server import ServerState
from websockets.asyncio.client import connect

from openbell.streaming.fan import Fan
from openbell.streaming.frames import framed
from openbell.streaming.line import Line
from openbell.streaming.outbox import TOO_SLOW
from openbell.streaming.protocol import EXTENSION, READ_MAX, StreamProtocol, stream_protocol
from openbell.streaming.topics import Channel, Topic

TICKS = Topic(Channel.TICKS, "AAPL")
ROUND_S = 0.01


class Wire(asyncio.Transport):
    """A client's end: it keeps what is written to it."""

    def __init__(self):
        super().__init__()
        self.written = b""

    def write(self, data):
        self.written += data

    def is_closing(self):
        return False


class Socket:
    """A connection as the framework hands it over, as far as a line looks at it before it runs."""

    def __init__(self, protocol):
        self.scope = {"extensions": {EXTENSION: protocol}}


@pytest.fixture
async def protocol():
    config = uvicorn.Config(lambda: None, ws_per_message_deflate=False)
    protocol = StreamProtocol(config, ServerState(), {}, asyncio.get_running_loop(), fan=Fan(interval_s=0))
    protocol.connection_made(Wire())
    return protocol


@pytest.fixture
async def outbox(protocol):
    line = Line(Socket(protocol))
    protocol.on_writable = line.outbox._wake
    return line.outbox


async def test_what_waits_leaves_in_one_write_private_messages_first(protocol, outbox):
    outbox.market(TICKS, b"tick")
    outbox.private(b"fill")
    await asyncio.sleep(ROUND_S)
    assert protocol.transport.written == framed(b"fill") + framed(b"tick")


async def test_a_client_that_does_not_read_gets_the_newest_when_it_reads_again(protocol, outbox):
    protocol.pause_writing()
    for price in range(1_000):
        outbox.market(TICKS, f"{price}".encode())
    await asyncio.sleep(ROUND_S)
    assert protocol.transport.written == b""
    protocol.resume_writing()
    await asyncio.sleep(ROUND_S)
    assert protocol.transport.written == framed(b"999")


async def test_private_messages_of_a_client_that_does_not_read_have_a_bound(protocol, outbox):
    protocol.pause_writing()
    outbox.private(b"first")
    await asyncio.sleep(ROUND_S)
    for number in range(1_000):
        outbox.private(str(number).encode())
    assert (outbox.ending.code, outbox.waiting) == (TOO_SLOW, 0)
    protocol.resume_writing()
    await asyncio.sleep(ROUND_S)
    assert protocol.transport.written == b""


async def test_more_at_once_than_may_wait_reaches_a_client_that_reads(protocol, outbox):
    for number in range(3_000):
        outbox.private(str(number).encode())
    await asyncio.sleep(ROUND_S)
    assert protocol.transport.written == b"".join(framed(str(number).encode()) for number in range(3_000))


async def test_nothing_is_written_after_the_end_of_a_connection(protocol, outbox):
    protocol.close_sent = True
    outbox.private(b"too late")
    await asyncio.sleep(ROUND_S)
    assert protocol.transport.written == b""


async def test_frames_reach_a_client_through_a_served_application():
    async def app(scope, receive, send):
        await receive()
        await send({"type": "websocket.accept"})
        scope["extensions"][EXTENSION].write(framed(b'{"a":1}') + framed(b'{"b":2}'))
        heard = [(await receive())["text"] for _ in range(READ_MAX * 3)]
        await send({"type": "websocket.send", "text": json.dumps(heard)})
        await receive()

    config = uvicorn.Config(app, port=0, ws=stream_protocol(), lifespan="off", log_level="critical")
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - the server has no event to wait for
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    said = [str(number) for number in range(READ_MAX * 3)]
    async with asyncio.timeout(30), connect(f"ws://127.0.0.1:{port}/", compression=None) as socket:
        assert [await socket.recv(), await socket.recv()] == ['{"a":1}', '{"b":2}']
        await asyncio.gather(*(socket.send(one) for one in said))
        assert json.loads(await socket.recv()) == said
    server.should_exit = True
    await serving
