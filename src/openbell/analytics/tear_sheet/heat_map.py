"""Monthly returns as rows of shaded cells, for a table that can be read aloud, selected and printed."""

from collections.abc import Sequence
from dataclasses import dataclass

from openbell.analytics.months import monthly_returns
from openbell.analytics.returns import Series
from openbell.analytics.tear_sheet.formats import number

_MONTHS = 12
_SHADES = 5


@dataclass(frozen=True, slots=True)
class Cell:
    """One month or year: its text and its shade, n5 (worst) over z to p5 (best); empty without data."""

    text: str
    shade: str


@dataclass(frozen=True, slots=True)
class YearRow:
    """Twelve months and the whole year."""

    year: int
    months: Sequence[Cell]
    total: Cell


def heat_map(equity: Series) -> list[YearRow]:
    """Return one row a year, the newest first."""
    months = monthly_returns(equity)
    worst = max((abs(change) for change in months.values()), default=0.0)
    rows = []
    for year in sorted({year for year, _ in months}, reverse=True):
        changes = [months.get((year, month)) for month in range(1, _MONTHS + 1)]
        growth = 1.0
        for change in changes:
            growth *= 1.0 + (change or 0.0)
        cells = [_cell(change, worst) for change in changes]
        rows.append(YearRow(year, cells, _cell(growth - 1.0, 0.0)))
    return rows


def _cell(change: float | None, worst: float) -> Cell:
    if change is None:
        return Cell("", "")
    text = number(100 * change, decimals=1)
    if worst == 0 or round(change, 3) == 0:
        return Cell(text, "z" if worst else ("gain" if change > 0 else "loss" if change < 0 else ""))
    # The square root keeps ordinary months apart where one extreme month sets the scale.
    shade = max(1, round(_SHADES * (abs(change) / worst) ** 0.5))
    return Cell(text, f"{'p' if change > 0 else 'n'}{shade}")
