"""Requests over HTTP: what hot reads, candles and orders cost the server, beside other servers in the same run."""

import statistics
import time
from pathlib import Path

import msgspec
import uvloop
from callers import Answered, ask, question
from figures import Figure, Size, absent, figure, main
from peers_http import HTTP_PEERS, HttpPeer, answering
from process import Process, beside_the_server
from server import FIRST_ORDER, Server, lift_limits, scratch, serving, with_ticks

POSITIONS, CANDLES, ORDER = "GET 20 positions", "GET 1,000 candles", "POST an order, validated"
RATE_TARGETS = {POSITIONS: 12_000, CANDLES: 4_000}
NGINX_RATIO = 4
EDGE_MICROSECONDS = 40.0
HELD = 20
US, RATE = "µs/request", "requests/s"
PREVIEW = b'{"symbol":"BTC/USD","side":"BUY","quantity":"0.01","order_type":"MARKET"}'
FILLED_SECONDS_MAX = 20.0
BUCKETS, LIMIT = ("reads", "writes", "orders", "market-data", "trading"), "90000/s"
"""Rate limits count every request, and none of them is reached."""


class Plan(msgspec.Struct, frozen=True):
    """How many ask, how long, how often."""

    clients: int
    seconds: float
    repeats: int


def reads(token: str) -> dict[str, bytes]:
    """Give our questions: what all servers are asked, and what only ours has."""
    candles = "/api/market-data/BTC-USD/candles?timeframe=1m&limit=1000"
    return {
        POSITIONS: question("GET", "/v1/positions", token=token),
        CANDLES: question("GET", candles, token=token),
        ORDER: question("POST", "/v1/orders/preview", token=token, body=PREVIEW),
        "GET the portfolio": question("GET", "/v1/portfolio", token=token),
        "GET the latest orders": question("GET", "/v1/orders", token=token),
    }


def hold(server: Server, token: str) -> None:
    """Buy a little of each coin, and wait until all of it is held."""
    server.until_priced()
    deadline = time.monotonic() + FILLED_SECONDS_MAX
    for number in range(HELD):
        order = FIRST_ORDER | {"symbol": f"COIN{number}/USD"}
        status, answer = server.ask("POST", "/v1/orders", order, token=token)
        assert status == 201, answer
    while len(server.ask("GET", "/v1/positions", token=token)[1]["data"]) < HELD:
        assert time.monotonic() < deadline, "orders do not fill"
        time.sleep(0.05)


def asked(process: Process, questions: dict[str, bytes], plan: Plan) -> dict[str, list[Answered]]:
    """Ask each question as often as planned, after a moment in which everything gets warm."""
    found: dict[str, list[Answered]] = {}
    for name, one in questions.items():
        times = [min(0.3, plan.seconds), *[plan.seconds] * plan.repeats]
        runs = [uvloop.run(ask(process, [one], clients=plan.clients, seconds=seconds)) for seconds in times]
        found[name] = runs[1:]
    return found


def of_peer(peer: HttpPeer, folder: Path, plan: Plan) -> dict[str, list[Answered]] | None:
    """Ask a peer; None where it is not installed."""
    with answering(peer, folder) as process:
        if process is None:
            return None
        questions = {
            POSITIONS: question("GET", "/positions"),
            CANDLES: question("GET", "/candles"),
            ORDER: question("POST", "/orders", body=PREVIEW),
        }
        return asked(process, questions, plan)


def described(who: str, found: dict[str, list[Answered]], *, role: str, targets: dict[str, float]) -> list[Figure]:
    """Make figures of what one server gave."""
    figures = []
    for name, runs in found.items():
        costs, named = [run.microseconds for run in runs], {"role": role, "who": who}
        rates = [1e6 / cost for cost in costs]
        title, rate = f"{name}, a second of processor time", RATE_TARGETS.get(name) if role == "figure" else None
        figures += [
            figure(name, costs, unit=US, target=targets.get(name), **named),
            figure(title, rates, unit=RATE, is_less_better=False, target=rate, **named),
            figure(f"{name}, 99 % within", [run.within(0.99) for run in runs], unit="ms", **named),
        ]
    return figures


def ours(folder: Path, plan: Plan) -> dict[str, list[Answered]]:
    """Ask Openbell."""
    data_dir = folder / "edge"
    lift_limits(data_dir)
    table = folder / "limits.toml"
    table.write_text("".join(f'"{bucket}" = "{LIMIT}"\n' for bucket in BUCKETS))
    settings = {"OPENBELL_RATE_LIMITS": "on", "OPENBELL_RATE_LIMITS_FILE": str(table)}
    with serving(data_dir, command=with_ticks(data_dir), settings=settings) as server:
        server.until_healthy()
        token = server.token()
        hold(server, token)
        return asked(server, reads(token), plan)


def typical(runs: list[Answered]) -> float:
    """Give the median cost of an answer."""
    return statistics.median(run.microseconds for run in runs)


def measure(size: Size) -> list[Figure]:
    """Measure everything here."""
    plan = Plan(size.pick(2, 32, 32), size.pick(0.1, 0.5, 2.0), size.pick(1, 1, 3))
    others, figures, targets, added = size.pick(HTTP_PEERS[:1], HTTP_PEERS, HTTP_PEERS), [], {}, []
    with scratch() as folder, beside_the_server():
        found = ours(folder, plan)
        for peer in others:
            seen = of_peer(peer, folder, plan)
            if seen is None:
                figures.append(absent(POSITIONS, unit=US, who=peer.name))
                continue
            figures += described(peer.name, seen, role=peer.role, targets={})
            if peer.role == "limit":
                targets = {name: typical(seen[name]) * NGINX_RATIO for name in (POSITIONS, CANDLES)}
            if peer.name == HTTP_PEERS[1].name:
                more = [max(run.microseconds - typical(seen[POSITIONS]), 0.0) for run in found[POSITIONS]]
                name = f"{POSITIONS}, more than raw ASGI"
                added = [figure(name, more, unit=US, target=EDGE_MICROSECONDS)]
    return [*described("Openbell", found, role="figure", targets=targets), *added, *figures]


if __name__ == "__main__":
    main(measure, about=__doc__ or "")
