"""A long history: a store filled with the events of real orders, then what appending, reading and starting cost.

The first orders go through the core. Every later one has the events that the core made for one of them, under numbers,
names and times of its own. Most are copied within the database, which takes a tenth of the time; the last of each size
are written by the journal as any other, and only those are timed.
"""

import asyncio
import os
import shutil
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
import uvloop
from core import BTC, SYMBOL, filled, market_orders, quote
from figures import Figure, absent, figure
from scale_copies import PAIR_EVENTS, copy_pairs
from scale_core import alone, resident_kb

from openbell.adapters.clock import SystemClock
from openbell.adapters.sql.connect import DATABASE_NAME
from openbell.adapters.sql.database import Database, open_database
from openbell.domain.account import Mode
from openbell.domain.commands import OpenAccount
from openbell.domain.events import OrderEvent, OrderFilled, OrderPlaced, Recorded
from openbell.domain.values import SCALE
from openbell.domain.venue import VenueAccepted
from openbell.engine.core import Core, CoreSettings
from openbell.ports import JournalFailed, OrderFilter
from openbell.runtime.recovery import recover, snapshot_of

DECIDED_ORDERS = 10_000
"""As many as the core decides: more than it remembers of ended orders in any case."""
TIMED_ORDERS, PRICE_EVERY = 2_000, 1_000
"""As many of each size are written by the journal."""
PAGE, READS = 50, 20
BUDGET_SECONDS = float(os.environ.get("OPENBELL_BENCH_HISTORY_SECONDS", "400"))
"""A size that would take longer than what is left of this is left out."""
AXIS = "orders of history"
APPENDED, LISTED, FOUND, STARTED, MEMORY, DISK = (
    "an order's four events made durable",
    f"the latest {PAGE} orders listed",
    "one order found by its id",
    "opened and recovered",
    "memory for it, open and recovered",
    "on disk for an order",
)


def decided(core: Core, orders: int) -> tuple[list[Recorded], list[Recorded]]:
    """Give the records of an account and its first orders, and those of the last buy and sell alone."""
    deposits = {"USD": 10_000_000 * SCALE}
    opened = OpenAccount(
        ts_ns=0, account_id="acc", owner_id="me", mode=Mode.PAPER, base_currency="USD", deposits=deposits
    )
    records, last = list(core.step(opened).records), []
    for place, command in enumerate(market_orders(orders)):
        if place % PRICE_EVERY == 0:
            core.step(quote(command.ts_ns))
        step = core.step(command)
        accepted = core.step(VenueAccepted(order_id=step.subject_id, ts_ns=command.ts_ns))
        made = [*step.records, *accepted.records, *core.step(filled(step.subject_id, command.ts_ns)).records]
        records += made
        last = [*last, *made] if place >= orders - 2 else []
    return records, last


def copies(model: Sequence[Recorded], *, first: int, orders: int, seq: int, account_seq: int) -> Iterator[Recorded]:
    """Yield the records of further orders, each buy and sell as the model has them."""
    half = len(model) // 2
    for number in range(orders):
        name = f"ord-{first + number:012d}"
        for one in model[number % 2 * half : (number % 2 + 1) * half]:
            seq, account_seq = seq + 1, account_seq + 1
            yield Recorded(seq, one.ts_ns + number, "acc", account_seq, _renamed(one.event, name))


def _renamed(event: object, name: str) -> OrderEvent | OrderPlaced:
    assert isinstance(event, OrderEvent | OrderPlaced)
    if isinstance(event, OrderPlaced):
        return msgspec.structs.replace(event, order_id=name, client_order_id=name)
    if isinstance(event, OrderFilled):
        fill = msgspec.structs.replace(event.fill, fill_id=f"fill-{name}", venue_fill_id=name, order_id=name)
        return msgspec.structs.replace(event, order_id=name, fill=fill)
    return msgspec.structs.replace(event, order_id=name)


async def appended(database: Database, records: Sequence[Recorded]) -> None:
    """Make records durable."""
    durable: asyncio.Future[JournalFailed | None] = asyncio.get_running_loop().create_future()
    database.journal.append(records, durable.set_result)
    failure = await durable
    assert failure is None, failure


