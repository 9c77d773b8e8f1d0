"""One backtest: the same core and the same matching as live, driven by recorded bars as fast as they can be read.

A result is a function of the request and the data: no clock is read and nothing is drawn by chance, so the same
request over the same bars gives the same bytes.
"""

from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgspec

from openbell.domain.account import Mode
from openbell.domain.commands import CreateStrategy, OpenAccount, RunStrategy
from openbell.domain.events import OrderDenied, OrderFilled, OrderPlaced, Recorded, StrategyStateChanged
from openbell.domain.instrument import Instrument
from openbell.domain.market import Bar
from openbell.domain.risk import BACKTEST_LIMITS
from openbell.domain.run import BacktestRequest
from openbell.domain.strategy import RunState, StrategyConfig
from openbell.domain.values import SCALE, Money, Nanos
from openbell.domain.venue import VenueReport, VenueRequest
from openbell.engine.core import Core, CoreSettings
from openbell.engine.matching.fees import flat_fees
from openbell.engine.matching.profile import PROFILES
from openbell.engine.matching.venue import SimulatedVenue
from openbell.engine.strategy import InvalidParameters, Strategy, validate_parameters
from openbell.ports import BarColumns, RunFailed

ACCOUNT = "backtest"
BATCH_BARS = 4_096
"""Bars between two looks at progress and cancellation, and bars turned into objects at a time."""
BARS_MAX = 50_000_000


class Cancelled(Exception):
    """The run was asked to stop."""


class Played(msgspec.Struct, frozen=True, kw_only=True):
    """What came out of a run, exact: fills in order, equity after each bar, and what our own gate denied."""

    instrument: Instrument
    parameters: dict[str, Any]
    fills: list[OrderFilled]
    ts_ns: list[Nanos]
    """The end of each bar."""
    equity: list[Money]
    orders: int
    denials: dict[str, int]


def play(
    request: BacktestRequest,
    *,
    instrument: Instrument,
    bars: BarColumns,
    kinds: Mapping[str, type[Strategy]],
    on_progress: Callable[[float], None] | None = None,
    is_cancelled: Callable[[], bool] | None = None,
) -> Played:
    """Run a strategy over bars. Raises RunFailed when it cannot run or stopped itself, Cancelled when told to stop.

    For each bar: what rests at the venue meets the bar, its reports reach the core, then the strategy sees the bar
    and its orders go to the venue. So an order decided on a bar's close trades at the next bar's open, never earlier.
    """
    count = len(bars.ts_ns)
    if not request.warm_up_bars < count <= BARS_MAX:
        raise RunFailed(f"there are {count:,} bars in this period: a run needs 1 to {BARS_MAX:,}, past its warm-up")
    if bars.ts_ns[0] < 0:
        raise RunFailed("bars before 1970 cannot be played: begin later with a start of 1970-01-01")
    stage = _Stage(request, instrument, kinds, start_ns=int(bars.ts_ns[0]))
    if request.warm_up_bars:
        stage.warm_up(_batch(request, bars, 0, request.warm_up_bars))
    for first in range(request.warm_up_bars, count, BATCH_BARS):
        if is_cancelled is not None and is_cancelled():
            raise Cancelled
        stage.play(_batch(request, bars, first, BATCH_BARS))
        if on_progress is not None:
            on_progress(min(1.0, (first + BATCH_BARS) / count))
    return stage.played(ends_ns=(bars.ts_ns[request.warm_up_bars :] + request.timeframe.length_ns).tolist())


def _batch(request: BacktestRequest, bars: BarColumns, first: int, size: int) -> Iterator[Bar]:
    symbol, timeframe = request.symbol, request.timeframe
    columns = (bars.ts_ns, bars.open, bars.high, bars.low, bars.close, bars.volume)
    for values in zip(*(column[first : first + size].tolist() for column in columns), strict=True):
        yield Bar(symbol, timeframe, *values)


