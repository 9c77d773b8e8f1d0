"""The live engine: one inbox, one core, one journal. Nothing is answered, sent or published before it is durable."""

import asyncio
from functools import partial

import structlog

from openbell.domain.audit import AuditEntry
from openbell.domain.commands import (
    AdvanceTime,
    CancelAll,
    CancelOrder,
    Command,
    Input,
    PlaceOrder,
    RunStrategy,
    SetKillSwitch,
)
from openbell.domain.market import Bar, MarketEvent
from openbell.domain.preview import Preview
from openbell.domain.strategy import RunState, StrategyConfig
from openbell.domain.values import Nanos
from openbell.domain.venue import VenueReport, VenueSilent
from openbell.engine.core import Core, Step
from openbell.ports import (
    Answered,
    BegunAnswer,
    Clock,
    Journal,
    JournalFailed,
    Outcome,
    Publisher,
    Resumption,
    Unavailable,
    Venue,
    Witness,
)
from openbell.runtime.asked import Asked, tell
from openbell.runtime.board import MarketBoard
from openbell.runtime.dispatch import Dispatch
from openbell.runtime.views import LiveViews
from openbell.runtime.watchers import Watchers

log = structlog.get_logger(__name__)

TRADING = frozenset({RunState.RUNNING, RunState.PAUSED})
UNCOMMITTED_STEPS_MAX = 10_000
"""Steps that may wait for the journal; past it commands are turned away as unavailable."""
STOPPING = (SetKillSwitch, CancelOrder, CancelAll)
"""Commands that never wait behind others: they end trading."""


