"""Checks bars one by one against themselves and their neighbours. Nothing is repaired; everything is told."""

from openbell.adapters.catalog.findings import Findings
from openbell.adapters.catalog.limits import INT64_MAX
from openbell.adapters.catalog.numbers import NANOS_PER_DAY, NotRead, nanos_of, steps_of
from openbell.adapters.catalog.rows import Row
from openbell.domain.market import Timeframe
from openbell.domain.values import NANOS_PER_SECOND, SCALE

LARGEST = f"{INT64_MAX // SCALE:,}"
JUMP_PARTS_PER_HUNDRED = 35
"""A close this far from the one before is worth a look."""
SPLIT_TOLERANCE_PERCENT = 4
SPLITS = ((2, 1), (3, 1), (3, 2), (4, 1), (5, 1), (7, 1), (10, 1), (20, 1), (1, 2), (1, 5), (1, 8), (1, 10), (1, 20))
"""New shares for old ones, as they happen."""
DAILY_GAP_DAYS = 5
"""A long weekend is four days from bar to bar."""

Steps = tuple[int, int, int, int, int, int]
"""A checked bar: time in nanoseconds, then open, high, low, close and volume in steps."""


class BarChecks:
    """Turns rows into bars, in order, and notes every row that is none."""

    def __init__(self, findings: Findings, *, timeframe: Timeframe) -> None:
        self._findings = findings
        self._timeframe = timeframe
        self._is_daily = timeframe is Timeframe.D1
        self._gap_ns = DAILY_GAP_DAYS * NANOS_PER_DAY if self._is_daily else timeframe.length_ns
        self._line = 0
        self._ts = 0
        self._close = 0

    def bar_of(self, row: Row) -> Steps | None:
        """Give a row as a bar, or None when an error was noted."""
        before = self._findings.errors
        ts = self._time(row)
        prices = [self._price(row.line, name, text) for name, text in _named_prices(row)]
        volume = self._number(row.line, "volume", row.volume)
        if volume is not None and volume < 0:
            self._findings.error(row.line, "volume", "is negative", row.volume)
        open_, high, low, close = prices
        if open_ is not None and high is not None and low is not None and close is not None:
            self._shape(row, open_, high, low, close)
        if ts is None or volume is None or self._findings.errors > before:
            return None
        # Four prices are there: a missing one would have been an error.
        bar: Steps = (ts, int(open_ or 0), int(high or 0), int(low or 0), int(close or 0), volume)
        self._neighbour(row, bar)
        return None if self._findings.errors > before else bar

    def _time(self, row: Row) -> int | None:
        if isinstance(row.time, int):
            return row.time
        try:
            return nanos_of(row.time, is_daily=self._is_daily)
        except NotRead as problem:
            self._findings.error(row.line, "time", str(problem), row.time)
            return None

    def _number(self, line: int, field: str, text: str) -> int | None:
        try:
            steps, is_rounded = steps_of(text)
        except NotRead as problem:
            self._findings.error(line, field, str(problem), text)
            return None
        if is_rounded:
            self._findings.warn(line, field, "has more than 8 decimals: it is rounded to 8", text)
        if abs(steps) > INT64_MAX:
            self._findings.error(line, field, f"is larger than {LARGEST}, the most that is kept", text)
            return None
        return steps

    def _price(self, line: int, field: str, text: str) -> int | None:
        steps = self._number(line, field, text)
        if steps is not None and steps <= 0:
            self._findings.error(line, field, "is zero" if steps == 0 else "is negative", text)
            return None
        return steps

    def _shape(self, row: Row, open_: int, high: int, low: int, close: int) -> None:
        if high < low:
            self._findings.error(row.line, "high", f"is below the low, {row.low}", row.high)
            return
        for name, text, price in (("open", row.open, open_), ("close", row.close, close)):
            if not low <= price <= high:
                self._findings.error(row.line, name, f"is outside low to high, {row.low} to {row.high}", text)

    def _neighbour(self, row: Row, bar: Steps) -> None:
        """Compare with the last good bar, and remember this one."""
        if self._line:
            apart = bar[0] - self._ts
            if apart < self._timeframe.length_ns:
                self._findings.error(row.line, "time", self._too_close(apart), row.time)
                return
            if apart > self._gap_ns:
                self._findings.warn(row.line, "time", f"gap of {_span(apart)} after line {self._line}", row.time)
            self._jump(row, bar)
        self._line, self._ts, self._close = row.line, bar[0], bar[4]

    def _too_close(self, apart: int) -> str:
        if apart == 0:
            return f"is the same as on line {self._line}"
        if apart < 0:
            return f"is earlier than on line {self._line}: rows must be in order of time"
        return f"is {_span(apart)} after line {self._line}, less than one bar of {self._timeframe.value}"

    def _jump(self, row: Row, bar: Steps) -> None:
        opened, closed = bar[1], bar[4]
        if abs(closed - self._close) * 100 < JUMP_PARTS_PER_HUNDRED * min(closed, self._close):
            return
        for new, old in SPLITS:
            adjusted = opened * new
            if abs(adjusted - self._close * old) * 100 <= SPLIT_TOLERANCE_PERCENT * self._close * old:
                self._findings.warn(row.line, "open", f"looks like a split of {new} for {old}", row.open)
                return
        percent = (closed - self._close) * 100 // self._close
        self._findings.warn(row.line, "close", f"is {percent:+d}% from line {self._line}", row.close)


def _named_prices(row: Row) -> tuple[tuple[str, str], ...]:
    return ("open", row.open), ("high", row.high), ("low", row.low), ("close", row.close)


def _span(nanos: int) -> str:
    seconds = nanos // NANOS_PER_SECOND
    for name, length in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
        if seconds >= 2 * length:
            return f"{seconds // length} {name}"
    return f"{seconds} seconds"
