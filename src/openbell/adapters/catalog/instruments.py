"""Which instrument recorded bars are of: a listed one, or one made to fit the data."""

import msgspec
import numpy as np

from openbell.adapters.instruments import SymbolMaster, default_instruments, instrument_for_data, tick_for_prices
from openbell.domain.calendar import ALWAYS
from openbell.domain.instrument import Instrument
from openbell.domain.values import SCALE
from openbell.ports import BarColumns

_CENT = SCALE // 100


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
    # Ticks divide a cent, so what is left beyond whole cents tells all; counting finds it without sorting. Mostly
    # nothing is left, which a division tells in half the time of a remainder.
    left = [
        column % _CENT
        for column in (bars.open, bars.high, bars.low, bars.close)
        if not np.array_equal(column // _CENT * _CENT, column)
    ]
    return tick_for_prices(np.flatnonzero(np.bincount(np.concatenate(left))).tolist() if left else [])
