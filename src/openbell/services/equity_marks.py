"""Equity marks as the history has them, each read once: an answer goes on from where the last one had read to.

Marks are made in order of time, so that what was read stays so, but for the latest: others may be of its very instant.
"""

from bisect import bisect_left

import msgspec

from openbell.analytics.drawdown import drawdown_series
from openbell.domain.values import SCALE, Money, Nanos
from openbell.ports import EquityPoint, History

SERIES_KEPT_MAX = 16
"""Series that are kept; one of ten thousand marks takes about a megabyte."""
STRETCH_NS = 30 * 86_400 * 1_000_000_000
"""Time whose marks are held at once while drawdowns are looked for."""

Key = tuple[str, str | None, Nanos]


class _Read(msgspec.Struct):
    """Marks from an instant on."""

    from_ns: Nanos
    marks: list[EquityPoint]


class EquityMarks:
    """The last mark of each interval, for whoever asks for a long history again and again."""

    def __init__(self, history: History) -> None:
        self._history = history
        self._read: dict[Key, _Read] = {}

    async def of(
        self, account_id: str, *, strategy_id: str | None, from_ns: Nanos, to_ns: Nanos, every_ns: Nanos | None
    ) -> list[EquityPoint]:
        """Give what `History.equity` gives of [from, to)."""
        key = (account_id, strategy_id, every_ns or 0)
        kept = self._read.get(key)
        if every_ns is None or (kept is not None and kept.marks and to_ns <= kept.marks[-1].ts_ns):
            return await self._history.equity(
                account_id, strategy_id=strategy_id, from_ns=from_ns, to_ns=to_ns, every_ns=every_ns
            )
        marks: list[EquityPoint] = []
        first = from_ns
        if kept is not None and kept.from_ns <= from_ns and kept.marks:
            # The latest interval may have got further marks since.
            latest = kept.marks[-1].ts_ns
            first = max(from_ns, latest - latest % every_ns)
            settled = bisect_left(kept.marks, first, key=_time)
            marks = kept.marks[bisect_left(kept.marks, from_ns, key=_time) : settled]
        further = await self._history.equity(
            account_id, strategy_id=strategy_id, from_ns=first, to_ns=to_ns, every_ns=every_ns
        )
        made = _Read(from_ns, [*marks, *further])
        self._read.pop(key, None)
        if len(self._read) >= SERIES_KEPT_MAX:
            del self._read[next(iter(self._read))]
        self._read[key] = made
        return made.marks.copy()


def _time(mark: EquityPoint) -> Nanos:
    return mark.ts_ns


class _Fallen(msgspec.Struct):
    """What all marks before an instant come to."""

    until_ns: Nanos
    peak: float | None = None
    deepest: float = 0.0


class Falls:
    """How far accounts are below their highest equity, and how far they ever were."""

    def __init__(self, history: History) -> None:
        self._history = history
        self._fallen: dict[str, _Fallen] = {}

    async def of(self, account_id: str, *, opened_ns: Nanos, now_ns: Nanos, equity: Money) -> tuple[float, float]:
        """Give the current and the deepest drawdown in percent, at or below zero; `equity` is the present one."""
        fallen = self._fallen.get(account_id) or _Fallen(opened_ns)
        while fallen.until_ns + STRETCH_NS < now_ns:
            end = fallen.until_ns + STRETCH_NS
            fallen = _further(fallen, await self._marks(account_id, fallen.until_ns, end), until_ns=end)
        marks = await self._marks(account_id, fallen.until_ns, None)
        latest = marks[-1].ts_ns if marks else fallen.until_ns
        self._fallen[account_id] = _further(fallen, [one for one in marks if one.ts_ns < latest], until_ns=latest)
        depths = drawdown_series([*_seen(fallen, marks), equity / SCALE])
        return float(depths[-1]) * 100.0, min(fallen.deepest, float(depths.min())) * 100.0

    async def _marks(self, account_id: str, from_ns: Nanos, to_ns: Nanos | None) -> list[EquityPoint]:
        return await self._history.equity(account_id, strategy_id=None, from_ns=from_ns, to_ns=to_ns)


def _seen(fallen: _Fallen, marks: list[EquityPoint]) -> list[float]:
    """Give marks behind the highest one before them."""
    return [*([] if fallen.peak is None else [fallen.peak]), *(mark.equity / SCALE for mark in marks)]


def _further(fallen: _Fallen, marks: list[EquityPoint], *, until_ns: Nanos) -> _Fallen:
    seen = _seen(fallen, marks)
    if not seen:
        return _Fallen(until_ns)
    return _Fallen(until_ns, max(seen), min(fallen.deepest, float(drawdown_series(seen).min())))
