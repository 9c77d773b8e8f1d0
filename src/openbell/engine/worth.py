"""What a holding of one symbol is worth, and the margin it needs with its open orders."""

from openbell.domain.instrument import Instrument
from openbell.domain.position import Position
from openbell.domain.values import SCALE, Money, Price
from openbell.engine.exposure import Exposure
from openbell.engine.marks import Marks


def worth(instrument: Instrument, exposure: Exposure, mark: Price | None) -> Money:
    """Give what a holding adds to equity beside cash: its worth, or only its profit when margined."""
    value = exposure.cost if mark is None else instrument.value(exposure.quantity, mark)
    return value - exposure.cost if instrument.is_margined else value


def worth_in_base(marks: Marks, symbol: str, exposure: Exposure, base_currency: str) -> Money:
    """Give what a holding adds to equity beside cash, in base currency."""
    if not exposure.quantity and not exposure.cost:
        return 0
    instrument = marks.instruments[symbol]
    return marks.in_base(worth(instrument, exposure, marks.mark(symbol)), instrument.currency, base_currency)


def margin_in_base(marks: Marks, symbol: str, exposure: Exposure, base_currency: str) -> Money:
    """Give the worst case of a holding with its open orders × its initial margin, in base currency."""
    instrument = marks.instruments[symbol]
    return marks.in_base(margin(instrument, exposure, marks.mark(symbol)), instrument.currency, base_currency)


def margin(instrument: Instrument, exposure: Exposure, mark: Price | None) -> Money:
    """Give the worst case of a holding with its open orders × its initial margin."""
    worst = exposure.worst_case(instrument, mark or _entry_price(instrument, exposure))
    return worst if instrument.initial_margin == SCALE else -(-worst * instrument.initial_margin // SCALE)


def is_steady(instrument: Instrument, exposure: Exposure) -> bool:
    """Tell whether worth less margin is the same at any mark.

    So it is of whole units that are long and paid in full, with no order whose worth follows the mark: their worth and
    their margin then are units × mark without any rounding, and only what limit orders may buy comes on top.
    """
    if exposure.is_idle and not exposure.cost:
        return True
    has_orders = exposure.buy_unpriced or exposure.sell_quantity
    is_whole_and_long = exposure.quantity > 0 and exposure.quantity % SCALE == 0
    return is_whole_and_long and not has_orders and instrument.is_paid_in_full


def _entry_price(instrument: Instrument, exposure: Exposure) -> Price:
    held = Position(position_id="", account_id="", strategy_id="", symbol=instrument.symbol)
    held.quantity, held.cost = exposure.quantity, exposure.cost
    return held.average_entry_price(instrument) or SCALE
