"""The charts of one report over time: equity, drawdown, rolling figures, and the price with its trades."""

from collections.abc import Sequence

import numpy as np
from markupsafe import Markup

from openbell.analytics import rolling
from openbell.analytics.drawdown import drawdown_series, largest_drawdowns
from openbell.analytics.returns import columns, daily_series, days_per_year, simple_returns
from openbell.analytics.round_trips import SCALE, RoundTrip
from openbell.analytics.tear_sheet import formats
from openbell.analytics.tear_sheet.axes import Scale
from openbell.analytics.tear_sheet.charts import Band, Chart, Line, Link, draw
from openbell.analytics.tear_sheet.report import Benchmark, PriceSeries, TearSheetReport

# From this ratio of highest to lowest on, a linear axis would press the smaller line flat.
_LOG_SCALE_FROM_RATIO = 4.0
FALLS_MARKED = 5
_WINDOWS = (252, 126, 63, 21)
"""Days that rolling figures may look back: the longest that leaves three such stretches in the run."""
_STRETCHES = 3


def money(value: float) -> str:
    """Write an amount under the pointer."""
    return formats.number(value, decimals=2)


def percent(value: float) -> str:
    """Write a percent under the pointer."""
    return formats.number(value, decimals=2) + "%"


def equity_lines(report: TearSheetReport) -> list[Line]:
    """Return the run's line and, where it has points in the period, the benchmark's."""
    times, values = columns(report.equity)
    lines = [Line(label="Equity", css="equity", times=times, values=values)]
    if report.benchmark and values.size:
        lines += _benchmark_lines(report.benchmark, run=lines[0])
    return lines


def scale_of(lines: Sequence[Line]) -> Scale:
    """Return whether the lines need a log axis."""
    low = min((float(one.values.min()) for one in lines if one.values.size), default=0.0)
    high = max((float(one.values.max()) for one in lines if one.values.size), default=0.0)
    return "log" if low > 0 and high / low >= _LOG_SCALE_FROM_RATIO else "linear"


def equity_chart(report: TearSheetReport) -> Markup:
    """Return equity beside its benchmark, the deepest drawdowns shaded and numbered."""
    lines = equity_lines(report)
    values = lines[0].values
    words = f"From {formats.decimal_text(report.initial_cash)} to {formats.decimal_text(report.final_equity)}"
    return draw(
        Chart(
            name="equity",
            title="Equity",
            description=f"{words} {report.currency}.",
            lines=lines,
            label=formats.compact,
            detail=money,
            area=float(values.min()) if values.size else None,
            scale=scale_of(lines),
            bands=_bands(report),
        )
    )


def drawdown_chart(report: TearSheetReport) -> Markup:
    """Return the distance below the highest equity so far."""
    times, values = columns(report.equity)
    depths = 100.0 * drawdown_series(values)
    deepest = f"Deepest: {percent(float(depths.min()))}." if depths.size else ""
    return draw(
        Chart(
            name="drawdown",
            title="Drawdown",
            description=f"Distance of equity below its highest value so far. {deepest}",
            lines=[Line(label="Drawdown", css="drawdown", times=times, values=depths)],
            label=formats.percent_tick,
            detail=percent,
            area=0.0,
            bands=_bands(report),
            height_share=0.56,
        )
    )


def rolling_window(report: TearSheetReport) -> int | None:
    """Return how many days rolling figures look back; None for a run that is too short for any."""
    days = len(daily_series(report.equity))
    return next((window for window in _WINDOWS if days > _STRETCHES * window), None)


def rolling_charts(report: TearSheetReport) -> tuple[Markup, Markup]:
    """Return rolling Sharpe and rolling volatility; nothing for a run that is too short."""
    window = rolling_window(report)
    if window is None:
        return Markup(), Markup()
    times, values = columns(daily_series(report.equity))
    returns = simple_returns(values)
    per_year = report.days_per_year or days_per_year(times)
    sharpe = rolling.rolling_sharpe(returns, window=window, periods_per_year=per_year)
    spread = 100.0 * rolling.rolling_volatility(returns, window=window, periods_per_year=per_year)
    ends = times[window:]
    moved = ~np.isnan(sharpe)
    return (
        draw(
            Chart(
                name="rolling-sharpe",
                title="Rolling Sharpe ratio",
                description=f"Sharpe ratio over {window} days, annualised.",
                lines=[Line(label="Sharpe", css="equity", times=ends[moved], values=sharpe[moved])],
                label=formats.compact,
                detail=money,
                area=0.0,
                height_share=0.6,
            )
        ),
        draw(
            Chart(
                name="rolling-volatility",
                title="Rolling volatility",
                description=f"Volatility over {window} days, annualised.",
                lines=[Line(label="Volatility", css="volatility", times=ends, values=spread)],
                label=formats.percent_tick,
                detail=percent,
                area=0.0,
                height_share=0.6,
            )
        ),
    )


def price_chart(prices: PriceSeries, trips: Sequence[RoundTrip], *, number: int = 1) -> Markup:
    """Return the price with its fills, and each trade in it as a line; `number` tells the charts of a page apart."""
    times, values = columns(prices.points)
    own = [one for one in trips if one.symbol == prices.symbol]
    return draw(
        Chart(
            name=f"price-{number}",
            title=f"{prices.symbol} with fills",
            description=f"{len(prices.fills)} fills on the price of {prices.symbol}.",
            lines=[Line(label=prices.symbol, css="price", times=times, values=values)],
            label=formats.compact,
            detail=money,
            scale=scale_of([Line(label="", css="", times=times, values=values)]),
            marks=prices.fills,
            links=[_link(one) for one in own if times.size and one.entry_ts_ns >= times[0]],
        )
    )


def _link(trip: RoundTrip) -> Link:
    return Link(
        start=(trip.entry_ts_ns, trip.entry_price / SCALE),
        end=(trip.exit_ts_ns, trip.exit_price / SCALE),
        css="gain" if trip.net_pnl > 0 else "loss",
    )


def _bands(report: TearSheetReport) -> list[Band]:
    times, values = columns(report.equity)
    falls = largest_drawdowns(values, count=FALLS_MARKED)
    return [
        Band(
            label=str(number),
            says=f"Drawdown {number}: {percent(100 * fall.depth)}, from {formats.day(int(times[fall.peak]))}",
            start_ns=int(times[fall.peak]),
            end_ns=int(times[fall.end]),
        )
        for number, fall in enumerate(falls, start=1)
    ]


def _benchmark_lines(benchmark: Benchmark, *, run: Line) -> list[Line]:
    """Return the benchmark within the run's period, scaled to its first equity; none without points."""
    times, values = columns(benchmark.points)
    within = (times >= run.times[0]) & (times <= run.times[-1])
    times, values = times[within], values[within]
    if not values.size or values[0] <= 0:
        return []
    scaled = values * (run.values[0] / values[0])
    return [Line(label=benchmark.name, css="benchmark", times=times, values=scaled)]
