"""Backtests compiled to machine code: one strategy on one instrument, at the rate the memory gives.

Everything is an integer of 64 bits in steps of 1e-8, and every rounding is that of `domain.values` and of the gate, so
that fills, fees, denials and equity are those of the core to the last step. `tests/property/test_vector_agrees.py`
holds it to that. Importing this needs numba (the extra `fast`); what is compiled is kept for the next start.
"""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

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


HELD, PENDING, CASH, ENTRY, WAITS, FILLED, ORDERS, DENIED = range(8)
"""What a run goes on from, by its place in an array: a long run is played part by part, each within the cache."""


@_compiled
def bounds(opens: Integers, closes: Integers, starts: Integers) -> tuple[int, int, int]:
    """Give the lowest and the highest of opens and closes, and the shortest time from one start to the next."""
    low, high, shortest = min(opens[0], closes[0]), max(opens[0], closes[0]), 2**62
    for i in range(1, len(closes)):
        low, high = min(low, opens[i], closes[i]), max(high, opens[i], closes[i])
        shortest = min(shortest, starts[i] - starts[i - 1])
    return low, high, shortest


@_compiled
def name_targets(column: Integers, named: Integers, count: int) -> int:
    """Add the sizes of targets that a column names to the first `count` of `named`; -1 when they do not fit."""
    # Without a branch this is several bars at a time; mostly nothing is new.
    one, other, strange = (named[0] if count else 0), (named[1] if count > 1 else 0), 0
    for i in range(len(column)):
        size = abs(column[i])
        strange += (size != KEEP) & (size != one) & (size != other)
    if strange == 0:
        return count
    for target in column:
        size, place = abs(target), 0
        if target != KEEP:
            while place < count and named[place] != size:
                place += 1
            if place == len(named):
                return -1
            named[place], count = size, max(count, place + 1)
    return count


@_compiled
def play(  # noqa: PLR0917 - compiled code is called by position
    opens: Integers,
    closes: Integers,
    flat: Integers,
    long: Integers,
    short: Integers,
    rate: int,
    first: int,
    state: Integers,
    equity: Integers,
    fills: Any,
) -> None:
    """Play columns of targets on from `state`, whose first bar is number `first` of the run.

    Fills `equity` bar by bar, and `fills` with bar, signed quantity, price and fee: one row a bar at most.
    """
    held, pending, cash, filled = state[HELD], state[PENDING], state[CASH], state[FILLED]
    i, count = 0, len(closes)
    while i < count:
        if pending != 0:
            paid = _worth(abs(pending), opens[i])
            fee = _worth(paid, rate)
            cash -= (paid if pending > 0 else -paid) + fee
            held += pending
            fills[filled, 0], fills[filled, 1], fills[filled, 2], fills[filled, 3] = first + i, pending, opens[i], fee
            filled += 1
            pending = 0
        i = _wait(closes, flat if held == 0 else long if held > 0 else short, held, cash, i, equity)
        if i < count:
            target = flat[i] if held == 0 else long[i] if held > 0 else short[i]
            state[ORDERS] += 1
            if is_affordable(cash, held, target - held, closes[i], rate):
                pending = target - held
            else:
                state[DENIED] += 1
            i += 1
    state[HELD], state[PENDING], state[CASH], state[FILLED] = held, pending, cash, filled


@_compiled
def _wait(closes: Integers, wanted: Integers, held: int, cash: int, i: int, equity: Integers) -> int:  # noqa: PLR0917
    """Write equity from bar `i` on while nothing else than what is held is wanted; give the bar on which it is."""
    count, units, parts = len(closes), held // SCALE, held % SCALE
    if parts == 0:
        while i < count:
            equity[i] = cash + units * closes[i]
            if wanted[i] != KEEP and wanted[i] != held:
                return i
            i += 1
    while i < count:
        equity[i] = cash + (_worth(held, closes[i]) if held > 0 else -_worth(-held, closes[i]))
        if wanted[i] != KEEP and wanted[i] != held:
            return i
        i += 1
    return count


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
    rate: int,
    first: int,
    state: Integers,
    equity: Integers,
    fills: Any,
) -> None:
    """Play columns of targets as `play` does, with a stop: a loss of the part `stop` of the entry price closes.

    It is looked at on `watched` bars; after it nothing is entered before a `calm` bar has passed. Where a position
    stops depends on what was paid for it, which no column can say beforehand.
    """
    held, pending, cash, filled = state[HELD], state[PENDING], state[CASH], state[FILLED]
    entry, waits = state[ENTRY], state[WAITS] != 0
    for i in range(len(closes)):
        if pending != 0:
            paid = _worth(abs(pending), opens[i])
            fee = _worth(paid, rate)
            cash -= (paid if pending > 0 else -paid) + fee
            held += pending
            entry = opens[i]
            fills[filled, 0], fills[filled, 1], fills[filled, 2], fills[filled, 3] = first + i, pending, opens[i], fee
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
            state[ORDERS] += 1
            if is_affordable(cash, held, target - held, closes[i], rate):
                pending = target - held
            else:
                state[DENIED] += 1
    state[HELD], state[PENDING], state[CASH], state[FILLED] = held, pending, cash, filled
    state[ENTRY], state[WAITS] = entry, 1 if waits else 0


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
