"""The drawings of a study's page, as SVG."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from markupsafe import Markup, escape

CELL = 44
LEFT, TOP = 90, 30
WIDTH, HEIGHT = 900, 300
LABELS_MAX = 12
LEGEND_WIDTH = 480
_NANOS = 1_000_000_000
# From worst to best, told apart by lightness as well as by hue.
_SHADES = ("#8c2d04", "#d94801", "#f16913", "#fdae6b", "#fee6ce", "#deebf7", "#9ecae1", "#4292c6", "#2171b5", "#084594")


def heat_map(grid: Mapping[str, Any]) -> Markup:
    """Return one cell a pair of values, shaded by rank between the worst and the best."""
    rows, known = grid["values"], [one for row in grid["values"] for one in row if one is not None]
    low, high = min(known, default=0.0), max(known, default=0.0)
    across, down = len(grid["x_values"]), len(grid["y_values"])
    cell = max(6, min(CELL, 900 // max(across, 1)))
    parts = [_text(LEFT + across * cell / 2, TOP - 14, grid["x"], anchor="middle"), _text(4, TOP - 14, grid["y"])]
    parts += _axis(grid["x_values"], cell, lambda place, label: _text(place, TOP - 2, label, anchor="middle"), LEFT)
    parts += _axis(grid["y_values"], cell, lambda place, label: _text(LEFT - 6, place + 4, label, anchor="end"), TOP)
    for y, row in enumerate(rows):
        for x, value in enumerate(row):
            if value is not None:
                told = f"{grid['x']} {grid['x_values'][x]}, {grid['y']} {grid['y_values'][y]}: {value:.4g}"
                parts.append(_cell(LEFT + x * cell, TOP + y * cell, cell, _shade(value, low, high), told))
    parts.append(_text(LEFT, TOP + down * cell + 18, f"{grid['objective']}: {low:.4g} (brown) to {high:.4g} (blue)"))
    return _svg(
        max(LEFT + across * cell + 20, LEGEND_WIDTH),
        TOP + down * cell + 30,
        f"{grid['objective']} by parameters",
        parts,
    )


def bands(points: Sequence[Mapping[str, float]]) -> Markup:
    """Return the band that equity stays within and its middle, trade by trade."""
    low, high = min(one["low"] for one in points), max(one["high"] for one in points)
    last = max(1, points[-1]["trade"])

    def at(one: Mapping[str, float], name: str) -> str:
        height = (one[name] - low) / (high - low) if high > low else 0.5
        return f"{LEFT + (WIDTH - LEFT - 10) * one['trade'] / last:.1f},{10 + (HEIGHT - 40) * (1 - height):.1f}"

    edge = " ".join([at(one, "high") for one in points] + [at(one, "low") for one in reversed(points)])
    middle = " ".join(at(one, "median") for one in points)
    parts = [
        f'<polygon points="{edge}" fill="#4292c6" fill-opacity=".3"/>',
        f'<polyline points="{middle}" fill="none" stroke="#2171b5" stroke-width="2"/>',
        _text(LEFT - 6, 16, f"{high:,.0f}", anchor="end"),
        _text(LEFT - 6, HEIGHT - 28, f"{low:,.0f}", anchor="end"),
        _text(WIDTH - 10, HEIGHT - 8, f"{int(last)} trades", anchor="end"),
    ]
    return _svg(WIDTH, HEIGHT, "Equity over all samples", parts)


def shares(parts: Mapping[str, float]) -> Markup:
    """Return one bar a name, the longest first."""
    drawn = []
    for place, (name, part) in enumerate(sorted(parts.items(), key=lambda one: -one[1])):
        y = 10 + 26 * place
        drawn.append(_text(150, y + 14, name, anchor="end"))
        drawn.append(f'<rect x="158" y="{y}" width="{max(1.0, 600 * part):.1f}" height="18" fill="#2171b5"/>')
        drawn.append(_text(166 + 600 * part, y + 14, f"{100 * part:.1f} %"))
    return _svg(WIDTH, 20 + 26 * len(parts), "Importance of features", drawn)


def day(ts_ns: int) -> str:
    """Give the UTC day of an instant."""
    return datetime.fromtimestamp(ts_ns / _NANOS, UTC).strftime("%Y-%m-%d")


def _axis(values: Sequence[Any], cell: int, label: Callable[[float, str], str], start: int) -> list[str]:
    stride = -(-len(values) // LABELS_MAX) if cell < CELL else 1
    return [label(start + (place + 0.5) * cell, str(values[place])) for place in range(0, len(values), stride)]


def _shade(value: float, low: float, high: float) -> str:
    part = (value - low) / (high - low) if high > low else 0.5
    return _SHADES[min(len(_SHADES) - 1, int(part * len(_SHADES)))]


def _cell(x: float, y: float, size: int, colour: str, told: str) -> str:
    place = f'x="{x}" y="{y}" width="{size - 1}" height="{size - 1}"'
    return f'<rect {place} fill="{colour}"><title>{escape(told)}</title></rect>'


def _text(x: float, y: float, content: str, *, anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(content)}</text>'


def _svg(width: float, height: float, title: str, parts: Sequence[str]) -> Markup:
    head = f'<svg viewBox="0 0 {width} {height}" width="{width}" role="img"><title>{escape(title)}</title>'
    return Markup(head + "".join(parts) + "</svg>")  # noqa: S704 - every text in it was escaped
