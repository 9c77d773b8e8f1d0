"""Streaming: one tick to 500 WebSocket clients: what a message costs the server, how many arrive, how old they are.

The whole product serves, with everything switched on; other servers and the limit in C come after it in the same run.
"""

import asyncio
import statistics
from collections.abc import Sequence
from pathlib import Path

import msgspec
import uvloop
from figures import Figure, Size, absent, figure, main
from listeners import SUBSCRIBE, Crowd, Delivered
from peers_stream import C_BATCHED, PEER_STREAMS, C, Serving, Stream, streaming
from process import beside_the_server
from server import Server, scratch, serving, with_ticks

CALM_MESSAGES = 10_000
"""Messages a second of the calm, to all clients together: what any server should manage."""
BUSY_TICKS, FLOOD_TICKS = 1_000, 8_000
"""Ticks a second to every client: what batches make possible, and more than can be delivered to all."""
MANY_TICKS, MANY_AGE_MS = 10, 20.0
FLOOD_TARGET = 3_000_000
UNJOINED_RATIO, JOINED_RATIO = 1.5, 1.2
"""Times the cost of the C program that a message may cost: sent at once, and joined for 2 ms."""
SETTLE_S = 0.5
US, RATE, AGE = "µs/message", "messages/s", "ms"


class Heard(msgspec.Struct, frozen=True):
    """What the repeats of one server gave, in the calm and in the flood."""

    calm: list[Delivered]
    flood: list[Delivered]


class Plan(msgspec.Struct, frozen=True):
    """How many listen, how long, how often."""

    clients: int
    seconds: float
    repeats: int

    @property
    def calm_ticks(self) -> float:
        """Ticks a second that make the messages of the calm."""
        return CALM_MESSAGES / self.clients


async def told(serving_: Serving, *, ticks: float, plan: Plan) -> list[Delivered]:
    """Have ticks come at a rate, and listen as often as planned."""
    serving_.say(ticks)
    await asyncio.sleep(min(SETTLE_S, plan.seconds))
    is_calm = ticks * plan.clients <= CALM_MESSAGES * 2
    heard = [
        await serving_.crowd.heard(serving_.process, seconds=plan.seconds, with_ages=is_calm)
        for _ in range(plan.repeats)
    ]
    serving_.say(0)
    return heard


async def of_peer(stream: Stream, folder: Path, plan: Plan) -> Heard | None:
    """Listen to a peer; None where it is not installed."""
    async with streaming(stream, folder) as peer:
        if peer is None:
            return None
        await peer.crowd.come(plan.clients)
        calm = await told(peer, ticks=plan.calm_ticks, plan=plan)
        flood = await told(peer, ticks=FLOOD_TICKS, plan=plan)
        await peer.crowd.go()
        return Heard(calm, flood)


async def of_ours(server: Server, plan: Plan) -> tuple[Heard, list[Delivered]]:
    """Listen to Openbell; give also what it does at the rate between."""
    ours = Serving(server, Crowd(server.port, tokens=[server.token()], greeting=SUBSCRIBE), server.tick)
    await ours.crowd.come(plan.clients)
    calm = await told(ours, ticks=plan.calm_ticks, plan=plan)
    busy = await told(ours, ticks=BUSY_TICKS, plan=plan)
    flood = await told(ours, ticks=FLOOD_TICKS, plan=plan)
    await ours.crowd.go()
    return Heard(calm, flood), busy


async def of_many(server: Server, tokens: Sequence[str], plan: Plan) -> list[Delivered]:
    """Listen to ten ticks a second with many; nothing when they do not get in."""
    ours = Serving(server, Crowd(server.port, tokens=tokens, greeting=SUBSCRIBE), server.tick)
    try:
        await ours.crowd.come(plan.clients)
    except TimeoutError:
        return []
    heard = await told(ours, ticks=MANY_TICKS, plan=plan)
    await ours.crowd.go()
    return heard


