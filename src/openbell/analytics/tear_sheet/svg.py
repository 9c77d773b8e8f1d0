"""The few SVG elements the charts use. Text is escaped here; the rest is numbers and our own class names."""

from collections.abc import Iterable

from markupsafe import Markup, escape

from openbell.analytics.returns import Floats


def text(content: str, *, x: float, y: float, css: str) -> str:
    """Return a text element; `css` also sets its anchor (see style.css)."""
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{css}">{escape(content)}</text>'


def line(x1: float, *, y1: float, x2: float, y2: float, css: str) -> str:
    """Return a straight line."""
    return f'<path d="M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}" class="{css}"/>'


def rect(x: float, *, y: float, width: float, height: float, css: str, title: str = "") -> str:
    """Return a rectangle, with a tooltip where a title is given."""
    inner = f"<title>{escape(title)}</title>" if title else ""
    place = f'x="{x:.1f}" y="{y:.1f}" width="{max(width, 0.0):.1f}" height="{max(height, 0.0):.1f}"'
    return f'<rect {place} class="{css}">{inner}</rect>'


def polyline(xs: Floats, *, ys: Floats) -> str:
    """Return path data through the points."""
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in zip(xs.tolist(), ys.tolist(), strict=True))


def path(data: str, *, css: str) -> str:
    """Return a path element."""
    return f'<path d="{data}" class="{css}"/>'


def figure(name: str, *, box: tuple[int, int], css: str, title: str, description: str, parts: Iterable[str]) -> Markup:
    """Return a whole drawing of `box` (width, height) with the title and description it is read as."""
    width, height = box
    head = (
        f'<svg class="{css}" viewBox="0 0 {width} {height}" role="img" '
        f'aria-labelledby="{name}-title {name}-desc">'
        f'<title id="{name}-title">{escape(title)}</title><desc id="{name}-desc">{escape(description)}</desc>'
    )
    return Markup(head + "".join(parts) + "</svg>")  # noqa: S704 - every text in it was escaped above
