"""One order before the gate, with everything the checks look at gathered once."""

from openbell.domain.order import Order, OrderStatus, Side
from openbell.domain.risk import KillScope, KillSwitch, RiskLimits
from openbell.domain.values import Money, Nanos, Price, Quantity
from openbell.engine.state import LedgerBook, State, kill_key
from openbell.engine.turn import Turn

_BUY = Side.BUY


class Question:
    """One order before the gate: everything the checks look at, gathered once.

    `replaced` is the working order that this one is to take the place of, when a change is asked for.
    """

    __slots__ = (
        *("book", "instrument", "is_closing", "limits", "mark", "marked_ns", "one", "order", "replaced", "strategy"),
        "turn",
    )

    def __init__(self, turn: Turn, order: Order, replaced: Order | None) -> None:
        symbol, strategy_id = order.symbol, order.strategy_id
        self.turn = turn
        self.order = order
        self.replaced = replaced
        book = self.book = turn.state.accounts[order.account_id]
        one = self.one = book.ledgers[strategy_id]
        strategy = self.strategy = book.strategies.get(strategy_id)
        self.instrument = turn.settings.instruments[symbol]
        self.mark: Price
        self.marked_ns: Nanos | None
        """When the mark was made; None before the first price, and the mark is 0 then."""
        self.mark, self.marked_ns = turn.marks.latest(symbol) or (0, None)
        self.limits: list[tuple[RiskLimits, LedgerBook | None]] = [(book.limits, None)]
        if strategy is not None and strategy.config.limits is not None:
            self.limits.append((strategy.config.limits, one))
        left, exposure = order.quantity - order.filled_quantity, one.exposures.get(symbol)
        # With nothing held on the other side there is nothing to close, and no need to ask how much.
        could_close = exposure is not None and (exposure.quantity < 0 if order.side is _BUY else exposure.quantity > 0)
        self.is_closing = left <= 0 or (could_close and left <= closable(turn.state, one, order, replaced))

    @property
    def price(self) -> Price:
        """Price the order's worth is counted at: its limit, else its stop, else the mark."""
        return self.order.limit_price or self.order.stop_price or self.mark

    def in_base(self, amount: Money) -> Money:
        """Bring an amount of the instrument's currency to the account's."""
        return self.turn.marks.in_base(amount, self.instrument.currency, self.book.account.base_currency)


def closable(state: State, one: LedgerBook, order: Order, replaced: Order | None = None) -> Quantity:
    """Give how much an order may trade on its side and still only bring its ledger's position nearer to zero.

    Orders already working on that side take their part first; those of the order's own OCO group do not, since only one
    of the group can trade. For a reduce-only order only other reduce-only orders count.
    """
    exposure = one.exposures.get(order.symbol)
    if exposure is None:
        return 0
    if order.side is _BUY:
        held, closing, other = -exposure.quantity, exposure.closing_buy, exposure.buy_quantity
    else:
        held, closing, other = exposure.quantity, exposure.closing_sell, exposure.sell_quantity
    if held <= 0:
        return 0
    left = held - closing - (0 if order.reduce_only else other)
    if replaced is not None:
        left += replaced.remaining
    if order.oco_group is not None:
        left += sum(sibling.remaining for sibling in oco_siblings(state, one, order) if _is_counted(sibling, order))
    return max(left, 0)


def oco_siblings(state: State, one: LedgerBook, order: Order) -> list[Order]:
    """List the other open orders of an order's OCO group."""
    group = order.oco_group
    return [o for i in one.working if i != order.order_id and (o := state.orders[i]).oco_group == group]


def _is_counted(sibling: Order, order: Order) -> bool:
    is_at_venue = sibling.status is not OrderStatus.NEW and sibling.side is order.side
    return is_at_venue and sibling.symbol == order.symbol and (sibling.reduce_only or not order.reduce_only)


def active_switch(state: State, account_id: str, strategy_id: str) -> KillSwitch | None:
    """Give the widest kill switch that covers a ledger, or None."""
    switches = state.kill_switches
    if not switches:
        return None
    return (
        switches.get(kill_key(KillScope.GLOBAL, ""))
        or switches.get(kill_key(KillScope.ACCOUNT, account_id))
        or switches.get(kill_key(KillScope.STRATEGY, f"{account_id}/{strategy_id}"))
    )
