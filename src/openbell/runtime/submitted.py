"""The bridge to submitted strategies: committed news and market data go in, what they ask for goes to the engine.

Their code never runs within a step of the core. What they ask for comes back as commands like anybody's, so it passes
the same gate, and a replay of the journal needs none of it.
"""

import asyncio
from collections.abc import Sequence

import msgspec

from openbell.domain.events import OrderEvent, OrderPlaced, Recorded, StrategyDeleted, StrategyStateChanged
from openbell.domain.market import Bar, MarketEvent, Quote, Trade
from openbell.domain.strategy import RunState
from openbell.engine.strategy import SUBMITTED
from openbell.ports import Sandbox, SourceStore, Trading
from openbell.runtime.board import MarketBoard
from openbell.runtime.submitted_run import Run
from openbell.runtime.views import LiveViews

STRATEGIES_MAX = 8
"""Submitted strategies that may run at the same time, each a process with up to 256 MiB."""

Key = tuple[str, str]
"""Account id and strategy id."""


class Bridge:
    """Runs what is submitted and trades, each in a sandbox. Without a sandbox, what runs fails. A ports.Publisher."""

    def __init__(self, *, sandbox: Sandbox | None, sources: SourceStore, board: MarketBoard, views: LiveViews) -> None:
        self._sandbox = sandbox
        self._sources = sources
        self._board = board
        self._views = views
        self._trading: Trading | None = None
        self._runs: dict[Key, Run] = {}

    def open(self, trading: Trading) -> None:
        """Start what ran when the server stopped, and whatever is started from now on."""
        self._trading = trading
        for strategy in self._views.strategies():
            if strategy.state in (RunState.RUNNING, RunState.PAUSED):
                self._start((strategy.config.account_id, strategy.config.strategy_id))

    async def close(self) -> None:
        """End every process."""
        runs = list(self._runs.values())
        self._trading = None
        self._runs.clear()
        await asyncio.gather(*(run.close() for run in runs))

    def events(self, records: Sequence[Recorded]) -> None:
        """Follow starts and stops, and tell strategies of their orders."""
        if self._trading is None:
            return
        for record in records:
            event = record.event
            if isinstance(event, StrategyStateChanged):
                self._follow(event)
            elif isinstance(event, StrategyDeleted):
                self._end((event.account_id, event.strategy_id))
            elif self._runs and isinstance(event, OrderEvent | OrderPlaced):
                order = self._views.order(event.order_id)
                if order is not None and (run := self._runs.get((order.account_id, order.strategy_id))):
                    run.tell(msgspec.structs.replace(order))

    def market(self, event: MarketEvent) -> None:
        """Pass on finished bars and ticks to who is configured for them."""
        is_wanted = event.is_final if isinstance(event, Bar) else isinstance(event, Trade | Quote)
        if is_wanted:
            for run in self._runs.values():
                if event.symbol in run.config.symbols and not (
                    isinstance(event, Bar) and event.timeframe is not run.config.timeframe
                ):
                    run.tell(event)  # type: ignore[arg-type]

    def _follow(self, event: StrategyStateChanged) -> None:
        key = (event.account_id, event.strategy_id)
        if event.state in (RunState.RUNNING, RunState.PAUSED):
            self._start(key)
        else:
            self._end(key)

    def _start(self, key: Key) -> None:
        strategy = self._views.strategy(*key)
        if strategy is None or strategy.config.kind != SUBMITTED or key in self._runs or self._trading is None:
            return
        run = Run(strategy.config, trading=self._trading, board=self._board, views=self._views)
        self._runs[key] = run
        run.begin(self._sandbox if len(self._runs) <= STRATEGIES_MAX else None, self._sources)

    def _end(self, key: Key) -> None:
        run = self._runs.pop(key, None)
        if run is not None:
            run.cancel()
