"""Bars of several symbols as columns, each with the strategies that listen to it, and the prices read from them."""

from bisect import bisect_right
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from itertools import repeat
from typing import Any, NamedTuple

import numpy as np

from openbell.domain.market import Bar, Timeframe
from openbell.domain.order import Order, TimeInForce
from openbell.domain.values import Nanos, Price, Quantity
from openbell.engine.desk import Desk
from openbell.engine.host import Runner
from openbell.engine.lines import Column, Columns, Flags, Integers, Line
from openbell.engine.marks import PRICE_MAX
from openbell.engine.matching.opening import Opening
from openbell.engine.strategy import Strategy

UNSEEN = ("the venue has not seen a bar",)
"""Orders of a lane before its first bar, which the venue has to see: from it on it fills from bars."""


class Bars(NamedTuple):
    """No bars at all, before the first are loaded."""

    ts_ns: Any = np.empty(0, dtype=np.int64)
    open: Any = ts_ns
    high: Any = ts_ns
    low: Any = ts_ns
    close: Any = ts_ns
    volume: Any = ts_ns


class Cursor:
    """A bar that is moved along columns: what it says is looked up when asked, and costs nothing else."""

    __slots__ = ("columns", "i", "lists", "symbol", "timeframe")
    vwap = 0
    is_final = True

    def __init__(self, symbol: str, timeframe: Timeframe) -> None:
        self.symbol = symbol
        self.timeframe = timeframe
        self.load(Bars())

    def load(self, columns: Columns) -> None:
        """Stand before the first of some bars."""
        self.i = -1
        self.columns = columns
        self.lists: dict[str, list[int]] = {}

    def bar(self, i: int) -> Bar:
        """Give a bar to keep."""
        c = self.columns
        prices = c.open.item(i), c.high.item(i), c.low.item(i), c.close.item(i)
        return Bar(self.symbol, self.timeframe, c.ts_ns.item(i), *prices, c.volume.item(i))

    def bars(self) -> list[Bar]:
        """Give all bars, to keep."""
        c = self.columns
        columns = (c.ts_ns, c.open, c.high, c.low, c.close, c.volume)
        return list(map(Bar, repeat(self.symbol), repeat(self.timeframe), *(column.tolist() for column in columns)))

    def mark(self, i: int) -> tuple[Price, Nanos] | None:
        """Give the latest possible price up to a bar, and its time."""
        close_at = self.columns.close.item
        for place in range(i, -1, -1):
            close = close_at(place)
            if 0 < close <= PRICE_MAX:
                return close, self.columns.ts_ns.item(place) + self.timeframe.length_ns
        return None

    @property
    def ts_ns(self) -> Nanos:
        """Start of the bar."""
        return self._listed("ts_ns")[self.i]

    @property
    def end_ns(self) -> Nanos:
        """First instant after the bar."""
        return self._listed("ts_ns")[self.i] + self.timeframe.length_ns

    @property
    def open(self) -> Price:
        """First price."""
        return self._listed("open")[self.i]

    @property
    def high(self) -> Price:
        """Highest price."""
        return self._listed("high")[self.i]

    @property
    def low(self) -> Price:
        """Lowest price."""
        return self._listed("low")[self.i]

    @property
    def close(self) -> Price:
        """Last price."""
        return self._listed("close")[self.i]

    @property
    def volume(self) -> Quantity:
        """Quantity traded."""
        return self._listed("volume")[self.i]

    def _listed(self, name: str) -> list[int]:
        found = self.lists.get(name)
        if found is None:
            found = self.lists[name] = getattr(self.columns, name).tolist()
        return found


