"""The tear sheet as data: what the page shows, for programs. Figures are numbers, money is text, times are RFC 3339."""

from collections.abc import Mapping, Sequence
from typing import Any

from openbell.analytics.drawdown import drawdown_series, largest_drawdowns
from openbell.analytics.metrics import METRICS
from openbell.analytics.months import monthly_returns, yearly_returns
from openbell.analytics.returns import NS_PER_DAY, columns
from openbell.analytics.round_trips import RoundTrip
from openbell.analytics.tear_sheet.comparison import METRICS_SHOWN
from openbell.analytics.tear_sheet.report import TearSheetReport
from openbell.analytics.tear_sheet.sampling import min_max_indexes
from openbell.domain.instants import day_text, instant_text
from openbell.domain.values import text_of

POINTS_MAX = 5_000
"""Points of the equity curve; of a longer one the extremes of each stretch."""
FALLS_SHOWN = 10


def document(report: TearSheetReport) -> dict[str, Any]:
    """Return one report as a JSON document."""
    return {
        "title": report.title,
        "run_type": report.run_type,
        "strategy": report.strategy,
        "symbols": list(report.symbols),
        "start": instant_text(report.period_start_ns),
        "end": instant_text(report.period_end_ns),
        "currency": report.currency,
        "initial_cash": report.initial_cash,
        "final_equity": report.final_equity,
        "benchmark": None if report.benchmark is None else report.benchmark.name,
        "metrics": _metrics(report.metrics),
        "monthly_returns": _months(report),
        "drawdowns": _falls(report),
        "equity_curve": _curve(report),
        "trades": [_trade(trip) for trip in report.round_trips],
        "parameters": dict(report.parameters),
        "data": report.data_description,
        "versions": dict(report.versions),
        "notes": list(report.notes),
    }


def comparison_document(reports: Mapping[str, TearSheetReport]) -> dict[str, Any]:
    """Return several reports side by side, by the names they are to have."""
    return {
        "runs": [
            {
                "name": name,
                "strategy": one.strategy,
                "start": instant_text(one.period_start_ns),
                "end": instant_text(one.period_end_ns),
                "final_equity": one.final_equity,
                "parameters": dict(one.parameters),
                "versions": dict(one.versions),
            }
            for name, one in reports.items()
        ],
        "metrics": [
            {
                "name": metric.name,
                "label": metric.label,
                "unit": metric.unit,
                "values": [one.metrics.get(metric.name) for one in reports.values()],
            }
            for metric in METRICS
            if metric.name in METRICS_SHOWN
        ],
    }


def _metrics(values: Mapping[str, float | int | None]) -> list[dict[str, Any]]:
    return [
        {
            "name": one.name,
            "label": one.label,
            "value": values[one.name],
            "unit": one.unit,
            "formula": one.formula,
            "annualisation": one.annualisation,
            "source": one.source,
        }
        for one in METRICS
        if one.name in values
    ]


def _months(report: TearSheetReport) -> list[dict[str, Any]]:
    months, years = monthly_returns(report.equity), yearly_returns(report.equity)
    return [
        {"year": year, "months": [months.get((year, month)) for month in range(1, 13)], "total": total}
        for year, total in years.items()
    ]


def _falls(report: TearSheetReport) -> list[dict[str, Any]]:
    times, values = columns(report.equity)
    return [
        {
            "depth": fall.depth,
            "peak": instant_text(int(times[fall.peak])),
            "trough": instant_text(int(times[fall.trough])),
            "recovered": None if fall.recovery is None else instant_text(int(times[fall.recovery])),
            "days": int(times[fall.end] - times[fall.peak]) / NS_PER_DAY,
        }
        for fall in largest_drawdowns(values, count=FALLS_SHOWN)
    ]


def _curve(report: TearSheetReport) -> Sequence[dict[str, Any]]:
    times, values = columns(report.equity)
    depths = drawdown_series(values)
    return [
        {"ts": instant_text(int(times[i])), "date": day_text(int(times[i])), "equity": values[i], "drawdown": depths[i]}
        for i in min_max_indexes(values, points_max=POINTS_MAX).tolist()
    ]


def _trade(trip: RoundTrip) -> dict[str, Any]:
    return {
        "symbol": trip.symbol,
        "entry_ts": instant_text(trip.entry_ts_ns),
        "exit_ts": instant_text(trip.exit_ts_ns),
        "quantity": text_of(trip.quantity, 0),
        "entry_price": text_of(trip.entry_price),
        "exit_price": text_of(trip.exit_price),
        "fees": text_of(trip.fees),
        "net_pnl": text_of(trip.net_pnl),
        "return": trip.return_fraction,
        "hours": trip.duration_hours,
    }
