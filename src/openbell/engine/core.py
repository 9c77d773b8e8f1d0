"""The trading core: one function from an input to what has happened and what is to be sent."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, get_args

import msgspec

from openbell.domain import commands as c
from openbell.domain import venue as v
from openbell.domain.events import Recorded
from openbell.domain.market import Bar, MarketEvent, Timeframe
from openbell.domain.preview import Preview
from openbell.domain.risk import Refusal, RefusalCode
from openbell.domain.strategy import RunState
from openbell.domain.values import Nanos
from openbell.domain.venue import VenueRequest
from openbell.engine import accounts, borrow, dead_man, halt, life, reports, roster, schedule
from openbell.engine.exits import Exits
from openbell.engine.host import Host
from openbell.engine.marks import Marks
from openbell.engine.preview import preview
from openbell.engine.replay import Replay
from openbell.engine.state import State
from openbell.engine.surroundings import Surroundings
from openbell.engine.turn import CoreSettings, Turn, Verdict

__all__ = ["TIME_MAX_NS", "Core", "CoreSettings", "Step"]

TIME_MAX_NS: Nanos = 2**63 - 1
"""Latest instant an input may carry, in the year 2262."""


class Step(msgspec.Struct, gc=False):
    """What one input led to: events to make durable, requests to send after that, and the answer to a command."""

    records: list[Recorded]
    requests: list[VenueRequest]
    refusal: Refusal | None = None
    subject_id: str = ""


class Core:
    """Decides and applies. The same inputs give the same steps, byte for byte.

    No input raises: what cannot be done is refused by value, and what a venue or feed says wrongly is ignored or
    alerted. An assertion that fails in here is a bug, and trading has to stop.
    """

    def __init__(self, settings: CoreSettings, state: State | None = None) -> None:
        self.settings = settings
        if state is not None:
            _refuse_missing(settings, state)
        self.state = state if state is not None else State(terminal_orders_max=settings.terminal_orders_max)
        self.marks = Marks(settings.instruments, settings.fx_rates)
        self._turn = Turn(settings, self.state, self.marks)
        self._host = Host(self._turn)
        self._exits = Exits(self._turn)
        self._last_time_ns: Nanos = self.state.ts_ns
        self._deciders: dict[type, Callable[[Any], Verdict]] = self._commands()

    def step(self, given: c.Input) -> Step:
        """Take one input: decide, apply, and say what came of it."""
        decide = self._deciders.get(type(given))
        if decide is None:
            return self._on_market(given)  # type: ignore[arg-type]
        if not 0 <= given.ts_ns <= TIME_MAX_NS:
            return Step([], [], Refusal(RefusalCode.INVALID_PARAMETER, "the time lies outside 1970 to 2262", "ts_ns"))
        turn = self._turn
        turn.begin(given.ts_ns)
        refusal, subject_id = decide(given)
        if turn.touched:
            self._host.tell_orders()
        return Step(turn.records, turn.requests, refusal, subject_id)

    def look(self, event: MarketEvent) -> None:
        """Take the prices of a market event and do nothing about them: nothing can be recorded at the moment."""
        if event.symbol in self.settings.instruments and 0 <= event.ts_ns <= TIME_MAX_NS:
            self.marks.update(event)

    def preview(self, command: c.PlaceOrder) -> Preview:
        """Say what would become of an order now, without placing it: nothing is changed, numbered or counted."""
        return preview(self._turn, command)

    def warm_up(self, account_id: str, strategy_id: str, bars: Sequence[Bar]) -> Step:
        """Feed a started strategy its history, oldest first, with orders dropped.

        The step has the end of a strategy that failed on the way. Raises KeyError for one that has not been started.
        """
        self._turn.begin(self.state.ts_ns)
        self._host.warm_up((account_id, strategy_id), bars)
        return Step(self._turn.records, self._turn.requests)

    def replay(self, around: Surroundings, timeframe: Timeframe) -> Replay:
        """Give what runs columns of bars through this core. Marks are then read from the columns alone."""
        return Replay(self._turn, self._host, self._exits.listens, around, timeframe)

    def resume_strategies(self) -> Step:
        """After a recovery, make the instances of strategies that run or pause; the step has the end of failed ones."""
        self._turn.begin(self.state.ts_ns)
        for book in self.state.accounts.values():
            for strategy in list(book.strategies.values()):
                if strategy.state in (RunState.RUNNING, RunState.PAUSED):
                    self._host.start(strategy.config)
        return Step(self._turn.records, self._turn.requests)

    def _on_market(self, event: MarketEvent) -> Step:
        if event.symbol not in self.settings.instruments or not 0 <= event.ts_ns <= TIME_MAX_NS:
            return Step([], [])
        self.marks.update(event)
        has_exits = self._exits.listens(event.symbol)
        if not has_exits and not self._host.listens(event):
            return Step([], [])
        turn = self._turn
        turn.begin(event.end_ns if type(event) is Bar else event.ts_ns)
        if has_exits:
            self._exits.watch(event.symbol)
        self._host.market(event)
        if turn.touched:
            self._host.tell_orders()
        return Step(turn.records, turn.requests)

    def _on_report(self, report: v.VenueReport) -> Verdict:
        reports.take(self._turn, report)
        return None, report.order_id

    def _on_fill(self, report: v.VenueFilled) -> Verdict:
        turn = self._turn
        order = reports.take(turn, report)
        if order is not None:
            halt.watch(turn, turn.state.accounts[order.account_id])
        return None, report.order_id

    def _on_roster(self, decide: Callable[[Turn, Any], Verdict], command: c.Command) -> Verdict:
        verdict = decide(self._turn, command)
        self._exits.refresh()
        return verdict

    def _on_time(self, _given: c.AdvanceTime) -> Verdict:
        borrow.on_time(self._turn, self._last_time_ns)
        halt.on_time(self._turn, self._last_time_ns)
        dead_man.on_time(self._turn)
        schedule.on_time(self._turn)
        self._last_time_ns = self._turn.now_ns
        return None, ""

    def _commands(self) -> dict[type, Callable[[Any], Verdict]]:
        turn, host = self._turn, self._host
        plain: dict[type, Callable[[Turn, Any], Verdict]] = {
            c.OpenAccount: accounts.open_account,
            c.MoveCash: accounts.move_cash,
            c.SetLimits: accounts.set_limits,
            c.SetDeadMan: dead_man.set_dead_man,
            c.RaiseAlert: accounts.raise_alert,
            c.AcknowledgeAlert: accounts.acknowledge_alert,
            c.PlaceOrder: life.place,
            c.ModifyOrder: life.modify,
            c.CancelOrder: life.cancel_by_command,
            c.CancelAll: life.cancel_all,
            c.SetKillSwitch: halt.set_kill_switch,
        }
        deciders: dict[type, Callable[[Any], Verdict]] = {kind: partial(f, turn) for kind, f in plain.items()}
        deciders |= dict.fromkeys(get_args(v.VenueReport), self._on_report)
        deciders[v.VenueFilled] = self._on_fill
        deciders[c.RunStrategy] = partial(roster.run, turn, host)
        deciders[c.CreateStrategy] = partial(self._on_roster, roster.create)
        deciders[c.ConfigureStrategy] = partial(self._on_roster, lambda t, given: roster.configure(t, host, given))
        deciders[c.DeleteStrategy] = partial(self._on_roster, lambda t, given: roster.delete(t, host, given))
        deciders[c.AdvanceTime] = self._on_time
        return deciders


def _refuse_missing(settings: CoreSettings, state: State) -> None:
    """Stop a start that could not value what is held. Raises LookupError naming the instruments."""
    needed = {order.symbol for order in state.orders.values() if order.is_open}
    for book in state.accounts.values():
        needed |= {symbol for one in book.ledgers.values() for symbol, p in one.positions.items() if p.quantity}
    missing = sorted(needed - settings.instruments.keys())
    if missing:
        raise LookupError(f"held or ordered, but not among the instruments: {', '.join(missing)}")
