"""The checks of the gate, in the order that `engine.gate` gives: a refusal with the numbers and the fix, or None."""

from openbell.domain.account import MANUAL, Account, Ledger
from openbell.domain.calendar import ALWAYS
from openbell.domain.order import Order
from openbell.domain.risk import Refusal, RefusalCode, RiskLimits
from openbell.domain.strategy import RunState
from openbell.domain.values import NANOS_PER_SECOND, SCALE, Money, text_of
from openbell.engine.exposure import exposure_with, worst_case_of
from openbell.engine.ledger import free_funds, running_equity
from openbell.engine.question import Question, active_switch, closable
from openbell.engine.sides import exposures_with
from openbell.engine.state import AccountBook, LedgerBook

_RUNNING = RunState.RUNNING
_ALWAYS = ALWAYS.name


def reduce_only(q: Question) -> Refusal | None:
    """Check that a reduce-only order only reduces."""
    if not q.order.reduce_only or q.is_closing:
        return None
    left = closable(q.turn.state, q.one, q.order, q.replaced)
    message = (
        f"a reduce-only {q.order.side} of {text_of(q.order.remaining, 0)} does not only reduce the position:"
        f" at most {text_of(left, 0)} can be closed"
    )
    return Refusal(RefusalCode.REDUCE_ONLY, message, "reduce_only")


def kill_switches(q: Question) -> Refusal | None:
    """Check the kill switches that cover the order's ledger."""
    switch = active_switch(q.turn.state, q.order.account_id, q.order.strategy_id)
    if switch is None or q.is_closing:
        return None
    message = f"the {switch.scope} kill switch is active ({switch.reason}): only orders that reduce a position pass"
    return Refusal(RefusalCode.KILL_SWITCH, message)


def running(q: Question) -> Refusal | None:
    """Check that the order's strategy runs."""
    if q.is_closing or q.order.strategy_id == MANUAL:
        return None
    state = q.strategy.state if q.strategy is not None else "deleted"
    if state is _RUNNING:
        return None
    message = f"the strategy is {state}: only orders that reduce its position pass; start it first"
    return Refusal(RefusalCode.STRATEGY_NOT_RUNNING, message, "strategy_id")


def hours(q: Question) -> Refusal | None:
    """Check that the instrument trades now."""
    if q.instrument.calendar_name == _ALWAYS or q.turn.is_open(q.instrument):
        return None
    message = (
        f"{q.order.symbol} trades on {q.instrument.calendar_name}, which is closed now: place the order when it opens"
    )
    return Refusal(RefusalCode.MARKET_CLOSED, message, "symbol")


def price(q: Question) -> Refusal | None:
    """Check that there is a price, and a fresh one."""
    if q.marked_ns is None:
        return Refusal(RefusalCode.NO_PRICE, f"there is no price of {q.order.symbol} yet: wait for one", "symbol")
    age_ns = q.turn.now_ns - q.marked_ns
    for limits, _ in q.limits:
        if limits.price_age_max_ns is not None and age_ns > limits.price_age_max_ns:
            message = (
                f"the latest price of {q.order.symbol} is {age_ns // NANOS_PER_SECOND} s old,"
                f" allowed are {limits.price_age_max_ns // NANOS_PER_SECOND} s: wait for a fresh one"
            )
            return Refusal(RefusalCode.STALE_PRICE, message, "symbol")
    return None


def collar(q: Question) -> Refusal | None:
    """Check that a limit price does not lie far on the expensive side."""
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


def size(q: Question) -> Refusal | None:
    """Check quantity and worth of the order."""
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


def position_size(q: Question) -> Refusal | None:
    """Check what the position could be worth with all open orders."""
    if q.is_closing:
        return None
    for limits, one in q.limits:
        if limits.position_notional_max is None:
            continue
        if one is None:
            reached = worst_case_of(exposures_with(q.book, q.order, q.replaced), q.instrument, q.mark)
        else:
            after = exposure_with(one.exposures.get(q.order.symbol), q.order, q.replaced)
            reached = after.worst_case(q.instrument, q.mark)
        worst = q.in_base(reached)
        if worst > limits.position_notional_max:
            message = _over(
                f"with all open orders the position in {q.order.symbol} could be worth",
                worst,
                limits.position_notional_max,
                q.book.account.base_currency,
            )
            return Refusal(RefusalCode.MAX_POSITION_NOTIONAL, message, "quantity")
    return None


def open_orders(q: Question) -> Refusal | None:
    """Check the number of open orders."""
    if q.replaced is not None:
        return None
    for limits, one in q.limits:
        if limits.open_orders_max is None:
            continue
        count = len(one.working) if one else sum(len(each.working) for each in q.book.ledgers.values())
        # The order itself counts: it is recorded already, unless it is only being tried.
        count += q.order.order_id not in q.one.working
        if count > limits.open_orders_max:
            message = f"{limits.open_orders_max} orders are open, the most allowed: cancel one first"
            return Refusal(RefusalCode.MAX_OPEN_ORDERS, message)
    return None


def pace(q: Question) -> Refusal | None:
    """Check the number of orders in the last second."""
    for limits, one in q.limits:
        most = limits.orders_per_second_max
        if most is not None and q.turn.pace.in_last_second(pace_key(q.book, one), q.turn.now_ns) >= most:
            return Refusal(RefusalCode.ORDER_RATE, f"more than {most} orders in one second: slow down")
    return None


def alike(q: Question) -> Refusal | None:
    """Check that no order alike in everything went out just before."""
    if q.replaced is not None:
        return None
    for limits, _ in q.limits:
        if not limits.duplicate_window_ns:
            continue
        age_ns = q.turn.pace.age_of_alike(fingerprint(q.order), q.turn.now_ns)
        if age_ns is not None and age_ns < limits.duplicate_window_ns:
            message = (
                f"an order alike in everything went out {age_ns // 1_000_000} ms ago: if it is meant, place it later"
            )
            return Refusal(RefusalCode.DUPLICATE_ORDER, message)
    return None


def losses(q: Question) -> Refusal | None:
    """Check daily loss and drawdown."""
    if q.is_closing:
        return None
    for limits, one in q.limits:
        if limits.daily_loss_max is not None or limits.drawdown_max is not None:
            owner: Account | Ledger = one.ledger if one else q.book.account
            refusal = refuse_loss(limits, owner, running_equity(q.turn, q.book, one))
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


def funds(q: Question) -> Refusal | None:
    """Check that the order can be paid for with all open orders counted."""
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


def pace_key(book: AccountBook, one: LedgerBook | None) -> str:
    """Give the key that the pace of an account, or of one ledger, is kept under."""
    account_id = book.account.account_id
    return account_id if one is None else f"{account_id}/{one.ledger.strategy_id}"


def fingerprint(order: Order) -> tuple[object, ...]:
    """Give what makes two orders alike."""
    return (
        *(order.account_id, order.strategy_id, order.symbol, order.side, order.quantity, order.order_type),
        *(order.limit_price, order.stop_price, order.time_in_force, order.post_only, order.reduce_only),
    )


def _over(what: str, amount: Money, limit: Money, currency: str) -> str:
    return f"{what} {text_of(amount)} {currency}, the limit is {text_of(limit)}: make it smaller"
