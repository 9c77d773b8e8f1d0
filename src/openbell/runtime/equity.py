"""The equity curve of a backtest, worked out after each part of the bars from what was noted on the way, exactly."""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

import numpy as np

from openbell.domain.instrument import Contract, Instrument
from openbell.domain.values import SCALE, Money, Price, Quantity
from openbell.engine.lines import Integers
from openbell.engine.marks import PRICE_MAX
from openbell.runtime.parts import Part

_WORTH_MAX = 2**62


Holding: TypeAlias = tuple[int, Quantity, Money]
"""What an account holds of a symbol: the place from which on it does, the signed quantity, and what it cost."""


class EquityCurve:
    """Cash and holdings as they change, turned into the account's equity after each bar.

    A part of the bars is told of first (`begin`), then what happened in it, then it is worked out (`end`).
    """

    def __init__(self, instruments: Mapping[str, Instrument], cash: Money) -> None:
        self._instruments = instruments
        self._cash = cash
        self._equity = cash
        self._worth = dict.fromkeys(instruments, 0)
        self._held: dict[str, Holding] = dict.fromkeys(instruments, (0, 0, 0))
        self._places: Mapping[str, Integers] = {}
        self._closes: Mapping[str, Integers] = {}
        self._marks: dict[str, Price] = dict.fromkeys(instruments, 0)
        self._payments: list[tuple[int, Money]] = []
        self._holdings: dict[str, list[Holding]] = {}

    def begin(self, part: Part) -> None:
        """Take in the next part."""
        self._places = part.places
        self._closes = {symbol: self._marked(symbol, bars.close) for symbol, bars in part.bars.items()}
        self._payments = []
        self._holdings = {symbol: [(0, *held[1:])] for symbol, held in self._held.items()}

    def set_cash(self, place: int, cash: Money) -> None:
        """Note the cash after what happened on a bar."""
        if cash != self._cash:
            self._payments.append((place, cash - self._cash))
            self._cash = cash

    def set_holding(self, symbol: str, holding: Holding) -> None:
        """Note what is held after a fill."""
        self._holdings[symbol].append(holding)
        self._held[symbol] = holding

    def end(self, count: int) -> Integers:
        """Give the equity after each of the `count` bars of the part."""
        changes = np.zeros(count + 1, dtype=np.int64)
        changes[0] = self._equity
        if self._payments:
            places_paid, amounts = zip(*self._payments, strict=True)
            np.add.at(changes, np.array(places_paid) + 1, amounts)
        for symbol, places in self._places.items():
            if len(places):
                self._add_worth(changes, symbol, places)
        equity = np.cumsum(changes)[1:]
        self._equity = int(equity[-1]) if count else self._equity
        return equity

    def _marked(self, symbol: str, closes: Integers) -> Integers:
        """Give the price that counts after each bar: its close, or where that is impossible the one before."""
        is_possible = (closes > 0) & (closes <= PRICE_MAX)
        if not is_possible.all():
            latest = np.maximum.accumulate(np.where(is_possible, np.arange(len(closes)), -1))
            closes = np.where(latest < 0, self._marks[symbol], closes[latest])
        if len(closes):
            self._marks[symbol] = int(closes[-1])
        return closes

    def _add_worth(self, changes: Integers, symbol: str, places: Integers) -> None:
        holdings = self._holdings[symbol]
        froms, amounts, costs = zip(*holdings, strict=True)
        if not any(amounts) and not any(costs) and not self._worth[symbol]:
            return
        starts = np.searchsorted(places, froms)
        lengths = np.diff(np.append(starts, len(places)))
        quantities = np.repeat(amounts, lengths)
        instrument = self._instruments[symbol]
        worth = worths(instrument, quantities, self._closes[symbol])
        if instrument.is_margined:
            worth = worth - np.repeat(costs, lengths)
        before = np.concatenate(([self._worth[symbol]], worth[:-1]))
        changes[places + 1] += worth - before
        self._worth[symbol] = int(worth[-1])


def worths(instrument: Instrument, quantities: Integers, prices: Integers) -> Integers:
    """Give what signed quantities are worth at prices, each rounded as `Instrument.value` rounds it.

    Two halves of eight decimals each keep all products within 64 bits; where they would not, plain integers do it.
    """
    is_plain = instrument.contract is Contract.LINEAR and instrument.multiplier == SCALE
    if not is_plain or not _fits(quantities, prices):
        return _one_by_one(instrument, quantities.tolist(), prices.tolist())
    signs = np.sign(quantities)
    units, parts = np.divmod(np.abs(quantities), SCALE)
    worth = units * prices
    if parts.any():
        whole, rest = np.divmod(prices, SCALE)
        worth += parts * whole + (parts * rest + SCALE // 2) // SCALE
    return signs * worth


def _fits(quantities: Integers, prices: Integers) -> bool:
    largest, dearest = int(np.abs(quantities).max(initial=0)), int(prices.max(initial=0))
    return int(prices.min(initial=0)) >= 0 and (largest + SCALE) * (dearest + SCALE) // SCALE < _WORTH_MAX


def _one_by_one(instrument: Instrument, quantities: Sequence[Quantity], prices: Sequence[Price]) -> Integers:
    pairs = zip(quantities, prices, strict=True)
    return np.array([instrument.value(quantity, price) if quantity else 0 for quantity, price in pairs], dtype=np.int64)
