"""Puts the page together: charts, tables and texts from a report, through the template."""

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from openbell.analytics.drawdown import drawdown_series
from openbell.analytics.returns import columns, daily_returns, days_per_year, observed
from openbell.analytics.tear_sheet import formats, tables
from openbell.analytics.tear_sheet.axes import Scale
from openbell.analytics.tear_sheet.charts import MARKS_MAX, Chart, Line, draw
from openbell.analytics.tear_sheet.distribution_chart import draw_histogram
from openbell.analytics.tear_sheet.heat_map import heat_map
from openbell.analytics.tear_sheet.report import Benchmark, PriceSeries, TearSheetReport

# From this ratio of highest to lowest on, a linear axis would press the smaller line flat.
_LOG_SCALE_FROM_RATIO = 4.0


def render(report: TearSheetReport) -> str:
    """Return the report as one HTML document that needs nothing but itself. Every text in it is escaped."""
    return _template().render(_context(report))


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("openbell.analytics.tear_sheet", ""),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("tear_sheet.html.j2")


def _context(report: TearSheetReport) -> Mapping[str, object]:
    profit = _profit(report)
    daily = observed(daily_returns(report.equity))
    return {
        "report": report,
        "period": (formats.day(report.period_start_ns), formats.day(report.period_end_ns)),
        "generated": "" if report.generated_at_ns is None else formats.stamp(report.generated_at_ns) + " UTC",
        "initial_cash": formats.decimal_text(report.initial_cash),
        "final_equity": formats.decimal_text(report.final_equity),
        "profit": "" if profit is None else formats.decimal_text(str(profit), signed=True),
        "profit_css": "" if profit is None else tables.tone(float(profit)),
        "cards": tables.cards(report),
        "benchmark_drawn": len(_equity_lines(report)) > 1,
        "equity_scale": _equity_scale(_equity_lines(report)),
        "equity_chart": _equity_chart(report),
        "drawdown_chart": _drawdown_chart(report),
        "price_chart": _price_chart(report.prices) if report.prices else Markup(),
        "marks_hidden": max(len(report.prices.fills) - MARKS_MAX, 0) if report.prices else 0,
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


def _profit(report: TearSheetReport) -> Decimal | None:
    try:
        profit = Decimal(report.final_equity) - Decimal(report.initial_cash)
    except InvalidOperation:
        return None
    return profit if profit.is_finite() else None


def _money(value: float) -> str:
    return formats.number(value, decimals=2)


def _percent(value: float) -> str:
    return formats.number(value, decimals=2) + "%"


def _equity_scale(lines: Sequence[Line]) -> Scale:
    low = min((float(one.values.min()) for one in lines if one.values.size), default=0.0)
    high = max((float(one.values.max()) for one in lines if one.values.size), default=0.0)
    return "log" if low > 0 and high / low >= _LOG_SCALE_FROM_RATIO else "linear"


def _equity_lines(report: TearSheetReport) -> list[Line]:
    times, values = columns(report.equity)
    lines = [Line(label="Equity", css="equity", times=times, values=values)]
    if report.benchmark and values.size:
        lines += _benchmark_lines(report.benchmark, run=lines[0])
    return lines


def _equity_chart(report: TearSheetReport) -> Markup:
    lines = _equity_lines(report)
    values = lines[0].values
    words = f"From {formats.decimal_text(report.initial_cash)} to {formats.decimal_text(report.final_equity)}"
    return draw(
        Chart(
            name="equity",
            title="Equity",
            description=f"{words} {report.currency}.",
            lines=lines,
            label=formats.compact,
            detail=_money,
            area=float(values.min()) if values.size else None,
            scale=_equity_scale(lines),
        )
    )


def _benchmark_lines(benchmark: Benchmark, *, run: Line) -> list[Line]:
    """Return the benchmark within the run's period, scaled to its first equity; none without points."""
    times, values = columns(benchmark.points)
    within = (times >= run.times[0]) & (times <= run.times[-1])
    times, values = times[within], values[within]
    if not values.size or values[0] <= 0:
        return []
    scaled = values * (run.values[0] / values[0])
    return [Line(label=benchmark.name, css="benchmark", times=times, values=scaled)]


def _drawdown_chart(report: TearSheetReport) -> Markup:
    times, values = columns(report.equity)
    depths = 100.0 * drawdown_series(values)
    deepest = f"Deepest: {_percent(float(depths.min()))}." if depths.size else ""
    return draw(
        Chart(
            name="drawdown",
            title="Drawdown",
            description=f"Distance of equity below its highest value so far. {deepest}",
            lines=[Line(label="Drawdown", css="drawdown", times=times, values=depths)],
            label=formats.percent_tick,
            detail=_percent,
            area=0.0,
            height_share=0.56,
        )
    )


def _price_chart(prices: PriceSeries) -> Markup:
    times, values = columns(prices.points)
    return draw(
        Chart(
            name="price",
            title=f"{prices.symbol} with fills",
            description=f"{len(prices.fills)} fills on the price of {prices.symbol}.",
            lines=[Line(label=prices.symbol, css="price", times=times, values=values)],
            label=formats.compact,
            detail=_money,
            marks=prices.fills,
        )
    )
