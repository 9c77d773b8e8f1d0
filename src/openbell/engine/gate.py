"""The only door for orders. What passes all checks becomes an `Admitted`, and nothing else can make one.

Order of the checks, the first refusal counts. Those up to 4 are values and leave no trace; from 5 on the order is
recorded as DENIED.

1. shape (`engine.shape`): names, increments, prices and flags   2. client order id seen before
3. for a change: the order is open, revision, no other change under way   4. the change changes something
5. mode   6. reduce-only   7. kill switches: global, account, strategy   8. the strategy runs   9. market hours
10. a price, and a fresh one   11. price collar   12. order quantity and worth   13. position worth
14. open orders   15. orders per second   16. orders alike   17. daily loss and drawdown   18. funds

Checks 7, 8, 13, 17 and 18 are about adding risk: an order that can only bring the ledger's position nearer to zero
passes them. Limits of the account and of the strategy both hold.
"""

from collections.abc import Callable

from openbell.domain.account import MANUAL, Account, Ledger, Mode
from openbell.domain.calendar import ALWAYS
from openbell.domain.order import Order, OrderStatus, Side
from openbell.domain.risk import KillScope, KillSwitch, Refusal, RefusalCode, RiskLimits
from openbell.domain.strategy import RunState
from openbell.domain.values import NANOS_PER_SECOND, SCALE, Money, Price, Quantity, text_of
from openbell.domain.venue import Admitted
from openbell.engine.ledger import account_equity, exposure_with, free_funds, ledger_equity
from openbell.engine.state import AccountBook, LedgerBook, State, kill_key
from openbell.engine.turn import Turn


class Question:
    """One order before the gate: everything the checks look at, gathered once.

    `replaced` is the working order that this one is to take the place of, when a change is asked for.
    """

    __slots__ = ("book", "instrument", "is_closing", "limits", "mark", "one", "order", "replaced", "strategy", "turn")

    def __init__(self, turn: Turn, order: Order, replaced: Order | None) -> None:
        self.turn = turn
        self.order = order
        self.replaced = replaced
        self.book = turn.state.accounts[order.account_id]
        self.one = self.book.ledgers[order.strategy_id]
        self.strategy = self.book.strategies.get(order.strategy_id)
        self.instrument = turn.settings.instruments[order.symbol]
        self.mark: Price = turn.marks.mark(order.symbol) or 0
        self.limits: list[tuple[RiskLimits, LedgerBook | None]] = [(self.book.limits, None)]
        if self.strategy is not None and self.strategy.config.limits is not None:
            self.limits.append((self.strategy.config.limits, self.one))
        self.is_closing = order.remaining <= closable(turn.state, self.one, order, replaced)

    @property
    def price(self) -> Price:
        """Price the order's worth is counted at: its limit, else its stop, else the mark."""
        return self.order.limit_price or self.order.stop_price or self.mark

    def in_base(self, amount: Money) -> Money:
        """Bring an amount of the instrument's currency to the account's."""
        return self.turn.marks.in_base(amount, self.instrument.currency, self.book.account.base_currency)


def admit(turn: Turn, order: Order) -> Admitted:
    """Let an order out. Called once every check has passed, here and nowhere else."""
    return Admitted(
        order_id=order.order_id,
        client_order_id=order.client_order_id,
        account_id=order.account_id,
        symbol=order.symbol,
        side=order.side,
        quantity=order.quantity,
        order_type=order.order_type,
        limit_price=order.limit_price,
        stop_price=order.stop_price,
        time_in_force=order.time_in_force,
        post_only=order.post_only,
        reduce_only=order.reduce_only,
        ts_ns=turn.now_ns,
    )


def refuse_risk(turn: Turn, order: Order, *, mode: Mode | None = None, replaced: Order | None = None) -> Refusal | None:
    """Say why an order, or a change of one, must not go out; None when it may. What may go is counted in the pace."""
    question = Question(turn, order, replaced)
    account = question.book.account
    if mode is not None and mode is not account.mode:
        message = f"the account trades in mode {account.mode}, the order says {mode}"
        return Refusal(RefusalCode.MODE_MISMATCH, message, "mode")
    for check in _CHECKS:
        refusal = check(question)
        if refusal is not None:
            return refusal
    _note(question)
    return None


def refuse_release(turn: Turn, order: Order) -> Refusal | None:
    """Say why an exit whose entry has filled must not go out: a kill switch, or a strategy that does not run."""
    question = Question(turn, order, None)
    return _kill_switches(question) or _running(question)


def closable(state: State, one: LedgerBook, order: Order, replaced: Order | None = None) -> Quantity:
    """Give how much an order may trade on its side and still only bring its ledger's position nearer to zero.

    Orders already working on that side take their part first; those of the order's own OCO group do not, since only one
    of the group can trade. For a reduce-only order only other reduce-only orders count.
    """
    exposure = one.exposures.get(order.symbol)
    if exposure is None:
        return 0
    if order.side is Side.BUY:
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


