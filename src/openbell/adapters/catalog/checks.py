"""Checks bars one by one against themselves and their neighbours. Nothing is repaired; everything is told."""

from openbell.adapters.catalog.csv_blocks import Block
from openbell.adapters.catalog.findings import Findings
from openbell.adapters.catalog.limits import INT64_MAX
from openbell.adapters.catalog.neighbours import Neighbours, Steps
from openbell.adapters.catalog.numbers import NotRead, nanos_of, steps_of
from openbell.adapters.catalog.rows import Row
from openbell.domain.dataset import FindingCode, Survey
from openbell.domain.market import Timeframe
from openbell.domain.values import SCALE

LARGEST = f"{INT64_MAX // SCALE:,}"


class BarChecks:
    """Turns rows into bars, in order, and notes every row that is none."""

    def __init__(self, findings: Findings, *, timeframe: Timeframe, calendar_name: str) -> None:
        self._findings = findings
        self._is_daily = timeframe is Timeframe.D1
        self._neighbours = Neighbours(findings, timeframe=timeframe, calendar_name=calendar_name)

    def bar_of(self, row: Row) -> Steps | None:
        """Give a row as a bar, or None when an error was noted."""
        before = self._findings.errors
        ts = self._time(row)
        prices = [self._price(row.line, name, text) for name, text in _named_prices(row)]
        volume = self._number(row.line, "volume", row.volume)
        if volume is not None and volume < 0:
            self._findings.error(row.line, "volume", "is negative", row.volume, code=FindingCode.NOT_POSITIVE)
        open_, high, low, close = prices
        if open_ is not None and high is not None and low is not None and close is not None:
            self._shape(row, open_, high, low, close)
        if ts is None or volume is None or self._findings.errors > before:
            return None
        # Four prices are there: a missing one would have been an error.
        bar: Steps = (ts, int(open_ or 0), int(high or 0), int(low or 0), int(close or 0), volume)
        return bar if self._neighbours.take(row.line, bar, shown=row.time) else None

    def has_taken(self, block: Block) -> bool:
        """Take a block of bars that are sound in themselves; False, and none taken, when they cannot follow so."""
        return self._neighbours.take_all(block.line, block.columns, shown=lambda place: block.times[place].as_py())

    def survey(self) -> Survey:
        """Say what was seen of all rows."""
        return self._neighbours.survey()

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
            self._findings.warn(
                line, field, "has more than 8 decimals: it is rounded to 8", text, code=FindingCode.ROUNDED
            )
        if abs(steps) > INT64_MAX:
            self._findings.error(line, field, f"is larger than {LARGEST}, the most that is kept", text)
            return None
        return steps

    def _price(self, line: int, field: str, text: str) -> int | None:
        steps = self._number(line, field, text)
        if steps is not None and steps <= 0:
            problem = "is zero" if steps == 0 else "is negative"
            self._findings.error(line, field, problem, text, code=FindingCode.NOT_POSITIVE)
            return None
        return steps

    def _shape(self, row: Row, open_: int, high: int, low: int, close: int) -> None:
        if high < low:
            problem = f"is below the low, {row.low}"
            self._findings.error(row.line, "high", problem, row.high, code=FindingCode.HIGH_BELOW_LOW)
            return
        for name, text, price in (("open", row.open, open_), ("close", row.close, close)):
            if not low <= price <= high:
                problem = f"is outside low to high, {row.low} to {row.high}"
                self._findings.error(row.line, name, problem, text, code=FindingCode.OUTSIDE_RANGE)


def _named_prices(row: Row) -> tuple[tuple[str, str], ...]:
    return ("open", row.open), ("high", row.high), ("low", row.low), ("close", row.close)
