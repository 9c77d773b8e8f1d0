"""Which instrument recorded bars are of: a listed one, or one made to fit the data."""

import msgspec
import numpy as np

from openbell.adapters.instruments import SymbolMaster, default_instruments, instrument_for_data, tick_for_prices
from openbell.domain.calendar import ALWAYS
from openbell.domain.instrument import Instrument
from openbell.domain.values import SCALE
from openbell.ports import BarColumns

_CENT = SCALE // 100
_FIVES = 5**6
_INVERSE, _LARGEST = np.uint64(pow(_FIVES, -1, 2**64)), np.uint64((2**64 - 1) // _FIVES)
_PART = 16_384
"""Prices looked at together: few enough to stay in the processor's cache."""


def instrument_of(symbol: str, bars: BarColumns) -> Instrument:
    """Give the instrument that a symbol's recorded bars are to be traded as.

    A listed instrument keeps everything but two things. Its tick size is never coarser than the recorded prices:
    shares once traded in sixteenths. And it trades around the clock: when it really did, the bars themselves say.
    A strategy decides when a bar closes, which for a daily bar is when the exchange has closed. Raises InvalidSymbol.
    """
    tick_size = _tick_of(bars)
    instrument = SymbolMaster(default_instruments()).resolve(symbol)
    if instrument is None:
        instrument = instrument_for_data(symbol, tick_size=tick_size)
    return msgspec.structs.replace(
        instrument, tick_size=min(instrument.tick_size, tick_size), calendar_name=ALWAYS.name
    )


def _tick_of(bars: BarColumns) -> int:
    # Ticks divide a cent, so what is left beyond whole cents tells all; counting finds it without sorting.
    left = [column % _CENT for column in (bars.open, bars.high, bars.low, bars.close) if not _are_whole_cents(column)]
    return tick_for_prices(np.flatnonzero(np.bincount(np.concatenate(left))).tolist() if left else [])


def _are_whole_cents(column: np.ndarray) -> bool:
    """Tell whether all prices are whole cents: 2⁶ times 5⁶ steps.

    A remainder takes a division. But a number is 5⁶ times another when its product with the inverse of 5⁶ modulo 2⁶⁴ is
    at most the largest such number; one below zero is taken for a broken one, which costs time and nothing else.
    """
    twos, product = 0, np.empty(min(_PART, len(column)), dtype=np.uint64)
    for first in range(0, len(column), _PART):
        part = column[first : first + _PART]
        twos |= int(np.bitwise_or.reduce(part))
        if twos & 63 or np.multiply(part.view(np.uint64), _INVERSE, out=product[: len(part)]).max() > _LARGEST:
            return False
    return True
