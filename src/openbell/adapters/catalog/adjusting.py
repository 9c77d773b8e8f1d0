"""Adjusts earlier prices for splits and dividends, exactly: integers times fractions, rounded half up once.

A split of n for m divides all earlier prices, and multiplies earlier volumes, by n/m. A dividend of D multiplies
earlier prices by 1 - D / C, C being the last close before the ex-date (the method of the Center for Research in
Security Prices). The latest prices stay as they were traded. An action after the last bar changes nothing.
"""

from collections.abc import Sequence
from datetime import date
from fractions import Fraction

import numpy as np

from openbell.adapters.catalog.timetable import NANOS_PER_DAY
from openbell.domain.dataset import ActionKind, Adjustment, CorporateAction
from openbell.ports import BarColumns

_EPOCH = date(1970, 1, 1).toordinal()
_PART_MAX = 2**31 - 1
"""Of a fraction's numerator and denominator: products of two stay within 64 bits; what is lost is below 1e-18."""


def adjusted(bars: BarColumns, actions: Sequence[CorporateAction], adjustment: Adjustment) -> BarColumns:
    """Give bars as seen from the last of them. Raises ValueError for a dividend as large as the price before it."""
    wanted = [one for one in actions if adjustment is Adjustment.ALL or one.kind is ActionKind.SPLIT]
    if adjustment is Adjustment.NONE or not wanted or not len(bars.ts_ns):
        return bars
    prices = [column.copy() for column in (bars.open, bars.high, bars.low, bars.close)]
    volume = bars.volume.copy()
    price_factor = volume_factor = Fraction(1)
    end = len(bars.ts_ns)
    # From the latest action backwards: what lies before all of them gets the product of all.
    for action in sorted(wanted, key=lambda one: one.ex_date, reverse=True):
        place = int(np.searchsorted(bars.ts_ns, (action.ex_date.toordinal() - _EPOCH) * NANOS_PER_DAY))
        if place in (0, len(bars.ts_ns)):
            continue
        _scale(prices, place, end, price_factor)
        _scale([volume], place, end, volume_factor)
        end = place
        price_factor *= _price_factor(action, int(bars.close[place - 1]))
        if action.kind is ActionKind.SPLIT:
            volume_factor *= Fraction(action.new_shares, action.old_shares)
    _scale(prices, 0, end, price_factor)
    _scale([volume], 0, end, volume_factor)
    # A price that would round to nothing stays the smallest there is.
    columns = [bars.ts_ns, *(np.maximum(column, 1) for column in prices), volume]
    return BarColumns(*columns)


def _price_factor(action: CorporateAction, close: int) -> Fraction:
    if action.kind is ActionKind.SPLIT:
        return Fraction(action.old_shares, action.new_shares)
    if action.amount >= close:
        raise ValueError(f"the dividend of {action.ex_date} is not less than the close before it")
    return 1 - Fraction(action.amount, close)


def _scale(columns: Sequence[np.ndarray], first: int, last: int, factor: Fraction) -> None:
    """Multiply a part of columns in place, halves rounded up."""
    if factor == 1 or first >= last:
        return
    near = factor.limit_denominator(_PART_MAX // max(1, -(-factor.numerator // factor.denominator)))
    over, under = near.numerator, near.denominator
    for column in columns:
        whole, rest = np.divmod(column[first:last], under)
        if len(whole) and int(whole.max()) * over > 2**62:
            raise ValueError("the adjusted numbers are larger than can be kept")
        column[first:last] = whole * over + (rest * over + under // 2) // under
