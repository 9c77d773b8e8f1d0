"""The context a strategy is given: what it sees of its ledger, and its hands on the gate."""

from collections.abc import Callable
from typing import Any

from openbell.domain.alert import Severity
from openbell.domain.commands import CancelOrder, ModifyOrder, PlaceOrder
from openbell.domain.instrument import Instrument
from openbell.domain.market import Quote, Timeframe
from openbell.domain.order import Instruction, Order, OrderType, Side, TimeInForce
from openbell.domain.risk import Refusal, RefusalCode
from openbell.domain.strategy import StrategyConfig
from openbell.domain.values import Money, Nanos, Price, Quantity
from openbell.engine import life
from openbell.engine.checks import pace_key
from openbell.engine.ledger import account_equity, cash_in_base, ledger_equity
from openbell.engine.state import AccountBook, LedgerBook, open_orders
from openbell.engine.strategy import Refused
from openbell.engine.turn import Turn, Verdict

COMMANDS_PER_STEP_MAX = 1_000
"""Orders, changes, cancels and notes of one strategy within one step; past it the strategy is stopped."""

LOG_LENGTH_MAX = 500
"""Characters of a note that are kept."""

_TYPES = {
    (False, False): OrderType.MARKET,
    (True, False): OrderType.LIMIT,
    (False, True): OrderType.STOP,
    (True, True): OrderType.STOP_LIMIT,
}


_BUY, _SELL = Side.BUY, Side.SELL


class TooManyCommands(Exception):
    """A strategy asked for more in one step than any sane one does."""


def printable(text: str) -> str:
    """Bring text from a strategy to a form that can be kept: bounded, and with nothing that is no character."""
    return text[:LOG_LENGTH_MAX].encode("utf-8", "replace").decode()