# ---------------------------------------------------------------- the checks


def _reduce_only(q: Question) -> Refusal | None:
    if not q.order.reduce_only or q.is_closing:
        return None
    left = closable(q.turn.state, q.one, q.order, q.replaced)
    message = (
        f"a reduce-only {q.order.side} of {text_of(q.order.remaining, 0)} does not only reduce the position:"
        f" at most {text_of(left, 0)} can be closed"
    )
    return Refusal(RefusalCode.REDUCE_ONLY, message, "reduce_only")


def _kill_switches(q: Question) -> Refusal | None:
    switch = active_switch(q.turn.state, q.order.account_id, q.order.strategy_id)
    if switch is None or q.is_closing:
        return None
    message = f"the {switch.scope} kill switch is active ({switch.reason}): only orders that reduce a position pass"
    return Refusal(RefusalCode.KILL_SWITCH, message)


def _running(q: Question) -> Refusal | None:
    if q.order.strategy_id == MANUAL or q.is_closing:
        return None
    state = q.strategy.state if q.strategy is not None else "deleted"
    if state is RunState.RUNNING:
        return None
    message = f"the strategy is {state}: only orders that reduce its position pass; start it first"
    return Refusal(RefusalCode.STRATEGY_NOT_RUNNING, message, "strategy_id")


def _hours(q: Question) -> Refusal | None:
    if q.instrument.calendar_name == ALWAYS.name or q.instrument.calendar.is_open(q.turn.now_ns):
        return None
    message = (
        f"{q.order.symbol} trades on {q.instrument.calendar_name}, which is closed now: place the order when it opens"
    )
    return Refusal(RefusalCode.MARKET_CLOSED, message, "symbol")


def _price(q: Question) -> Refusal | None:
    age_ns = q.turn.marks.age_ns(q.order.symbol, q.turn.now_ns)
    if age_ns is None:
        return Refusal(RefusalCode.NO_PRICE, f"there is no price of {q.order.symbol} yet: wait for one", "symbol")
    for limits, _ in q.limits:
        if limits.price_age_max_ns is not None and age_ns > limits.price_age_max_ns:
            message = (
                f"the latest price of {q.order.symbol} is {age_ns // NANOS_PER_SECOND} s old,"
                f" allowed are {limits.price_age_max_ns // NANOS_PER_SECOND} s: wait for a fresh one"
            )
            return Refusal(RefusalCode.STALE_PRICE, message, "symbol")
    return None


def _collar(q: Question) -> Refusal | None:
    limit = q.order.limit_price
    if limit is None:
        return None
    # A stop-limit order comes to life at its stop price: that is where its limit has to be reasonable.
    anchor = q.order.stop_price or q.mark
    away = (limit - anchor) * q.order.side.sign
    for limits, _ in q.limits:
        if limits.price_collar is not None and away * SCALE > anchor * limits.price_collar:
            percent = text_of(limits.price_collar * 100, 0)
            message = (
                f"limit_price {text_of(limit)} is more than {percent} % on the expensive side of {text_of(anchor)}"
            )
            return Refusal(RefusalCode.PRICE_COLLAR, message, "limit_price")
    return None


def _size(q: Question) -> Refusal | None:
    notional: Money | None = None
    for limits, _ in q.limits:
        most = limits.order_quantity_max
        if most is not None and q.order.remaining > most:
            message = f"quantity {text_of(q.order.remaining, 0)} exceeds the limit of {text_of(most, 0)} an order"
            return Refusal(RefusalCode.MAX_ORDER_QUANTITY, message, "quantity")
        if limits.order_notional_max is None:
            continue
        if notional is None:
            notional = q.in_base(q.instrument.notional(q.order.remaining, q.price))
        if notional > limits.order_notional_max:
            message = _over("the order is worth", notional, limits.order_notional_max, q.book.account.base_currency)
            return Refusal(RefusalCode.MAX_ORDER_NOTIONAL, message, "quantity")
    return None


def _position_size(q: Question) -> Refusal | None:
    if q.is_closing:
        return None
    for limits, one in q.limits:
        if limits.position_notional_max is None:
            continue
        exposures = (one or q.book).exposures
        after = exposure_with(exposures.get(q.order.symbol), q.order, q.replaced)
        worst = q.in_base(after.worst_case(q.instrument, q.mark))
        if worst > limits.position_notional_max:
            message = _over(
                f"with all open orders the position in {q.order.symbol} could be worth",
                worst,
                limits.position_notional_max,
                q.book.account.base_currency,
            )
            return Refusal(RefusalCode.MAX_POSITION_NOTIONAL, message, "quantity")
    return None


