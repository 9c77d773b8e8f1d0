"""Puts the page together: charts, tables and texts from a report, through the template."""

import hashlib
from base64 import b64encode
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from markupsafe import Markup

from openbell.analytics.returns import daily_returns, days_per_year, observed
from openbell.analytics.tear_sheet import formats, tables, time_charts
from openbell.analytics.tear_sheet.charts import MARKS_MAX
from openbell.analytics.tear_sheet.distribution_chart import draw_histogram
from openbell.analytics.tear_sheet.heat_map import heat_map
from openbell.analytics.tear_sheet.report import TearSheetReport

if TYPE_CHECKING:
    from jinja2 import Template

_FOLDER = "openbell.analytics.tear_sheet"


def render(report: TearSheetReport) -> str:
    """Return the report as one HTML document that needs nothing but itself. Every text in it is escaped."""
    return template("tear_sheet.html.j2").render(_context(report))


@cache
def page_policy() -> str:
    """Return the content security policy of the pages: nothing from outside, and no script but the one in them."""
    return f"default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src '{_script_hash()}'"


@cache
def _script() -> str:
    return files(_FOLDER).joinpath("page.js").read_text("utf-8")


def _script_hash() -> str:
    return "sha256-" + b64encode(hashlib.sha256(_script().encode()).digest()).decode()


@cache
def template(name: str) -> "Template":
    """Return one of the package's templates; `script` and `policy` are there in each."""
    # A server starts without a page to draw.
    from jinja2 import Environment, PackageLoader, StrictUndefined  # noqa: PLC0415

    environment = Environment(
        loader=PackageLoader(_FOLDER, ""),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {"script": Markup(_script()), "policy": page_policy()}  # noqa: S704 - our own file
    return environment.get_template(name)


def _context(report: TearSheetReport) -> Mapping[str, object]:
    profit = profit_of(report)
    daily = observed(daily_returns(report.equity))
    lines = time_charts.equity_lines(report)
    rolling_sharpe, rolling_volatility = time_charts.rolling_charts(report)
    return {
        "report": report,
        "period": (formats.day(report.period_start_ns), formats.day(report.period_end_ns)),
        "generated": "" if report.generated_at_ns is None else formats.stamp(report.generated_at_ns) + " UTC",
        "initial_cash": formats.decimal_text(report.initial_cash),
        "final_equity": formats.decimal_text(report.final_equity),
        "profit": "" if profit is None else formats.decimal_text(str(profit), signed=True),
        "profit_css": "" if profit is None else tables.tone(float(profit)),
        "cards": tables.cards(report),
        "benchmark_drawn": len(lines) > 1,
        "equity_scale": time_charts.scale_of(lines),
        "equity_chart": time_charts.equity_chart(report),
        "drawdown_chart": time_charts.drawdown_chart(report),
        "rolling_window": time_charts.rolling_window(report),
        "rolling_sharpe": rolling_sharpe,
        "rolling_volatility": rolling_volatility,
        "priced": [
            (
                one,
                time_charts.price_chart(one, report.round_trips, number=number),
                max(len(one.fills) - MARKS_MAX, 0),
            )
            for number, one in enumerate(report.prices, start=1)
        ],
        "months": heat_map(report.equity),
        "histogram": draw_histogram(daily),
        "flat_days": int((daily == 0).sum()),
        "falls": tables.fall_rows(report),
        "groups": tables.metric_groups(report),
        "trades": tables.trade_rows(report.round_trips),
        "trades_hidden": max(len(report.round_trips) - tables.TRADES_SHOWN_MAX, 0),
        "open_trades": [
            f"{formats.quantity(trip.quantity)} {trip.symbol} entered at {formats.scaled(trip.entry_price)}"
            for trip in report.open_trips
        ],
        "days_per_year": report.days_per_year or days_per_year([ts_ns for ts_ns, _ in report.equity]),
    }


def profit_of(report: TearSheetReport) -> Decimal | None:
    """Return final equity less initial cash; None where either is no number."""
    try:
        profit = Decimal(report.final_equity) - Decimal(report.initial_cash)
    except InvalidOperation:
        return None
    return profit if profit.is_finite() else None
