"""Returns of calendar months and years, in UTC."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from openbell.analytics.returns import Series, daily_series

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def monthly_returns(equity: Series) -> dict[tuple[int, int], float]:
    """Return the return of each (year, month) as a fraction.

    A month runs from the last equity before it, the first from the first equity of all, to its own last.
    """
    return {(at.year, at.month): change for at, change in _changes(equity, "%Y-%m")}


def yearly_returns(equity: Series) -> dict[int, float]:
    """Return the return of each year as a fraction, from the last equity before it to its own last."""
    return {at.year: change for at, change in _changes(equity, "%Y")}


def _changes(equity: Series, period: str) -> Iterator[tuple[datetime, float]]:
    closing: dict[str, tuple[datetime, float]] = {}
    for ts_ns, value in daily_series(equity):
        at = _EPOCH + timedelta(microseconds=ts_ns // 1000)
        closing[at.strftime(period)] = (at, value)
    before = equity[0][1] if equity else 0.0
    for at, value in closing.values():
        if before > 0:
            yield at, value / before - 1.0
        before = value
