"""Orders acknowledged durably: in one process, over HTTP and over WebSocket; beside what the disk alone allows."""

import asyncio
import os
import sqlite3
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

import uvloop
from callers import Answered, ask, question
from figures import Figure, Size, figure, main, quantile
from order_sockets import trade
from process import beside_the_server
from server import NO_LIMITS, lift_limits, scratch, serving, with_ticks

from openbell.bootstrap import build
from openbell.bootstrap.serving import SWITCH_SECONDS
from openbell.bootstrap.system import System
from openbell.config import load
from openbell.domain.account import MANUAL, Mode
from openbell.domain.commands import OpenAccount, PlaceOrder, SetLimits
from openbell.domain.market import Quote
from openbell.domain.order import Instruction, Side
from openbell.domain.values import SCALE

SYMBOL = "BTC/USD"
PRICE = 50_000 * SCALE
BODY = b"x" * 300
"""About as long as the longest event of an order."""
HTTP_TARGET = 8_000
SOCKETS = (((2, 1),), ((50, 1),), ((1, 1), (50, 1), (50, 8)))
"""Traders, and orders of each that are unanswered at a time, for each size."""
DURABLE_TARGET, SLOWEST_MS = 25_000, 5.0
BODIES = [
    f'{{"symbol":"BTC/USD","side":"{side}","quantity":"0.0001","order_type":"MARKET"}}'.encode()
    for side in ("BUY", "SELL")
]


# ---------------------------------------------------------------- what the disk alone allows


def sqlite_records(folder: Path, *, group: int, seconds: float) -> float:
    """Give the records a second that bare SQLite makes durable, so many to a commit."""
    with closing(sqlite3.connect(folder / f"limit-{time.monotonic_ns()}.db", isolation_level=None)) as database:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("PRAGMA synchronous=FULL")
        database.execute("CREATE TABLE journal (seq INTEGER PRIMARY KEY, body BLOB NOT NULL)")

        def commit(first: int) -> None:
            database.execute("BEGIN IMMEDIATE")
            database.executemany("INSERT INTO journal VALUES (?, ?)", [(first + n, BODY) for n in range(group)])
            database.execute("COMMIT")

        return records_a_second(commit, group=group, seconds=seconds)


def appended_records(folder: Path, *, group: int, seconds: float) -> float:
    """Give the records a second that appending to a file and `fdatasync` makes durable."""
    descriptor = os.open(folder / f"limit-{time.monotonic_ns()}.log", os.O_CREAT | os.O_APPEND | os.O_WRONLY)

    def commit(_first: int) -> None:
        os.write(descriptor, BODY * group)
        os.fdatasync(descriptor)

    try:
        return records_a_second(commit, group=group, seconds=seconds)
    finally:
        os.close(descriptor)


def records_a_second(commit: Callable[[int], None], *, group: int, seconds: float) -> float:
    """Commit group after group for a while."""
    begin, count = time.perf_counter(), 0
    while time.perf_counter() - begin < seconds:
        commit(count)
        count += group
    return count / (time.perf_counter() - begin)


def limits(folder: Path, *, seconds: float, repeats: int) -> list[Figure]:
    """Measure the disk."""
    figures = []
    for name, measured in (("SQLite WAL FULL", sqlite_records), ("append + fdatasync", appended_records)):
        for group in (1, 10, 100):
            values = [measured(folder, group=group, seconds=seconds) for _ in range(repeats)]
            title = f"{name}, {group} to a commit"
            figures.append(figure(title, values, unit="records/s", is_less_better=False, role="limit"))
    return figures


# ---------------------------------------------------------------- the engine with its journal, in one process


async def open_system(data_dir: Path) -> System:
    """Give a started system with one account that has money and no risk limits."""
    overrides = {"data_dir": data_dir, "feed": "none", "fill_profile": "ideal"}
    system = build(load(environ={}, overrides=overrides))
    system.engine.start()
    now, deposits = system.engine.now_ns(), {"USD": 1_000_000_000 * SCALE}
    opened = OpenAccount(
        ts_ns=now, account_id="acc", owner_id="me", mode=Mode.PAPER, base_currency="USD", deposits=deposits
    )
    for command in (opened, SetLimits(ts_ns=now, account_id="acc", limits=NO_LIMITS)):
        assert (await system.engine.submit(command)).refusal is None
    return system


def show_price(system: System) -> None:
    """Show a fresh quote with all the depth one could want."""
    now = system.engine.now_ns()
    system.engine.observe(Quote(SYMBOL, now, PRICE - SCALE, 1_000 * SCALE, PRICE + SCALE, 1_000 * SCALE))


