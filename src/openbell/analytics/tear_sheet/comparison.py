"""Several runs on one page: their growth and drawdowns in one chart each, and their figures side by side."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from openbell.analytics.drawdown import drawdown_series
from openbell.analytics.metrics import BY_NAME
from openbell.analytics.returns import columns
from openbell.analytics.tear_sheet import formats
from openbell.analytics.tear_sheet.charts import Chart, Line, draw
from openbell.analytics.tear_sheet.page import template
from openbell.analytics.tear_sheet.report import TearSheetReport
from openbell.analytics.tear_sheet.tables import tone
from openbell.analytics.tear_sheet.time_charts import percent, scale_of

RUNS_MAX = 8
"""Runs on one page: there are as many colours."""
METRICS_SHOWN = (
    "total_return", "cagr", "volatility", "sharpe_ratio", "sortino_ratio", "calmar_ratio", "max_drawdown",
    "max_drawdown_duration_days", "ulcer_index", "value_at_risk_95", "best_month", "worst_month", "exposure",
    "total_trades", "win_rate", "profit_factor", "payoff_ratio", "expectancy", "sqn", "total_fees",
    "avg_trade_duration_hours",
)  # fmt: skip
HIGHER_IS_BETTER = frozenset(
    {"total_return", "cagr", "sharpe_ratio", "sortino_ratio", "calmar_ratio", "max_drawdown", "value_at_risk_95",
     "best_month", "worst_month", "win_rate", "profit_factor", "payoff_ratio", "expectancy", "sqn"}
)  # fmt: skip
COLOURED = frozenset({"total_return", "cagr", "max_drawdown", "best_month", "worst_month", "value_at_risk_95"})
LOWER_IS_BETTER = frozenset({"volatility", "ulcer_index", "max_drawdown_duration_days", "total_fees"})


@dataclass(frozen=True, slots=True)
class Figure:
    """One run's value of a metric, and whether no other's is better."""

    text: str
    css: str
    is_best: bool


@dataclass(frozen=True, slots=True)
class FigureRow:
    """One metric over all runs."""

    label: str
    meaning: str
    figures: Sequence[Figure]


def render_comparison(reports: Mapping[str, TearSheetReport]) -> str:
    """Return runs, by the name each is to have, as one HTML document that needs nothing but itself."""
    names = list(reports)
    lines = [_growth(name, number, reports[name]) for number, name in enumerate(names)]
    return template("comparison.html.j2").render(
        names=names,
        reports=list(reports.values()),
        periods=[(formats.day(one.period_start_ns), formats.day(one.period_end_ns)) for one in reports.values()],
        finals=[formats.number(float(one.final_equity), decimals=2) for one in reports.values()],
        growth_chart=_chart("growth", "Growth of 100", lines),
        drawdown_chart=_drawdowns(names, reports),
        scale=scale_of(lines),
        rows=metric_rows(list(reports.values())),
        parameters=_parameters(list(reports.values())),
    )


def metric_rows(reports: Sequence[TearSheetReport]) -> list[FigureRow]:
    """Return the metrics that any of the runs has, the best value of each marked."""
    rows = []
    for name in METRICS_SHOWN:
        values = [report.metrics.get(name) for report in reports]
        if any(value is not None for value in values):
            metric, best = BY_NAME[name], _best(name, values)
            figures = [
                Figure(
                    formats.metric(value, unit=metric.unit),
                    tone(value) if name in COLOURED else "",
                    is_best=value is not None and value == best,
                )
                for value in values
            ]
            rows.append(FigureRow(metric.label, metric.meaning, figures))
    return rows


def _best(name: str, values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    if len(known) < 2 or len(set(known)) == 1:
        return None
    if name in HIGHER_IS_BETTER:
        return max(known)
    return min(known) if name in LOWER_IS_BETTER else None


def _growth(name: str, number: int, report: TearSheetReport) -> Line:
    times, values = columns(report.equity)
    start = values[0] if values.size and values[0] > 0 else 1.0
    return Line(label=name, css=f"s{number + 1}", times=times, values=100.0 * values / start)


def _drawdowns(names: Sequence[str], reports: Mapping[str, TearSheetReport]) -> Markup:
    lines = []
    for number, name in enumerate(names):
        times, values = columns(reports[name].equity)
        lines.append(Line(label=name, css=f"s{number + 1}", times=times, values=100.0 * drawdown_series(values)))
    return _chart("drawdowns", "Drawdowns", lines)


def _chart(name: str, title: str, lines: Sequence[Line]) -> Markup:
    shown = [line for line in lines if line.times.size]
    if not shown:
        return Markup()
    return draw(
        Chart(
            name=name,
            title=title,
            description=f"{title} of {', '.join(line.label for line in shown)}.",
            lines=shown,
            label=formats.compact if name == "growth" else formats.percent_tick,
            detail=lambda value: formats.number(value, decimals=1) if name == "growth" else percent(value),
            scale=scale_of(shown) if name == "growth" else "linear",
            height_share=1.0 if name == "growth" else 0.6,
        )
    )


def _parameters(reports: Sequence[TearSheetReport]) -> list[tuple[str, list[str], bool]]:
    """Return name, values and whether they differ, of everything that was set and of what it ran on."""
    given = [
        {"Strategy": one.strategy, "Data": one.data_description, **one.parameters, **one.versions} for one in reports
    ]
    names = list(dict.fromkeys(name for one in given for name in one))
    rows = [(name, [_text(one.get(name)) for one in given]) for name in names]
    return [(name, values, len(set(values)) > 1) for name, values in rows]


def _text(value: object) -> str:
    if value is None:
        return formats.UNDEFINED
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)
