"""Which instrument recorded bars are of: a listed one, or one made to fit the data."""

import msgspec
import numpy as np

from openbell.adapters.instruments import SymbolMaster, default_instruments, instrument_for_data, tick_for_prices
from openbell.domain.instrument import Instrument
from openbell.domain.values import SCALE
from openbell.ports import BarColumns

_CENT = SCALE // 100


def instrument_of(symbol: str, bars: BarColumns) -> Instrument:
    """Give the instrument that a symbol's recorded bars are to be traded as.

    A listed instrument keeps everything but its tick size, which is never coarser than the recorded prices: shares
    once traded in sixteenths. Hours are those of its exchange. Raises InvalidSymbol.
    """
    tick_size = _tick_of(bars)
    listed = SymbolMaster(default_instruments("exchange")).resolve(symbol)
    if listed is None:
        return instrument_for_data(symbol, tick_size=tick_size)
    return msgspec.structs.replace(listed, tick_size=min(listed.tick_size, tick_size))


def _tick_of(bars: BarColumns) -> int:
    # Ticks divide a cent, so what is left beyond whole cents tells all, and there is little of it.
    rests = np.unique(np.concatenate([column % _CENT for column in (bars.open, bars.high, bars.low, bars.close)]))
    return tick_for_prices(rests.tolist())
