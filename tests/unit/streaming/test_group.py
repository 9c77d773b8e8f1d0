"""Groups: who listens to the same is written the same, nobody twice, nobody what came before them."""

import asyncio
import json
from types import SimpleNamespace

import pytest
import uvicorn
from uvicorn.server import ServerState
from websockets.frames import Opcode

from openbell.domain.market import BookSnapshot, Trade
from openbell.domain.values import parse
from openbell.streaming import fast, ways
from openbell.streaming.book_fan import CHANGES_MAX
from openbell.streaming.fan import Fan
from openbell.streaming.group import WAITING_MAX, Group
from openbell.streaming.protocol import EXTENSION, StreamProtocol
from openbell.streaming.socket import Socket, SocketSetup
from openbell.streaming.topics import Channel, Topic
from openbell.streaming.ways import Way
from waiting import until

TICKS = Topic(Channel.TICKS, "BTC/USD")
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


@pytest.fixture(params=["transport", "socket"], autouse=True)
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


@pytest.fixture
def tick(hub, now):
    return lambda: hub.market(Trade("BTC/USD", now, parse("1"), parse("1"), 1, "t"))


async def rounds():
    """Let what waits be written."""
    for _ in range(10):
        await asyncio.sleep(0)


async def test_who_listens_to_the_same_gets_the_same_bytes_in_one_write(connect, tick):
    pairs = [connect() for _ in range(3)]
    for socket, _ in pairs:
        await socket.hear(json.dumps(SUBSCRIBE))
    await rounds()
    before = [len(protocol.transport.writes) for _, protocol in pairs]
    tick()
    tick()
    await rounds()
    last = [protocol.transport.writes[-1] for _, protocol in pairs]
    assert last[0] is last[1] is last[2]
    assert [len(protocol.transport.writes) for _, protocol in pairs] == [count + 1 for count in before]
    assert pairs[0][1].transport.ticks() == [(1, 0), (2, 1)]


async def test_who_comes_later_is_told_nothing_from_before(connect, tick):
    early, late = connect(), connect()
    await early[0].hear(json.dumps(SUBSCRIBE))
    await rounds()
    tick()
    await late[0].hear(json.dumps(SUBSCRIBE))
    tick()
    await rounds()
    tick()
    await rounds()
    assert early[1].transport.ticks() == [(1, 0), (2, 1), (3, 2)]
    assert late[1].transport.ticks() == [(2, 1), (3, 2)]
    assert next(one["seq"] for one in late[1].transport.said() if one["type"] == "subscribed") == 1


async def test_who_changes_subscriptions_loses_nothing_and_hears_nothing_twice(connect, tick):
    socket, protocol = connect()
    await socket.hear(json.dumps(SUBSCRIBE))
    await rounds()
    tick()
    await socket.hear(json.dumps(SUBSCRIBE | {"channel": "candles", "parameters": {"timeframe": "1m"}}))
    tick()
    await rounds()
    tick()
    await rounds()
    assert protocol.transport.ticks() == [(1, 0), (2, 1), (3, 2)]


async def test_who_unsubscribes_hears_no_more(connect, tick):
    socket, protocol = connect()
    await socket.hear(json.dumps(SUBSCRIBE))
    await rounds()
    await socket.hear(json.dumps(SUBSCRIBE | {"type": "unsubscribe"}))
    tick()
    await rounds()
    assert protocol.transport.ticks() == []


async def test_who_does_not_read_leaves_and_comes_back_with_the_newest(connect, tick):
    slow, quick = connect(), connect()
    for socket, _ in (slow, quick):
        await socket.hear(json.dumps(SUBSCRIBE))
    await rounds()
    tick()
    slow[1].pause_writing()
    for _ in range(40):
        tick()
        await rounds()
    assert slow[1].transport.ticks() == []
    assert len(quick[1].transport.ticks()) == 41
    slow[1].resume_writing()
    await rounds()
    tick()
    await rounds()
    assert [seq for seq, _ in slow[1].transport.ticks()] == list(range(26, 43))
    assert slow[1].transport.writes[-1] is quick[1].transport.writes[-1]


@pytest.mark.parametrize("end", ["connection_lost", "shutdown"])
async def test_nothing_is_written_to_who_has_gone(connect, tick, end):
    (gone, protocol), (here, other) = connect(), connect()
    for socket in (gone, here):
        await socket.hear(json.dumps(SUBSCRIBE))
    await rounds()
    getattr(protocol, end)(*([None] if end == "connection_lost" else []))
    protocol.transport.is_ended = True
    tick()
    await rounds()
    assert len(other.transport.ticks()) == 1


