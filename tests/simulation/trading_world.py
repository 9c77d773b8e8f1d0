"""A whole engine by seed: real core, real journal on a disk, a market, traders, and a venue that may misbehave."""

import random
import runpy
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path

import msgspec

from fakes import SteppedClock
from openbell.adapters.sql.database import open_database
from openbell.domain import commands as c
from openbell.domain import venue as v
from openbell.domain.account import Mode
from openbell.domain.market import Quote
from openbell.domain.order import Instruction, OrderType, Side, TimeInForce
from openbell.domain.risk import RiskLimits
from openbell.domain.values import SCALE, parse
from openbell.engine.core import Core, CoreSettings
from openbell.engine.matching.fees import flat_fees
from openbell.engine.matching.profile import IDEAL, Depth, FillProfile
from openbell.engine.matching.venue import SimulatedVenue
from openbell.ports import Unavailable
from openbell.runtime.board import MarketBoard
from openbell.runtime.live import LiveEngine
from openbell.runtime.reconciliation import UNKNOWN_SECONDS, Reconciler
from openbell.runtime.recovery import copy_of, recover
from openbell.runtime.views import LiveViews
from simulation.remote_venue import RemoteVenue

BENCH = runpy.run_path(str(Path(__file__).parents[1] / "unit" / "engine" / "conftest.py"))
SYMBOL, MIDDLE = "BTC/USD", 40_000
CASH = parse(10_000_000)
PARTS = msgspec.structs.replace(IDEAL, name="parts", depth=Depth.VISIBLE)
"""Orders get what a quote shows, which is little: their fills come in parts."""


class Quiet:
    """A publisher nobody listens to."""

    def events(self, records) -> None:
        pass

    def market(self, event) -> None:
        pass


