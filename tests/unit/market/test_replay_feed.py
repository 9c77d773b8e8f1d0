"""Replay: every event once, in order, at the pace asked for."""

import asyncio

import pytest
from tests.unit.market.scenes import MINUTE, NOON, SECOND, bar, instrument, trade

from openbell.adapters.feeds.replay import ReplayFeed


class SteppedClock:
    def __init__(self, step_ns):
        self.step_ns = step_ns
        self.ns = NOON

    def now_ns(self):
        self.ns += self.step_ns
        return self.ns


async def collect(feed):
    return [event async for event in feed.events()]


async def test_without_speed_everything_comes_at_once_and_others_have_their_turn():
    events = [trade(100, 1, ts=NOON + n * MINUTE) for n in range(5_000)]
    turns = 0

    async def other():
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    task = asyncio.create_task(other())
    feed = ReplayFeed("replay", [instrument()], events, clock=SteppedClock(0))
    assert await collect(feed) == events
    task.cancel()
    assert turns >= 10


async def test_a_paced_replay_keeps_the_times_between_events():
    events = [bar(1, 1, 1, 1, ts=NOON + n * MINUTE) for n in range(6)]
    clock = SteppedClock(SECOND // 10)
    await collect(ReplayFeed("replay", [instrument()], events, clock=clock, speed=600))
    assert 0.5 * SECOND <= clock.ns - NOON <= 1.5 * SECOND


async def test_a_replay_that_stalled_goes_on_without_a_burst_and_without_loss():
    events = [trade(100, 1, ts=NOON + n * SECOND) for n in range(100)]
    clock = SteppedClock(SECOND // 100)
    stream = ReplayFeed("replay", [instrument()], events, clock=clock, speed=100).events()
    seen = [await anext(stream)]
    clock.ns += 3600 * SECOND
    resumed = clock.ns
    seen += [event async for event in stream]
    assert seen == events
    assert clock.ns - resumed >= 0.9 * SECOND


async def test_a_speed_of_nothing_is_refused():
    with pytest.raises(ValueError, match="speed"):
        await collect(ReplayFeed("replay", [instrument()], [trade(1, 1)], clock=SteppedClock(1), speed=0))
