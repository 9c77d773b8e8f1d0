"""A strategy's own measure of risk, enforced: how many positions it may hold, and what one trade may lose.

Both count what could come to be held: positions, open orders and the order itself.
"""

from openbell.domain.risk import Refusal, RefusalCode
from openbell.domain.values import SCALE, Money, text_of
from openbell.engine.exposure import exposure_with
from openbell.engine.ledger import account_equity, ledger_equity
from openbell.engine.question import Question

WHOLE_PERCENT = 100 * SCALE


def positions(q: Question) -> Refusal | None:
    """Check in how many instruments the strategy could hold a position."""
    most = q.strategy.config.positions_max if q.strategy is not None else 0
    if not most or q.is_closing:
        return None
    others = sum(symbol != q.order.symbol and not held.is_idle for symbol, held in q.one.exposures.items())
    if others < most:
        return None
    message = (
        f"the strategy holds or is about to hold positions in {others} other instruments, max_positions is {most}:"
        " close one, or cancel its orders, first"
    )
    return Refusal(RefusalCode.MAX_POSITIONS, message, "symbol")


def risk_per_trade(q: Question) -> Refusal | None:
    """Check what the whole trade in the instrument loses at its stop.

    Position × price × stop-loss percent, against equity × risk-per-trade percent. The position is the worst case with
    all open orders; without a stop all of its worth is at risk. Equity is the ledger's where the strategy has capital
    of its own, else the account's. The rule is fixed-fractional position sizing, read as a limit.
    """
    config = q.strategy.config if q.strategy is not None else None
    if config is None or not config.risk_per_trade_percent or q.is_closing:
        return None
    after = exposure_with(q.one.exposures.get(q.order.symbol), q.order, q.replaced)
    worth = q.in_base(after.worst_case(q.instrument, q.mark))
    lost_percent = config.stop_loss_percent or WHOLE_PERCENT
    equity = _equity(q)
    if worth * lost_percent <= equity * config.risk_per_trade_percent:
        return None
    lost = -(-worth * lost_percent // WHOLE_PERCENT)
    allowed = max(equity, 0) * config.risk_per_trade_percent // WHOLE_PERCENT
    stop = f"at its stop {text_of(lost_percent, 0)} % away" if config.stop_loss_percent else "without a stop"
    message = (
        f"with all open orders the trade in {q.order.symbol} could lose {text_of(lost)} {q.book.account.base_currency}"
        f" {stop}; {text_of(config.risk_per_trade_percent, 0)} % of the equity are {text_of(allowed)}: make it smaller"
    )
    return Refusal(RefusalCode.RISK_PER_TRADE, message, "quantity")


def _equity(q: Question) -> Money:
    if q.one.ledger.allocated:
        return ledger_equity(q.turn.marks, q.book, q.one)
    return account_equity(q.turn.marks, q.book)
