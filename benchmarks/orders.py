"""Orders acknowledged durably: in one process, over WebSockets and HTTP; beside what the disk alone allows."""

import asyncio
import os
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import uvloop
from driver import Answers, post_orders
from figures import Figure, Size, figure, main, quantile
from order_sockets import add_traders, trade
from server import NO_LIMITS, beside_the_server, lift_limits, scratch, serving

from openbell.bootstrap import build
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
DURABLE_TARGET = 25_000


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


async def submitted(system: System, *, submitters: int, seconds: float) -> Answers:
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
    return Answers(milliseconds, wall, cpu)


async def in_one_process(folder: Path, *, submitters: int, seconds: float) -> Answers:
    """Do the same on a data directory of its own."""
    system = await open_system(folder / f"engine-{time.monotonic_ns()}")
    try:
        return await submitted(system, submitters=submitters, seconds=seconds)
    finally:
        await system.engine.stop()
        await asyncio.to_thread(system.database.close)


# ---------------------------------------------------------------- over HTTP


async def over_http(folder: Path, *, clients: int, seconds: float) -> Answers:
    """Post orders to a server of its own."""
    data_dir = folder / f"http-{time.monotonic_ns()}"
    await asyncio.to_thread(lift_limits, data_dir)
    with serving(data_dir) as server:
        await asyncio.to_thread(server.until_healthy)
        token = await asyncio.to_thread(server.token)
        await post_orders(server.port, token, clients=clients, seconds=min(seconds, 0.5))
        before = server.cpu_seconds()
        answers = await post_orders(server.port, token, clients=clients, seconds=seconds)
        return Answers(answers.milliseconds, answers.wall_seconds, server.cpu_seconds() - before)


# ---------------------------------------------------------------- over WebSockets


def over_sockets(folder: Path, *, traders: int, depth: int, seconds: float) -> Answers:
    """Let traders with a connection each trade on a server of its own, so many orders of each unanswered at a time."""
    data_dir = folder / f"sockets-{time.monotonic_ns()}"
    tokens = add_traders(data_dir, many=traders)
    with serving(data_dir) as server:
        server.until_healthy()
        uvloop.run(trade(server, tokens, depth=depth, seconds=min(seconds, 0.5)))
        return uvloop.run(trade(server, tokens, depth=depth, seconds=seconds))


# ---------------------------------------------------------------- all of it


def described(way: str, runs: list[Answers], target: float | None) -> list[Figure]:
    """Make figures of the runs of one way."""
    rates = [len(run.milliseconds) / run.wall_seconds for run in runs]
    costs = [run.cpu_seconds / len(run.milliseconds) * 1e6 for run in runs]
    halves = [quantile(run.milliseconds, 0.5) for run in runs]
    slowest = [quantile(run.milliseconds, 0.99) for run in runs]
    return [
        figure(f"{way}: orders", rates, unit="orders/s", is_less_better=False, target=target),
        figure(f"{way}: half are answered within", halves, unit="ms"),
        figure(f"{way}: 99 % are answered within", slowest, unit="ms"),
        figure(f"{way}: processor time", costs, unit="µs/order"),
    ]


def measure(size: Size) -> list[Figure]:
    """Measure everything here."""
    seconds, repeats = size.pick(0.2, 1.0, 3.0), size.pick(1, 1, 5)
    sockets = size.pick(((2, 1),), ((50, 1),), ((1, 1), (50, 1), (50, 8)))
    alone, over_wire = size.pick((8,), (1, 64), (1, 8, 64)), size.pick((2,), (1, 32), (1, 32))
    with scratch() as folder, beside_the_server():
        figures = limits(folder, seconds=min(seconds, 1.0), repeats=repeats)
        for many in alone:
            runs = [uvloop.run(in_one_process(folder, submitters=many, seconds=seconds)) for _ in range(repeats)]
            target = DURABLE_TARGET if many == max(alone) else None
            figures += described(f"engine and journal, {many} at once", runs, target)
        for traders, depth in sockets:
            runs = [over_sockets(folder, traders=traders, depth=depth, seconds=seconds) for _ in range(repeats)]
            target = DURABLE_TARGET if (traders, depth) == max(sockets) else None
            figures += described(f"WebSocket, {traders} traders, {depth} at once each", runs, target)
        for many in over_wire:
            runs = [uvloop.run(over_http(folder, clients=many, seconds=seconds)) for _ in range(repeats)]
            target = HTTP_TARGET if many == max(over_wire) else None
            figures += described(f"HTTP, {many} at once", runs, target)
    return figures


if __name__ == "__main__":
    main(measure, about=__doc__ or "")
