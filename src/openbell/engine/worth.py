"""What a holding of one symbol is worth, and the margin it needs with its open orders."""

from collections.abc import Collection

from openbell.domain.instrument import Instrument
from openbell.domain.order import Side
from openbell.domain.position import Position
from openbell.domain.values import SCALE, Money, Price, Rate
from openbell.engine.exposure import Exposure, worst_case_of
from openbell.engine.marks import Marks

_BUY, _HALF = Side.BUY, SCALE // 2


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


def margin_in_base(
    marks: Marks, symbol: str, exposure: Exposure, base_currency: str, opposed: Collection[Exposure] = ()
) -> Money:
    """Give the worst case of a holding with its open orders × its initial margin, in base currency.

    Where ledgers are on both sides, `opposed` are theirs.
    """
    if exposure.is_idle and not opposed:
        return 0
    instrument, mark = marks.instruments[symbol], marks.mark(symbol)
    needed = margin_of_all(instrument, opposed, mark) if opposed else margin(instrument, exposure, mark)
    return marks.in_base(needed, instrument.currency, base_currency)


def margin(instrument: Instrument, exposure: Exposure, mark: Price | None) -> Money:
    """Give the worst case of a holding with its open orders × its initial margin."""
    return _initial(instrument, exposure.worst_case(instrument, mark or _entry_price(instrument, exposure)))


def margin_of_all(instrument: Instrument, exposures: Collection[Exposure], mark: Price | None) -> Money:
    """Give the worst case of several ledgers, none counting against another, × its initial margin.

    Without a mark all count at the entry price of the largest holding.
    """
    price = mark or _entry_price(instrument, max(exposures, key=lambda exposure: abs(exposure.quantity)))
    return _initial(instrument, worst_case_of(exposures, instrument, price))


def _initial(instrument: Instrument, worst: Money) -> Money:
    return worst if instrument.initial_margin == SCALE else -(-worst * instrument.initial_margin // SCALE)


def is_steady(instrument: Instrument, exposure: Exposure) -> bool:
    """Tell whether worth less margin is the same at any mark.

    So it is of whole units that are long and paid in full, with no order whose worth follows the mark: their worth and
    their margin then are units × mark without any rounding, and only what limit orders may buy comes on top.
    """
    if exposure.buy_unpriced or exposure.sell_quantity:
        return False
    quantity = exposure.quantity
    if not quantity:
        return not exposure.buy_quantity and not exposure.cost
    return quantity > 0 and quantity % SCALE == 0 and instrument.is_paid_in_full


def steady_spare(exposure: Exposure) -> Money:
    """Give worth less margin of what is steady: what its limit orders may buy."""
    return -exposure.buy_value // SCALE


def spare_in_base(marks: Marks, symbol: str, exposure: Exposure, mark: Price | None, base_currency: str) -> Money:
    """Give what a holding adds to equity beside cash at its mark, less the margin it needs, in base currency."""
    instrument = marks.instruments[symbol]
    if mark is not None and instrument.currency == base_currency and instrument.is_paid_in_full:
        return free_in_full(0, exposure, mark, _BUY, 0, 0)
    return worth_in_base(marks, symbol, exposure, base_currency) - margin_in_base(
        marks, symbol, exposure, base_currency
    )


def free_in_full(  # noqa: PLR0917 - asked for every order of a backtest, where names cost
    free: Money, held: Exposure | None, mark: Price, side: Side, added: int, rate: Rate
) -> Money:
    """Give what an order leaves free of `free`, which is cash and what all other symbols spare.

    For what is worth quantity × mark and takes all of that. `added` is the order's quantity × price, a plain product.
    """
    longest = shortest = 0
    if rate:
        free -= fee_ahead(added, rate)
    if held is not None:
        worth_now = held.quantity * mark
        longest = worth_now + held.buy_value + held.buy_unpriced * mark
        shortest = held.sell_value + held.sell_unpriced * mark - worth_now
        free += (worth_now + _HALF) // SCALE if worth_now >= 0 else -((_HALF - worth_now) // SCALE)
    if side is _BUY:
        longest += added
    else:
        shortest += added
    needed = max(longest, shortest)
    return free - -(-needed // SCALE) if needed > 0 else free


def fee_ahead(worth: int, rate: Rate) -> Money:
    """Give what is set aside for the fee of a trade worth a plain product of quantity and price."""
    return -(-((worth + _HALF) // SCALE) * rate // SCALE)


def _entry_price(instrument: Instrument, exposure: Exposure) -> Price:
    held = Position(position_id="", account_id="", strategy_id="", symbol=instrument.symbol)
    held.quantity, held.cost = exposure.quantity, exposure.cost
    return held.average_entry_price(instrument) or SCALE
