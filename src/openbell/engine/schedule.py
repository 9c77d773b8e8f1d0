"""The end of a strategy's schedule: what could still add risk does not stay in the market."""

from openbell.domain.strategy import Strategy
from openbell.engine import life
from openbell.engine.hours import exchange_calendar
from openbell.engine.question import closable
from openbell.engine.state import LedgerBook
from openbell.engine.turn import Turn


def on_time(turn: Turn) -> None:
    """Cancel what could still add risk once a schedule is over; exits go on working."""
    for book in turn.state.accounts.values():
        for strategy_id, strategy in book.strategies.items():
            if strategy.config.schedule is not None and book.ledgers[strategy_id].working:
                _cancel_openings(turn, book.ledgers[strategy_id], strategy)


def _cancel_openings(turn: Turn, one: LedgerBook, strategy: Strategy) -> None:
    schedule = strategy.config.schedule
    for order_id in list(one.working):
        order = turn.state.orders[order_id]
        instrument = turn.settings.instruments.get(order.symbol)
        is_exit = order.reduce_only or order.parent_order_id is not None
        if schedule is None or instrument is None or is_exit:
            continue
        if schedule.is_open(turn.now_ns, calendar=exchange_calendar(instrument)):
            continue
        if order.remaining > closable(turn.state, one, order, replaced=order):
            life.cancel(turn, order, reason="its strategy's schedule is over", actor="schedule")