class Lane:
    """The bars of one symbol, and the strategies that listen to them.

    `is_swift` tells that one strategy at most listens, which keeps no bars and whose line is read from columns.
    """

    __slots__ = (
        *(
            "bars",
            "column",
            "cursor",
            "desk",
            "due",
            "has_line",
            "hears",
            "is_stepped",
            "is_swift",
            "is_watchful",
            "line",
            "on_bar",
            "orders",
        ),
        "places",
        *("express", "mark", "mark_row", "opening", "runners", "tail", "time_in_force", "values"),
    )

    def __init__(self, cursor: Cursor) -> None:
        self.cursor = cursor
        self.orders: Collection[object] = UNSEEN
        self.express: Order | None = None
        """The order that is under way on the short way, and known to no venue."""
        self.opening: Opening | None = None
        """What the short way fills from; without it there is none."""
        self.time_in_force = TimeInForce.GTC
        """Of orders that name none."""
        self.runners: list[Runner] = []
        self.is_stepped = False
        """Its exits are watched: each bar has to be a step of the core."""
        self.is_swift = False
        self.due = -1
        """The place of the bar that it is to be visited at next."""
        self.hears = True
        """Its strategy is told of its orders, and could look at its line then."""
        self.is_watchful = False
        """Every bar matters to its strategy while it holds something."""
        self.desk: Desk | None = None
        self.on_bar: Callable[[Any, Any], None] = _nothing
        self.line = Line()
        self.tail: Any = None
        """Value of the line before the first bar."""
        self.column = Column(np.empty(0))
        self.has_line = False
        self.values: Sequence[Any] = ()
        """Those of the line, where every bar is gone through."""
        self.mark: tuple[Price, Nanos] | None = None
        """The price last asked for, after the bar `mark_row`."""
        self.mark_row = -1
        self.bars: list[Bar] = []
        self.places: Sequence[int] = ()

    def load(self, columns: Columns, places: Sequence[int]) -> None:
        """Take in the next bars, and their places among those of all lanes."""
        self.cursor.load(columns)
        self.places = places
        self.due = self.mark_row = -1
        self.is_swift = not self.is_stepped and self._read_columns(columns)
        self.bars = [] if self.is_swift else self.cursor.bars()

    def wakes(self) -> Flags | None:
        """Mark the bars that the strategy has to see; None when it does not say."""
        if not self.is_swift:
            return None
        if not self.runners:
            return np.zeros(len(self.places), dtype=bool)
        now = self.column.floats() if self.has_line else np.full(len(self.places), np.nan)
        latest = np.nan if self.tail is None else float(self.tail)
        before = np.concatenate(([latest], now[:-1]))
        return self.runners[0].strategy.wakes(before=before, now=now, bars=self.cursor.columns)

    def stand_at(self, i: int) -> None:
        """Set the line as it is after a bar; before the first it stays as it is."""
        if i >= 0 and self.has_line:
            column, line = self.column, self.line
            line.before = column.at(i - 1) if i else self.tail
            line.value = column.at(i)

    @property
    def is_holding(self) -> bool:
        """Tell whether the strategy holds something."""
        return self.desk is not None and self.desk.position(self.cursor.symbol) != 0

    def _read_columns(self, columns: Columns) -> bool:
        self.has_line = False
        if not self.runners:
            return True
        strategy, self.desk = self.runners[0].strategy, self.runners[0].desk
        self.is_watchful = strategy.wakes_while_holding
        if len(self.runners) > 1 or strategy.keeps_bars:
            return False
        self.on_bar = strategy.on_bar
        self.hears = type(strategy).on_order is not Strategy.on_order
        line = strategy.lines.get(self.cursor.symbol)
        if line is None:
            return True
        column = line.read_all(columns)
        if column is None:
            return False
        self.line, self.tail, self.column, self.has_line = line, line.value, column, True
        return True

    def list_values(self) -> None:
        """Make the values of the line a list: what is gone through bar by bar is read faster from one."""
        self.values = self.column.listed() if self.has_line else [None] * len(self.places)


class LaneMarks:
    """The prices of all lanes, in place of those that `Marks` keeps: read from the columns when asked for.

    With a `place` they are those after the bar at that place; without, those after the bar each cursor is at. The
    cursor of the lane that is being visited is always right.
    """

    def __init__(self, lanes: Mapping[str, Lane]) -> None:
        self.place: int | None = None
        self.visited: Lane | None = None
        self._lanes = lanes
        self._before: dict[str, tuple[Price, Nanos]] = {}

    def get(self, symbol: str) -> tuple[Price, Nanos] | None:
        """Give the latest close and its time."""
        lane = self._lanes.get(symbol)
        if lane is None:
            return None
        is_there = self.place is None or lane is self.visited
        i = lane.cursor.i if is_there else bisect_right(lane.places, self.place or 0) - 1
        if i != lane.mark_row or i < 0:
            lane.mark, lane.mark_row = lane.cursor.mark(i) or self._before.get(symbol), i
        return lane.mark

    def keep(self) -> None:
        """Remember the last prices of all lanes, which are about to take in other bars."""
        for symbol, lane in self._lanes.items():
            found = lane.cursor.mark(len(lane.cursor.columns.ts_ns) - 1)
            if found is not None:
                self._before[symbol] = found

    def __setitem__(self, symbol: str, mark: tuple[Price, Nanos]) -> None:
        """Change nothing: the columns know."""


class Rows(NamedTuple):
    """Who owns the bar at each place: which lane, and which of its bars."""

    lanes: Sequence[Lane]
    owners: Integers
    bars: Integers

    def in_order(self) -> Iterator[tuple[Lane, int]]:
        """Yield all of them."""
        if len(self.lanes) == 1:
            return zip(repeat(self.lanes[0]), range(len(self.bars)))
        return zip(map(self.lanes.__getitem__, self.owners.tolist()), self.bars.tolist(), strict=True)


def _nothing(_desk: object, _bar: object) -> None:
    """Stand for the strategy of a lane to which none listens."""
