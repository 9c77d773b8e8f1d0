"""A whole desk at work: 10 clients trade and read over HTTP while 50 sockets listen, all at once, for a while."""

import asyncio
from collections.abc import Sequence

import uvloop
from callers import Answered, ask, question
from figures import Figure, Size, figure, main
from listeners import SUBSCRIBE, Crowd, Delivered
from process import beside_the_server
from server import Server, lift_limits, scratch, serving, with_ticks

TICKS = 100
ORDER = '{{"symbol":"BTC/USD","side":"{}","quantity":"0.0001","order_type":"MARKET"}}'


async def at_work(
    server: Server, listener: str, *, callers: int, sockets: int, seconds: float
) -> tuple[Answered, Answered, Delivered, float]:
    """Let all of them work; give the orders, the reads, what the sockets heard, and the share of a core in use."""
    token = server.token()
    crowd = Crowd(server.port, tokens=[listener], greeting=SUBSCRIBE)
    await crowd.come(sockets)
    server.tick(TICKS)
    await asyncio.sleep(min(1.0, seconds))
    orders = [question("POST", "/v1/orders", token=token, body=ORDER.format(side).encode()) for side in ("BUY", "SELL")]
    reads = [question("GET", path, token=token) for path in ("/v1/positions", "/v1/portfolio", "/v1/orders")]
    half = max(callers // 2, 1)
    cpu = server.cpu_seconds()
    placed, read, heard = await asyncio.gather(
        ask(server, orders, clients=half, seconds=seconds, status=201),
        ask(server, reads, clients=half, seconds=seconds),
        crowd.heard(server, seconds=seconds),
    )
    busy = (server.cpu_seconds() - cpu) / max(placed.wall_seconds, read.wall_seconds)
    server.tick(0)
    await crowd.go()
    return placed, read, heard, busy


def of_answers(name: str, runs: Sequence[Answered]) -> list[Figure]:
    """Make figures of what was answered."""
    return [
        figure(f"{name}: answered", [run.a_second for run in runs], unit="requests/s", is_less_better=False),
        figure(f"{name}: half within", [run.within(0.5) for run in runs], unit="ms"),
        figure(f"{name}: 99 % within", [run.within(0.99) for run in runs], unit="ms"),
    ]


def of_sockets(name: str, runs: Sequence[Delivered]) -> list[Figure]:
    """Make figures of what was heard."""
    return [
        figure(f"{name}: delivered", [run.a_second for run in runs], unit="messages/s", is_less_better=False),
        figure(f"{name}: half no older than", [run.age(0.5) for run in runs], unit="ms"),
        figure(f"{name}: 99 % no older than", [run.age(0.99) for run in runs], unit="ms"),
    ]


def measure(size: Size) -> list[Figure]:
    """Measure everything here."""
    callers, sockets = size.pick(2, 10, 10), size.pick(3, 50, 50)
    seconds, repeats = size.pick(0.3, 1.0, 6.0), size.pick(1, 1, 3)
    with scratch() as folder, beside_the_server():
        data_dir = folder / "load"
        lift_limits(data_dir)
        with serving(data_dir, command=with_ticks(data_dir)) as server:
            server.until_healthy()
            server.until_priced()
            # Somebody else's sockets: those of the traders would be told of every order as well.
            listener = server.traders(1)[0]
            before_mb = server.resident_mb()
            runs = [
                uvloop.run(at_work(server, listener, callers=callers, sockets=sockets, seconds=seconds))
                for _ in range(repeats)
            ]
            after_mb = server.resident_mb()
    half = max(callers // 2, 1)
    return [
        *of_answers(f"orders from {half} clients", [placed for placed, *_ in runs]),
        *of_answers(f"reads from {half} clients", [read for _, read, *_ in runs]),
        *of_sockets(f"{TICKS} ticks/s to {sockets} sockets", [heard for _, _, heard, _ in runs]),
        figure("processor in use", [busy * 100 for *_, busy in runs], unit="% of a core"),
        figure("memory held before", [before_mb], unit="MB"),
        figure("memory held after", [after_mb], unit="MB"),
    ]


if __name__ == "__main__":
    main(measure, about=__doc__ or "")
