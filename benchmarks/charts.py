"""Charts of the figures as SVG, readable on a light page and on a dark one.

Where several were measured by the same yardstick there is a bar for each, or a dot on a logarithmic scale where they
lie far apart; where one thing was measured at several sizes there is a line.
"""

import math
import re
from collections.abc import Sequence
from html import escape

from figures import Figure, number

WIDTH, LABELS, VALUES, ROW, TOP = 760, 300, 110, 24, 34
CURVE_HEIGHT, CURVE_LEFT = 240, 70
FAR_APART = 60.0
"""Times the smallest that the largest may be for bars: past it dots."""
WHOS_MIN, PLACES_MIN = 3, 3
STYLE = """<style>
text{font:12px system-ui,sans-serif;fill:#404040}.title{font-weight:600}.axis{stroke:#b0b0b0;stroke-width:1}
.figure{fill:#2a6fc9}.peer{fill:#9a9a9a}.limit{fill:#c98a2a}.line{fill:none;stroke:#2a6fc9;stroke-width:2}
@media (prefers-color-scheme:dark){text{fill:#d0d0d0}.axis{stroke:#606060}.figure{fill:#6aa5ee}.line{stroke:#6aa5ee}}
</style>"""


def charts(script: str, figures: Sequence[Figure]) -> dict[str, tuple[str, str]]:
    """Give the charts of a section by file name, each with its title and its SVG."""
    found = {}
    for (name, unit), group in _groups(figures).items():
        curve = [one for one in group if one.at is not None]
        title = f"{name}, {unit}"
        if len(curve) >= PLACES_MIN:
            found[f"{script}-{_slug(name)}.svg"] = (title, _curve(title, curve))
        elif len(group) >= WHOS_MIN:
            found[f"{script}-{_slug(name)}.svg"] = (title, _compared(title, group))
    return found


def _groups(figures: Sequence[Figure]) -> dict[tuple[str, str], list[Figure]]:
    groups: dict[tuple[str, str], list[Figure]] = {}
    for one in figures:
        if one.repeats and one.median > 0 and (one.who or one.at is not None):
            groups.setdefault((one.name, one.unit), []).append(one)
    return groups


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def _compared(title: str, group: Sequence[Figure]) -> str:
    """Draw a row for each, the best first."""
    rows = sorted(group, key=lambda one: one.median, reverse=not group[0].is_less_better)
    low, high = min(one.median for one in rows), max(one.median for one in rows)
    is_far, space = high / low > FAR_APART, WIDTH - LABELS - VALUES
    parts = []
    for place, one in enumerate(rows):
        y = TOP + place * ROW
        kind = one.role if one.role in ("peer", "limit") else "figure"
        part = math.log(one.median / low) / math.log(high / low) if is_far else one.median / high
        end = LABELS + part * space
        parts.append(f'<text x="{LABELS - 10}" y="{y + 15}" text-anchor="end">{escape(one.who)}</text>')
        if is_far:
            parts.append(f'<line class="axis" x1="{LABELS}" y1="{y + 11}" x2="{end:.1f}" y2="{y + 11}"/>')
            parts.append(f'<circle class="{kind}" cx="{end:.1f}" cy="{y + 11}" r="6"/>')
        else:
            parts.append(f'<rect class="{kind}" x="{LABELS}" y="{y + 3}" width="{end - LABELS:.1f}" height="16"/>')
        parts.append(f'<text x="{end + 10:.1f}" y="{y + 15}">{number(one.median)}</text>')
    scale = " (logarithmic)" if is_far else ""
    return _picture(title + scale, parts, height=TOP + len(rows) * ROW + 8)


def _curve(title: str, group: Sequence[Figure]) -> str:
    """Draw a line over the sizes, which lie far apart; the values start at 0."""
    rows = sorted(group, key=lambda one: one.at or 0.0)
    high = max(one.median for one in rows)
    first, last = math.log(rows[0].at or 1), math.log(rows[-1].at or 1)
    bottom, space = CURVE_HEIGHT - 46, WIDTH - CURVE_LEFT - VALUES
    points = []
    parts = [
        f'<line class="axis" x1="{CURVE_LEFT}" y1="{bottom}" x2="{WIDTH - VALUES + 20}" y2="{bottom}"/>',
        f'<text x="{WIDTH / 2}" y="{CURVE_HEIGHT - 8}" text-anchor="middle">{escape(rows[0].axis)}</text>',
    ]
    for one in rows:
        x = CURVE_LEFT + (math.log(one.at or 1) - first) / (last - first) * space
        y = bottom - one.median / high * (bottom - TOP - 20)
        points.append(f"{x:.1f},{y:.1f}")
        parts.append(f'<circle class="figure" cx="{x:.1f}" cy="{y:.1f}" r="4"/>')
        parts.append(f'<text x="{x:.1f}" y="{y - 10:.1f}" text-anchor="middle">{number(one.median)}</text>')
        parts.append(f'<text x="{x:.1f}" y="{bottom + 18}" text-anchor="middle">{one.at or 0:,.0f}</text>')
    parts.insert(0, f'<polyline class="line" points="{" ".join(points)}"/>')
    return _picture(title, parts, height=CURVE_HEIGHT)


def _picture(title: str, parts: Sequence[str], *, height: int) -> str:
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img">'
    return "\n".join([head, STYLE, f'<text class="title" x="10" y="20">{escape(title)}</text>', *parts, "</svg>\n"])
