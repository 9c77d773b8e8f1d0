"""Where strategies live: their instances, what reaches them, and the wall that keeps their errors from the rest."""

from collections.abc import Callable, Sequence
from typing import Protocol

from openbell.domain import events as e
from openbell.domain.alert import Severity
from openbell.domain.market import Bar, MarketEvent, Quote, Timeframe, Trade
from openbell.domain.strategy import RunState, StrategyConfig
from openbell.engine import life
from openbell.engine.desk import Desk, printable
from openbell.engine.state import open_orders
from openbell.engine.strategy import Strategy
from openbell.engine.turn import Turn

Key = tuple[str, str]
"""Account id and strategy id."""

_TRADING = (RunState.RUNNING, RunState.PAUSED)


class Runner:
    """One strategy that trades: its instance and its context."""

    __slots__ = ("desk", "strategy")

    def __init__(self, strategy: Strategy, desk: Desk) -> None:
        self.strategy = strategy
        self.desk = desk

    def draw_lines(self, symbols: Sequence[str]) -> None:
        """Give the strategy the lines it declares."""
        made = ((symbol, self.strategy.line()) for symbol in symbols)
        self.strategy.lines = {symbol: line for symbol, line in made if line is not None}

    def on_bar(self, desk: Desk, bar: Bar) -> None:
        """Move the line of the bar's symbol on and show the strategy the bar."""
        line = self.strategy.lines.get(bar.symbol)
        if line is not None:
            line.take(bar)
        self.strategy.on_bar(desk, bar)


class Blamed(Protocol):
    """Says whose code runs, and whether the core is at work on its behalf."""

    @property
    def config(self) -> StrategyConfig:
        """The strategy."""
        ...

    @property
    def is_core_busy(self) -> bool:
        """Tell that an error now is ours."""
        ...


