"""Scale: what one unit costs as there are more connections, instruments, open orders and orders of history."""

from collections.abc import Sequence

import uvloop
from figures import Figure, Size, absent, figure, main
from listeners import OPEN_SECONDS_MAX, SUBSCRIBE, Crowd
from process import beside_the_server, files_allowed
from scale_core import instruments, open_orders
from scale_history import history
from server import Server, scratch, serving, with_ticks
from streaming import CALM_MESSAGES

AXIS = "connections"
WARM = 10
"""Clients that come before anything is measured."""
MESSAGE, IDLE, MEMORY, LET_IN = (
    f"a message, {CALM_MESSAGES:,} a second to all of them",
    "a connection that hears nothing, for a second",
    "memory of the server for a connection",
    "a connection let in",
)
FILES_BESIDE = 200
"""Files that client and server need for anything else."""


async def connected(server: Server, tokens: Sequence[str], sizes: Sequence[int], *, seconds: float) -> list[Figure]:
    """Let more and more clients come to one server. What it does with hardly any is taken off an idle one's cost."""
    crowd, figures = Crowd(server.port, tokens=tokens, greeting=SUBSCRIBE), []
    await crowd.come(min(WARM, sizes[0] - 1))
    empty_mb, alone = server.resident_mb(), await crowd.heard(server, seconds=seconds)
    for many in sizes:
        cpu, missing = server.cpu_seconds(), many - len(crowd.listeners)
        try:
            await crowd.come(missing)
        except TimeoutError:
            why = f"not let in within {OPEN_SECONDS_MAX:.0f} s"
            figures += [absent(MESSAGE, unit="µs", why=why, at=size, axis=AXIS) for size in sizes if size >= many]
            break
        let_in = (server.cpu_seconds() - cpu) / missing
        idle = await crowd.heard(server, seconds=seconds)
        server.tick(CALM_MESSAGES / many)
        heard = await crowd.heard(server, seconds=seconds)
        server.tick(0)
        size = {"at": many, "axis": AXIS}
        figures += [
            figure(MESSAGE, [heard.microseconds], unit="µs", **size),
            figure(f"{MESSAGE}, 99 % no older than", [heard.age(0.99)], unit="ms", **size),
            figure(IDLE, [max(idle.percent - alone.percent, 0) / 100 * 1e6 / many], unit="µs", **size),
            figure(
                MEMORY, [(server.resident_mb() - empty_mb) * 1e3 / (many - min(WARM, sizes[0] - 1))], unit="kB", **size
            ),
            figure(LET_IN, [let_in * 1e6], unit="µs", **size),
        ]
    await crowd.go()
    return figures


def connections(sizes: Sequence[int], *, seconds: float) -> list[Figure]:
    """Measure a server with more and more connections, as many as the machine allows."""
    allowed = files_allowed() - FILES_BESIDE
    possible = [size for size in sizes if size <= allowed]
    why = f"not run: a process may have {allowed + FILES_BESIDE:,} files open here"
    left_out = [absent(MESSAGE, unit="µs", why=why, at=size, axis=AXIS) for size in sizes if size > allowed]
    with scratch() as folder:
        data_dir = folder / "scale"
        with serving(data_dir, command=with_ticks(data_dir)) as server:
            server.until_healthy()
            tokens = server.tokens(possible[-1])
            return [*uvloop.run(connected(server, tokens, possible, seconds=seconds)), *left_out]


def measure(size: Size) -> list[Figure]:
    """Measure everything here."""
    crowds = size.pick((2, 4), (50, 200), (50, 500, 2_000, 10_000))
    listed = size.pick((1, 3), (1, 100), (1, 10, 100, 1_000))
    resting = size.pick((5, 20), (10, 1_000), (10, 100, 1_000, 10_000, 100_000))
    past = size.pick((40, 80), (1_000, 5_000), (10_000, 100_000, 1_000_000, 10_000_000))
    with beside_the_server(), scratch() as folder:
        return [
            *connections(crowds, seconds=size.pick(0.3, 1.0, 4.0)),
            *instruments(listed),
            *open_orders(resting),
            *history(folder, past, starts=size.pick(1, 1, 3)),
        ]


if __name__ == "__main__":
    main(measure, about=__doc__ or "")
