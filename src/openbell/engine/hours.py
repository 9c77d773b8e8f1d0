"""When a strategy may take risk: its schedule, in the time zone and on the days of the instrument's exchange."""

from openbell.domain.calendar import Calendar, calendar_named
from openbell.domain.instrument import Instrument
from openbell.domain.risk import Refusal, RefusalCode
from openbell.engine.question import Question


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
