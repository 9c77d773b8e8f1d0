"""Ledgers of one account that stand on both sides of a symbol: they do not count against each other.

Any of them may close at any time, and what closes always passes. So an account has to be able to pay for what is left
then: the longs of all its ledgers count in full and so do the shorts, and the larger of the two is what it needs. Where
all ledgers are on one side, or only one is there, that is what the sum of them needs.
"""

from collections.abc import Sequence

from openbell.domain.account import MANUAL
from openbell.domain.order import Order, Side
from openbell.engine.exposure import Exposure, exposure_with
from openbell.engine.state import AccountBook

_BUY = Side.BUY


def is_alone(book: AccountBook) -> bool:
    """Tell whether one ledger surely has all that its account has: nearly every account is asked about here."""
    ledgers = book.ledgers
    return len(ledgers) == 1 or (len(ledgers) == 2 and not ledgers[MANUAL].exposures)


def opposed(book: AccountBook, symbol: str) -> Sequence[Exposure]:
    """Give the exposures of an account's ledgers to a symbol where they are on both sides; none elsewhere."""
    if is_alone(book):
        return ()
    busy = _beside(book, symbol, None)
    is_opposed = len(busy) > 1 and _could_be_long(busy) and _could_be_short(busy)
    return busy if is_opposed else ()


def is_opposed_by(book: AccountBook, symbol: str, strategy_id: str, side: Side) -> bool:
    """Tell whether a ledger's order on a side could bring the account's ledgers to both sides of a symbol."""
    busy = _beside(book, symbol, strategy_id)
    if not busy:
        return False
    own = book.ledgers[strategy_id].exposures.get(symbol)
    if own is not None:
        busy.append(own)
    return _could_be_short(busy) if side is _BUY else _could_be_long(busy)


def exposures_with(book: AccountBook, order: Order, replaced: Order | None) -> list[Exposure]:
    """Give what each ledger has of an order's symbol, with the order counted in and the one it replaces taken out."""
    own = book.ledgers[order.strategy_id].exposures.get(order.symbol)
    return [exposure_with(own, order, replaced), *_beside(book, order.symbol, order.strategy_id)]


def _beside(book: AccountBook, symbol: str, strategy_id: str | None) -> list[Exposure]:
    """List what all ledgers but one hold of a symbol or have ordered."""
    found = []
    for key, one in book.ledgers.items():
        exposure = one.exposures.get(symbol)
        if exposure is not None and key != strategy_id and not exposure.is_idle:
            found.append(exposure)
    return found


def _could_be_long(exposures: Sequence[Exposure]) -> bool:
    return any(exposure.quantity > 0 or exposure.buy_quantity for exposure in exposures)


def _could_be_short(exposures: Sequence[Exposure]) -> bool:
    return any(exposure.quantity < 0 or exposure.sell_quantity for exposure in exposures)
