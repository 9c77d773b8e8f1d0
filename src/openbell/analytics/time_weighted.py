"""Returns of money that comes and goes: the value of one unit of an account, and the investor's own rate.

An account is kept as a fund is: what is paid in buys units at their value of the moment, what is paid out sells them,
and neither changes what a unit is worth. The unit's return is the time-weighted return (Bank Administration
Institute, 1968; GIPS 2020), and every ratio and drawdown is taken from it.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from heapq import merge
from itertools import groupby

from openbell.analytics.returns import NS_PER_DAY, Series, finite_or_none

Flows = Sequence[tuple[int, float]]
"""What was paid in (above zero) or out (below) at an instant, in order of time."""

_DAYS_PER_YEAR = 365.0
_RATE_MIN = -0.999_999
_RATE_MAX = 1e6
_HALVINGS = 200


@dataclass(slots=True)
class _Fund:
    """Units and what one is worth. The first unit is the whole first equity, so no flows means value = equity."""

    units: float
    price: float

    def deposit(self, amount: float) -> None:
        if self.price > 0:
            self.units += amount / self.price

    def value(self, equity: float, *, settled: float) -> None:
        """Take the equity at an instant, of which `settled` came just before it or, below zero, left."""
        before = equity - settled
        if self.units > 0:
            self.price = before / self.units
        self.deposit(settled)


def unit_values(equity: Series, *, flows: Flows = ()) -> list[tuple[int, float]]:
    """Give what a unit was worth at each point of an equity series; it starts at the first equity above zero.

    A flow at the instant of a point is taken to have come just before it, so the point holds it: with a point on the
    spot the result is exact. In between, a deposit is there from the last point on and a withdrawal until the next, so
    that neither counts as profit; what prices did in that one interval is then spread over the larger of the two sums.
    """
    waiting = list(flows)
    place, fund = 0, None
    out: list[tuple[int, float]] = []
    for ts_ns, value in equity:
        settled = 0.0
        while place < len(waiting) and waiting[place][0] <= ts_ns:
            at, amount = waiting[place]
            place += 1
            if fund is None:
                continue  # what there is at the start is the capital
            if at == ts_ns or amount < 0:
                settled += amount
            else:
                fund.deposit(amount)
        if fund is None and value > 0:
            fund = _Fund(units=1.0, price=value)
        elif fund is not None:
            fund.value(value, settled=settled)
        out.append((ts_ns, value if fund is None else fund.price))
    return _without_lead(out)


def _without_lead(points: list[tuple[int, float]]) -> list[tuple[int, float]]:
    """Let an account that began with nothing begin with its first money."""
    first = next((value for _, value in points if value > 0), 0.0)
    started = False
    for i, (ts_ns, value) in enumerate(points):
        started = started or value > 0
        if started:
            break
        points[i] = (ts_ns, first)
    return points


def total_of(series: Iterable[Sequence[tuple[int, int]]]) -> list[tuple[int, int]]:
    """Add up several accounts: at each instant of any of them, the latest value of every one; nothing before its first.

    Values are added as they are, so that whole steps stay whole.
    """
    tagged = [[(ts_ns, number, value) for ts_ns, value in one] for number, one in enumerate(series)]
    latest: dict[int, int] = {}
    out: list[tuple[int, int]] = []
    for ts_ns, group in groupby(merge(*tagged), key=lambda point: point[0]):
        latest |= {number: value for _, number, value in group}
        out.append((ts_ns, sum(latest.values())))
    return out


def money_weighted_return(flows: Flows, *, final: tuple[int, float]) -> float | None:
    """Give the investor's annual rate as a fraction: the internal rate of return over 365-day years.

    The rate at which all payments, compounded to the end, make the final value. `flows` holds the opening capital as
    the first payment. None where no one rate does, or in no time.
    """
    end_ns, value = final
    paid = [((end_ns - at) / NS_PER_DAY / _DAYS_PER_YEAR, amount) for at, amount in flows if amount and at <= end_ns]
    if not paid or max(years for years, _ in paid) <= 0:
        return None

    def missing(rate: float) -> float:
        return float(sum(amount * (1.0 + rate) ** years for years, amount in paid)) - value

    try:
        return _root(missing)
    except OverflowError:
        return None


def _root(missing: Callable[[float], float]) -> float | None:
    low, high = _RATE_MIN, 1.0
    at_low = missing(low)
    while at_low * missing(high) > 0:
        high *= 4.0
        if high > _RATE_MAX:
            return None
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if at_low * missing(middle) > 0:
            low = middle
        else:
            high = middle
    return finite_or_none((low + high) / 2)
