"""Stop-loss and take-profit of strategies, watched by the core: a position that has gone far enough is closed.

The price that counts is the mark. The exit is a reduce-only market order; the ledger's other orders in the symbol are
canceled before it, since nothing is left for them to do.
"""

from openbell.domain.alert import Severity
from openbell.domain.commands import PlaceOrder
from openbell.domain.order import Instruction, OrderType, Side
from openbell.domain.position import Position
from openbell.domain.risk import exit_price
from openbell.domain.strategy import RunState, StrategyConfig
from openbell.domain.values import NANOS_PER_SECOND, Nanos, Price, Quantity, text_of
from openbell.engine import life
from openbell.engine.state import LedgerBook
from openbell.engine.turn import Turn

ACTOR = "risk"
RETRY_NS: Nanos = 5 * NANOS_PER_SECOND
"""Time between two attempts to close: a closed market must not fill the journal with denied exits."""

_WATCHED = (RunState.RUNNING, RunState.PAUSED)


class Exits:
    """Knows which strategies have exits to watch, by symbol, so that an ordinary tick costs one look-up."""

    def __init__(self, turn: Turn) -> None:
        self._turn = turn
        self._by_symbol: dict[str, list[tuple[str, str]]] = {}
        self._tried_ns: dict[tuple[str, str, str], Nanos] = {}
        self.refresh()

    def refresh(self) -> None:
        """Look again which strategies have exits: after one was created, configured or deleted."""
        self._by_symbol = {}
        for account_id, book in self._turn.state.accounts.items():
            for strategy_id, strategy in book.strategies.items():
                config = strategy.config
                if config.stop_loss_percent or config.take_profit_percent:
                    for symbol in config.symbols:
                        self._by_symbol.setdefault(symbol, []).append((account_id, strategy_id))

    def listens(self, symbol: str) -> bool:
        """Tell whether a price of a symbol matters to anybody here."""
        return symbol in self._by_symbol

    def watch(self, symbol: str) -> None:
        """Close the positions in a symbol whose stop or target the mark has reached."""
        mark = self._turn.marks.mark(symbol)
        if mark is None:
            return
        for account_id, strategy_id in self._by_symbol.get(symbol, ()):
            book = self._turn.state.accounts[account_id]
            strategy, one = book.strategies[strategy_id], book.ledgers[strategy_id]
            position = one.positions.get(symbol)
            if strategy.state not in _WATCHED or position is None or not position.quantity:
                continue
            reached = self._reached(strategy.config, position, mark)
            if reached:
                self._close(one, position, reached)

    def _reached(self, config: StrategyConfig, position: Position, mark: Price) -> str:
        """Name the exit that the mark has reached, with its price; '' when it is between them."""
        instrument = self._turn.settings.instruments[position.symbol]
        entry = position.average_entry_price(instrument) or 0
        direction = 1 if position.quantity > 0 else -1
        for name, percent, towards in (
            ("STOP_LOSS", config.stop_loss_percent, -direction),
            ("TAKE_PROFIT", config.take_profit_percent, direction),
        ):
            if percent:
                price = exit_price(entry, percent=percent, towards=towards, tick_size=instrument.tick_size)
                if (mark - price) * towards >= 0:
                    return f"{name} at {text_of(price)}, the mark is {text_of(mark)}"
        return ""

    def _close(self, one: LedgerBook, position: Position, reached: str) -> None:
        for order_id in list(one.working):
            order = self._turn.state.orders[order_id]
            is_exit = order.reduce_only and order.order_type is OrderType.MARKET
            if order.symbol == position.symbol and not is_exit:
                life.cancel(self._turn, order, reason=reached, actor=ACTOR)
        quantity = self._uncovered(one, position)
        # Orders whose cancel is under way may still trade: what they cover is closed once they are gone.
        if quantity and self._may_try(position):
            self._tell(position, quantity, reached)
            life.place(self._turn, self._exit(position, quantity))

    def _uncovered(self, one: LedgerBook, position: Position) -> Quantity:
        """Give the part of a position that no working exit closes, in whole lots."""
        instrument = self._turn.settings.instruments[position.symbol]
        exposure = one.exposures[position.symbol]
        covered = exposure.closing_sell if position.quantity > 0 else exposure.closing_buy
        left = min(max(abs(position.quantity) - covered, 0), instrument.quantity_max)
        return left - left % instrument.lot_size

    def _may_try(self, position: Position) -> bool:
        key = (position.account_id, position.strategy_id, position.symbol)
        now, tried = self._turn.now_ns, self._tried_ns.get(key)
        if tried is not None and tried <= now < tried + RETRY_NS:
            return False
        self._tried_ns[key] = now
        return True

    def _exit(self, position: Position, quantity: Quantity) -> PlaceOrder:
        instruction = Instruction(
            symbol=position.symbol,
            side=Side.SELL if position.quantity > 0 else Side.BUY,
            quantity=quantity,
            reduce_only=True,
        )
        return PlaceOrder(
            ts_ns=self._turn.now_ns,
            account_id=position.account_id,
            strategy_id=position.strategy_id,
            instruction=instruction,
            actor=ACTOR,
        )

    def _tell(self, position: Position, quantity: Quantity, reached: str) -> None:
        context = {
            "strategy_id": position.strategy_id,
            "symbol": position.symbol,
            "quantity": text_of(quantity, 0),
        }
        message = f"the position of {position.strategy_id} in {position.symbol} is being closed: {reached}"
        code = reached.partition(" ")[0]
        self._turn.alert(Severity.WARNING, code, message, account_id=position.account_id, context=context)