class Host:
    """Feeds strategies what they are configured for. Their commands run through the gate within the same step.

    An error of a strategy ends that strategy (state ERROR, an alert, its orders canceled) and nothing else.
    """

    def __init__(self, turn: Turn) -> None:
        self._turn = turn
        self._runners: dict[Key, Runner] = {}
        self._on_bar: dict[tuple[str, Timeframe], list[Runner]] = {}
        self._on_tick: dict[str, list[Runner]] = {}

    def start(self, config: StrategyConfig) -> None:
        """Make an instance and let it get ready, with its orders dropped. An error in this is the strategy's."""
        desk = Desk(self._turn, config)
        kind = self._turn.settings.strategy_kinds.get(config.kind)

        def make(desk: Desk) -> None:
            if kind is None:
                raise LookupError(f"there is no strategy kind {config.kind}")
            runner = Runner(kind(config.parameters), desk)
            runner.draw_lines(config.symbols)
            self._runners[config.account_id, config.strategy_id] = runner
            self._listen((config.account_id, config.strategy_id), kind)
            runner.strategy.on_start(desk)

        if self._guarded(desk, make):
            desk.is_muted = False
            self._route()

    def stop(self, key: Key) -> None:
        """Let an instance say goodbye and drop it; harmless when there is none."""
        runner = self._runners.get(key)
        if runner is not None:
            runner.desk.is_muted = True
            self._guarded(runner.desk, runner.strategy.on_stop)
            self._drop(key)

    def configure(self, config: StrategyConfig) -> None:
        """Tell a running instance of its new configuration; harmless when there is none."""
        runner = self._runners.get((config.account_id, config.strategy_id))
        if runner is not None:
            runner.desk.config = config
            self._guarded(runner.desk, lambda _: runner.strategy.on_parameters(config.parameters))

    def warm_up(self, key: Key, bars: Sequence[Bar]) -> None:
        """Feed history with orders dropped. Raises KeyError for a strategy that has not been started."""
        runner = self._runners[key]
        runner.desk.is_muted = True

        def feed(desk: Desk) -> None:
            for bar in bars:
                runner.on_bar(desk, bar)

        if self._guarded(runner.desk, feed):
            runner.desk.is_muted = False

    def market(self, event: MarketEvent) -> None:
        """Pass a market event on to whoever listens. Only finished bars are passed on."""
        if type(event) is Bar:
            listeners = self._on_bar.get((event.symbol, event.timeframe))
            if listeners and event.is_final:
                for runner in tuple(listeners):
                    self._guarded(runner.desk, runner.on_bar, event)
        elif type(event) is Trade or type(event) is Quote:
            for runner in tuple(self._on_tick.get(event.symbol, ())):
                self._guarded(runner.desk, runner.strategy.on_tick, event)

    def listens(self, event: MarketEvent) -> bool:
        """Tell whether some strategy wants to hear of an event."""
        if type(event) is Bar:
            return event.is_final and (event.symbol, event.timeframe) in self._on_bar
        return event.symbol in self._on_tick

    def runners(self, symbol: str, timeframe: Timeframe) -> list[Runner]:
        """List those who listen to the bars of a symbol."""
        return list(self._on_bar.get((symbol, timeframe), ()))

    def guard(self, blamed: Blamed, call: Callable[..., None], *told: object) -> bool:
        """Run the code of strategies; an error ends the one that `blamed` names then. Tell whether it ended well."""
        return self._guarded(blamed, call, *told)

    def tell_orders(self) -> None:
        """Tell strategies what became of their orders, and of those they place on hearing it, until all is told."""
        touched = self._turn.touched
        while touched:
            told = tuple(touched)
            touched.clear()
            for order in told:
                runner = self._runners.get((order.account_id, order.strategy_id))
                if runner is not None:
                    self._guarded(runner.desk, runner.strategy.on_order, order)

    def fail(self, config: StrategyConfig, reason: str) -> None:
        """End a strategy on an error found outside the core, as on one of its instance."""
        self._drop((config.account_id, config.strategy_id))
        self._fail(config, reason)

    def _guarded(self, desk: Blamed, call: Callable[..., None], *told: object) -> bool:
        """Run a strategy's code on its desk and what it is told; tell whether it ended well."""
        try:
            call(desk, *told)
        except Exception as error:
            # An error inside the core is a bug of ours and must not pass for one of the strategy's.
            if desk.is_core_busy:
                raise
            self._drop((desk.config.account_id, desk.config.strategy_id))
            self._fail(desk.config, f"{type(error).__name__}: {error}")
            return False
        return True

    def _fail(self, config: StrategyConfig, text: str) -> None:
        turn, account_id, strategy_id = self._turn, config.account_id, config.strategy_id
        reason = printable(text)
        changed = e.StrategyStateChanged(
            account_id=account_id, strategy_id=strategy_id, state=RunState.ERROR, reason=reason, actor="host"
        )
        turn.emit(changed, account_id)
        message = f"strategy {strategy_id} stopped on an error: {reason}"
        context = {"strategy_id": strategy_id, "kind": config.kind}
        turn.alert(Severity.ERROR, "STRATEGY_ERROR", message, account_id=account_id, context=context)
        for order in open_orders(turn.state, account_id, strategy_id):
            life.cancel(turn, order, reason="its strategy failed", actor="host")

    def _listen(self, key: Key, kind: type[Strategy]) -> None:
        if kind.on_order is Strategy.on_order:
            self._turn.deaf.add(key)
        else:
            self._turn.deaf.discard(key)

    def _drop(self, key: Key) -> None:
        if self._runners.pop(key, None) is not None:
            self._route()

    def _route(self) -> None:
        self._on_bar.clear()
        self._on_tick.clear()
        for runner in self._runners.values():
            config, kind = runner.desk.config, type(runner.strategy)
            for symbol in config.symbols:
                if kind.on_bar is not Strategy.on_bar:
                    self._on_bar.setdefault((symbol, config.timeframe), []).append(runner)
                if kind.on_tick is not Strategy.on_tick:
                    self._on_tick.setdefault(symbol, []).append(runner)