async def submitted(system: System, *, submitters: int, seconds: float) -> Answered:
    """Let so many callers place market orders, each its next one when the last is durable, for a while."""
    show_price(system)
    milliseconds: list[float] = []
    end = time.perf_counter() + seconds

    async def submitter(side: Side) -> None:
        instruction = Instruction(symbol=SYMBOL, side=side, quantity=SCALE // 1_000)
        while (begin := time.perf_counter()) < end:
            now = system.engine.now_ns()
            command = PlaceOrder(ts_ns=now, account_id="acc", strategy_id=MANUAL, instruction=instruction)
            outcome = await system.engine.submit(command)
            assert outcome.refusal is None, outcome.refusal
            milliseconds.append((time.perf_counter() - begin) * 1_000)

    begin, cpu = time.perf_counter(), time.process_time()
    await asyncio.gather(*(submitter(Side.SELL if place % 2 else Side.BUY) for place in range(submitters)))
    wall = time.perf_counter() - begin
    cpu = time.process_time() - cpu
    await system.engine.quiet()
    return Answered(milliseconds, wall, cpu)


async def in_one_process(folder: Path, *, submitters: int, seconds: float) -> Answered:
    """Do the same on a data directory of its own."""
    sys.setswitchinterval(SWITCH_SECONDS)
    system = await open_system(folder / f"engine-{time.monotonic_ns()}")
    try:
        return await submitted(system, submitters=submitters, seconds=seconds)
    finally:
        await system.engine.stop()
        await asyncio.to_thread(system.database.close)


# ---------------------------------------------------------------- over the wire


def over_the_wire(
    folder: Path, *, http: Sequence[int], sockets: Sequence[tuple[int, int]], seconds: float, repeats: int
) -> dict[str, list[Answered]]:
    """Place orders at one server, from so many clients: by one user over HTTP, by one for each over WebSocket."""
    data_dir = folder / "wire"
    tokens = lift_limits(data_dir, traders=max(traders for traders, _ in sockets))
    with serving(data_dir, command=with_ticks(data_dir)) as server:
        server.until_healthy()
        server.until_priced()
        token, found = server.token(), {}
        orders = [question("POST", "/v1/orders", token=token, body=body) for body in BODIES]
        times = [min(seconds, 0.5), *[seconds] * repeats]
        for many in http:
            runs = [uvloop.run(ask(server, orders, clients=many, seconds=one, status=201)) for one in times]
            found[f"HTTP, {many} at once"] = runs[1:]
        for traders, depth in sockets:
            runs = [uvloop.run(trade(server, tokens[:traders], depth=depth, seconds=one)) for one in times]
            found[named(traders, depth)] = runs[1:]
        return found


# ---------------------------------------------------------------- all of it


def described(way: str, runs: list[Answered], target: float | None) -> list[Figure]:
    """Make figures of the runs of one way."""
    rates = [len(run.milliseconds) / run.wall_seconds for run in runs]
    costs = [run.cpu_seconds / max(len(run.milliseconds), 1) * 1e6 for run in runs]
    halves = [quantile(run.milliseconds or [0.0], 0.5) for run in runs]
    slowest = [quantile(run.milliseconds or [0.0], 0.99) for run in runs]
    latest = SLOWEST_MS if target == DURABLE_TARGET else None
    return [
        figure(f"{way}: orders", rates, unit="orders/s", is_less_better=False, target=target),
        figure(f"{way}: half are answered within", halves, unit="ms"),
        figure(f"{way}: 99 % are answered within", slowest, unit="ms", target=latest),
        figure(f"{way}: processor time", costs, unit="µs/order"),
    ]


def named(traders: int, depth: int) -> str:
    """Name a way over WebSocket: so many traders, each with so many orders unanswered at a time."""
    return f"WebSocket, {traders} traders, {depth} at once each"


def measure(size: Size) -> list[Figure]:
    """Measure everything here."""
    seconds, repeats = size.pick(0.2, 1.0, 3.0), size.pick(1, 1, 3)
    alone, http, sockets = size.pick((8,), (1, 64), (1, 8, 64)), size.pick((2,), (1, 32), (1, 32)), SOCKETS[size]
    with scratch() as folder, beside_the_server():
        figures = limits(folder, seconds=min(seconds, 1.0), repeats=repeats)
        for many in alone:
            runs = [uvloop.run(in_one_process(folder, submitters=many, seconds=seconds)) for _ in range(repeats)]
            target = DURABLE_TARGET if many == max(alone) else None
            figures += described(f"engine and journal, {many} at once", runs, target)
        wire = over_the_wire(folder, http=http, sockets=sockets, seconds=seconds, repeats=repeats)
        targets = {f"HTTP, {max(http)} at once": HTTP_TARGET, named(*max(sockets)): DURABLE_TARGET}
        for way, runs in wire.items():
            figures += described(way, runs, targets.get(way))
    return figures


if __name__ == "__main__":
    main(measure, about=__doc__ or "")