async def test_who_has_to_go_hears_the_last_of_the_market(connect, tick):
    socket, protocol = connect()
    await socket.hear(json.dumps(SUBSCRIBE))
    await rounds()
    socket._listener.outbox.end(4401, "the credentials no longer hold")
    await rounds()
    tick()
    await rounds()
    assert protocol.transport.ticks() == []


async def test_a_group_nobody_is_in_is_forgotten(connect, hub, tick):
    socket, _ = connect()
    await socket.hear(json.dumps(SUBSCRIBE))
    await rounds()
    hub.leave(socket._listener)
    assert hub._market._sinks["ticks", "BTC/USD"] == {}
    tick()


def test_a_group_that_hangs_keeps_the_newest():
    group = Group(frozenset({TICKS}), owe=lambda _: None)
    group.enter("one", Way(lambda _: None, lambda: 0))
    for number in range(WAITING_MAX + 10):
        group.market(TICKS, b"%d" % number, slot=number)
    waiting = group.leave("one")
    assert (len(waiting), waiting[-1][2]) == (WAITING_MAX, b"%d" % (WAITING_MAX + 9))


def test_who_enters_a_group_in_the_middle_of_a_batch_is_told_what_follows():
    group, early, late = Group(frozenset({TICKS}), owe=lambda _: None, batch_s=60), [], []
    group.enter("early", Way(early.append, lambda: 0))
    group.market(TICKS, b"1", slot=1)
    group.enter("late", Way(late.append, lambda: 0))
    group.market(TICKS, b"2", slot=2)
    group.flush()
    assert len(early) == 2
    assert late == early[1:]


async def test_batches_of_a_group_are_one_message(connect, tick):
    pairs = [connect() for _ in range(2)]
    for socket, _ in pairs:
        await socket.hear(json.dumps(SUBSCRIBE | {"parameters": {"batch_ms": 20}}))
    await rounds()
    tick()
    tick()
    await until(lambda: any(one["type"] == "batch" for one in pairs[1][1].transport.said()))
    for _, protocol in pairs:
        [batch] = [one for one in protocol.transport.said() if one["type"] == "batch"]
        assert [one["seq"] for one in batch["messages"]] == [1, 2]


BOOK = SUBSCRIBE | {"channel": "orderbook", "parameters": {"depth": 5, "delta": True}}


@pytest.fixture
def book(hub, desk, now):
    """Give a way to let the best bid have another size."""

    def changed(size):
        desk.top = BookSnapshot("BTC/USD", now, size, ((parse("1"), parse(str(size))),), ())
        hub.market(desk.top)

    return changed


def books(protocol):
    """Give what came of the book: whole or its changes, and the number it has and that of the one before."""
    said = [one for one in protocol.transport.said() if one["type"].startswith("orderbook")]
    return [(one["type"], one["prev_seq"], one["seq"]) for one in said]


async def test_changes_of_a_book_are_written_once_for_all_who_follow_it(connect, book):
    book(1)
    pairs = [connect() for _ in range(3)]
    for socket, _ in pairs:
        await socket.hear(json.dumps(BOOK))
    await rounds()
    book(2)
    book(3)
    await rounds()
    last = [protocol.transport.writes[-1] for _, protocol in pairs]
    assert last[0] is last[1] is last[2]
    assert books(pairs[0][1]) == [("orderbook", 0, 0), ("orderbook_delta", 0, 1), ("orderbook_delta", 1, 2)]


async def test_a_group_too_many_changes_wait_for_is_told_the_whole_book(connect, book):
    book(1)
    pairs = [connect() for _ in range(2)]
    for socket, _ in pairs:
        await socket.hear(json.dumps(BOOK))
    await rounds()
    for size in range(2, CHANGES_MAX + 3):
        book(size)
    await rounds()
    book(100)
    await rounds()
    whole = CHANGES_MAX + 1
    for _, protocol in pairs:
        assert books(protocol)[1:] == [("orderbook", whole - 1, whole), ("orderbook_delta", whole, whole + 1)]


async def test_who_stops_reading_goes_on_with_the_changes_that_waited(connect, book):
    book(1)
    pairs = [connect() for _ in range(2)]
    for socket, _ in pairs:
        await socket.hear(json.dumps(BOOK))
    await rounds()
    book(2)
    pairs[0][1].pause_writing()
    book(3)
    await rounds()
    assert len(books(pairs[0][1])) == 1
    pairs[0][1].resume_writing()
    await rounds()
    assert books(pairs[0][1]) == books(pairs[1][1])
    assert [seq for *_, seq in books(pairs[0][1])] == [0, 1, 2]