class LiveEngine:
    """Runs the core on the event loop and joins it to journal, venue, views and listeners. One per data directory."""

    def __init__(
        self,
        *,
        core: Core,
        journal: Journal,
        clock: Clock,
        venue: Venue,
        views: LiveViews,
        board: MarketBoard,
        publisher: Publisher,
        witness: Witness | None = None,
        resumption: Resumption | None = None,
    ) -> None:
        self._core = core
        self._journal = journal
        self._clock = clock
        self._venue = venue
        self._views = views
        self._board = board
        self._publisher = publisher
        self._witness = witness or _nobody
        self._resumption = resumption
        self._dispatch = Dispatch(venue, on_report=self.take, now_ns=clock.now_ns)
        self.unsent = self._dispatch.unsent
        """Orders let out that have not been handed to the venue yet."""
        self._uncommitted = 0
        self._waiting_to_send = 0
        self._quiet = asyncio.Event()
        self._quiet.set()
        self._watchers = Watchers(views)
        self.doubts: set[str] = set()
        """Orders of which a request went unanswered; the reconciler finds out about them and takes them off."""
        self._halted = ""
        venue.connect(self.take)

    # -- the way in ----------------------------------------------------------------------------

    def now_ns(self) -> Nanos:
        """Give the time commands are to carry."""
        return self._clock.now_ns()

    async def submit(self, command: Command) -> Outcome:
        """Decide a command and return once what it caused is durable.

        One that was decided before the answer to its request was lost is not decided again. Raises Unavailable while
        trading is halted, when the backlog is full, or when the commit fails.
        """
        told: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self.begin(command, partial(tell, told))
        return await told

    def begin(self, command: Command, answered: Answered) -> None:
        """Decide a command, and have the callback hear of it once what it caused is durable, or failed.

        Raises Unavailable, and calls nobody, where it could not be decided.
        """
        recalled = self._resumption.recall(command) if self._resumption is not None else None
        if recalled is not None:
            answered(recalled)
            return
        self._check_able(command)
        starting = self._stopped_strategy(command)
        step = self._decide(command)
        outcome = Outcome(subject_id=step.subject_id, refusal=step.refusal)
        begun = self._resumption.begun(command, outcome) if self._resumption is not None and step.records else None
        # A refusal may rest on events that are not durable yet: whoever waits for it waits behind them.
        self._append(step, Asked(outcome, answered), begun=begun, entry=self._witness(command, outcome))
        if starting is not None:
            self._warm_up(starting)

    def preview(self, command: PlaceOrder) -> Preview:
        """Say what would become of an order now. Raises Unavailable while trading is halted."""
        if self._halted:
            raise Unavailable(f"trading is halted: {self._halted}")
        return self._core.preview(command)

    async def settled(self, order_id: str, *, timeout_s: float) -> None:
        """Wait until no request for the order is under way, or the time is over."""
        await self._watchers.settled(order_id, timeout_s=timeout_s)

    def take(self, report: VenueReport) -> None:
        """Take what the venue says about an order."""
        if type(report) is VenueSilent:
            self.doubts.add(report.order_id)
        if not self._halted:
            self._take(report)

    def observe(self, event: MarketEvent) -> None:
        """Take one market event: match, decide, show."""
        if not self._halted:
            self._venue.advance(event.ts_ns if not isinstance(event, Bar) else event.end_ns)
            self._venue.observe(event)
            self._follow(event)
        for bar in self._board.update(event):
            self._show_bar(bar)
        if not isinstance(event, Bar):
            self._publisher.market(event)

    def advance(self, ts_ns: Nanos) -> None:
        """Let time pass: expiries at the venue, day rolls and marks in the core, candles that are over."""
        if not self._halted:
            self._venue.advance(ts_ns)
            self._take(AdvanceTime(ts_ns=ts_ns))
        for bar in self._board.advance(ts_ns):
            self._show_bar(bar)

    async def quiet(self) -> None:
        """Wait until every order let out has reached the venue: what a replay does between two events."""
        while self._waiting_to_send or self._dispatch.is_busy:
            self._quiet.clear()
            await self._quiet.wait()

    async def drained(self) -> None:
        """Wait until all that has been decided so far is durable and shown, and what it let out has been sent."""
        told: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._append(Step([], []), Asked(Outcome(), partial(tell, told)))
        await told
        await self.quiet()

    # -- life ----------------------------------------------------------------------------------

    @property
    def halted(self) -> str:
        """Why trading is halted; '' while it is not."""
        return self._halted

    def resume(self) -> None:
        """Make strategies anew after a recovery, so that they hear what the venue says next."""
        self._commit(self._core.resume_strategies())
        for strategy in self._views.strategies():
            self._warm_up(strategy.config)

    def start(self) -> None:
        """Let requests flow: called once it is settled how every order stands at the venue."""
        self._dispatch.start(on_idle=self._maybe_quiet)

    async def stop(self) -> None:
        """Send what is let out already and stop."""
        await self.quiet()
        await self._dispatch.stop()

    # -- step, commit, send --------------------------------------------------------------------

    def _take(self, given: Input) -> None:
        self._commit(self._decide(given))

    def _decide(self, given: Input) -> Step:
        try:
            return self._core.step(given)
        except Exception as bug:
            # State may be half changed: nothing that follows from it may become durable or leave.
            log.exception("the core failed", input=type(given).__name__)
            self._halt(f"the core failed on {type(given).__name__}: {bug}")
            raise Unavailable(f"trading is halted: {self._halted}") from bug

    def _check_able(self, command: Command) -> None:
        """Turn a command away that could not be recorded now. Raises Unavailable."""
        if self._halted:
            raise Unavailable(f"trading is halted: {self._halted}")
        is_urgent = isinstance(command, STOPPING)
        if waits := self._journal.stalled or (not is_urgent and self._journal.scarce):
            raise Unavailable(f"nothing new can be recorded at the moment: {waits}")
        if self._uncommitted >= UNCOMMITTED_STEPS_MAX and not is_urgent:
            raise Unavailable("too many commands wait for the journal; try again")

    def _follow(self, event: MarketEvent) -> None:
        """Let strategies and exits see an event, unless what they decide could not be recorded."""
        if self._journal.stalled or self._journal.scarce:
            self._core.look(event)
        else:
            self._take(event)

    def _commit(self, step: Step) -> None:
        if step.records or step.requests:
            self._append(step, None)

    def _stopped_strategy(self, command: Command) -> StrategyConfig | None:
        """Give the strategy that a command is about to start from standing still; one that pauses is warm."""
        if not isinstance(command, RunStrategy):
            return None
        book = self._core.state.accounts.get(command.account_id)
        strategy = book.strategies.get(command.strategy_id) if book else None
        return strategy.config if strategy is not None and strategy.state not in TRADING else None

    def _warm_up(self, config: StrategyConfig) -> None:
        strategy = self._core.state.accounts[config.account_id].strategies.get(config.strategy_id)
        if strategy is None or strategy.state not in TRADING:
            return
        wanted = self._core.settings.strategy_kinds[config.kind](config.parameters).warm_up_bars()
        bars = [
            bar for symbol in config.symbols for bar in self._board.finished(symbol, config.timeframe, limit=wanted)
        ]
        in_order = sorted(bars, key=lambda bar: bar.ts_ns)
        self._commit(self._core.warm_up(config.account_id, config.strategy_id, in_order))

    def _append(
        self,
        step: Step,
        asked: Asked | None,
        *,
        begun: BegunAnswer | None = None,
        entry: AuditEntry | None = None,
    ) -> None:
        self._uncommitted += 1
        if step.requests:
            self._waiting_to_send += 1
            self._dispatch.expect(step.requests)
        self._journal.append(step.records, partial(self._on_durable, step, asked), begun=begun, entry=entry)

    def _on_durable(self, step: Step, asked: Asked | None, failure: JournalFailed | None) -> None:
        self._uncommitted -= 1
        self._waiting_to_send -= bool(step.requests)
        if failure is not None:
            self._halt(str(failure))
        else:
            self._views.apply(step.records)
            self._publisher.events(step.records)
            self._dispatch.put(step.requests)
            self._watchers.wake()
        self._maybe_quiet()
        if asked is not None:
            asked.answered(failure or asked.outcome)

    def _halt(self, reason: str) -> None:
        if not self._halted:
            self._halted = reason
            log.critical("trading halted", reason=reason)

    # -- showing -------------------------------------------------------------------------------

    def _show_bar(self, bar: Bar) -> None:
        # A bar built here from trades reaches strategies now; one that came from a feed has been stepped already.
        if bar.is_final and not self._halted and self._board.builds(bar.symbol):
            self._follow(bar)
        self._publisher.market(bar)

    def _maybe_quiet(self) -> None:
        if not self._waiting_to_send and not self._dispatch.is_busy:
            self._quiet.set()


def _nobody(_command: Command, _outcome: Outcome) -> None:
    """Record nothing."""
