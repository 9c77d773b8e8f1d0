"""Compares bars with those beside them: gaps, repetitions, jumps, spikes, suspected splits. Nothing is repaired."""

from collections.abc import Callable, Sequence

import numpy as np

from openbell.adapters.catalog.findings import Findings
from openbell.adapters.catalog.timetable import Timetable
from openbell.domain.dataset import FINDINGS_MAX, Coverage, FindingCode, Gap, Survey
from openbell.domain.market import Timeframe
from openbell.domain.values import NANOS_PER_SECOND, Nanos

JUMP_PERCENT = 35
"""A close this far from the one before is worth a look."""
SPIKE_PERCENT = {Timeframe.D1: 25}
SPIKE_PERCENT_SHORTER = 10
"""A close this far away that is undone by the next bar is more likely a wrong number than a price."""
SPIKE_LEFT_PERCENT = 25
"""Undone is what leaves no more than this part of the way."""
CLOSE_MAX = 2**63 // 200
"""Largest close whose percents stay within 64 bits."""
SPLIT_TOLERANCE_PERCENT = 4
SPLITS = ((2, 1), (3, 1), (3, 2), (4, 1), (5, 1), (7, 1), (10, 1), (20, 1), (1, 2), (1, 5), (1, 8), (1, 10), (1, 20))
"""New shares for old ones, as they happen."""

Steps = tuple[int, int, int, int, int, int]
"""A checked bar: time in nanoseconds, then open, high, low, close and volume in steps."""


