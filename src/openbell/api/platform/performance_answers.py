"""How performance is written: from a report to an answer."""

import dataclasses
import math
from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, Decimal

from openbell.api.platform.schemas_performance import (
    BreakdownAnswer,
    CurveRow,
    DrawdownRow,
    Filters,
    MetricData,
    MetricListAnswer,
    MonthlyAnswer,
    PerformanceAnswer,
    PerformanceData,
    PerformanceListMeta,
    PerformanceMeta,
    ProfitAnswer,
    ProfitData,
    RollingAnswer,
    RollingData,
    RollingRow,
    SplitData,
    SplitRow,
    YearRow,
)
from openbell.api.platform.schemas_portfolio import Resolution
from openbell.api.values import timestamp
from openbell.domain.instants import day_text
from openbell.domain.values import NANOS_PER_SECOND, text_of
from openbell.services.performance_reports import PerformanceReport
from openbell.services.performance_series import curve_of, falls_of, metrics_of, rolling_of, years_of
from openbell.services.profit import Parts, Row, Split

PLACES = 10
"""Decimals of a figure: float keeps no more that mean anything."""
FIGURE_MAX = 1e17
HEADLINES = (
    "total_return", "cagr", "money_weighted_return", "volatility", "sharpe_ratio", "sortino_ratio", "calmar_ratio",
    "max_drawdown", "current_drawdown", "value_at_risk_95", "conditional_value_at_risk_95", "win_rate",
    "profit_factor", "total_trades", "exposure", "benchmark_return", "excess_return", "alpha", "beta",
    "information_ratio", "tracking_error", "up_capture", "down_capture",
)  # fmt: skip
"""Metrics that the summary shows; the benchmark's where one is named."""
_SPACING = {
    Resolution.M1: 60, Resolution.M5: 300, Resolution.M15: 900, Resolution.H1: 3_600, Resolution.D1: 86_400,
}  # fmt: skip


def figure(value: float | None) -> str | None:
    """Write a figure with as many decimals as float has, at most ten; None for what cannot be said or written."""
    if value is None or not math.isfinite(value) or abs(value) >= FIGURE_MAX:
        return None
    exact = Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-PLACES), ROUND_HALF_EVEN)
    text = f"{exact:f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def _metric(value: float | None) -> str | int | None:
    return value if isinstance(value, int) else figure(value)


def _percent(fraction: float | None) -> str | None:
    return None if fraction is None else figure(100.0 * fraction)


def performance_answer(report: PerformanceReport, filters: Filters, resolution: Resolution) -> PerformanceAnswer:
    """Write a record over time."""
    record = report.record
    data = PerformanceData(
        summary={name: _metric(report.metrics[name]) for name in HEADLINES if name in report.metrics},
        starting_equity=text_of(record.equity[0].equity if record.equity else 0),
        ending_equity=text_of(record.equity[-1].equity if record.equity else 0),
        net_deposits=text_of(record.net_deposits),
        total_pnl=text_of(record.profit),
        equity_curve=[
            CurveRow(
                timestamp=timestamp(one.ts_ns),
                equity=text_of(one.equity),
                return_pct=_percent(one.change),
                cumulative_return_pct=_percent(one.growth),
                drawdown_pct=_percent(one.drawdown),
                benchmark_return_pct=_percent(one.benchmark_growth),
            )
            for one in curve_of(report, interval_ns=_SPACING[resolution] * NANOS_PER_SECOND)
        ],
        drawdowns=[
            DrawdownRow(
                depth_pct=_percent(one.depth),
                peak_at=timestamp(one.peak_ns),
                trough_at=timestamp(one.trough_ns),
                recovered_at=None if one.recovery_ns is None else timestamp(one.recovery_ns),
                length_days=figure(one.length_days),
            )
            for one in falls_of(report)
        ],
    )
    return PerformanceAnswer(data=data, meta=_meta(report, filters))


def metric_list(report: PerformanceReport, filters: Filters) -> MetricListAnswer:
    """Write every metric of the catalogue that the report has."""
    rows = [MetricData(value=_metric(value), **dataclasses.asdict(one)) for one, value in metrics_of(report)]
    return MetricListAnswer(data=rows, meta=_list_meta(report, filters, len(rows)))


def rolling_answer(report: PerformanceReport, filters: Filters, window: int) -> RollingAnswer:
    """Write rolling figures of daily returns."""
    points = [
        RollingRow(
            date=day_text(one.ts_ns),
            return_pct=_percent(one.change),
            volatility_pct=_percent(one.volatility),
            sharpe_ratio=figure(one.sharpe),
            sortino_ratio=figure(one.sortino),
            beta=figure(one.beta),
        )
        for one in rolling_of(report, window=window)
    ]
    return RollingAnswer(data=RollingData(window_days=window, points=points), meta=_meta(report, filters))


def monthly_answer(report: PerformanceReport, filters: Filters) -> MonthlyAnswer:
    """Write the returns of months and years."""
    rows = [
        YearRow(year=one.year, months=[_percent(month) for month in one.months], total=_percent(one.total))
        for one in years_of(report)
    ]
    return MonthlyAnswer(data=rows, meta=_list_meta(report, filters, len(rows)))


def profit_answer(report: PerformanceReport, filters: Filters) -> ProfitAnswer:
    """Write an explained profit."""
    record = report.record
    data = ProfitData(
        **_parts(report.parts),
        starting_equity=text_of(record.equity[0].equity if record.equity else 0),
        net_deposits=text_of(record.net_deposits),
        ending_equity=text_of(record.equity[-1].equity if record.equity else 0),
    )
    return ProfitAnswer(data=data, meta=_meta(report, filters))


def breakdown_answer(report: PerformanceReport, filters: Filters, split: Split, rows: Sequence[Row]) -> BreakdownAnswer:
    """Write a split profit."""
    written = [
        SplitRow(
            key=row.key,
            **_parts(row.parts),
            trades=row.trades,
            win_rate=figure(row.winning_trades / row.trades) if row.trades else None,
            fills=row.fills,
        )
        for row in rows
    ]
    data = SplitData(by=split, rows=written, total=text_of(report.parts.total))
    return BreakdownAnswer(data=data, meta=_meta(report, filters))


def _parts(parts: Parts) -> dict[str, str]:
    return {name: text_of(getattr(parts, name)) for name in ("total", "price", "fees", "slippage", "funding")}


def _list_meta(report: PerformanceReport, filters: Filters, count: int) -> PerformanceListMeta:
    return PerformanceListMeta(**_meta(report, filters).model_dump(), total_count=count)


def _meta(report: PerformanceReport, filters: Filters) -> PerformanceMeta:
    record, query = report.record, filters.query
    when = timestamp(record.as_of_ns)
    return PerformanceMeta(
        start=timestamp(record.equity[0].ts_ns) if record.equity else None,
        end=timestamp(record.equity[-1].ts_ns) if record.equity else None,
        strategy_id=query.strategy_id,
        symbol=query.symbol,
        mode=query.mode,
        run_id=filters.run_id,
        benchmark=None if report.benchmark is None else report.benchmark.source,
        currency=record.currency,
        days_per_year=report.days_per_year,
        updated_at=when,
        as_of=when,
    )