class _Stage:
    """A core, a venue and the record of what happens between them."""

    def __init__(
        self, request: BacktestRequest, instrument: Instrument, kinds: Mapping[str, type[Strategy]], *, start_ns: Nanos
    ) -> None:
        profile = PROFILES.get(request.fill_model)
        if profile is None:
            raise RunFailed(f"unknown fill model {request.fill_model}: one of {', '.join(PROFILES)}")
        self._instrument = instrument
        self._strategy_id = request.strategy_id
        instruments = {instrument.symbol: instrument}
        self._venue = SimulatedVenue(instruments, profile, flat_fees(request.fee_rate))
        self._core = Core(
            CoreSettings(
                instruments=instruments,
                strategy_kinds=dict(kinds),
                fx_rates={"USD": SCALE, instrument.currency: SCALE},
                fee_rates={instrument.symbol: request.fee_rate},
                default_limits=BACKTEST_LIMITS,
            )
        )
        self.parameters = _parameters(request, kinds)
        self._fills: list[OrderFilled] = []
        self._equity: list[Money] = []
        self._denials: Counter[str] = Counter()
        self._orders = 0
        self._cash = request.initial_cash
        self._open(request, start_ns)

    def play(self, bars: Iterator[Bar]) -> None:
        """Let some bars happen, one after the other."""
        observe, step, report_all = self._venue.observe, self._core.step, self._report
        for bar in bars:
            reports = observe(bar)
            if reports:
                report_all(reports)
            decided = step(bar)
            if decided.records:
                self._note(decided.records)
            if decided.requests:
                self._send(decided.requests)
            self._equity.append(self._equity_at(bar.close))

    def warm_up(self, bars: Iterator[Bar]) -> None:
        """Show the strategy what was before, with its orders dropped."""
        self._note(self._core.warm_up(ACCOUNT, self._strategy_id, list(bars)).records)

    def played(self, *, ends_ns: list[Nanos]) -> Played:
        """Give what came of it."""
        return Played(
            instrument=self._instrument,
            parameters=self.parameters,
            fills=self._fills,
            ts_ns=ends_ns,
            equity=self._equity,
            orders=self._orders,
            denials=dict(sorted(self._denials.items())),
        )

    def _open(self, request: BacktestRequest, ts_ns: Nanos) -> None:
        config = StrategyConfig(
            strategy_id=request.strategy_id,
            account_id=ACCOUNT,
            owner_id=ACCOUNT,
            name=request.strategy_id,
            kind=request.kind,
            symbols=(request.symbol,),
            timeframe=request.timeframe,
            parameters=self.parameters,
            mode=Mode.BACKTEST,
            allocated=request.initial_cash,
            stop_loss_percent=request.stop_loss_percent,
            take_profit_percent=request.take_profit_percent,
        )
        currency = self._instrument.currency
        for command in (
            OpenAccount(
                ts_ns=ts_ns,
                account_id=ACCOUNT,
                owner_id=ACCOUNT,
                mode=Mode.BACKTEST,
                base_currency=currency,
                deposits={currency: request.initial_cash},
            ),
            CreateStrategy(ts_ns=ts_ns, config=config),
            RunStrategy(ts_ns=ts_ns, account_id=ACCOUNT, strategy_id=request.strategy_id, state=RunState.RUNNING),
        ):
            step = self._core.step(command)
            if step.refusal is not None:
                raise RunFailed(step.refusal.message)
            self._note(step.records)
            self._send(step.requests)

    def _send(self, requests: list[VenueRequest]) -> None:
        for request in requests:
            self._report(self._venue.request(request))

    def _report(self, reports: list[VenueReport]) -> None:
        """Hand reports to the core, and what it asks for in turn to the venue, until nothing is under way."""
        waiting = deque(reports)
        while waiting:
            step = self._core.step(waiting.popleft())
            self._note(step.records)
            for request in step.requests:
                waiting.extend(self._venue.request(request))

    def _note(self, records: list[Recorded]) -> None:
        for record in records:
            event = record.event
            if isinstance(event, OrderFilled):
                self._fills.append(event)
                self._cash += event.cash_flow
            elif isinstance(event, OrderPlaced):
                self._orders += 1
            elif isinstance(event, OrderDenied):
                self._denials[event.code.value] += 1
            elif isinstance(event, StrategyStateChanged) and event.state is RunState.ERROR:
                raise RunFailed(f"the strategy stopped with an error: {event.reason}")

    def _equity_at(self, close: int) -> Money:
        """Give cash plus what the position is worth; of a derivative, only its profit is ours."""
        if not self._fills:
            return self._cash
        last = self._fills[-1]
        if last.position_quantity == 0:
            return self._cash
        worth = self._instrument.value(last.position_quantity, close)
        return self._cash + (worth - last.position_cost if self._instrument.is_margined else worth)


def _parameters(request: BacktestRequest, kinds: Mapping[str, type[Strategy]]) -> dict[str, Any]:
    kind = kinds.get(request.kind)
    if kind is None:
        raise RunFailed(f"unknown strategy {request.kind}: one of {', '.join(sorted(kinds))}")
    try:
        return validate_parameters(kind, request.parameters)
    except InvalidParameters as problem:
        raise RunFailed(str(problem)) from problem
