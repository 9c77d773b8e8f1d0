"""The only door for orders. What passes all checks becomes an `Admitted`, and nothing else can make one.

Order of the checks, the first refusal counts. Those up to 4 are values and leave no trace; from 5 on the order is
recorded as DENIED.

1. shape (`engine.shape`): names, increments, prices and flags   2. client order id seen before
3. for a change: the order is open, revision, no other change under way   4. the change changes something
5. mode   6. reduce-only   7. kill switches: global, account, strategy   8. the strategy runs, within its schedule
9. market hours
10. a price, and a fresh one   11. price collar   12. order quantity and worth
13. position worth, number of positions, risk of one trade
14. open orders   15. orders per second   16. orders alike   17. daily loss and drawdown   18. funds

Checks 7, 8, 13, 17 and 18 are about adding risk: an order that can only bring the ledger's position nearer to zero
passes them. Limits of the account and of the strategy both hold.
"""

from collections.abc import Callable

from openbell.domain.account import Mode
from openbell.domain.order import Order
from openbell.domain.risk import Refusal, RefusalCode
from openbell.domain.venue import Admitted
from openbell.engine import checks, schedule, sizing
from openbell.engine.question import Question
from openbell.engine.turn import Turn

_CHECKS: tuple[Callable[[Question], Refusal | None], ...] = (
    checks.reduce_only,
    checks.kill_switches,
    checks.running,
    schedule.within,
    checks.hours,
    checks.price,
    checks.collar,
    checks.size,
    checks.position_size,
    sizing.positions,
    sizing.risk_per_trade,
    checks.open_orders,
    checks.pace,
    checks.alike,
    checks.losses,
    checks.funds,
)


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
    refusal = first_refusal(question, mode)
    if refusal is None:
        _note(question)
    return refusal


def first_refusal(question: Question, mode: Mode | None) -> Refusal | None:
    """Go through the checks and give the first refusal. Changes nothing."""
    account = question.book.account
    if mode is not None and mode is not account.mode:
        message = f"the account trades in mode {account.mode}, the order says {mode}"
        return Refusal(RefusalCode.MODE_MISMATCH, message, "mode")
    for check in _CHECKS:
        refusal = check(question)
        if refusal is not None:
            return refusal
    return None


def refuse_release(turn: Turn, order: Order) -> Refusal | None:
    """Say why an exit whose entry has filled must not go out: a kill switch, or a strategy that does not run."""
    question = Question(turn, order, None)
    return checks.kill_switches(question) or checks.running(question)


def _note(q: Question) -> None:
    is_paced = is_compared = False
    for limits, _ in q.limits:
        is_paced |= limits.orders_per_second_max is not None
        is_compared |= limits.duplicate_window_ns != 0
    if is_paced:
        q.turn.pace.note(checks.pace_key(q.book, None), q.turn.now_ns)
        q.turn.pace.note(checks.pace_key(q.book, q.one), q.turn.now_ns)
    if is_compared:
        q.turn.pace.note_alike(checks.fingerprint(q.order), q.turn.now_ns)
