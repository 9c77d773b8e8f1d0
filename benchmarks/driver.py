"""A bounded HTTP driver: some clients on kept connections, each sending its next order when the last is answered."""

import asyncio
import time

import msgspec

CLIENT_SECONDS_MAX = 120.0
"""Longest a run may take, whatever the server does."""
ORDER = '{{"symbol":"BTC/USD","side":"{side}","quantity":"0.0001","order_type":"MARKET"}}'
UNREADY = (b" 409 ",)
"""Before the first price of the simulated market the gate denies orders."""


class Answers(msgspec.Struct, frozen=True):
    """What a run of some clients gave: how long each answer took, and wall and processor time of all."""

    milliseconds: list[float]
    wall_seconds: float
    cpu_seconds: float


async def post_orders(port: int, token: str, *, clients: int, seconds: float) -> Answers:
    """Post market orders, buys and sells in turn, from so many clients for a while. Every answer has to be 201."""
    await _until_priced(port, token)
    milliseconds: list[float] = []
    begin = time.perf_counter()
    async with asyncio.timeout(CLIENT_SECONDS_MAX):
        await asyncio.gather(*(_client(port, token, begin + seconds, milliseconds) for _ in range(clients)))
    return Answers(milliseconds, time.perf_counter() - begin, 0.0)


async def _client(port: int, token: str, end: float, milliseconds: list[float]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    requests = [_request(token, side) for side in ("BUY", "SELL")]
    place = 0
    while (begin := time.perf_counter()) < end:
        head = await _answer(reader, writer, requests[place % 2])
        assert b" 201 " in head, head
        milliseconds.append((time.perf_counter() - begin) * 1_000)
        place += 1
    writer.close()
    await writer.wait_closed()


async def _until_priced(port: int, token: str) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    async with asyncio.timeout(CLIENT_SECONDS_MAX):
        while b" 201 " not in (head := await _answer(reader, writer, _request(token, "BUY"))):
            assert any(status in head for status in UNREADY), head
            await asyncio.sleep(0.05)
    writer.close()
    await writer.wait_closed()


def _request(token: str, side: str) -> bytes:
    body = ORDER.format(side=side)
    head = (
        "POST /v1/orders HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n"
        f"authorization: Bearer {token}\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    return (head + body).encode()


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> bytes:
    """Send a request, read the whole answer and give its status line."""
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    length = head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0]
    await reader.readexactly(int(length))
    return head.split(b"\r\n", 1)[0]
