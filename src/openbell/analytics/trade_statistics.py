"""Statistics over the net profits of closed trades.

A trade with a net profit above zero is a win, below zero a loss; exactly zero is neither, and still a trade.
Amounts may be in any one unit.
"""

import math
from collections.abc import Sequence

import numpy as np

from openbell.analytics.returns import finite_or_none

_SAMPLE_MIN = 2


def gross_profit(profits: Sequence[float]) -> float:
    """Return the sum of the winning trades, 0 where there is none."""
    return math.fsum(profit for profit in profits if profit > 0)


def gross_loss(profits: Sequence[float]) -> float:
    """Return the sum of the losing trades as a number at or below zero."""
    return math.fsum(profit for profit in profits if profit < 0)


def win_rate(profits: Sequence[float]) -> float | None:
    """Return wins over all trades, a fraction from 0 to 1."""
    if not profits:
        return None
    return sum(profit > 0 for profit in profits) / len(profits)


def profit_factor(profits: Sequence[float]) -> float | None:
    """Return gross profit over the size of the gross loss; None where nothing was lost."""
    loss = -gross_loss(profits)
    return None if loss == 0 else finite_or_none(gross_profit(profits) / loss)


def expectancy(profits: Sequence[float]) -> float | None:
    """Return the mean net profit of a trade."""
    return math.fsum(profits) / len(profits) if profits else None


def average_win(profits: Sequence[float]) -> float | None:
    """Return the mean of the winning trades."""
    return expectancy([profit for profit in profits if profit > 0])


def average_loss(profits: Sequence[float]) -> float | None:
    """Return the mean of the losing trades, below zero."""
    return expectancy([profit for profit in profits if profit < 0])


def payoff_ratio(profits: Sequence[float]) -> float | None:
    """Return the average win over the size of the average loss."""
    win, loss = average_win(profits), average_loss(profits)
    return None if win is None or loss is None else finite_or_none(win / -loss)


def sqn(profits: Sequence[float]) -> float | None:
    """Return the system quality number, sqrt(n) * mean / std with ddof=1 (Tharp, 2008), n not capped."""
    if len(profits) < _SAMPLE_MIN:
        return None
    deviation = float(np.std(np.asarray(profits, dtype=np.float64), ddof=1))
    if deviation == 0:
        return None
    return finite_or_none(math.sqrt(len(profits)) * float(np.mean(profits)) / deviation)


def longest_streak(profits: Sequence[float], *, sign: int) -> int:
    """Return the most trades in a row that won (sign 1) or lost (sign -1)."""
    longest = running = 0
    for profit in profits:
        running = running + 1 if sign * profit > 0 else 0
        longest = max(longest, running)
    return longest


def kelly(profits: Sequence[float]) -> float | None:
    """Return the part of capital that grows fastest, as a fraction: p - q / payoff, q the losers' share (Kelly, 1956).

    Below zero says: do not bet.
    """
    payoff = payoff_ratio(profits)
    if not payoff:
        return None
    won = sum(profit > 0 for profit in profits) / len(profits)
    lost = sum(profit < 0 for profit in profits) / len(profits)
    return finite_or_none(won - lost / payoff)
