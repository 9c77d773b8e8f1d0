"""Where a backtest happens: one core, one simulated venue, and a note of everything that comes of them."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from typing import Any

from openbell.domain.account import Mode
from openbell.domain.commands import AdvanceTime, CreateStrategy, OpenAccount, RunStrategy
from openbell.domain.events import BorrowCharged, OrderDenied, OrderFilled, Recorded, StrategyStateChanged
from openbell.domain.market import Bar
from openbell.domain.strategy import RunState
from openbell.domain.values import Money, Nanos
from openbell.domain.venue import Admitted, VenueReport, VenueRequest
from openbell.engine.core import Core, CoreSettings
from openbell.engine.ledger import account_equity
from openbell.engine.matching.fees import flat_fees
from openbell.engine.matching.opening import Opening
from openbell.engine.matching.venue import SimulatedVenue
from openbell.engine.state import AccountBook
from openbell.engine.strategy import Strategy
from openbell.ports import RunFailed
from openbell.runtime.equity import EquityCurve
from openbell.runtime.scene import ACCOUNT, Scene, fx_rates

OnRecords = Callable[[list[Recorded]], None]


class Stage:
    """The surroundings of a core that replays bars, and a plain way of stepping them beside it."""

    def __init__(self, scene: Scene, kinds: Mapping[str, type[Strategy]], on_records: OnRecords | None) -> None:
        self.scene = scene
        self.venue = SimulatedVenue(scene.instruments, scene.profile, flat_fees(scene.fee_rate))
        self.core = Core(
            CoreSettings(
                instruments=scene.instruments,
                strategy_kinds=dict(kinds),
                fx_rates=fx_rates(scene),
                fee_rates=dict.fromkeys(scene.instruments, scene.fee_rate),
                borrow_rates=dict.fromkeys(scene.instruments, scene.borrow_rate),
                default_limits=scene.limits,
            )
        )
        self.curve = EquityCurve(scene.instruments, scene.initial_cash)
        self.fills: list[OrderFilled] = []
        self.denials: Counter[str] = Counter()
        self.borrow_cost: Money = 0
        self._on_records = on_records
        self._notes: dict[type, Callable[[Any, int], None]] = {
            OrderFilled: self.note_fill,
            BorrowCharged: self._note_charge,
            OrderDenied: self._note_denial,
            StrategyStateChanged: self._note_state,
        }
        self._under_way = self.venue.under_way
        self._sent: set[str] = set()

    def open(self, ts_ns: Nanos) -> None:
        """Open the account and start the strategies. Raises RunFailed."""
        scene = self.scene
        deposits = {scene.currency: scene.initial_cash}
        commands: list[OpenAccount | CreateStrategy | RunStrategy] = [
            OpenAccount(
                ts_ns=ts_ns,
                account_id=ACCOUNT,
                owner_id=ACCOUNT,
                mode=Mode.BACKTEST,
                base_currency=scene.currency,
                deposits=deposits,
            )
        ]
        for config in scene.strategies:
            start = RunStrategy(ts_ns=ts_ns, account_id=ACCOUNT, strategy_id=config.strategy_id, state=RunState.RUNNING)
            commands += [CreateStrategy(ts_ns=ts_ns, config=config), start]
        for command in commands:
            step = self.core.step(command)
            if step.refusal is not None:
                raise RunFailed(step.refusal.message)
            self._note(step.records)

    def warm_up(self, bars: list[Bar]) -> None:
        """Show the strategies what was before, with their orders dropped."""
        for config in self.scene.strategies:
            own = [bar for bar in bars if bar.symbol in config.symbols]
            self._note(self.core.warm_up(ACCOUNT, config.strategy_id, own).records)

    @property
    def order_count(self) -> int:
        """Orders placed so far."""
        return self.core.state.order_count

    @property
    def book(self) -> AccountBook:
        """The account as it stands."""
        return self.core.state.accounts[ACCOUNT]

    def equity(self) -> Money:
        """Give the account's equity as the core sees it now."""
        return account_equity(self.core.marks, self.book)

    # ------------------------------------------------------------ what the replay asks of its surroundings

    def orders(self, symbol: str) -> Collection[object]:
        """Give the orders that rest in a symbol at the venue."""
        return self.venue.orders(symbol)

    @property
    def under_way(self) -> Collection[object]:
        """The requests that have not reached the venue."""
        return self._under_way

    @property
    def sent(self) -> set[str]:
        """The symbols that orders were sent in, for the replay to empty once it has looked."""
        return self._sent

    def opening(self, symbol: str) -> Opening | None:
        """Give what lone market orders get at the open; none where events are recorded, or time has its say."""
        is_watched = self._on_records is not None or self.scene.tells_time
        return None if is_watched else self.venue.opening(symbol)

    def take_over(self, admitted: Admitted) -> None:
        """Give the venue an order that has been accepted already."""
        self.venue.request(admitted)

    def meet(self, bar: Bar, place: int) -> None:
        """Let a bar meet what rests at the venue, and the core hear of it."""
        reports = self.venue.observe(bar)
        if reports:
            self._report(reports, place)

    def step(self, bar: Bar, place: int) -> None:
        """Give a bar to the core and settle what it decided."""
        step = self.core.step(bar)
        if step.records:
            self.settle(step.records, step.requests, place)

    def settle(self, records: list[Recorded], requests: list[VenueRequest], place: int) -> None:
        """Take note of what the core decided and send what it asked for."""
        self._note(records, place)
        for request in requests:
            self._report(self._send(request), place)

    def tell_time(self, ts_ns: Nanos, place: int) -> None:
        """Tell the core the time and settle what it decided."""
        step = self.core.step(AdvanceTime(ts_ns=ts_ns))
        if step.records:
            self.settle(step.records, step.requests, place)
            self.curve.set_cash(place, self.book.account.cash[self.scene.currency])

    def _report(self, reports: list[VenueReport], place: int) -> None:
        """Hand reports to the core, and what it asks for in turn to the venue, until nothing is under way."""
        waiting = list(reports)
        # What is put at the end of a list while it is gone through is reached in its turn.
        for report in waiting:
            step = self.core.step(report)
            self._note(step.records, place)
            for request in step.requests:
                waiting.extend(self._send(request))

    def _send(self, request: VenueRequest) -> list[VenueReport]:
        if type(request) is Admitted:
            self._sent.add(request.symbol)
        return self.venue.request(request)

    def _note(self, records: list[Recorded], place: int = 0) -> None:
        if self._on_records is not None and records:
            self._on_records(records)
        for record in records:
            event = record.event
            note = self._notes.get(type(event))
            if note is not None:
                note(event, place)

    def _note_charge(self, event: BorrowCharged, _place: int) -> None:
        self.borrow_cost += event.amount

    def _note_denial(self, event: OrderDenied, _place: int) -> None:
        self.denials[event.code.value] += 1

    def _note_state(self, event: StrategyStateChanged, _place: int) -> None:
        if event.state is RunState.ERROR:
            raise RunFailed(f"the strategy stopped with an error: {event.reason}")

    def note_fill(self, event: OrderFilled, place: int) -> None:
        """Take note of a fill."""
        self.fills.append(event)
        book, fill = self.core.state.accounts[ACCOUNT], event.fill
        exposure = book.exposures[fill.symbol]
        self.curve.set_cash(place, book.account.cash[fill.currency])
        self.curve.set_holding(fill.symbol, (place, exposure.quantity, exposure.cost))
