"""Equity that is read on from where it was read to before is what a whole reading gives."""

import asyncio
import itertools

from hypothesis import given
from hypothesis import strategies as st

from openbell.analytics.drawdown import drawdown_series
from openbell.domain.values import SCALE
from openbell.ports import EquityPoint
from openbell.services import equity_marks
from openbell.services.equity_marks import EquityMarks, Falls

steps = st.lists(st.tuples(st.integers(0, 25), st.integers(-5, 120)), min_size=1, max_size=60)
asked = st.lists(st.tuples(st.integers(1, 60), st.integers(0, 300)), min_size=1, max_size=6)


class History:
    """Gives what it was told, as the store does, and counts the marks it was asked for."""

    def __init__(self):
        self.marks = []
        self.given = 0

    async def equity(self, account_id, *, strategy_id, from_ns, to_ns, every_ns=None):
        found = [one for one in self.marks if from_ns <= one.ts_ns and (to_ns is None or one.ts_ns < to_ns)]
        if every_ns is not None:
            groups = itertools.groupby(found, key=lambda one: one.ts_ns // every_ns)
            found = [list(group)[-1] for _, group in groups]
        self.given += len(found)
        return found


def marks_of(drawn):
    times = itertools.accumulate(step for step, _ in drawn)
    return [EquityPoint(ts_ns, equity * SCALE) for ts_ns, (_, equity) in zip(times, drawn, strict=True)]


@given(steps, asked, st.sampled_from([1, 7, 40]))
def test_marks_read_on_are_the_marks_read_whole(drawn, asked, every_ns):
    history, marks = History(), marks_of(drawn)
    kept = EquityMarks(history)
    for count, from_ns in sorted(asked):
        history.marks = marks[:count]
        wanted = {"strategy_id": None, "from_ns": from_ns, "to_ns": marks[:count][-1].ts_ns + 1, "every_ns": every_ns}
        assert asyncio.run(kept.of("a", **wanted)) == asyncio.run(history.equity("a", **wanted))


@given(steps, st.lists(st.integers(1, 60), min_size=1, max_size=6), st.integers(1, 200))
def test_drawdowns_read_on_are_those_of_the_whole_history(drawn, counts, stretch):
    history, marks, now = History(), marks_of(drawn), 50
    was, equity_marks.STRETCH_NS = equity_marks.STRETCH_NS, stretch
    falls = Falls(history)
    for count in sorted(counts):
        history.marks = marks[:count]
        now = history.marks[-1].ts_ns
        depths = drawdown_series([*(one.equity / SCALE for one in history.marks), 3 * now / SCALE]) * 100
        seen = asyncio.run(falls.of("a", opened_ns=0, now_ns=now, equity=3 * now))
        assert seen == (depths[-1], depths.min())
    equity_marks.STRETCH_NS = was


def test_a_second_question_reads_only_what_is_new():
    history = History()
    history.marks = [EquityPoint(ts_ns, ts_ns * SCALE) for ts_ns in range(10_000)]
    kept, falls = EquityMarks(history), Falls(history)
    wanted = {"strategy_id": None, "from_ns": 0, "to_ns": 10_000, "every_ns": 10}
    first = asyncio.run(kept.of("a", **wanted))
    asyncio.run(falls.of("a", opened_ns=0, now_ns=10_000, equity=SCALE))
    history.given = 0
    assert asyncio.run(kept.of("a", **wanted)) == first
    asyncio.run(falls.of("a", opened_ns=0, now_ns=10_000, equity=SCALE))
    assert history.given <= 3
