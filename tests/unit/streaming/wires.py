"""Ends of connections that keep what is written to them, and fixtures that make them."""

import asyncio
import json
from types import SimpleNamespace

import pytest
import uvicorn
from uvicorn.server import ServerState
from websockets.frames import Opcode

from openbell.streaming import fast, ways
from openbell.streaming.fan import Fan
from openbell.streaming.protocol import EXTENSION, StreamProtocol
from openbell.streaming.socket import Socket, SocketSetup
from openbell.streaming.ways import Way

SUBSCRIBE = {"type": "subscribe", "channel": "ticks", "instruments": ["BTC/USD"]}


class Wire(asyncio.Transport):
    """A client's end: it keeps each write."""

    def __init__(self):
        super().__init__()
        self.writes = []
        self.is_ended = False

    def write(self, data):
        assert not self.is_ended, "written to after the end"
        self.writes.append(data)

    def is_closing(self):
        return self.is_ended

    def close(self):
        self.is_ended = True

    def pause_reading(self):
        pass

    def ticks(self):
        """Give the numbers of the ticks that came, with that before each."""
        return [(one["seq"], one["prev_seq"]) for one in self.said() if one["type"] == "tick"]

    def said(self):
        reader, said = b"".join(self.writes), []
        while reader:
            assert reader[0] == 0x80 | Opcode.TEXT
            length, start = reader[1], 2
            if length == 126:
                length, start = int.from_bytes(reader[2:4], "big"), 4
            said.append(json.loads(reader[start : start + length]))
            reader = reader[start + length :]
        return said


class WebSocket:
    """A connection as the framework hands it over; its client says nothing by itself."""

    def __init__(self, protocol):
        self.scope = {"extensions": {EXTENSION: protocol}}


@pytest.fixture(params=["transport", "socket"])
def way(request, monkeypatch):
    """Have groups write through transports, or straight to sockets that take everything."""
    if request.param == "socket":
        wires = []

        def way_of(transport):
            wires.append(transport)
            return Way(transport.write, lambda: 0, len(wires) - 1)

        def write(number, frames):
            wires[number].write(frames)
            return len(frames)

        monkeypatch.setattr(fast, "way_of", way_of)
        monkeypatch.setattr(ways, "os", SimpleNamespace(write=write))
    return request.param


@pytest.fixture
async def fan():
    return Fan(interval_s=0)


@pytest.fixture
def connect(fan, hub, now):
    """Give a way to connect: the conversation and the client's end of it."""

    async def welcome():
        return True

    def connected():
        config = uvicorn.Config(lambda: None, ws_per_message_deflate=False)
        protocol = StreamProtocol(config, ServerState(), {}, asyncio.get_running_loop(), fan=fan)
        protocol.connection_made(Wire())
        setup = SocketSetup(hub=hub, now_ns=lambda: now, symbols=lambda name: name, is_welcome=welcome)
        socket = Socket(WebSocket(protocol), caller=None, setup=setup)
        hub.join(socket._listener, from_seq=None, now_ns=now)
        socket._line.fast._begin(socket)
        return socket, protocol

    return connected


async def rounds():
    """Let what waits be written."""
    for _ in range(10):
        await asyncio.sleep(0)
