"""One submitted strategy at work: its events in order into the sandbox, and what it asks for out as commands."""

import asyncio
import secrets
from collections import deque
from typing import Any

import msgspec
import structlog

from openbell.domain.alert import Severity
from openbell.domain.commands import CancelOrder, Command, PlaceOrder, RaiseAlert, RunStrategy
from openbell.domain.market import Bar, Quote, Trade
from openbell.domain.order import Instruction, Order, OrderType
from openbell.domain.strategy import RunState, StrategyConfig
from openbell.ports import Sandbox, SandboxFailed, SourceStore, Trading, Unavailable
from openbell.runtime.board import MarketBoard
from openbell.runtime.sandbox import Action, CancelAction, PlaceAction, Reply, SandboxSession
from openbell.runtime.views import LiveViews

log = structlog.get_logger(__name__)

BACKLOG_MAX = 1_000
"""Events that may wait for one strategy; past it ticks are left out, and it fails on anything else."""
WARM_UP_BARS_MAX = 1_000
NOTES_MAX = 200
"""Notes one run of a strategy may leave; further ones are dropped."""
REST_LOOK_S = 1.0

Told = Bar | Trade | Quote | Order


class Run:
    """One submitted strategy from its start to its end."""

    def __init__(self, config: StrategyConfig, *, trading: Trading, board: MarketBoard, views: LiveViews) -> None:
        self.config = config
        self._trading = trading
        self._board = board
        self._views = views
        self._waiting: deque[Told] = deque()
        self._news = asyncio.Event()
        self._has_overflown = False
        self._notes_left = NOTES_MAX
        self._prefix = f"sub-{secrets.token_hex(6)}-"
        self._task: asyncio.Task[None] | None = None
        self.is_ready = False
        """It has started and seen its history."""

    def begin(self, sandbox: Sandbox | None, sources: SourceStore) -> None:
        """Start working through events in the background."""
        self._task = asyncio.get_running_loop().create_task(self._live(sandbox, sources))

    def tell(self, told: Told) -> None:
        """Queue an event."""
        if len(self._waiting) >= BACKLOG_MAX:
            self._has_overflown |= not isinstance(told, Trade | Quote)
            return
        self._waiting.append(told)
        self._news.set()

    def cancel(self) -> None:
        """End without waiting for the end."""
        if self._task is not None:
            self._task.cancel()

    async def close(self) -> None:
        """End and wait for it."""
        self.cancel()
        if self._task is not None:
            await asyncio.wait([self._task])

    async def _live(self, sandbox: Sandbox | None, sources: SourceStore) -> None:
        session: SandboxSession | None = None
        try:
            session, reply = await self._opened(sandbox, sources)
            await self._take(reply, is_muted=True)
            await self._warm_up(session, reply.warm_up_bars)
            self.is_ready = True
            while True:
                await self._next(session)
        except SandboxFailed as failure:
            await self._fail(str(failure))
        except Unavailable as outage:
            log.warning("a submitted strategy stands still", strategy=self.config.strategy_id, reason=str(outage))
        finally:
            if session is not None:
                await session.close()

    async def _opened(self, sandbox: Sandbox | None, sources: SourceStore) -> tuple[SandboxSession, Reply]:
        if sandbox is None:
            raise SandboxFailed("submitted strategies are off, or as many run as may")
        source = await sources.source(str(self.config.parameters["source_sha256"]))
        if source is None:
            raise SandboxFailed("its source is not kept here")
        return await SandboxSession.open(sandbox, self._start_message(source))

    async def _next(self, session: SandboxSession) -> None:
        if self._has_overflown:
            raise SandboxFailed(f"more than {BACKLOG_MAX} events wait for it")
        while not self._waiting:
            self._news.clear()
            try:
                await asyncio.wait_for(self._news.wait(), REST_LOOK_S)
            except TimeoutError:
                session.check_rest()
        told = self._waiting.popleft()
        await self._take(await session.ask(self._message(told)))

    async def _warm_up(self, session: SandboxSession, wanted: int) -> None:
        limit = max(0, min(wanted, WARM_UP_BARS_MAX))
        series = (self._board.finished(symbol, self.config.timeframe, limit=limit) for symbol in self.config.symbols)
        for bar in sorted((bar for bars in series for bar in bars), key=lambda bar: bar.ts_ns):
            await self._take(await session.ask(self._message(bar, is_warming_up=True)), is_muted=True)

    # -- what it is told -----------------------------------------------------------------------

    def _start_message(self, source: str) -> bytes:
        config = self.config
        found = {symbol: self._board.instrument(symbol) for symbol in config.symbols}
        return _encoded(
            self._standing(is_warming_up=True)
            | {
                "type": "start",
                "source": source,
                "prefix": self._prefix,
                "parameters": msgspec.json.decode(str(config.parameters["arguments"])),
                "symbols": config.symbols,
                "timeframe": config.timeframe,
                "instruments": {
                    symbol: {"tick_size": one.tick_size, "lot_size": one.lot_size}
                    for symbol, one in found.items()
                    if one is not None
                },
            }
        )

    def _message(self, told: Told, *, is_warming_up: bool = False) -> bytes:
        name = "order" if isinstance(told, Order) else "bar" if isinstance(told, Bar) else "tick"
        return _encoded(self._standing(is_warming_up=is_warming_up) | {"type": name, name: msgspec.to_builtins(told)})

    def _standing(self, *, is_warming_up: bool) -> dict[str, Any]:
        """Say how things stand for the strategy: its own affairs and the marks of its symbols, nobody else's."""
        config = self.config
        positions = self._views.positions(config.account_id, config.strategy_id)
        return {
            "now_ns": self._trading.now_ns(),
            "is_warming_up": is_warming_up,
            "positions": {position.symbol: position.quantity for position in positions},
            "marks": {symbol: self._board.mark(symbol) for symbol in config.symbols},
            "cash": self._views.cash(config.account_id, config.strategy_id),
            "orders": [msgspec.to_builtins(order) for order in self._open_orders()],
        }

    def _open_orders(self) -> list[Order]:
        mine = self.config.strategy_id
        return [order for order in self._views.open_orders(self.config.account_id) if order.strategy_id == mine]

    # -- what it asks for ----------------------------------------------------------------------

    async def _take(self, reply: Reply, *, is_muted: bool = False) -> None:
        for line in reply.log[: self._notes_left]:
            self._notes_left -= 1
            await self._note(Severity.INFO, "STRATEGY_LOG", line)
        for action in [] if is_muted else reply.actions:
            for command in self._commands(action):
                outcome = await self._trading.submit(command)
                if outcome.refusal is not None and isinstance(action, PlaceAction):
                    raise SandboxFailed(f"an order that can never be right: {outcome.refusal.message}")

    def _commands(self, action: Action) -> list[Command]:
        config, now = self.config, self._trading.now_ns()
        if isinstance(action, PlaceAction):
            return [self._placing(action, now)]
        if isinstance(action, CancelAction):
            meant = [o for o in self._open_orders() if action.order_id in (o.order_id, o.client_order_id)]
        else:
            meant = [o for o in self._open_orders() if action.symbol in (None, o.symbol)]
        return [
            CancelOrder(ts_ns=now, account_id=config.account_id, order_id=order.order_id, actor=config.strategy_id)
            for order in meant
        ]

    def _placing(self, action: PlaceAction, now: int) -> PlaceOrder:
        if action.symbol not in self.config.symbols:
            raise SandboxFailed("it asked for an order in a symbol it is not configured for")
        if not action.client_order_id.startswith(self._prefix):
            raise SandboxFailed("it made up a client order id")
        instruction = Instruction(
            symbol=action.symbol,
            side=action.side,
            quantity=action.quantity,
            order_type=_TYPES[action.limit is not None, action.stop is not None],
            limit_price=action.limit,
            stop_price=action.stop,
            time_in_force=action.time_in_force,
            post_only=action.post_only,
            reduce_only=action.reduce_only,
            client_order_id=action.client_order_id,
        )
        config = self.config
        return PlaceOrder(
            ts_ns=now,
            account_id=config.account_id,
            strategy_id=config.strategy_id,
            instruction=instruction,
            actor=config.strategy_id,
        )

    async def _fail(self, reason: str) -> None:
        config = self.config
        command = RunStrategy(
            ts_ns=self._trading.now_ns(),
            account_id=config.account_id,
            strategy_id=config.strategy_id,
            state=RunState.ERROR,
            reason=_printable(reason),
            actor="sandbox",
        )
        try:
            await self._trading.submit(command)
        except Unavailable:
            log.warning("a submitted strategy failed while trading was halted", strategy=config.strategy_id)

    async def _note(self, severity: Severity, code: str, message: str) -> None:
        config = self.config
        await self._trading.submit(
            RaiseAlert(
                ts_ns=self._trading.now_ns(),
                account_id=config.account_id,
                severity=severity,
                code=code,
                message=_printable(message),
                context={"strategy_id": config.strategy_id},
            )
        )


_TYPES = {
    (False, False): OrderType.MARKET,
    (True, False): OrderType.LIMIT,
    (False, True): OrderType.STOP,
    (True, True): OrderType.STOP_LIMIT,
}
"""Has a limit, has a stop → order type."""


def _encoded(message: dict[str, Any]) -> bytes:
    return msgspec.json.encode(message)


def _printable(text: str) -> str:
    return "".join(sign if sign.isprintable() else " " for sign in text[:500]).encode("utf-8", "replace").decode()
