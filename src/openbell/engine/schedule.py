"""A strategy's schedule, enforced: outside of it nothing that adds risk passes the gate or stays in the market."""

from openbell.domain.calendar import Calendar, calendar_named
from openbell.domain.instrument import Instrument
from openbell.domain.risk import Refusal, RefusalCode
from openbell.domain.strategy import Strategy
from openbell.engine import life
from openbell.engine.question import Question, closable
from openbell.engine.state import LedgerBook
from openbell.engine.turn import Turn


def exchange_calendar(instrument: Instrument) -> Calendar:
    """Give the calendar of an instrument's exchange, also where it is simulated round the clock; else its own."""
    try:
        return calendar_named(instrument.exchange)
    except KeyError:
        return instrument.calendar


def within(q: Question) -> Refusal | None:
    """Check that the order's strategy may take risk now."""
    schedule = q.strategy.config.schedule if q.strategy is not None else None
    if schedule is None or q.is_closing:
        return None
    calendar = exchange_calendar(q.instrument)
    if schedule.is_open(q.turn.now_ns, calendar=calendar):
        return None
    message = (
        f"the strategy's schedule is {schedule.start_time} to {schedule.end_time} {calendar.timezone} on its days,"
        " holidays excepted: only orders that reduce its position pass now"
    )
    return Refusal(RefusalCode.OUTSIDE_SCHEDULE, message, "strategy_id")


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
