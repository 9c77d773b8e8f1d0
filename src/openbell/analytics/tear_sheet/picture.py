"""The tear sheet as one picture: headline figures, charts and months on one sheet of SVG."""

import re
from collections.abc import Iterable
from importlib.resources import files
from typing import Literal

from markupsafe import Markup, escape

from openbell.analytics.tear_sheet import formats, svg, tables, time_charts
from openbell.analytics.tear_sheet.heat_map import heat_map
from openbell.analytics.tear_sheet.page import profit_of
from openbell.analytics.tear_sheet.report import TearSheetReport

Theme = Literal["light", "dark"]

WIDTH = 1200
_MARGIN = 48
_INNER = WIDTH - 2 * _MARGIN
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec", "Total")
_PRICES_MAX = 4
_YEARS_MAX = 12
_CELL_HEIGHT = 25
_SHADE = {"1": 0.14, "2": 0.24, "3": 0.34, "4": 0.46, "5": 0.6}
_TEXTS = """
text { font-family: "DejaVu Sans", "Noto Sans", "Liberation Sans", Arial, sans-serif; }
text { fill: var(--ink); font-size: 13px; }
.page { fill: var(--page); } .panel { fill: var(--panel); stroke: var(--rule); }
.title { font-size: 28px; font-weight: 700; } .brand { font-weight: 700; font-size: 14px; }
.soft { fill: var(--soft); } .head { font-size: 15px; font-weight: 700; } .figure { font-size: 21px; font-weight: 700; }
.small { font-size: 11.5px; fill: var(--soft); }
.gain { fill: var(--gain); } .loss { fill: var(--loss); }
.cell-p { fill: var(--gain); } .cell-n { fill: var(--loss); } .cell-z { fill: var(--grid); }
"""


def picture(report: TearSheetReport, *, theme: Theme = "light") -> str:
    """Return the picture as SVG: headline figures, equity, drawdown, price with trades, monthly returns."""
    top, parts = 232.0, [*_header(report), *_cards(report)]
    beside = f"Equity beside {report.benchmark.name}" if report.benchmark else "Equity"
    charts = [(beside, time_charts.equity_chart(report)), ("Drawdown", time_charts.drawdown_chart(report))]
    for number, one in enumerate(report.prices[:_PRICES_MAX], start=1):
        charts.append((f"{one.symbol} and fills", time_charts.price_chart(one, report.round_trips, number=number)))
    for title, chart in charts:
        placed, height = _placed(chart, y=top + 34)
        if placed:
            parts += [_panel(top, height + 50), svg.text(title, x=_MARGIN + 18, y=top + 26, css="head"), placed]
            top += height + 64
    parts += _months(report, top)
    height = top + 62 + _CELL_HEIGHT * (min(len(heat_map(report.equity)), _YEARS_MAX) + 1)
    parts.append(svg.text(_footer(report), x=_MARGIN, y=height + 20, css="small"))
    return _sheet(parts, height=height + 44, theme=theme)


def _header(report: TearSheetReport) -> list[str]:
    period = f"{formats.day(report.period_start_ns)} – {formats.day(report.period_end_ns)}"
    facts = " · ".join((report.run_type, report.strategy, ", ".join(report.symbols), period))
    right, profit = WIDTH - _MARGIN, profit_of(report)
    earned = "" if profit is None else formats.decimal_text(str(profit), signed=True)
    capital = formats.decimal_text(report.initial_cash)
    return [
        svg.text("Openbell", x=_MARGIN, y=44, css="brand"),
        svg.text("Tear sheet", x=_MARGIN + 76, y=44, css="soft"),
        svg.text(report.title, x=_MARGIN, y=86, css="title"),
        svg.text(facts, x=_MARGIN, y=112, css="soft"),
        svg.text(f"{formats.decimal_text(report.final_equity)} {report.currency}", x=right, y=86, css="title end"),
        svg.text(f"{earned} on {capital} initial cash", x=right, y=112, css="soft end"),
    ]


def _cards(report: TearSheetReport) -> list[str]:
    cards = tables.cards(report)
    width = _INNER / len(cards)
    parts = [_panel(132, 86)]
    for number, card in enumerate(cards):
        x = _MARGIN + number * width + 14
        parts.append(svg.text(card.label, x=x, y=157, css="small"))
        parts.append(svg.text(card.value, x=x, y=183, css=f"figure {card.css}"))
        parts.append(svg.text(card.note, x=x, y=204, css="small"))
    return parts


