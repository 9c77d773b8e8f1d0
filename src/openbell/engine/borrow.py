"""What it costs to be short of something that is paid for in full: shares have to be borrowed, day by day."""

from openbell.domain import events as e
from openbell.domain.instrument import Instrument
from openbell.domain.position import Position
from openbell.domain.values import NANOS_PER_SECOND, SCALE, Money, Nanos, Rate, divide_half_up
from openbell.engine.turn import Turn

DAY_NS: Nanos = 86_400 * NANOS_PER_SECOND
DAYS_PER_YEAR = 365
"""Over which a yearly rate is spread; weekends and holidays are charged as well."""


def on_time(turn: Turn, last_ns: Nanos) -> None:
    """Charge every short position for the UTC midnights since time was last told, at its worth now."""
    rates = turn.settings.borrow_rates
    days = turn.now_ns // DAY_NS - last_ns // DAY_NS
    if not rates or days <= 0:
        return
    for book in turn.state.accounts.values():
        for one in book.ledgers.values():
            for position in one.positions.values():
                instrument = turn.settings.instruments[position.symbol]
                rate = rates.get(position.symbol, 0)
                if rate and position.quantity < 0 and not instrument.is_margined:
                    _charge(turn, position, instrument, amount=_cost(turn, position, instrument, rate * days))


def _cost(turn: Turn, position: Position, instrument: Instrument, rate: Rate) -> Money:
    mark = turn.marks.mark(position.symbol)
    worth = abs(position.cost) if mark is None else instrument.notional(position.quantity, mark)
    return divide_half_up(worth * rate, SCALE * DAYS_PER_YEAR)


def _charge(turn: Turn, position: Position, instrument: Instrument, *, amount: Money) -> None:
    if amount:
        charged = e.BorrowCharged(
            account_id=position.account_id,
            strategy_id=position.strategy_id,
            symbol=position.symbol,
            amount=amount,
            currency=instrument.currency,
        )
        turn.emit(charged, position.account_id)
