"""C18: an order book is told whole, or by its changes to whoever asks for those, over a real connection."""

import asyncio
import json
import zlib
from itertools import count

import pytest
from websockets.asyncio.client import connect

from openbell.domain.market import BookSnapshot
from openbell.domain.values import parse
from openbell.streaming.book_fan import CHANGES_MAX
from platform_floor import open_floor, served

SEQUENCE = count(1)

pytestmark = [pytest.mark.line("C18"), pytest.mark.usefixtures("both_ways")]


class Told:
    """A client's own copy of a book, kept from a snapshot and changes as the documents say; prices as written."""

    def __init__(self, snapshot):
        self.data, self.seq = snapshot["data"], snapshot["seq"]
        self.sides = {side: {one["price"]: one["quantity"] for one in self.data[side]} for side in ("bids", "asks")}

    def follow(self, message):
        assert message["prev_seq"] == self.seq, "a change is missing"
        self.data, self.seq = message["data"], message["seq"]
        for side, levels in self.sides.items():
            levels |= {one["price"]: one["quantity"] for one in self.data[side]}
            self.sides[side] = {price: size for price, size in levels.items() if size != "0"}

    def checksum(self):
        bids = sorted(self.sides["bids"].items(), key=lambda level: -float(level[0]))
        asks = sorted(self.sides["asks"].items(), key=lambda level: float(level[0]))
        return zlib.crc32(":".join(f"{price}:{size}" for price, size in [*bids, *asks]).encode())


@pytest.fixture
async def floor(tmp_path):
    async with open_floor(tmp_path) as floor:
        yield floor


@pytest.fixture
async def address(floor):
    async with served(floor) as address:
        yield f"{address}?token={await floor.token('ada')}"


def book(floor, bids, asks):
    levels = [tuple((parse(price), parse(size)) for price, size in side) for side in (bids, asks)]
    floor.system.engine.observe(BookSnapshot("AAPL", floor.system.engine.now_ns(), next(SEQUENCE), *levels))


async def hear(socket, *kinds):
    while True:
        message = json.loads(await asyncio.wait_for(socket.recv(), 30), parse_float=str, parse_int=str)
        if message["type"] in kinds:
            return message


async def subscribe(socket, **parameters):
    said = {"type": "subscribe", "channel": "orderbook", "instruments": ["AAPL"], "parameters": parameters}
    await socket.send(json.dumps(said))
    await hear(socket, "subscribed")
    return await hear(socket, "orderbook")


async def test_changes_and_their_checksums_lead_from_the_snapshot_to_the_book(floor, address):
    book(floor, [("99.98", "5"), ("99.9", "7")], [("100.01", "2"), ("100.5", "4")])
    async with connect(address) as socket:
        first = await subscribe(socket, depth=2, delta=True)
        told = Told(first)
        assert first["data"]["is_snapshot"] is True and told.checksum() == int(first["data"]["checksum"])
        book(floor, [("99.98", "6.25"), ("99.9", "7")], [("100.01", "2"), ("100.5", "4")])
        book(floor, [("99.98", "6.25"), ("99.95", "1")], [("100.5", "4"), ("101", "0.5")])
        changes = [await hear(socket, "orderbook_delta") for _ in range(2)]
        for change in changes:
            told.follow(change)
            assert told.checksum() == int(change["data"]["checksum"])
    assert changes[0]["data"]["bids"] == [{"price": "99.98", "quantity": "6.25"}] and changes[0]["data"]["asks"] == []
    assert {one["price"] for one in changes[1]["data"]["asks"] if one["quantity"] == "0"} == {"100.01"}
    assert told.sides == {"bids": {"99.98": "6.25", "99.95": "1"}, "asks": {"100.5": "4", "101": "0.5"}}


async def test_without_the_wish_every_event_is_the_whole_book(floor, address):
    book(floor, [("99.98", "5")], [("100.01", "2")])
    async with connect(address) as socket:
        assert "checksum" not in (await subscribe(socket, depth=2))["data"]
        book(floor, [("99.98", "6")], [("100.01", "2")])
        data = (await hear(socket, "orderbook", "orderbook_delta"))["data"]
    assert data["bids"] == [{"price": "99.98", "quantity": "6"}] and data["asks"] == [
        {"price": "100.01", "quantity": "2"}
    ]


async def test_whoever_falls_behind_gets_the_whole_book_and_goes_on_from_there(floor, address):
    book(floor, [("99.98", "5")], [("100.01", "2")])
    async with connect(address) as socket:
        told = Told(await subscribe(socket, delta=True))
        for size in range(1, CHANGES_MAX + 3):  # within one turn of the loop: nothing is written in between
            book(floor, [("99.98", f"{size}.5")], [("100.01", "2")])
        whole = await hear(socket, "orderbook", "orderbook_delta")
        assert whole["type"] == "orderbook" and whole["data"]["is_snapshot"] is True
        told = Told(whole)
        while told.sides["bids"] != {"99.98": f"{CHANGES_MAX + 2}.5"}:
            told.follow(await hear(socket, "orderbook_delta"))
        assert told.checksum() == int(told.data["checksum"])


@pytest.mark.parametrize(("channel", "delta"), [("orderbook", "yes"), ("orderbook", 1), ("ticks", True)])
async def test_a_wish_for_changes_that_makes_no_sense_is_refused(address, channel, delta):
    said = {"type": "subscribe", "channel": channel, "instruments": ["AAPL"], "parameters": {"delta": delta}}
    async with connect(address) as socket:
        await socket.send(json.dumps(said))
        assert (await hear(socket, "error"))["error"]["code"] == "INVALID_SUBSCRIPTION"