class Past:
    """A store that is being filled, order after order."""

    def __init__(self, folder: Path, *, decided_orders: int) -> None:
        self._folder = folder
        core = Core(CoreSettings(instruments={SYMBOL: BTC}, fee_rates={SYMBOL: SCALE // 1_000}))
        self._first, self._model = decided(core, decided_orders)
        self._decided_orders = decided_orders
        self._state = core.state
        self.orders, self._seq, self._account_seq = 0, 0, 0

    async def filled_to(self, orders: int) -> float:
        """Fill the store up to so many orders; give the seconds that one of the last took, which the journal wrote."""
        if not self.orders:
            database = self._opened()
            await self._append(database, self._first, orders=self._decided_orders)
            database.close()
        timed = min(TIMED_ORDERS, (orders - self.orders) // 2)
        self._copy(orders - timed - self.orders)
        made = copies(self._model, first=self.orders + 1, orders=timed, seq=self._seq, account_seq=self._account_seq)
        records, database = list(made), self._opened()
        begin = time.perf_counter()
        await self._append(database, records, orders=timed)
        seconds = (time.perf_counter() - begin) / timed
        self._state.seq, self._state.order_count = self._seq, self.orders
        database.journal.save_snapshot(snapshot_of(self._state))
        database.close()
        return seconds

    def _copy(self, orders: int) -> None:
        """Have the database copy the first buy and sell until there are so many orders more."""
        pairs = orders // 2
        copy_pairs(
            self._folder / DATABASE_NAME, pairs, orders=self.orders, seq=self._seq, account_seq=self._account_seq
        )
        self.orders += pairs * 2
        self._seq, self._account_seq = self._seq + pairs * PAIR_EVENTS, self._account_seq + pairs * PAIR_EVENTS

    async def read(self, reads: int) -> tuple[list[float], list[float]]:
        """Give the milliseconds of listing the latest orders, and of finding one, for each of some reads."""
        database = self._opened()
        wanted, listed, found = OrderFilter(account_id="acc", limit=PAGE), [], []
        for number in range(reads):
            begin = time.perf_counter()
            assert len((await database.history.orders(wanted)).rows) == min(PAGE, self.orders)
            listed.append((time.perf_counter() - begin) * 1_000)
            begin = time.perf_counter()
            assert await database.history.order(f"ord-{1 + self.orders * number // reads:012d}") is not None
            found.append((time.perf_counter() - begin) * 1_000)
        database.close()
        return listed, found

    def start_ms(self) -> float:
        """Give the milliseconds that opening the store and recovering the state take."""
        begin = time.perf_counter()
        database = self._opened()
        recovered = recover(database.journal)
        took = (time.perf_counter() - begin) * 1_000
        assert recovered.state.seq == self._seq, "the state is not what was kept"
        database.close()
        return took

    def start_kb(self, _orders: int) -> dict[str, float]:
        """Give the memory that a process holds more when it has opened the store and recovered the state, in kB."""
        before = resident_kb()
        database = self._opened()
        recovered = recover(database.journal)
        assert recovered.state.seq == self._seq
        return {"memory": resident_kb() - before}

    def discard(self) -> None:
        """Give the disk back what may be 20 GB."""
        shutil.rmtree(self._folder)

    def disk_bytes(self) -> int:
        """Give the bytes of the database, without the space that is put aside beside it."""
        return sum(path.stat().st_size for path in self._folder.glob(f"{DATABASE_NAME}*"))

    def _opened(self) -> Database:
        return open_database(self._folder, clock=SystemClock())

    async def _append(self, database: Database, records: Sequence[Recorded], *, orders: int) -> None:
        await appended(database, records)
        self.orders += orders
        self._seq, self._account_seq = records[-1].seq, records[-1].account_seq


def history(folder: Path, sizes: Sequence[int], *, starts: int) -> list[Figure]:
    """Measure a store as it grows, and leave nothing of it."""
    past = Past(folder / "history", decided_orders=min(DECIDED_ORDERS, sizes[0] // 2))
    begin, took, figures = time.perf_counter(), 0.0, []
    for orders in sizes:
        missing, filling = orders - past.orders, time.perf_counter()
        if took * missing > BUDGET_SECONDS - (filling - begin):
            why = f"not run: about {took * missing / 60:.0f} minutes; OPENBELL_BENCH_HISTORY_SECONDS allows them"
            figures.append(absent(APPENDED, unit="µs", who="", why=why, at=orders, axis=AXIS))
            continue
        seconds = uvloop.run(past.filled_to(orders))
        took = (time.perf_counter() - filling) / missing
        listed, found = uvloop.run(past.read(READS))
        started = [past.start_ms() for _ in range(starts)]
        size = {"at": orders, "axis": AXIS}
        figures += [
            figure(APPENDED, [seconds * 1e6], unit="µs", **size),
            figure(LISTED, listed, unit="ms", **size),
            figure(FOUND, found, unit="ms", **size),
            figure(STARTED, started, unit="ms", **size),
            figure(MEMORY, [alone(past.start_kb, orders)["memory"] / 1e3], unit="MB", **size),
            figure(DISK, [past.disk_bytes() / orders], unit="bytes", **size),
        ]
    past.discard()
    return figures
