"""A process to be killed at a named point: a live engine that trades with a venue elsewhere, over a journal on a disk.

The venue is a file of order ids, each written before it is answered: what is in there has reached the venue, whatever
became of the engine. The argument is a folder; every line read is `point count`, and starts a victim that kills itself
when it comes to that point for the count's time. A line `settle 1` starts one that settles, says how, and ends.
"""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path

from openbell.adapters.sql.database import open_database
from openbell.domain import commands as c
from openbell.domain import venue as v
from openbell.domain.fill import Liquidity
from openbell.domain.order import Instruction, OrderType, Side
from openbell.domain.values import parse
from openbell.ports import OrderFilter
from openbell.runtime.reconciliation import UNKNOWN_SECONDS
from simulation.trading_world import MIDDLE, SYMBOL, TradingWorld

IN_FLIGHT = 4
UNIT = parse("0.001")
ORDERS_MAX = 1_000_000


class Fuse:
    """Kills this process at a point, the count's time it is passed."""

    def __init__(self, point: str, count: int) -> None:
        self._point, self._left = point, count

    def passes(self, point: str) -> None:
        self._left -= point == self._point
        if not self._left:
            os.kill(os.getpid(), signal.SIGKILL)


class KilledJournal:
    """A journal that may be killed around its commits."""

    def __init__(self, journal, fuse: Fuse) -> None:
        self._journal, self._fuse = journal, fuse

    def __getattr__(self, name):
        return getattr(self._journal, name)

    def append(self, records, on_durable, *, begun=None, entry=None) -> None:
        def durable(failure) -> None:
            if records:
                self._fuse.passes("after the commit, before the answer")
            on_durable(failure)

        self._journal.append(records, durable, begun=begun, entry=entry)
        if records:
            self._fuse.passes("before the commit")


class FileVenue:
    """Implements ports.Venue over a file that outlives every victim."""

    name = "elsewhere"

    def __init__(self, path: Path, fuse: Fuse) -> None:
        self._path, self._fuse = path, fuse
        self._sink = None

    def connect(self, sink) -> None:
        self._sink = sink

    async def send(self, request) -> None:
        for _ in range(3):  # the answer leaves first
            await asyncio.sleep(0)
        self._fuse.passes("while it is sent, before it arrives")
        with self._path.open("a") as file:
            file.write(f"{request.order_id}\n")
        self._fuse.passes("while it is sent, after it arrived")
        self._sink(filled(request, request.ts_ns))

    def observe(self, event) -> None:
        pass

    def advance(self, ts_ns: int) -> None:
        pass

    def known(self) -> list[str]:
        return self._path.read_text().split() if self._path.exists() else []

    async def reconcile(self, orders):
        known = set(self.known())
        return [
            filled(order, order.updated_ns)
            if order.order_id in known
            else v.VenueRejected(order_id=order.order_id, ts_ns=order.updated_ns, reason="unknown to the venue")
            for order in orders
        ]


def filled(order, ts_ns: int) -> v.VenueFilled:
    return v.VenueFilled(
        order_id=order.order_id,
        venue_fill_id=f"fill of {order.order_id}",
        ts_ns=ts_ns,
        quantity=order.quantity,
        price=parse(MIDDLE),
        fee=0,
        liquidity=Liquidity.TAKER,
        model="elsewhere",
    )


class Victim:
    """One life of the engine."""

    def __init__(self, folder: Path, fuse: Fuse) -> None:
        database = open_database(folder / "data")
        self._fuse, self._history = fuse, database.history
        self._venue = FileVenue(folder / "venue", fuse)
        self._world = TradingWorld(database, seed=1, venue=self._venue, journal=KilledJournal(database.journal, fuse))
        self._world.clock.now = max(self._world.clock.now, self._world.core.state.ts_ns)

    async def trade(self) -> None:
        """Place orders until killed, and print each that is acknowledged."""
        await self._world.begin()
        await asyncio.gather(*(self._place_on() for _ in range(IN_FLIGHT)))

    async def settle(self) -> None:
        """Find out about every order, and print what became of all."""
        world, state = self._world, self._world.core.state
        await world.begin()
        world.clock.step(UNKNOWN_SECONDS + 1)
        await world.reconciler.ask_about_all()
        await world.engine.drained()
        # Of all that ever ended, the core keeps some thousands at hand; the tables that follow the journal keep all.
        page = await self._history.orders(OrderFilter(limit=ORDERS_MAX))
        orders = {order.order_id: order.status for order in page.rows}
        assert all(orders[order.order_id] == order.status for order in state.orders.values())
        held = sum(p.quantity for one in state.accounts["acc"].ledgers.values() for p in one.positions.values())
        os.write(1, f"{json.dumps({'orders': orders, 'venue': self._venue.known(), 'held': held})}\n".encode())

    async def _place_on(self) -> None:
        instruction = Instruction(symbol=SYMBOL, side=Side.BUY, quantity=UNIT, order_type=OrderType.MARKET)
        while True:
            self._world.clock.step(0.05)
            self._world.quote()
            now = self._world.clock.now_ns()
            command = c.PlaceOrder(ts_ns=now, account_id="acc", strategy_id="manual", instruction=instruction)
            outcome = await self._world.engine.submit(command)
            assert outcome.refusal is None, outcome
            os.write(1, f"{outcome.subject_id}\n".encode())
            self._fuse.passes("after the answer, before it arrives")


if __name__ == "__main__":
    for line in sys.stdin:
        point, _, count = line.strip().rpartition(" ")
        child = os.fork()
        if not child:
            life = Victim(Path(sys.argv[1]), Fuse(point, int(count)))
            asyncio.run(life.settle() if point == "settle" else life.trade())
            os._exit(0)
        os.write(1, f"pid {child}\n".encode())
        _, status = os.waitpid(child, 0)
        os.write(1, f"ended {status}\n".encode())
