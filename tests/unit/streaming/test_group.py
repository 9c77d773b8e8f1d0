"""Groups: who listens to the same is written the same, nobody twice, nobody what came before them."""

import json

import pytest
from tests.unit.streaming.wires import SUBSCRIBE, rounds

from openbell.domain.market import Trade
from openbell.domain.values import parse
from openbell.streaming.group import WAITING_MAX, Group
from openbell.streaming.topics import Channel, Topic
from openbell.streaming.ways import Way
from waiting import until

TICKS = Topic(Channel.TICKS, "BTC/USD")

pytestmark = pytest.mark.usefixtures("way")


@pytest.fixture
def tick(hub, now):
    return lambda: hub.market(Trade("BTC/USD", now, parse("1"), parse("1"), 1, "t"))


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