def _open_orders(q: Question) -> Refusal | None:
    if q.replaced is not None:
        return None
    for limits, one in q.limits:
        if limits.open_orders_max is None:
            continue
        # The order itself is recorded already and counts.
        count = len(one.working) if one else sum(len(each.working) for each in q.book.ledgers.values())
        if count > limits.open_orders_max:
            message = f"{limits.open_orders_max} orders are open, the most allowed: cancel one first"
            return Refusal(RefusalCode.MAX_OPEN_ORDERS, message)
    return None


def _pace(q: Question) -> Refusal | None:
    for limits, one in q.limits:
        most = limits.orders_per_second_max
        if most is not None and q.turn.pace.in_last_second(_pace_key(q.book, one), q.turn.now_ns) >= most:
            return Refusal(RefusalCode.ORDER_RATE, f"more than {most} orders in one second: slow down")
    return None


def _alike(q: Question) -> Refusal | None:
    if q.replaced is not None:
        return None
    for limits, _ in q.limits:
        if not limits.duplicate_window_ns:
            continue
        age_ns = q.turn.pace.age_of_alike(_fingerprint(q.order), q.turn.now_ns)
        if age_ns is not None and age_ns < limits.duplicate_window_ns:
            message = (
                f"an order alike in everything went out {age_ns // 1_000_000} ms ago: if it is meant, place it later"
            )
            return Refusal(RefusalCode.DUPLICATE_ORDER, message)
    return None


def _losses(q: Question) -> Refusal | None:
    if q.is_closing:
        return None
    for limits, one in q.limits:
        if limits.daily_loss_max is not None or limits.drawdown_max is not None:
            owner: Account | Ledger = one.ledger if one else q.book.account
            equity = ledger_equity(q.turn.marks, q.book, one) if one else account_equity(q.turn.marks, q.book)
            refusal = refuse_loss(limits, owner, equity)
            if refusal is not None:
                return refusal
    return None


def refuse_loss(limits: RiskLimits, owner: Account | Ledger, equity: Money) -> Refusal | None:
    """Say which loss limit an equity has gone past, measured from the day's start and from the peak."""
    if not owner.equity_peak:
        return None
    lost = owner.day_start_equity - equity
    if limits.daily_loss_max is not None and lost > limits.daily_loss_max:
        message = f"the loss of the day is {text_of(lost)}, allowed are {text_of(limits.daily_loss_max)}"
        return Refusal(RefusalCode.DAILY_LOSS, message)
    drop = owner.equity_peak - equity
    if limits.drawdown_max is not None and drop * SCALE > owner.equity_peak * limits.drawdown_max:
        message = (
            f"equity {text_of(equity)} is {text_of(drop)} below its peak of {text_of(owner.equity_peak)},"
            f" allowed are {text_of(limits.drawdown_max * 100, 0)} %"
        )
        return Refusal(RefusalCode.DRAWDOWN, message)
    return None


def _funds(q: Question) -> Refusal | None:
    if q.is_closing:
        return None
    free = free_funds(q.turn, q.book, None, q.order, q.replaced)
    ledger = q.one.ledger
    # A ledger with capital of its own has to pay from it; one without trades on the account's.
    if free >= 0 and (ledger.strategy_id == MANUAL or ledger.allocated > 0) and len(q.book.ledgers) > 1:
        free = free_funds(q.turn, q.book, q.one, q.order, q.replaced)
    if free >= 0:
        return None
    message = (
        f"the order is {text_of(-free)} {q.book.account.base_currency} short with all open orders counted:"
        " make it smaller, or cancel one"
    )
    return Refusal(RefusalCode.INSUFFICIENT_FUNDS, message, "quantity")


_CHECKS: tuple[Callable[[Question], Refusal | None], ...] = (
    *(_reduce_only, _kill_switches, _running, _hours, _price, _collar, _size, _position_size),
    *(_open_orders, _pace, _alike, _losses, _funds),
)


def _note(q: Question) -> None:
    for limits, one in q.limits:
        if limits.orders_per_second_max is not None:
            q.turn.pace.note(_pace_key(q.book, one), q.turn.now_ns)
        if limits.duplicate_window_ns:
            q.turn.pace.note_alike(_fingerprint(q.order), q.turn.now_ns)


def _pace_key(book: AccountBook, one: LedgerBook | None) -> str:
    account_id = book.account.account_id
    return account_id if one is None else f"{account_id}/{one.ledger.strategy_id}"


def _fingerprint(order: Order) -> tuple[object, ...]:
    return (
        *(order.account_id, order.strategy_id, order.symbol, order.side, order.quantity, order.order_type),
        *(order.limit_price, order.stop_price, order.time_in_force, order.post_only, order.reduce_only),
    )


def _over(what: str, amount: Money, limit: Money, currency: str) -> str:
    return f"{what} {text_of(amount)} {currency}, the limit is {text_of(limit)}: make it smaller"
