"""The fan: one write a connection and round, the same bytes for all who are owed the same."""

import asyncio

import pytest
from websockets.frames import Frame, Opcode

from openbell.streaming.fan import Fan
from openbell.streaming.frames import Frames, framed
from waiting import until


class Outlet:
    """Something to write to, whose messages are given beforehand."""

    def __init__(self, *messages):
        self.messages = messages
        self.written = []

    def flush(self, frames):
        self.written.append(frames.of(self.messages))

    def settle(self):
        pass


@pytest.mark.parametrize("length", [0, 1, 125, 126, 65_535, 65_536])
def test_a_frame_is_what_the_library_would_write(length):
    message = b"x" * length
    assert framed(message) == Frame(Opcode.TEXT, message).serialize(mask=False)


def test_who_is_owed_the_same_gets_the_same_bytes_and_all_of_them_in_order():
    frames, first, second = Frames(), b"first", b"second"
    assert frames.of([first, second]) is frames.of([first, second])
    assert frames.of([second, first]) == framed(second) + framed(first)


async def test_a_message_after_a_silence_leaves_at_once():
    fan, outlet = Fan(interval_s=60), Outlet(b"hello")
    fan.owe(outlet)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert outlet.written == [framed(b"hello")]


async def test_messages_in_a_stream_share_a_write():
    fan, outlet = Fan(interval_s=1), Outlet(b"tick")
    fan.owe(outlet)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    for _ in range(3):
        fan.owe(outlet)
        await asyncio.sleep(0)
    assert len(outlet.written) == 1
    await until(lambda: len(outlet.written) > 1)
    assert len(outlet.written) == 2


async def test_a_connection_that_ended_is_left_alone():
    fan, gone, here = Fan(), Outlet(b"a"), Outlet(b"b")
    fan.owe(gone)
    fan.owe(here)
    fan.forget(gone)
    await asyncio.sleep(0.01)
    assert (gone.written, len(here.written)) == ([], 1)
