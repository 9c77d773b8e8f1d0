"""The histogram of daily returns, with the value at risk marked."""

import math

import numpy as np
from markupsafe import Markup

from openbell.analytics.distribution import value_at_risk
from openbell.analytics.returns import Floats
from openbell.analytics.tear_sheet import svg
from openbell.analytics.tear_sheet.axes import Axis, value_ticks
from openbell.analytics.tear_sheet.formats import number, percent_tick

_BINS_MIN = 11
_BINS_MAX = 61
_WIDTH = 440
_HEIGHT = 350
_SAMPLE_MIN = 2
_LABEL_ROOM_PX = 120


def draw_histogram(returns: Floats) -> Markup:
    """Return the histogram of the returns that are not exactly zero; nothing for fewer than two."""
    moved = 100.0 * returns[returns != 0]
    if moved.size < _SAMPLE_MIN:
        return Markup()
    counts, edges = _bins(moved)
    ticks = value_ticks(0, high=float(counts.max()), count=4, label=lambda v: number(v, decimals=0))
    across = Axis(low=float(edges[0]), high=float(edges[-1]), first=42, last=_WIDTH - 10)
    up = Axis(low=0, high=ticks[-1].at, first=_HEIGHT - 30, last=34)
    parts = []
    for tick in ticks:
        y = up.place(tick.at)
        parts.append(svg.line(across.first, y1=y, x2=across.last, y2=y, css="grid"))
        parts.append(svg.text(tick.label, x=across.first - 8, y=y + 4, css="tick end"))
    parts += _bars(counts, edges, across, up)
    parts += _percent_axis(across, up)
    parts += _risk_line(returns, across, up)
    return svg.figure(
        "histogram",
        box=(_WIDTH, _HEIGHT),
        css="chart compact",
        title="Distribution of daily returns",
        description=f"{moved.size} daily returns from {moved.min():.2f}% to {moved.max():.2f}%.",
        parts=parts,
    )


def _bins(moved: Floats) -> tuple[Floats, Floats]:
    """Return counts and edges by Freedman and Diaconis' rule (1981).

    One edge is at zero, so that no bar holds gains and losses together. The outermost bars take all that lies
    beyond the middle 99 %, so that one crash does not squeeze every other day into a corner.
    """
    bounds = np.percentile(moved, [0.5, 99.5])
    low, high = float(bounds[0]), float(bounds[1])
    quartiles = np.percentile(moved, [25, 75])
    width = 2.0 * float(quartiles[1] - quartiles[0]) / math.cbrt(moved.size)
    spread = max(high, 0.0) - min(low, 0.0)
    width = min(max(width, spread / (_BINS_MAX - 2)), spread / (_BINS_MIN - 2))
    first, last = math.floor(min(low, 0.0) / width), math.ceil(max(high, 0.0) / width)
    edges: Floats = np.arange(first, last + 1, dtype=np.float64) * np.float64(width)
    counts, _ = np.histogram(np.clip(moved, edges[0], edges[-1]), bins=edges)
    return counts.astype(np.float64), edges


def _bars(counts: Floats, edges: Floats, across: Axis, up: Axis) -> list[str]:
    bars = []
    for count, low, high in zip(counts.tolist(), edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        if count:
            x, y = across.place(low) + 0.5, up.place(count)
            width, height = across.place(high) - 0.5 - x, up.first - y
            says = f"{number(low, decimals=2)}% to {number(high, decimals=2)}%: {count:.0f} days"
            css = "bar loss" if low + high < 0 else "bar gain"
            bars.append(svg.rect(x, y=y, width=width, height=height, css=css, title=says))
    return bars


def _percent_axis(across: Axis, up: Axis) -> list[str]:
    parts = [svg.line(across.first, y1=up.first, x2=across.last, y2=up.first, css="axis")]
    ticks = value_ticks(across.low, high=across.high, count=6, label=percent_tick)
    for tick in ticks:
        if across.low <= tick.at <= across.high:
            x = across.place(tick.at)
            parts.append(svg.line(x, y1=up.first, x2=x, y2=up.first + 5, css="axis"))
            parts.append(svg.text(tick.label, x=x, y=up.first + 19, css="tick middle"))
    return parts


def _risk_line(returns: Floats, across: Axis, up: Axis) -> list[str]:
    risk = value_at_risk(returns)
    if risk is None or not across.low <= 100 * risk <= across.high:
        return []
    x = across.place(100 * risk)
    on_right = x - across.first < _LABEL_ROOM_PX
    label = f"VaR 95%: {number(100 * risk, decimals=2)}%"
    return [
        svg.line(x, y1=up.last - 14, x2=x, y2=up.first, css="limit"),
        svg.text(label, x=x + (6 if on_right else -6), y=up.last - 8, css="start" if on_right else "end"),
    ]
