"""Crowds: one of 50 clients that stops reading, and 2,000 that lose their connections and come back all at once."""

import asyncio
import contextlib
import time
from collections.abc import Sequence

import uvloop
from figures import Figure, Size, absent, figure, main
from listeners import SUBSCRIBE, Crowd, Delivered
from process import beside_the_server
from server import Server, scratch, serving, with_ticks

OTHERS_RATIO, STORM_SECONDS = 1.05, 3.0
STALL_TICKS, FILL_TICKS, STORM_TICKS = 200, 4_000, 10
STALLED_RECEIVE_BYTES = 4_096
FILL_BYTES = 4_000_000
"""More than the kernel holds for a client that does not read: what comes after this is the server's concern."""
FILL_SECONDS_MAX, LOOK_SECONDS = 20.0, 0.05
STORM_SECONDS_MAX = 60.0


async def stalled(
    server: Server, *, clients: int, seconds: float, fill_bytes: int
) -> tuple[Delivered, Delivered, float]:
    """Listen before and after one client has stopped reading; give also by how many MB the server grew meanwhile."""
    crowd = Crowd(server.port, tokens=[server.token()], greeting=SUBSCRIBE)
    await crowd.come(clients - 1)
    slow = (await crowd.come(1, receive_bytes=STALLED_RECEIVE_BYTES))[0]
    server.tick(STALL_TICKS)
    await asyncio.sleep(min(1.0, seconds))
    before, held_mb = await crowd.heard(server, seconds=seconds), server.resident_mb()
    assert slow.transport is not None
    slow.transport.pause_reading()
    server.tick(FILL_TICKS)
    seen = crowd.bytes
    for _ in range(int(FILL_SECONDS_MAX / LOOK_SECONDS)):
        if crowd.bytes - seen >= fill_bytes * (clients - 1):
            break
        await asyncio.sleep(LOOK_SECONDS)
    server.tick(STALL_TICKS)
    await asyncio.sleep(min(1.0, seconds))
    after, grown_mb = await crowd.heard(server, seconds=seconds), max(server.resident_mb() - held_mb, 0.0)
    server.tick(0)
    await crowd.go()
    return before, after, grown_mb


def times(one: float, other: float) -> float:
    """Give how many times the other one is; a window that is too short has nothing in it."""
    return one / max(other, 1e-9)


def storms(server: Server, *, clients: int, repeats: int) -> list[tuple[float, float]]:
    """Let storms come, until one takes far too long."""
    tokens, seen = server.tokens(clients), []
    with contextlib.suppress(TimeoutError):
        while len(seen) < repeats:
            seen += [uvloop.run(storm(server, tokens, clients=clients))]
    return seen


async def storm(server: Server, tokens: Sequence[str], *, clients: int) -> tuple[float, float]:
    """Give the seconds until all are let in again, and until all have had a tick. Raises TimeoutError."""
    crowd = Crowd(server.port, tokens=tokens, greeting=SUBSCRIBE)
    server.tick(STORM_TICKS)
    await crowd.come(clients)
    await crowd.go()
    begin = time.perf_counter()
    async with asyncio.timeout(STORM_SECONDS_MAX):
        came = await crowd.come(clients, at_once=clients)
        let_in = time.perf_counter() - begin
        await asyncio.gather(*(one.first for one in came))
    served = time.perf_counter() - begin
    server.tick(0)
    await crowd.go()
    return let_in, served


def measure(size: Size) -> list[Figure]:
    """Measure everything here."""
    clients, many, repeats = size.pick(4, 50, 50), size.pick(8, 200, 2_000), size.pick(1, 1, 3)
    seconds, fill_bytes = size.pick(0.3, 1.0, 4.0), size.pick(1_000, 100_000, FILL_BYTES)
    with scratch() as folder, beside_the_server():
        data_dir = folder / "crowd"
        with serving(data_dir, command=with_ticks(data_dir)) as server:
            server.until_healthy()
            stalls = [
                uvloop.run(stalled(server, clients=clients, seconds=seconds, fill_bytes=fill_bytes))
                for _ in range(repeats)
            ]
            returned = storms(server, clients=many, repeats=repeats)
    slower = [times(after.microseconds, before.microseconds) for before, after, _ in stalls]
    fewer = [times(before.a_second * (clients - 1) / clients, after.a_second) for before, after, _ in stalls]
    later = [times(after.age(0.99), before.age(0.99)) for before, after, _ in stalls]
    one, unit = f"one of {clients} does not read", "times what it was before"
    back = f"{many:,} come back at once"
    let_in, served = f"{back}: all are let in", f"{back}: all are served"
    why = f"not served within {STORM_SECONDS_MAX:.0f} s"
    return [
        figure(f"{one}: processor time of the others' messages", slower, unit=unit, target=OTHERS_RATIO),
        figure(f"{one}: messages the others had before, to those they have", fewer, unit="times", target=OTHERS_RATIO),
        figure(f"{one}: age that 99 % of their messages do not exceed", later, unit=unit),
        figure(f"{one}: more memory of the server", [grown for *_, grown in stalls], unit="MB"),
        *(
            [
                figure(let_in, [first for first, _ in returned], unit="s"),
                figure(served, [last for _, last in returned], unit="s", target=STORM_SECONDS),
            ]
            if returned
            else [absent(served, unit="s", why=why)]
        ),
    ]


if __name__ == "__main__":
    main(measure, about=__doc__ or "")
