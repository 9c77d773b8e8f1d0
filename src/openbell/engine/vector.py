"""Backtests compiled to machine code: one strategy on one instrument, at the rate the memory gives.

Everything is an integer of 64 bits in steps of 1e-8, and every rounding is that of `domain.values` and of the gate, so
that fills, fees, denials and equity are those of the core to the last step. `tests/property/test_vector_agrees.py`
holds it to that. Importing this needs numba (the extra `fast`); what is compiled is kept for the next start.
"""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
import numpy as np

from openbell.domain.values import SCALE
from openbell.engine.lines import Flags, Integers
from openbell.engine.signals import KEEP

Kernel = TypeVar("Kernel", bound=Callable[..., Any])


def _compiled(function: Kernel) -> Kernel:
    """Compile on first use, keep it on disk, and let other threads run meanwhile."""
    return cast("Kernel", numba.njit(cache=True, nogil=True)(function))


@_compiled
def _worth(quantity: int, price: int) -> int:
    """Multiply a quantity and a price of zero or more, the last step rounded half up: `values.multiply`."""
    units, parts = quantity // SCALE, quantity % SCALE
    if parts == 0:
        return units * price
    return units * price + parts * (price // SCALE) + (parts * (price % SCALE) + SCALE // 2) // SCALE


@_compiled
def _worth_up(quantity: int, price: int) -> int:
    """Multiply as `_worth` does, rounded up."""
    units, parts = quantity // SCALE, quantity % SCALE
    return units * price + parts * (price // SCALE) + (parts * (price % SCALE) + SCALE - 1) // SCALE


@_compiled
def is_affordable(cash: int, held: int, missing: int, mark: int, rate: int) -> bool:
    """Tell whether the gate lets out a market order: it only reduces, or equity covers the worst case and the fee."""
    if held != 0 and (held > 0) != (missing > 0) and abs(missing) <= abs(held):
        return True
    worth = _worth(abs(held), mark)
    equity = cash + worth if held > 0 else cash - worth
    fee = _worth_up(_worth(abs(missing), mark), rate)
    longest = held + missing if missing > 0 else held
    shortest = -held - missing if missing < 0 else -held
    return equity - fee - _worth_up(max(longest, shortest, 0), mark) >= 0


@_compiled
def play(  # noqa: PLR0917 - compiled code is called by position
    opens: Integers,
    closes: Integers,
    flat: Integers,
    long: Integers,
    short: Integers,
    cash: int,
    rate: int,
    equity: Integers,
    fills: Any,
) -> tuple[int, int, int]:
    """Play columns of targets. Fills `equity` bar by bar, and `fills` with bar, signed quantity, price and fee.

    Gives how many fills, orders and denials there were. `fills` takes one row a bar at most.
    """
    held, pending = 0, 0
    filled, orders, denied = 0, 0, 0
    for i in range(len(closes)):
        if pending != 0:
            worth = _worth(abs(pending), opens[i])
            fee = _worth(worth, rate)
            cash -= (worth if pending > 0 else -worth) + fee
            held += pending
            fills[filled, 0], fills[filled, 1], fills[filled, 2], fills[filled, 3] = i, pending, opens[i], fee
            filled += 1
            pending = 0
        if held == 0:
            target = flat[i]
            equity[i] = cash
        elif held > 0:
            target = long[i]
            equity[i] = cash + _worth(held, closes[i])
        else:
            target = short[i]
            equity[i] = cash - _worth(-held, closes[i])
        if target not in (KEEP, held):
            orders += 1
            if is_affordable(cash, held, target - held, closes[i], rate):
                pending = target - held
            else:
                denied += 1
    return filled, orders, denied


@_compiled
def play_stopped(  # noqa: PLR0917 - compiled code is called by position
    opens: Integers,
    closes: Integers,
    flat: Integers,
    long: Integers,
    short: Integers,
    stop: int,
    watched: Flags,
    calm: Flags,
    cash: int,
    rate: int,
    equity: Integers,
    fills: Any,
) -> tuple[int, int, int]:
    """Play columns of targets as `play` does, with a stop: a loss of the part `stop` of the entry price closes.

    It is looked at on `watched` bars; after it nothing is entered before a `calm` bar has passed. Where a position
    stops depends on what was paid for it, which no column can say beforehand.
    """
    held, pending, entry, waits = 0, 0, 0, False
    filled, orders, denied = 0, 0, 0
    for i in range(len(closes)):
        if pending != 0:
            paid = _worth(abs(pending), opens[i])
            fee = _worth(paid, rate)
            cash -= (paid if pending > 0 else -paid) + fee
            held += pending
            entry = opens[i]
            fills[filled, 0], fills[filled, 1], fills[filled, 2], fills[filled, 3] = i, pending, opens[i], fee
            filled += 1
            pending = 0
        if held == 0:
            equity[i] = cash
            target = KEEP
            if waits:
                waits = not calm[i]
            else:
                target = flat[i]
        else:
            value = _worth(abs(held), closes[i])
            equity[i] = cash + value if held > 0 else cash - value
            lost = entry - closes[i] if held > 0 else closes[i] - entry
            target = long[i] if held > 0 else short[i]
            # _worth_up(stop, entry) is the smallest whole loss that is at least the part `stop` of the entry price.
            if watched[i] and lost >= _worth_up(stop, entry):
                target, waits = 0, True
        if target not in (KEEP, held):
            orders += 1
            if is_affordable(cash, held, target - held, closes[i], rate):
                pending = target - held
            else:
                denied += 1
    return filled, orders, denied


@_compiled
def next_crossing(sums: Integers, first: int, fast: int, slow: int) -> int:
    """Give the first bar from `first` on at whose close the averages have crossed; their number when there is none.

    `sums` are running sums of closes, from 0 on.
    """
    count = len(sums) - 1
    if first >= count:
        return count
    # Counted from the start of each column no index can be negative, which the compiler would have to look out for.
    sums, fasts, slows = sums[first:], sums[first - fast :], sums[first - slow :]
    before = (sums[0] - fasts[0]) * slow - (sums[0] - slows[0]) * fast
    rest, i = count - first, 1
    if before > 0:
        while i <= rest and (sums[i] - fasts[i]) * slow > (sums[i] - slows[i]) * fast:
            i += 1
    elif before < 0:
        while i <= rest and (sums[i] - fasts[i]) * slow < (sums[i] - slows[i]) * fast:
            i += 1
    # From zero on, whichever way the averages part is a crossing.
    while i <= rest and (sums[i] - fasts[i]) * slow == (sums[i] - slows[i]) * fast:
        i += 1
    return first + i - 1 if i <= rest else count


@_compiled
def _is_above(sums: Integers, end: int, fast: int, slow: int) -> bool:
    """Tell whether the fast average is above the slow one after so many bars."""
    return bool((sums[end] - sums[end - fast]) * slow > (sums[end] - sums[end - slow]) * fast)


@_compiled
def _equity_range(money: int, held: int, closes: Integers, peak: int, trough: int) -> tuple[int, int, int, int]:
    """Go over closes with what is held: the new peak, the trough since, and the deepest peak and trough left behind."""
    units, parts = held // SCALE, held % SCALE
    left_peak, left_trough = 1, 1
    for i in range(len(closes)):
        equity = money + units * closes[i]
        if parts != 0:
            equity = money + (_worth(held, closes[i]) if held > 0 else -_worth(-held, closes[i]))
        if equity > peak:
            if (peak - trough) * float(left_peak) > (left_peak - left_trough) * float(peak):
                left_peak, left_trough = peak, trough
            peak, trough = equity, equity
        elif equity < trough:
            trough = equity
    return peak, trough, left_peak, left_trough


@_compiled
def sweep_crossings(  # noqa: PLR0917 - compiled code is called by position
    opens: Integers,
    closes: Integers,
    sums: Integers,
    pairs: Integers,
    quantity: int,
    below: int,
    cash: int,
    rate: int,
    results: Integers,
) -> None:
    """Play the crossing of two averages for many pairs of windows (fast, slow), as `play` does with their signals.

    A cross up wants `quantity`, a cross down `below`. A row of `results` is final equity, fills, fees, denials, and the
    deepest drawdown of the equity at closes as money and the peak it began at.
    """
    count = len(closes)
    for row in range(len(pairs)):
        fast, slow = pairs[row, 0], pairs[row, 1]
        money, held, filled, fees, denied = cash, 0, 0, 0, 0
        peak, trough, deepest_peak, deepest_trough = cash, cash, 1, 1
        start, crossing = 0, next_crossing(sums, slow, fast, slow)
        while start < count:
            # What is held stays the same from one fill to the close of the next crossing.
            peak, trough, left, low = _equity_range(money, held, closes[start : crossing + 1], peak, trough)
            if (left - low) * float(deepest_peak) > (deepest_peak - deepest_trough) * float(left):
                deepest_peak, deepest_trough = left, low
            start = crossing + 1
            if start > count:
                break
            target = quantity if _is_above(sums, start, fast, slow) else below
            missing = target - held
            if missing != 0 and not is_affordable(money, held, missing, closes[crossing], rate):
                denied += 1
            elif missing != 0 and start < count:
                worth = _worth(abs(missing), opens[start])
                fee = _worth(worth, rate)
                money -= (worth if missing > 0 else -worth) + fee
                held, fees, filled = target, fees + fee, filled + 1
            crossing = next_crossing(sums, start, fast, slow)
        if (peak - trough) * float(deepest_peak) > (deepest_peak - deepest_trough) * float(peak):
            deepest_peak, deepest_trough = peak, trough
        worth = _worth(abs(held), closes[-1])
        results[row, 0] = money + worth if held > 0 else money - worth
        results[row, 1], results[row, 2], results[row, 3] = filled, fees, denied
        results[row, 4], results[row, 5] = deepest_peak - deepest_trough, deepest_peak


def reduced(closes: Integers) -> Integers:
    """Give closes by their common divisor: signs of differences of averages stay, and sums stay small."""
    return closes // max(1, int(np.gcd.reduce(closes)))