class Neighbours:
    """Takes bars one after the other and notes what is odd between them; in the end it knows the coverage."""

    def __init__(self, findings: Findings, *, timeframe: Timeframe, calendar_name: str) -> None:
        self._findings = findings
        self._timeframe = timeframe
        self._calendar_name = calendar_name
        self._timetable = Timetable(calendar_name, timeframe)
        self._spike_percent = SPIKE_PERCENT.get(timeframe, SPIKE_PERCENT_SHORTER)
        self._line = self._rows = 0
        self._first_ns = self._ts = 0
        self._close = self._close_before = 0
        self._suspect: Steps | None = None
        self._suspect_line = 0
        self._missing = self._gap_count = 0
        self._gaps: list[Gap] = []

    def take(self, line: int, bar: Steps, *, shown: object = "") -> bool:
        """Compare a bar with the last good one; False, and an error noted, when it cannot come after that."""
        ts, close = bar[0], bar[4]
        if self._rows:
            apart = ts - self._ts
            if apart < self._timeframe.length_ns:
                self._refuse(line, apart, shown)
                return False
            self._settle(close)
            if apart > self._timeframe.length_ns:
                self._gap(line, ts, shown)
            if abs(close - self._close) * 100 >= self._spike_percent * min(close, self._close):
                self._suspect, self._suspect_line = bar, line
        else:
            self._first_ns = ts
        if not self._timetable.expects(ts):
            problem = f"is no trading day of {self._calendar_name}"
            self._findings.warn(line, "time", problem, shown, code=FindingCode.OFF_CALENDAR)
        self._rows += 1
        self._line, self._ts, self._close_before, self._close = line, ts, self._close, close
        return True

    def take_all(self, line: int, columns: Sequence[np.ndarray], *, shown: Callable[[int], object]) -> bool:
        """Take the bars of following lines as `take` would one by one; False, and none taken, when one is refused."""
        ts, close = columns[0], columns[4]
        apart = np.diff(ts, prepend=self._ts if self._rows else ts[0] - self._timeframe.length_ns)
        length = self._timeframe.length_ns
        if (apart < length).any() or int(close.max()) > CLOSE_MAX:
            return False
        before = np.concatenate((close[:1], close[:-1]))
        marked = (apart > length) | (np.abs(close - before) * 100 >= self._spike_percent * np.minimum(close, before))
        # What is left of the bars before meets the first one; some calendars are asked about every bar.
        marked[0] = True
        marked |= not self._timetable.expects_all
        taken = 0
        for place in np.flatnonzero(marked).tolist():
            while taken <= place:
                if taken < place and self._suspect is None:
                    self._pass(line, ts, close, taken, place)
                    taken = place
                bar = tuple(column.item(taken) for column in columns)
                self.take(line + taken, bar, shown=shown(taken))
                taken += 1
        if taken < len(ts) and self._suspect is not None:
            bar = tuple(column.item(taken) for column in columns)
            self.take(line + taken, bar, shown=shown(taken))
            taken += 1
        self._pass(line, ts, close, taken, len(ts))
        return True

    def _pass(self, line: int, ts: np.ndarray, close: np.ndarray, first: int, last: int) -> None:
        """Go past bars of which there is nothing to tell."""
        if first < last:
            self._rows += last - first
            self._line, self._ts, self._close = line + last - 1, ts.item(last - 1), close.item(last - 1)

    def survey(self) -> Survey:
        """Say what was seen, with everything that `findings` holds."""
        self._settle(None)
        return Survey(
            coverage=Coverage(
                first_ns=self._first_ns,
                last_ns=self._ts,
                rows=self._rows,
                calendar_name=self._calendar_name,
                missing=self._missing,
                gap_count=self._gap_count,
                gaps=self._gaps,
            ),
            warnings=self._findings.warnings,
            counts=dict(sorted(self._findings.counts.items())),
            findings=self._findings.first(),
        )

    def _refuse(self, line: int, apart: Nanos, shown: object) -> None:
        if apart == 0:
            problem, code = f"is the same as on line {self._line}", FindingCode.DUPLICATE
        elif apart < 0:
            problem = f"is earlier than on line {self._line}: rows must be in order of time"
            code = FindingCode.OUT_OF_ORDER
        else:
            problem = f"is {_span(apart)} after line {self._line}, less than one bar of {self._timeframe.value}"
            code = FindingCode.TOO_CLOSE
        self._findings.error(line, "time", problem, shown, code=code)

    def _gap(self, line: int, ts: Nanos, shown: object) -> None:
        missing = self._timetable.missing(self._ts, ts)
        if not missing:
            return
        self._missing += missing
        self._gap_count += 1
        if len(self._gaps) < FINDINGS_MAX:
            self._gaps.append(Gap(after_ns=self._ts, before_ns=ts, missing=missing))
        problem = f"gap after line {self._line}: {missing:,} bars missing by {self._calendar_name}"
        self._findings.warn(line, "time", problem, shown, code=FindingCode.GAP)

    def _settle(self, next_close: int | None) -> None:
        """Say what a close far from the one before was, now that the next is known (or that there is none)."""
        suspect = self._suspect
        if suspect is None:
            return
        self._suspect = None
        before, close, line = self._close_before, suspect[4], self._suspect_line
        percent = (close - before) * 100 // before
        if next_close is not None and abs(next_close - before) * 100 <= SPIKE_LEFT_PERCENT * abs(close - before):
            problem = f"is {percent:+d}% from the bar before and undone by the next"
            self._findings.warn(line, "close", problem, code=FindingCode.SPIKE)
            # The way back is no jump of its own.
            self._close = before
            return
        if abs(close - before) * 100 < JUMP_PERCENT * min(close, before):
            return
        for new, old in SPLITS:
            if abs(suspect[1] * new - before * old) * 100 <= SPLIT_TOLERANCE_PERCENT * before * old:
                problem = f"looks like a split of {new} for {old}"
                self._findings.warn(line, "open", problem, code=FindingCode.SPLIT_SUSPECTED)
                return
        self._findings.warn(line, "close", f"is {percent:+d}% from the bar before", code=FindingCode.JUMP)


def _span(nanos: int) -> str:
    seconds = nanos // NANOS_PER_SECOND
    for name, length in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
        if seconds >= 2 * length:
            return f"{seconds // length} {name}"
    return f"{seconds} seconds"
