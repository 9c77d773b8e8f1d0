"""A line chart as one SVG without anything from outside, and the same as a line of blocks for a terminal."""

from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal
from html import escape

BLOCKS = "▁▂▃▄▅▆▇█"
WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 960, 360, 96, 40, 40
LINES = 4
STYLE = (
    "text{font:12px system-ui,sans-serif;fill:#555}.title{font-size:16px;fill:#111}.grid{stroke:#ddd}"
    ".line{fill:none;stroke:#1f6feb;stroke-width:2}.area{fill:#1f6feb;opacity:.1}"
)

Point = tuple[datetime, Decimal]


def sparkline(values: Sequence[Decimal], *, width: int = 60) -> str:
    """Draw values as blocks from the lowest to the highest, thinned to a width.

    >>> sparkline([Decimal(1), Decimal(2), Decimal(3)])
    '▁▅█'
    """
    if not values:
        return ""
    step = max(1, -(-len(values) // width))
    shown = [*values[:-1:step], values[-1]]
    low, span = min(shown), max(shown) - min(shown)
    return "".join(BLOCKS[round((value - low) / span * (len(BLOCKS) - 1)) if span else 0] for value in shown)


def line_chart(points: Sequence[Point], *, title: str) -> str:
    """Draw values over time: a grid with amounts, the first and the last date, a line. Needs one point at least."""
    start, end = points[0][0].timestamp(), points[-1][0].timestamp()
    low, high = min(value for _, value in points), max(value for _, value in points)
    margin = (high - low) / 20 or Decimal(1)
    low, high = low - margin, high + margin

    def x(when: float) -> float:
        return LEFT + (WIDTH - LEFT - 20) * ((when - start) / (end - start) if end > start else 0.5)

    def y(value: Decimal) -> float:
        return HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * float((value - low) / (high - low))

    path = " ".join(f"{x(when.timestamp()):.1f},{y(value):.1f}" for when, value in points)
    floor = HEIGHT - BOTTOM
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-label="{escape(title)}"><style>{STYLE}</style>'
        f'<rect width="100%" height="100%" fill="#fff"/><text class="title" x="{LEFT}" y="24">{escape(title)}</text>'
        f"{_grid(low, high, y)}{_dates(points)}"
        f'<polygon class="area" points="{x(start):.1f},{floor} {path} {x(end):.1f},{floor}"/>'
        f'<polyline class="line" points="{path}"/></svg>'
    )


def _grid(low: Decimal, high: Decimal, y: Callable[[Decimal], float]) -> str:
    amounts = [low + (high - low) * step / LINES for step in range(LINES + 1)]
    return "".join(
        f'<line class="grid" x1="{LEFT}" x2="{WIDTH - 20}" y1="{y(one):.1f}" y2="{y(one):.1f}"/>'
        f'<text x="{LEFT - 8}" y="{y(one) + 4:.1f}" text-anchor="end">{one:,.2f}</text>'
        for one in amounts
    )


def _dates(points: Sequence[Point]) -> str:
    first, last = points[0][0], points[-1][0]
    return (
        f'<text x="{LEFT}" y="{HEIGHT - 12}">{first:%Y-%m-%d %H:%M} UTC</text>'
        f'<text x="{WIDTH - 20}" y="{HEIGHT - 12}" text-anchor="end">{last:%Y-%m-%d %H:%M} UTC</text>'
    )
