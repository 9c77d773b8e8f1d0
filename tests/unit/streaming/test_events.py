"""Events over HTTP: what is written of a message, heartbeats, and how a stream ends."""

import asyncio
from contextlib import contextmanager

import pytest

from openbell.domain.access import Principal, Role
from openbell.streaming.events import EventSetup, EventStream, event
from openbell.streaming.session import SessionLimits
from waiting import until

ADA = Principal(user_id="u1", username="ada", role=Role.TRADER, account_id="a1", scopes=frozenset())


class Client:
    """The other end: takes what is sent, and goes when told to."""

    def __init__(self):
        self.text = ""
        self.status = 0
        self.has_ended = False
        self.left = asyncio.Event()

    async def receive(self):
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def send(self, message):
        self.status = message.get("status", self.status)
        self.text += message.get("body", b"").decode()
        self.has_ended = message.get("more_body") is False


@pytest.fixture
def clock(now):
    return [now]


@pytest.fixture
def stream(hub, clock):
    """Makes a stream with limits; it tells in `seen` when it was counted in and out."""
    seen = []

    @contextmanager
    def counted():
        seen.append("in")
        yield
        seen.append("out")

    async def welcome():
        return True

    def make(from_seq=None, **limits):
        setup = EventSetup(hub=hub, now_ns=lambda: clock[0], is_welcome=welcome, limits=SessionLimits(**limits))
        return EventStream(ADA, from_seq=from_seq, setup=setup, counted=counted()), seen

    return make


@pytest.mark.parametrize(
    ("said", "number"),
    [
        (b'{"type":"trade","seq":4,"part":2,"parts":3}', False),
        (b'{"type":"position_update","seq":4,"part":3,"parts":3}', True),
        (b'{"type":"position_update"}', False),
        (b'{"type":"resync","seq":4}', False),
        (b'{"type":"snapshot","seq":4}', True),
    ],
)
def test_a_number_to_go_on_after_comes_with_the_last_part_of_its_event(said, number):
    assert (b"\nid: 4\n" in event(said)) == number


def test_what_concerns_every_account_has_no_number_to_go_on_after():
    assert b"\nid:" not in event(b'{"type":"kill_switch","seq":0,"part":1,"parts":1}')
    assert b"\nid: 0\n" in event(b'{"type":"snapshot","seq":0}')


async def test_a_heartbeat_names_the_latest_number(stream, clock):
    answer, _ = stream(heartbeat_ns=10)
    client = Client()
    task = asyncio.create_task(answer({}, client.receive, client.send))
    await until(lambda: client.status)
    clock[0] += 10
    await until(lambda: 'event: heartbeat\ndata: {"type":"heartbeat"' in client.text)
    assert '"private":7' in client.text
    client.left.set()
    await task


async def test_a_client_that_goes_is_counted_out(stream, hub):
    answer, seen = stream()
    client = Client()
    task = asyncio.create_task(answer({}, client.receive, client.send))
    await until(lambda: hub.listeners)
    assert (client.status, seen, len(hub.listeners)) == (200, ["in"], 1)
    client.left.set()
    await task
    assert (seen, hub.listeners) == (["in", "out"], [])


async def test_a_stream_without_a_sign_of_life_ends(stream, clock):
    answer, seen = stream(idle_ns=1_000, heartbeat_ns=10_000)
    client = Client()
    task = asyncio.create_task(answer({}, client.receive, client.send))
    await until(lambda: client.status)
    clock[0] += 1_000
    await asyncio.wait_for(task, 30)
    assert "CONNECTION_LOST" in client.text and client.has_ended and seen == ["in", "out"]
