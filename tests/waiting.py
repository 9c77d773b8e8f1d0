"""Waiting for what will be so, as long as a busy machine may need; and time as a busy loop has had it."""

import asyncio
import inspect
import time
from contextlib import asynccontextmanager

WAIT_S = 30.0
"""Only a fault takes so long."""
LOOK_S = 0.005
TICK_S = 0.05
STEP_LEFT_S = 6.0


async def until(is_so, *, every_s=LOOK_S):
    """Ask, or await, until the answer is true, and give it."""
    deadline = time.monotonic() + WAIT_S
    while True:
        answer = is_so()
        if inspect.isawaitable(answer):
            answer = await answer
        if answer:
            return answer
        assert time.monotonic() < deadline, f"not so within {WAIT_S:.0f} seconds"
        await asyncio.sleep(every_s)


def until_so(is_so, *, every_s=0.02):
    """Ask, in a test without a loop, until the answer is true, and give it."""
    deadline = time.monotonic() + WAIT_S
    while not (answer := is_so()):
        assert time.monotonic() < deadline, f"not so within {WAIT_S:.0f} seconds"
        time.sleep(every_s)
    return answer


@asynccontextmanager
async def ruler():
    """Give a function that says how many seconds this loop has had.

    A server in the same loop is late by whatever keeps the loop from running, and so is the ruler: what it measures is
    what the server waits for by itself, not what else the machine does.
    """
    ticks = 0

    async def tick():
        nonlocal ticks
        while True:
            await asyncio.sleep(TICK_S)
            ticks += 1

    ticking = asyncio.create_task(tick())
    yield lambda: ticks * TICK_S
    ticking.cancel()


def early_in_a_step():
    """Wait, where the half minute of a one-time code is nearly over, for the next: a test is to lie within one."""
    left = 30 - time.time() % 30
    if left < STEP_LEFT_S:
        time.sleep(left)
