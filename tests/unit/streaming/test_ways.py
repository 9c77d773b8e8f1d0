"""The two ways to a connection: whatever the kernel takes, the bytes arrive once, all of them and in their order."""

import asyncio
import contextlib
import random
import socket

import pytest
import uvloop

from openbell.streaming.ways import NO_SOCKET, way_of, write_all

BUFFER_BYTES = 1 << 14


class Served(asyncio.Protocol):
    """The server's end of a connection."""

    def __init__(self):
        self.transport = None
        self.made = asyncio.get_running_loop().create_future()
        self.lost = asyncio.get_running_loop().create_future()

    def connection_made(self, transport):
        self.transport = transport
        self.made.set_result(None)

    def connection_lost(self, problem):
        self.lost.set_result(problem)


@contextlib.asynccontextmanager
async def connected():
    """Give both ends of a connection; the client reads only when it is asked to, into a small buffer."""
    loop = asyncio.get_running_loop()
    served = Served()
    server = await loop.create_server(lambda: served, "127.0.0.1", 0)
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_BYTES)
    client.settimeout(0)
    await loop.sock_connect(client, server.sockets[0].getsockname())
    await served.made
    served.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER_BYTES)
    yield served, client
    client.close()
    served.transport.abort()
    await served.lost
    server.close()


async def read(client, length):
    received = b""
    async with asyncio.timeout(30):
        while len(received) < length:
            received += await asyncio.get_running_loop().sock_recv(client, 1 << 16)
    return received


@pytest.mark.parametrize("seed", range(5))
def test_both_ways_together_lose_nothing_and_keep_the_order(seed):
    async def talk():
        chance, said = random.Random(seed), b""  # noqa: S311 - the same draws each time
        async with connected() as (served, client):
            way = way_of(served.transport)
            assert way.socket != NO_SOCKET
            for number in range(500):
                frames = f"{number},".encode() * chance.randrange(1, 200)
                said += frames
                if chance.random() < 0.2:
                    served.transport.write(frames)
                else:
                    write_all([way], frames)
                if chance.random() < 0.1:
                    await asyncio.sleep(0)
            assert served.transport.get_write_buffer_size(), "the kernel took all of it: nothing was to be seen"
            assert await read(client, len(said)) == said

    uvloop.run(talk())


def test_who_has_hung_up_does_no_harm_to_the_others():
    async def talk():
        async with connected() as (gone, first), connected() as (stays, second):
            ways = [way_of(gone.transport), way_of(stays.transport)]
            first.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            first.close()
            for _ in range(10):
                write_all(ways, b"tick")
            assert await read(second, 40) == b"tick" * 10
            async with asyncio.timeout(30):
                await asyncio.shield(gone.lost)

    uvloop.run(talk())


async def test_only_a_transport_that_is_known_is_written_past():
    async with connected() as (served, client):
        way = way_of(served.transport)
        assert way.socket == NO_SOCKET
        write_all([way], b"tick")
        assert await read(client, 4) == b"tick"