class Desk:
    """One strategy's `Context`, where each method is described. While `is_muted`, what it asks for is dropped."""

    def __init__(self, turn: Turn, config: StrategyConfig) -> None:
        self._turn = turn
        self.config = config
        self.is_muted = True
        self.is_core_busy = False
        """True while the core works for the strategy: an error then is ours, not the strategy's."""
        self._step = -1
        self._commands = 0

    @property
    def now_ns(self) -> Nanos:
        """Time of the event that is being handled."""
        return self._turn.now_ns

    @property
    def symbols(self) -> tuple[str, ...]:
        """Symbols the strategy is configured for."""
        return self.config.symbols

    @property
    def timeframe(self) -> Timeframe:
        """Length of its bars."""
        return self.config.timeframe

    @property
    def is_warming_up(self) -> bool:
        """Tell whether orders are dropped."""
        return self.is_muted

    def instrument(self, symbol: str) -> Instrument:
        """Give an instrument."""
        return self._turn.settings.instruments[symbol]

    def position(self, symbol: str) -> Quantity:
        """Give the ledger's signed position."""
        position = self._ledger.positions.get(symbol)
        return position.quantity if position is not None else 0

    def mark(self, symbol: str) -> Price | None:
        """Give the price positions are valued at."""
        return self._turn.marks.mark(symbol)

    def quote(self, symbol: str) -> Quote | None:
        """Give the latest quote."""
        return self._turn.marks.quote(symbol)

    def cash(self) -> Money:
        """Give cash in base currency."""
        book, one = self._book, self._ledger
        cash = one.ledger.cash if one.ledger.allocated else book.account.cash
        return cash_in_base(self._turn.marks, cash, book.account.base_currency)

    def equity(self) -> Money:
        """Give equity in base currency."""
        book, one = self._book, self._ledger
        if one.ledger.allocated:
            return ledger_equity(self._turn.marks, book, one)
        return account_equity(self._turn.marks, book)

    def open_orders(self, symbol: str | None = None) -> list[Order]:
        """List copies of its open orders, oldest first."""
        orders = open_orders(self._turn.state, self.config.account_id, self.config.strategy_id)
        return [order.copied() for order in orders if symbol in (None, order.symbol)]

    def buy(
        self,
        symbol: str,
        quantity: Quantity,
        *,
        limit: Price | None = None,
        stop: Price | None = None,
        time_in_force: TimeInForce | None = None,
        post_only: bool = False,
        reduce_only: bool = False,
    ) -> str:
        """Place a buy order."""
        return self._order(symbol, _BUY, quantity, limit, stop, time_in_force, post_only, reduce_only)

    def sell(
        self,
        symbol: str,
        quantity: Quantity,
        *,
        limit: Price | None = None,
        stop: Price | None = None,
        time_in_force: TimeInForce | None = None,
        post_only: bool = False,
        reduce_only: bool = False,
    ) -> str:
        """Place a sell order."""
        return self._order(symbol, _SELL, quantity, limit, stop, time_in_force, post_only, reduce_only)

    def submit(self, instruction: Instruction) -> str:
        """Place any order."""
        return "" if self._is_dropped() else self._submit(instruction)

    def _order(  # noqa: PLR0917 - every order of a backtest passes here, where names cost
        self,
        symbol: str,
        side: Side,
        quantity: Quantity,
        limit: Price | None,
        stop: Price | None,
        time_in_force: TimeInForce | None,
        post_only: bool,  # noqa: FBT001 - private
        reduce_only: bool,  # noqa: FBT001 - private
    ) -> str:
        if self._is_dropped():
            return ""
        express = self._turn.express
        is_plain = limit is None and stop is None and time_in_force is None and not post_only and not reduce_only
        if express is not None and is_plain:
            self.is_core_busy = True
            order_id = express.place(self.config, symbol, side, quantity)
            self.is_core_busy = False
            if order_id:
                return order_id
        return self._submit(
            Instruction(
                symbol=symbol,
                side=side,
                quantity=quantity,
                order_type=_TYPES[limit is not None, stop is not None],
                limit_price=limit,
                stop_price=stop,
                time_in_force=time_in_force,
                post_only=post_only,
                reduce_only=reduce_only,
            )
        )

    def _submit(self, instruction: Instruction) -> str:
        config, turn = self.config, self._turn
        command = PlaceOrder(
            ts_ns=turn.now_ns,
            account_id=config.account_id,
            strategy_id=config.strategy_id,
            instruction=instruction,
            actor=config.strategy_id,
        )
        self.is_core_busy = True
        refusal, order_id = life.place(turn, command)
        self.is_core_busy = False
        if refusal is None:
            return order_id
        if not order_id or refusal.code is RefusalCode.DUPLICATE_CLIENT_ORDER_ID:
            raise Refused(refusal)
        if refusal.code is RefusalCode.ORDER_RATE and self._is_running_away():
            raise TooManyCommands(refusal.message)
        return order_id

    def modify(
        self, order_id: str, *, quantity: Quantity | None = None, limit: Price | None = None, stop: Price | None = None
    ) -> Refusal | None:
        """Change an open order."""
        if self._is_dropped() or not self._owns(order_id):
            return None
        command = ModifyOrder(
            ts_ns=self.now_ns,
            account_id=self.config.account_id,
            order_id=order_id,
            quantity=quantity,
            limit_price=limit,
            stop_price=stop,
            actor=self.config.strategy_id,
        )
        return self._run(life.modify, command)[0]

    def cancel(self, order_id: str) -> None:
        """Cancel an open order."""
        if not self._is_dropped() and self._owns(order_id):
            account_id, actor = self.config.account_id, self.config.strategy_id
            command = CancelOrder(
                ts_ns=self.now_ns,
                account_id=account_id,
                order_id=order_id,
                actor=actor,
                reason="canceled by its strategy",
            )
            self._run(life.cancel_by_command, command)

    def cancel_all(self, symbol: str | None = None) -> None:
        """Cancel all its open orders."""
        working = self._ledger.working
        if working and (symbol is None or symbol in working.values()):
            for order in self.open_orders(symbol):
                self.cancel(order.order_id)

    def log(self, message: str) -> None:
        """Leave a note."""
        if not self._is_dropped():
            context = {"strategy_id": self.config.strategy_id}
            account_id = self.config.account_id
            self._turn.alert(Severity.INFO, "STRATEGY_LOG", printable(message), account_id=account_id, context=context)

    @property
    def _book(self) -> AccountBook:
        return self._turn.state.accounts[self.config.account_id]

    @property
    def _ledger(self) -> LedgerBook:
        config = self.config
        return self._turn.state.accounts[config.account_id].ledgers[config.strategy_id]

    def _owns(self, order_id: str) -> bool:
        return order_id in self._ledger.working

    def _is_dropped(self) -> bool:
        if self.is_muted:
            return True
        step = self._turn.step
        if self._step != step:
            self._step, self._commands = step, 0
        self._commands += 1
        if self._commands > COMMANDS_PER_STEP_MAX:
            raise TooManyCommands(f"more than {COMMANDS_PER_STEP_MAX} orders, changes and notes in one step")
        return False

    def _is_running_away(self) -> bool:
        """Tell whether at least half of the orders a second that are allowed were its own."""
        both = (self._book.limits, self.config.limits)
        allowed = [limits.orders_per_second_max for limits in both if limits is not None]
        own = self._turn.pace.in_last_second(pace_key(self._book, self._ledger), self.now_ns)
        return own * 2 >= min(most for most in allowed if most is not None)

    def _run(self, decide: Callable[[Turn, Any], Verdict], command: object) -> Verdict:
        self.is_core_busy = True
        verdict = decide(self._turn, command)
        self.is_core_busy = False
        return verdict