class TradingWorld:
    """One engine and what is around it, moved step by step by chance."""

    def __init__(
        self, database, *, seed: int, venue: RemoteVenue | None = None, journal=None, profile: FillProfile = IDEAL
    ) -> None:
        instruments = {SYMBOL: BENCH["INSTRUMENTS"][SYMBOL]}
        self.chance = random.Random(seed)  # noqa: S311 - one seed repeats a failure
        self.clock = SteppedClock()
        self._sizes = (50,) if profile is IDEAL else (1, 2)
        exchange = SimulatedVenue(instruments, profile, flat_fees(parse("0.001")))
        self.venue = venue or RemoteVenue(exchange, chance=self.chance)
        settings = CoreSettings(
            instruments=instruments,
            strategy_kinds={},
            fx_rates={},
            default_limits=RiskLimits(),
        )
        self.core = Core(settings, recover(database.journal).state)
        self.views = LiveViews(state=copy_of(self.core.state), marks=self.core.marks)
        board = MarketBoard(instruments=list(instruments.values()), resolve=instruments.get, marks=self.core.marks)
        self.engine = LiveEngine(
            core=self.core,
            journal=journal or database.journal,
            clock=self.clock,
            venue=self.venue,
            views=self.views,
            board=board,
            publisher=Quiet(),
        )
        self.reconciler = Reconciler(engine=self.engine, core=self.core, venue=self.venue)
        self.acknowledged: list[str] = []

    async def begin(self) -> None:
        self.engine.resume()
        await self.reconciler.settle()
        self.engine.start()
        self.quote()
        if "acc" not in self.core.state.accounts:
            command = c.OpenAccount(
                ts_ns=self.clock.now_ns(),
                account_id="acc",
                owner_id="owner",
                mode=Mode.PAPER,
                base_currency="USD",
                deposits={"USD": CASH},
            )
            assert (await self.engine.submit(command)).refusal is None

    async def move(self) -> None:
        """Do one thing that may happen."""
        self.clock.step(self.chance.choice((0.01, 0.2, 1.0)))
        self.venue.tick()
        kinds = (self.quote, self.place, self.place, self.cancel, self.modify, self.ask)
        moved = self.chance.choice(kinds)()
        if moved is not None:
            await moved
        await self.engine.quiet()

    def quote(self) -> None:
        middle = parse(MIDDLE + self.chance.randint(-50, 50))
        tick, size = parse("0.01"), SCALE * self.chance.choice(self._sizes)
        self.engine.observe(Quote(SYMBOL, self.clock.now_ns(), middle - tick, size, middle + tick, size))

    async def place(self) -> None:
        is_limit = self.chance.random() < 0.7
        instruction = Instruction(
            symbol=SYMBOL,
            side=self.chance.choice((Side.BUY, Side.SELL)),
            quantity=parse(self.chance.randint(1, 5)),
            order_type=OrderType.LIMIT if is_limit else OrderType.MARKET,
            limit_price=parse(MIDDLE + self.chance.randint(-60, 60)) if is_limit else None,
            stop_price=None,
            time_in_force=TimeInForce.GTC if is_limit else None,
        )
        command = c.PlaceOrder(
            ts_ns=self.clock.now_ns(), account_id="acc", strategy_id="manual", instruction=instruction
        )
        outcome = await self.engine.submit(command)
        if outcome.refusal is None:
            self.acknowledged.append(outcome.subject_id)

    async def cancel(self) -> None:
        if order := self._some_order():
            command = c.CancelOrder(ts_ns=self.clock.now_ns(), account_id="acc", order_id=order.order_id)
            await self.engine.submit(command)

    async def modify(self) -> None:
        if order := self._some_order():
            quantity = order.filled_quantity + parse(self.chance.randint(1, 5))
            command = c.ModifyOrder(
                ts_ns=self.clock.now_ns(), account_id="acc", order_id=order.order_id, quantity=quantity
            )
            await self.engine.submit(command)

    async def ask(self) -> None:
        try:
            await self.reconciler.ask_about_doubts()
        except Unavailable:
            return

    async def settle(self) -> None:
        """Let the link heal and ask, as the running system does."""
        self.venue.heal()
        self.quote()
        for _ in range(2):  # what the first pass asks to be done, the second sees done
            # A request is given time to be answered, and more of it when something is heard of its order.
            self.clock.step(UNKNOWN_SECONDS + 1)
            await self.reconciler.ask_about_all()
            await self.engine.drained()

    def check(self) -> None:
        """Hold our books against the venue's."""
        sent = [request.order_id for request in self.venue.received if isinstance(request, v.Admitted)]
        assert len(sent) == len(set(sent)), "an order went out twice"
        for order_id in self.acknowledged:
            order = self.core.state.orders[order_id]
            story = [r for r in self.venue.story.get(order_id, []) if not isinstance(r, v.VenueRefusedChange)]
            filled = sum(report.quantity for report in story if isinstance(report, v.VenueFilled))
            assert order.filled_quantity == filled, f"{order_id}: {order.filled_quantity} against {filled}"
            ended = any(isinstance(r, (v.VenueCanceled, v.VenueExpired, v.VenueRejected)) for r in story)
            is_working = bool(story) and not ended and filled < order.quantity
            assert order.is_open == is_working, f"{order_id} is {order.status}, the venue says {story}"
            is_settled = not order.in_doubt and not order.status.startswith("PENDING")
            assert is_settled, f"{order_id} is {order.status} and in doubt, the venue says {story}"
        self._check_money()

    def _check_money(self) -> None:
        fills = [r for story in self.venue.story.values() for r in story if isinstance(r, v.VenueFilled)]
        sides = {order.order_id: order.side for order in self.core.state.orders.values()}
        signed = [(fill, 1 if sides[fill.order_id] is Side.BUY else -1) for fill in fills]
        held = sum(sign * fill.quantity for fill, sign in signed)
        paid = sum(Decimal(sign * fill.quantity) * fill.price / SCALE + fill.fee for fill, sign in signed)
        book = self.core.state.accounts["acc"]
        positions = [p for one in book.ledgers.values() for p in one.positions.values()]
        assert sum(position.quantity for position in positions) == held
        assert abs(CASH - paid - book.account.cash["USD"]) <= len(fills), "cash is what was paid, to a step a fill"

    def _some_order(self):
        orders = [order for order in self.core.state.orders.values() if order.is_open]
        return self.chance.choice(orders) if orders else None


@asynccontextmanager
async def trading_world(
    folder: Path,
    *,
    seed: int,
    venue: RemoteVenue | None = None,
    now_ns: int | None = None,
    profile: FillProfile = IDEAL,
):
    database = open_database(folder)
    try:
        world = TradingWorld(database, seed=seed, venue=venue, profile=profile)
        world.clock.now = now_ns or world.clock.now
        await world.begin()
        yield world
        await world.engine.stop()
    finally:
        database.close()
