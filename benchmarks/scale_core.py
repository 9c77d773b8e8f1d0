"""More instruments and more open orders in one process: what a tick, an order and a quote cost, and the memory.

Each size is measured in a process of its own, so that what one size took is not there for the next.
"""

import asyncio
import multiprocessing
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import cycle
from pathlib import Path

import msgspec
from core import BTC, PRICE, SYMBOL, opened_core, quote, resting_order
from figures import Figure, figure
from market import admitted
from server import NO_LIMITS

from openbell.bootstrap import build, market
from openbell.bootstrap.system import System
from openbell.config import load
from openbell.domain.commands import SetLimits
from openbell.domain.instrument import Instrument
from openbell.domain.market import Trade
from openbell.domain.values import NANOS_PER_SECOND, SCALE
from openbell.domain.venue import VenueAccepted, VenueCanceled
from openbell.engine.core import Core
from openbell.engine.matching.fees import flat_fees
from openbell.engine.matching.profile import IDEAL
from openbell.engine.matching.venue import SimulatedVenue

INSTRUMENTS, OPEN = "instruments", "open orders"
WARM_TICKS = 20
"""Ticks of each instrument before anything is timed."""
PRICE_EVERY = 1_000
PIECES = 2_000
SECONDS_MAX = 2.0
"""Work that takes longer than this is measured with fewer pieces."""
CHILD_SECONDS_MAX = 150.0
Measured = dict[str, float]
BUILT: list[System] = []
"""Systems that are kept, so that their memory is counted."""


def alone(work: Callable[[int], Measured], count: int) -> Measured:
    """Do work in a process of its own and give what it measured."""
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe(duplex=False)
    child = context.Process(target=lambda: theirs.send(work(count)))
    child.start()
    theirs.close()
    try:
        assert ours.poll(CHILD_SECONDS_MAX), "it takes too long"
        return dict(ours.recv())
    finally:
        child.terminate()
        child.join()


def resident_kb() -> float:
    """Give the memory this process holds, in kB of 1,000 bytes."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e3


def microseconds(pieces: Iterator[Callable[[], object]], most: int) -> float:
    """Do pieces of work, as many as fit into the time; give the processor time of one."""
    begin, cpu, done = time.perf_counter(), time.process_time_ns(), 0
    while done < most and time.perf_counter() - begin < SECONDS_MAX:
        next(pieces)()
        done += 1
    return (time.process_time_ns() - cpu) / done / 1e3


# ---------------------------------------------------------------- instruments


def listed(count: int) -> Callable[[str], list[Instrument]]:
    """Give the list of so many instruments, in place of those that ship."""
    coins = [msgspec.structs.replace(BTC, symbol=f"COIN{number}/USD") for number in range(count)]
    return lambda _sessions: coins


def with_instruments(count: int) -> Measured:
    """Tick through a system with so many instruments: venue, core, books, candles, listeners."""
    cost = _built(count)
    return {"tick": cost, "memory": resident_kb() / 1e3}


def _built(count: int) -> float:
    market.default_instruments = listed(count)  # in a process of its own
    with tempfile.TemporaryDirectory() as folder:
        system = build(load(environ={}, overrides={"data_dir": Path(folder), "feed": "none"}))
        BUILT.append(system)
        cost = asyncio.run(_ticked(system, count))
        system.database.close()
    return cost


async def _ticked(system: System, count: int) -> float:
    symbols, now = [f"COIN{number}/USD" for number in range(count)], system.engine.now_ns()

    def ticks() -> Iterator[Callable[[], object]]:
        for place, symbol in enumerate(cycle(symbols)):
            trade = Trade(symbol, now + place * 1_000, PRICE, SCALE, 1, str(place))
            yield partial(system.engine.observe, trade)

    told = ticks()
    for _ in range(WARM_TICKS * count):
        next(told)()
    return microseconds(told, PIECES * 5)


# ---------------------------------------------------------------- open orders


def with_open_orders(count: int) -> Measured:
    """Place and end orders beside so many that rest, at the core and at the simulated venue; quotes there."""
    core = opened_core()
    limits = msgspec.structs.replace(NO_LIMITS, price_age_max_ns=None)
    assert core.step(SetLimits(ts_ns=0, account_id="acc", limits=limits)).refusal is None
    before = resident_kb()
    for place in range(count):
        _rest(core, place)
    held = (resident_kb() - before) / 1e3
    order = microseconds(_placed(core, first=count), PIECES)
    venue = SimulatedVenue({SYMBOL: BTC}, IDEAL, flat_fees(SCALE // 1_000))
    venue.observe(quote(0))
    for place in range(count):
        venue.request(admitted(place))
    # With the first quote many orders are put in order by price, once.
    venue.observe(quote(1))
    quotes = (quote(NANOS_PER_SECOND + place) for place in range(PIECES))
    told = microseconds((partial(venue.observe, one) for one in quotes), PIECES)
    return {"order": order, "quote": told, "memory": held}


def _rest(core: Core, place: int) -> str:
    command = resting_order(place)
    if place % PRICE_EVERY == 0:
        core.step(quote(command.ts_ns))
    step = core.step(command)
    assert step.refusal is None, step.refusal
    core.step(VenueAccepted(order_id=step.subject_id, ts_ns=command.ts_ns))
    return step.subject_id


def _placed(core: Core, *, first: int) -> Iterator[Callable[[], object]]:
    def piece(place: int) -> None:
        order_id = _rest(core, place)
        assert core.step(VenueCanceled(order_id=order_id, ts_ns=resting_order(place).ts_ns)).records

    for place in range(first, first + PIECES):
        yield partial(piece, place)


# ---------------------------------------------------------------- all of it


def curves(
    axis: str, work: Callable[[int], Measured], names: dict[str, tuple[str, str]], sizes: Sequence[int]
) -> list[Figure]:
    """Measure a piece of work at every size."""
    seen = {size: alone(work, size) for size in sizes}
    return [
        figure(name, [seen[size][key]], unit=unit, at=size, axis=axis)
        for key, (name, unit) in names.items()
        for size in sizes
    ]


def instruments(sizes: Sequence[int]) -> list[Figure]:
    """Measure a system with more and more instruments."""
    names = {"tick": ("a tick", "µs"), "memory": ("memory of the whole system", "MB")}
    return curves(INSTRUMENTS, with_instruments, names, sizes)


def open_orders(sizes: Sequence[int]) -> list[Figure]:
    """Measure core and venue with more and more open orders."""
    names = {
        "order": ("an order placed and ended in the core", "µs"),
        "quote": ("a quote at the simulated venue", "µs"),
        "memory": ("memory of the core for all of them", "MB"),
    }
    return curves(OPEN, with_open_orders, names, sizes)