def described(who: str, heard: Heard, *, role: str, unjoined: float | None, joined: float | None) -> list[Figure]:
    """Make figures of one server, beside what the limit's costs allow."""
    rate = FLOOD_TARGET if role == "figure" else None
    calm, flood, named = heard.calm, heard.flood, {"role": role, "who": who}
    return [
        figure(f"{CALM_MESSAGES:,} messages/s", [one.microseconds for one in calm], unit=US, target=unjoined, **named),
        figure(f"{CALM_MESSAGES:,} messages/s, half no older than", [one.age(0.5) for one in calm], unit=AGE, **named),
        figure(f"{CALM_MESSAGES:,} messages/s, 99 % no older than", [one.age(0.99) for one in calm], unit=AGE, **named),
        figure(f"{FLOOD_TICKS:,} ticks/s", [one.microseconds for one in flood], unit=US, target=joined, **named),
        figure(
            f"{FLOOD_TICKS:,} ticks/s, delivered",
            [one.a_second for one in flood],
            unit=RATE,
            is_less_better=False,
            target=rate,
            **named,
        ),
    ]


def limits(folder: Path, plan: Plan) -> tuple[list[Figure], float | None, float | None]:
    """Measure the limit; give also what a message may cost sent at once, and joined, None without a compiler."""
    figures, costs = [], []
    for stream, ratio in ((C, UNJOINED_RATIO), (C_BATCHED, JOINED_RATIO)):
        heard = uvloop.run(of_peer(stream, folder, plan))
        if heard is None:
            figures.append(absent("every figure", unit=US, who=stream.name, why="no C compiler here"))
            costs.append(None)
            continue
        figures += described(stream.name, heard, role="limit", unjoined=None, joined=None)
        seen = heard.calm if stream is C else heard.flood
        costs.append(statistics.median(one.microseconds for one in seen) * ratio)
    return figures, costs[0], costs[1]


def ours(folder: Path, plan: Plan, many: Plan, *, unjoined: float | None, joined: float | None) -> list[Figure]:
    """Measure Openbell."""
    data_dir = folder / "streaming"
    with serving(data_dir, command=with_ticks(data_dir)) as server:
        server.until_healthy()
        heard, busy = uvloop.run(of_ours(server, plan))
        crowd = uvloop.run(of_many(server, server.tokens(many.clients), many))
    title = f"{BUSY_TICKS:,} ticks/s to {plan.clients} clients"
    wide = f"{MANY_TICKS} ticks/s to {many.clients:,} clients"
    return [
        *described("Openbell", heard, role="figure", unjoined=unjoined, joined=joined),
        figure(f"{title}: delivered", [one.a_second for one in busy], unit=RATE, is_less_better=False),
        figure(f"{title}: processor time", [one.microseconds for one in busy], unit=US),
        figure(f"{title}: processor in use", [one.percent for one in busy], unit="% of a core"),
        *(wide_figures(wide, crowd) if crowd else [absent(wide, unit=AGE, why="not all got in within a minute")]),
    ]


def wide_figures(wide: str, crowd: list[Delivered]) -> list[Figure]:
    """Make figures of the many."""
    return [
        figure(f"{wide}: 99 % no older than", [one.age(0.99) for one in crowd], unit=AGE, target=MANY_AGE_MS),
        figure(f"{wide}: processor in use", [one.percent for one in crowd], unit="% of a core"),
    ]


def peers(streams: Sequence[Stream], folder: Path, plan: Plan) -> list[Figure]:
    """Measure the other servers."""
    figures = []
    for stream in streams:
        heard = uvloop.run(of_peer(stream, folder, plan))
        if heard is None:
            figures.append(absent(f"{FLOOD_TICKS:,} ticks/s", unit=US, who=stream.name))
        else:
            figures += described(stream.name, heard, role="peer", unjoined=None, joined=None)
    return figures


def measure(size: Size) -> list[Figure]:
    """Measure everything here."""
    plan = Plan(size.pick(5, 100, 500), size.pick(0.3, 1.0, 3.0), size.pick(1, 1, 3))
    many = Plan(size.pick(10, 200, 2_000), size.pick(0.3, 1.0, 5.0), 1)
    once = msgspec.structs.replace(plan, repeats=1)
    with scratch() as folder, beside_the_server():
        limited, unjoined, joined = limits(folder, plan)
        figures = ours(folder, plan, many, unjoined=unjoined, joined=joined)
        return [*figures, *limited, *peers(size.pick((), PEER_STREAMS, PEER_STREAMS), folder, once)]


if __name__ == "__main__":
    main(measure, about=__doc__ or "")
