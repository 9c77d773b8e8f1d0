"""Series that a strategy declares: read bar by bar on paper, and from whole columns where the bars are known."""

from typing import Any, NamedTuple, Protocol, TypeAlias

import numpy as np

from openbell.domain.market import Bar

Integers: TypeAlias = np.ndarray[Any, np.dtype[np.int64]]
Floats: TypeAlias = np.ndarray[Any, np.dtype[np.float64]]
Flags: TypeAlias = np.ndarray[Any, np.dtype[np.bool_]]


class Columns(Protocol):
    """Bars of one symbol as columns of equal length: nanoseconds and scaled steps."""

    @property
    def ts_ns(self) -> Integers:
        """Start of each bar."""
        ...

    @property
    def open(self) -> Integers:
        """First prices."""
        ...

    @property
    def high(self) -> Integers:
        """Highest prices."""
        ...

    @property
    def low(self) -> Integers:
        """Lowest prices."""
        ...

    @property
    def close(self) -> Integers:
        """Last prices."""
        ...

    @property
    def volume(self) -> Integers:
        """Quantities traded."""
        ...


class Column(NamedTuple):
    """A value for each bar; the first `undefined` of them mean nothing yet. NaN means nothing either."""

    values: np.ndarray
    undefined: int = 0

    def listed(self) -> list[Any]:
        """Give the values as a strategy reads them, None where there is none."""
        values: list[Any] = self.values.tolist()
        values[: self.undefined] = [None] * self.undefined
        if self.values.dtype.kind == "f":
            return [None if value != value else value for value in values]  # noqa: PLR0124 - only NaN is not itself
        return values

    def at(self, i: int) -> Any:
        """Give one value as a strategy reads it."""
        if i < self.undefined:
            return None
        value = self.values.item(i)
        return value if value == value else None  # noqa: PLR0124 - only NaN is not itself

    def floats(self) -> Floats:
        """Give the values as floats, NaN where there is none. Signs, zeros and the order of integers are kept."""
        floats = self.values.astype(np.float64)
        floats[: self.undefined] = np.nan
        return floats


class Line:
    """One value a bar of one symbol: the latest as `value`, the one before it as `before`, None while undefined.

    Both ways of reading must give the same values, to the last bit: a backtest reads columns and paper reads bars.
    """

    __slots__ = ("before", "value")

    def __init__(self) -> None:
        self.before: Any = None
        self.value: Any = None

    def read(self, bar: Bar) -> Any:
        """Take in the next bar and give the value after it, None while it is undefined."""
        raise NotImplementedError

    def read_all(self, bars: Columns) -> Column | None:
        """Take in the next bars and give the value after each; None when they have to be read one by one.

        Goes on from the bars read before, and bars may be read either way after it.
        """
        del bars
        return None

    def take(self, bar: Bar) -> None:
        """Move on by one bar."""
        self.before, self.value = self.value, self.read(bar)
