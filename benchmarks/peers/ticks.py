"""What all stream peers here have in common: the tick, and how often it comes, as the standard input asks for.

These programs are the peers as they are usually written. They know nothing of Openbell, so that each can run in an
environment of its own.
"""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable

TICK = (
    '{{"type":"tick","channel":"ticks","symbol":"BTC/USD","price":"50000.10",'
    '"quantity":"1.00000000","trade_id":"{}"{}}}'
)
LENGTH = 154
BURST_S, IDLE_S, LATE_MAX_S = 0.001, 0.05, 0.01


def tick() -> str:
    """Give a tick of 154 bytes, named after the instant it happens at."""
    name = str(time.perf_counter_ns())
    bare = TICK.format(name, "")
    return TICK.format(name, " " * (LENGTH - len(bare)))


async def run(tell: Callable[[str], Awaitable[None]]) -> None:
    """Tell ticks for ever, as often as was asked for last; what cannot be told in time is left out."""
    loop, rate = asyncio.get_running_loop(), [0.0]

    def listen() -> None:
        said = os.read(0, 4_096).split()
        if said:
            rate[0] = float(said[-1])
        else:
            loop.remove_reader(0)

    loop.add_reader(0, listen)
    last, due = time.perf_counter(), 0.0
    while True:
        now, a_second = time.perf_counter(), rate[0]
        due = min(due + (now - last) * a_second, max(1.0, a_second * LATE_MAX_S))
        last = now
        while due >= 1:
            due -= 1
            await tell(tick())
            await asyncio.sleep(0)
        wait = (1 - due) / a_second if a_second else IDLE_S
        await asyncio.sleep(min(max(wait, BURST_S), IDLE_S))
