"""The charts over time: equity, drawdown, and price with its fills.

Each is drawn twice, for wide and for narrow pages: a drawing scaled down to a telephone has unreadable
labels, so the page carries both and shows the one that fits.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from openbell.analytics.returns import Floats, Timestamps
from openbell.analytics.tear_sheet import svg
from openbell.analytics.tear_sheet.axes import Axis, Scale, Tick, log_ticks, time_ticks, value_ticks
from openbell.analytics.tear_sheet.formats import number, stamp
from openbell.analytics.tear_sheet.report import FillMark
from openbell.analytics.tear_sheet.sampling import min_max_indexes

MARKS_MAX = 400
_DIGIT_PX = 7.0
_LABEL_GAP_PX = 10
_LABEL_ROOM_PX = 14
_TOP_PX = 26
_BOTTOM_PX = 26
_RIGHT_PX = 12
_LOG_MARGIN = 1.06


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """One of the two sizes a chart is drawn in, and how much detail it carries."""

    name: str
    width: int
    height: int
    points_max: int
    time_ticks: int
    value_ticks: int
    probes: int
    mark_px: float


WIDE = Size(name="wide", width=1080, height=340, points_max=2000, time_ticks=12, value_ticks=6, probes=120, mark_px=9)
NARROW = Size(name="narrow", width=380, height=230, points_max=500, time_ticks=5, value_ticks=4, probes=0, mark_px=6)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of a chart: its name, its class in the style sheet and its points."""

    label: str
    css: str
    times: Timestamps
    values: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """A stretch of time that is shaded, with its number and what it is."""

    label: str
    says: str
    start_ns: int
    end_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A line from where a trade was entered to where it was left; `css` is gain or loss."""

    start: tuple[int, float]
    end: tuple[int, float]
    css: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """What a chart over time shows.

    `label` writes axis labels, `detail` the values under the pointer. `area` is the value that the
    first line is filled towards, and is then on the axis. `height_share` is its height against the usual one.
    """

    name: str
    title: str
    description: str
    lines: Sequence[Line]
    label: Callable[[float], str]
    detail: Callable[[float], str]
    area: float | None = None
    scale: Scale = "linear"
    marks: Sequence[FillMark] = ()
    bands: Sequence[Band] = ()
    links: Sequence[Link] = ()
    height_share: float = 1.0


@dataclass(frozen=True, slots=True)
class Frame:
    """The two axes of one drawing."""

    across: Axis
    up: Axis


def draw(chart: Chart) -> Markup:
    """Return the wide and the narrow drawing of a chart; nothing where it has no points."""
    if not chart.lines[0].times.size:
        return Markup()
    return _drawing(chart, WIDE) + _drawing(chart, NARROW)


def _drawing(chart: Chart, size: Size) -> Markup:
    lines = [_sampled(one, size.points_max) for one in chart.lines]
    height = round(size.height * chart.height_share)
    ticks, (low, high) = _value_axis(chart, lines, max(2, round(size.value_ticks * chart.height_share)))
    start = min(int(one.times[0]) for one in lines)
    end = max(*(int(one.times[-1]) for one in lines), start + 1)
    left = max(len(tick.label) for tick in ticks) * _DIGIT_PX + _LABEL_GAP_PX
    frame = Frame(
        across=Axis(low=start, high=end, first=left, last=size.width - _RIGHT_PX),
        up=Axis(low=low, high=high, first=height - _BOTTOM_PX, last=_TOP_PX, scale=chart.scale),
    )
    parts = [
        *(_band(one, frame) for one in chart.bands),
        *_grid(frame, ticks, time_ticks(start, end_ns=end, count=size.time_ticks)),
        *(_line(one, frame, chart.area if i == 0 else None) for i, one in enumerate(lines)),
        *(_link(one, frame) for one in chart.links[:MARKS_MAX]),
        *(_mark(mark, frame, size.mark_px) for mark in chart.marks[:MARKS_MAX]),
        *(_probe(chart, lines, frame, (i, size.probes)) for i in range(size.probes)),
    ]
    return svg.figure(
        f"{chart.name}-{size.name}",
        box=(size.width, height),
        css=f"chart {size.name}",
        title=chart.title,
        description=chart.description,
        parts=parts,
    )


def _sampled(line: Line, points_max: int) -> Line:
    kept = min_max_indexes(line.values, points_max=points_max)
    return Line(label=line.label, css=line.css, times=line.times[kept], values=line.values[kept])


def _value_axis(chart: Chart, lines: Sequence[Line], count: int) -> tuple[list[Tick], tuple[float, float]]:
    """Return the ticks and the ends of the vertical axis: on ticks, or just beyond the data on a log axis."""
    shown = [float(bound) for one in lines for bound in (one.values.min(), one.values.max())]
    shown += [mark.price for mark in chart.marks[:MARKS_MAX]]
    if chart.area is not None:
        shown.append(chart.area)
    if chart.scale == "log":
        low, high = min(shown) / _LOG_MARGIN, max(shown) * _LOG_MARGIN
        return log_ticks(low, high=high, label=chart.label), (low, high)
    ticks = value_ticks(min(shown), high=max(shown), count=count, label=chart.label)
    return ticks, (ticks[0].at, ticks[-1].at)


def _grid(frame: Frame, values: Sequence[Tick], times: Sequence[Tick]) -> list[str]:
    across, up = frame.across, frame.up
    parts = []
    for tick in values:
        y = up.place(tick.at)
        parts.append(svg.line(across.first, y1=y, x2=across.last, y2=y, css="grid"))
        parts.append(svg.text(tick.label, x=across.first - 8, y=y + 4, css="tick end"))
    for tick in times:
        x = across.place(tick.at)
        parts.append(svg.line(x, y1=up.first, x2=x, y2=up.first + 5, css="axis"))
        if across.first + _LABEL_ROOM_PX < x < across.last - _LABEL_ROOM_PX:
            parts.append(svg.text(tick.label, x=x, y=up.first + 19, css="tick middle"))
    parts.append(svg.line(across.first, y1=up.first, x2=across.last, y2=up.first, css="axis"))
    return parts


def _line(line: Line, frame: Frame, area: float | None) -> str:
    xs, ys = frame.across.places(line.times), frame.up.places(line.values)
    data = svg.polyline(xs, ys=ys)
    drawn = svg.path(data, css=f"line {line.css}")
    if area is None:
        return drawn
    base = frame.up.place(area)
    return svg.path(f"{data}L{xs[-1]:.1f} {base:.1f}L{xs[0]:.1f} {base:.1f}Z", css=f"area {line.css}") + drawn


def _band(band: Band, frame: Frame) -> str:
    across, up = frame.across, frame.up
    start, end = (min(max(across.place(at), across.first), across.last) for at in (band.start_ns, band.end_ns))
    shade = svg.rect(start, y=up.last, width=end - start, height=up.first - up.last, css="fall", title=band.says)
    return shade + svg.text(band.label, x=(start + end) / 2, y=up.last + 12, css="number middle")


def _link(link: Link, frame: Frame) -> str:
    (x1, y1), (x2, y2) = ((frame.across.place(at), frame.up.place(price)) for at, price in (link.start, link.end))
    return svg.line(x1, y1=y1, x2=x2, y2=y2, css=f"link {link.css}")


def _mark(mark: FillMark, frame: Frame, reach: float) -> str:
    x, y = frame.across.place(mark.ts_ns), frame.up.place(mark.price)
    # A buy points up from below its price, a sell down from above, so that colour is not the only difference.
    css, sign = ("buy", 1) if mark.side == "BUY" else ("sell", -1)
    shape = f"m0 {sign * 2}l{reach / 2} {sign * reach:.1f}h{-reach}z"
    side, price = mark.side.title(), number(mark.price, decimals=2)
    says = escape(f"{side} {mark.quantity} at {price}, {stamp(mark.ts_ns)}")
    return f'<path d="M{x:.1f} {y:.1f}{shape}" class="mark {css}"><title>{says}</title></path>'


def _probe(chart: Chart, lines: Sequence[Line], frame: Frame, place: tuple[int, int]) -> str:
    """Return an unseen column that shows date and values under the pointer, without a script."""
    (position, count), (across, up) = place, (frame.across, frame.up)
    width = (across.last - across.first) / count
    wanted = across.low + (position + 0.5) / count * (across.high - across.low)
    ts_ns, _ = _nearest(lines[0], wanted)
    x = across.place(ts_ns)
    says, dots = [stamp(ts_ns)], []
    for one in lines:
        _, value = _nearest(one, ts_ns)
        says.append(f"{one.label} {chart.detail(value)}")
        dots.append(f'<circle cx="{x:.1f}" cy="{up.place(value):.1f}" r="3.5" class="{one.css}"/>')
    hit = svg.rect(across.first + position * width, y=up.last, width=width, height=up.first - up.last, css="hit")
    hair = svg.line(x, y1=up.last, x2=x, y2=up.first, css="hair")
    words = svg.text("   ".join(says), x=across.last, y=14, css="says end")
    return f'<g class="probe">{hit}{hair}{"".join(dots)}{words}</g>'


def _nearest(line: Line, wanted: float) -> tuple[int, float]:
    after = min(int(line.times.searchsorted(wanted)), line.times.size - 1)
    before = max(after - 1, 0)
    near = before if wanted - line.times[before] < line.times[after] - wanted else after
    return int(line.times[near]), float(line.values[near])