def _months(report: TearSheetReport, top: float) -> list[str]:
    rows = heat_map(report.equity)[:_YEARS_MAX]
    width = (_INNER - 36 - 60) / len(_MONTHS)
    left, first = _MARGIN + 18 + 60, top + 42
    parts = [_panel(top, 54 + _CELL_HEIGHT * (len(rows) + 1))]
    parts.append(svg.text("Monthly returns, percent", x=_MARGIN + 18, y=top + 26, css="head"))
    for column, month in enumerate(_MONTHS):
        parts.append(svg.text(month, x=left + (column + 0.5) * width, y=first + 14, css="small middle"))
    for number, row in enumerate(rows, start=1):
        y = first + number * _CELL_HEIGHT
        parts.append(svg.text(str(row.year), x=_MARGIN + 18, y=y + 16, css="soft"))
        for column, cell in enumerate((*row.months, row.total)):
            x = left + column * width
            if cell.shade[:1] in ("p", "n", "z"):
                parts.append(_cell(x, y, width, cell.shade))
            css = f"middle {cell.shade}" if cell.shade in ("gain", "loss") else "middle"
            parts.append(svg.text(cell.text, x=x + width / 2, y=y + 16, css=css))
    return parts


def _cell(x: float, y: float, width: float, shade: str) -> str:
    opacity = _SHADE.get(shade[1:], 1.0)
    place = f'x="{x + 1:.1f}" y="{y:.1f}" width="{width - 2:.1f}" height="{_CELL_HEIGHT - 2}" rx="4"'
    return f'<rect {place} class="cell-{shade[0]}" opacity="{opacity}"/>'


def _footer(report: TearSheetReport) -> str:
    return "  ·  ".join(f"{name}: {value[:24]}" for name, value in report.versions.items())


def _panel(y: float, height: float) -> str:
    return f'<rect x="{_MARGIN}" y="{y:.1f}" width="{_INNER}" height="{height:.1f}" rx="12" class="panel"/>'


def _placed(chart: Markup, *, y: float) -> tuple[str, float]:
    """Return the wide one of a chart's two drawings, put in its place, and its height; nothing for an empty one."""
    wide = str(chart).partition("</svg>")[0]
    box = re.search(r'viewBox="0 0 (\d+) (\d+)"', wide)
    if box is None:
        return "", 0.0
    width = _INNER - 36
    height = width * int(box[2]) / int(box[1])
    place = f'<svg x="{_MARGIN + 18}" y="{y:.1f}" width="{width}" height="{height:.1f}" '
    still = re.sub(r'<g class="probe">.*?</g>', "", wide, flags=re.DOTALL)
    return still.replace("<svg ", place, 1) + "</svg>", height


def _sheet(parts: Iterable[str], *, height: float, theme: Theme) -> str:
    size = f'width="{WIDTH}" height="{height:.0f}" viewBox="0 0 {WIDTH} {height:.0f}"'
    fade = (
        '<defs><linearGradient id="fade" x1="0" y1="0" x2="0" y2="1">'
        '<stop offset="0" class="fade-top"/><stop offset="1" class="fade-end"/></linearGradient></defs>'
    )
    ground = f'<rect width="{WIDTH}" height="{height:.0f}" class="page"/>'
    style = f"<style>{escape(_style(theme))}</style>"
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{style}{fade}{ground}{"".join(parts)}</svg>'


def _style(theme: Theme) -> str:
    """Return the page's rules for drawings with the theme's colours put in: pictures know no variables."""
    css = files("openbell.analytics.tear_sheet").joinpath("style.css").read_text("utf-8")
    palettes = [
        dict(re.findall(r"--([a-z-]+): ([^;]+);", block)) for block in re.findall(r":root[^{]*\{([^}]*)\}", css)
    ]
    colours = palettes[0] | (palettes[1] if theme == "dark" else {})
    start, end = css.index(".chart {"), css.index(".scroll {")
    rules = css[start:end] + _TEXTS
    return re.sub(r"var\(--([a-z-]+)\)", lambda found: colours[found[1]], rules)
