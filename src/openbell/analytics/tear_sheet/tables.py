"""The tables of the page as rows of text: cards, metric groups, drawdowns, trades."""

from collections.abc import Sequence
from dataclasses import dataclass

from openbell.analytics.drawdown import Drawdown, largest_drawdowns
from openbell.analytics.metrics import BY_NAME, METRICS, Group, Metric
from openbell.analytics.returns import NS_PER_DAY, NS_PER_HOUR, columns
from openbell.analytics.round_trips import SCALE, RoundTrip
from openbell.analytics.tear_sheet import formats
from openbell.analytics.tear_sheet.report import TearSheetReport

TRADES_SHOWN_MAX = 1_000
_DAYS_PER_YEAR = 365.25
_GROUPS: tuple[Group, ...] = ("Return", "Risk", "Ratios", "Benchmark", "Trades")
_SIGNED = {
    *("total_return", "cagr", "alpha", "net_profit", "expectancy", "best_day", "best_trade", "best_month"),
    *("average_annual_return", "money_weighted_return", "benchmark_return", "excess_return", "avg_trade_return"),
}


@dataclass(frozen=True, slots=True)
class Card:
    """A headline figure, its colour and the small line under it."""

    label: str
    value: str
    css: str
    note: str


@dataclass(frozen=True, slots=True)
class MetricRow:
    """One line of the metric tables."""

    label: str
    value: str
    meaning: str


@dataclass(frozen=True, slots=True)
class FallRow:
    """One line of the drawdown table."""

    depth: str
    peak: str
    trough: str
    recovery: str
    length: str


@dataclass(frozen=True, slots=True)
class TradeRow:
    """One line of the trade table."""

    number: int
    symbol: str
    side: str
    quantity: str
    entered: str
    entry_price: str
    left: str
    exit_price: str
    fees: str
    net: str
    change: str
    css: str
    lasted: str
    raw: dict[str, float]
    """Numbers to sort by, as the written ones are grouped and rounded."""


def shown(report: TearSheetReport, name: str) -> str:
    """Return one metric of the report as text."""
    unit = BY_NAME[name].unit
    return formats.metric(report.metrics.get(name), unit=unit, signed=name in _SIGNED)


def tone(value: float | None) -> str:
    """Return the style class of a number: gain, loss, or none for zero and for nothing."""
    return "" if not value else "gain" if value > 0 else "loss"


def cards(report: TearSheetReport) -> list[Card]:
    """Return the eight headline figures."""
    days = (report.period_end_ns - report.period_start_ns) / NS_PER_DAY
    won, closed = shown(report, "winning_trades"), shown(report, "total_trades")
    notes = {
        "total_return": f"exposure {shown(report, 'exposure')}",
        "cagr": f"over {_period(days)}",
        "sharpe_ratio": f"volatility {shown(report, 'volatility')}",
        "sortino_ratio": f"downside {shown(report, 'downside_risk')}",
        "max_drawdown": f"longest {shown(report, 'max_drawdown_duration_days')}",
        "win_rate": f"{won} of {closed} trades",
        "profit_factor": f"payoff {shown(report, 'payoff_ratio')}",
        "total_trades": f"held {shown(report, 'avg_trade_duration_hours')} each",
    }
    coloured = {"total_return", "cagr", "max_drawdown"}
    return [
        Card(
            label=BY_NAME[name].label,
            value=shown(report, name),
            css=tone(report.metrics.get(name)) if name in coloured else "",
            note=note,
        )
        for name, note in notes.items()
    ]


def _period(days: float) -> str:
    if days < _DAYS_PER_YEAR:
        return formats.duration(24 * days)
    return f"{formats.number(days / _DAYS_PER_YEAR, decimals=1)} years"


def metric_groups(report: TearSheetReport) -> list[tuple[str, list[MetricRow]]]:
    """Return every metric that the report has, by group; a name outside the catalogue is left out."""
    groups = [
        (group, [_metric_row(report, m) for m in METRICS if m.group == group and m.name in report.metrics])
        for group in _GROUPS
    ]
    return [(group, rows) for group, rows in groups if rows]


def _metric_row(report: TearSheetReport, metric: Metric) -> MetricRow:
    label = f"{metric.label} ({report.currency})" if metric.unit == "money" else metric.label
    return MetricRow(label, shown(report, metric.name), metric.meaning)


def fall_rows(report: TearSheetReport) -> list[FallRow]:
    """Return the five deepest drawdowns."""
    times, values = columns(report.equity)
    return [_fall_row(fall, times.tolist()) for fall in largest_drawdowns(values, count=5)]


def _fall_row(fall: Drawdown, times: Sequence[int]) -> FallRow:
    return FallRow(
        depth=formats.number(100 * fall.depth, decimals=2) + "%",
        peak=formats.stamp(times[fall.peak]),
        trough=formats.stamp(times[fall.trough]),
        recovery="not yet" if fall.recovery is None else formats.stamp(times[fall.recovery]),
        length=formats.duration((times[fall.end] - times[fall.peak]) / NS_PER_HOUR),
    )


def trade_rows(trips: Sequence[RoundTrip]) -> list[TradeRow]:
    """Return the first trades, no more than `TRADES_SHOWN_MAX`."""
    rows = trips[:TRADES_SHOWN_MAX]
    prices = formats.decimals_needed(price for trip in rows for price in (trip.entry_price, trip.exit_price))
    money = formats.decimals_needed(amount for trip in rows for amount in (trip.fees, trip.net_pnl))
    return [_trade_row(i, trip, prices, money) for i, trip in enumerate(rows, start=1)]


def _trade_row(position: int, trip: RoundTrip, prices: int, money: int) -> TradeRow:
    change = trip.return_fraction
    return TradeRow(
        number=position,
        symbol=trip.symbol,
        side="Long" if trip.quantity > 0 else "Short",
        quantity=formats.quantity(abs(trip.quantity)),
        entered=formats.stamp(trip.entry_ts_ns),
        entry_price=formats.scaled(trip.entry_price, decimals=prices),
        left=formats.stamp(trip.exit_ts_ns),
        exit_price=formats.scaled(trip.exit_price, decimals=prices),
        fees=formats.scaled(trip.fees, decimals=money),
        net=formats.scaled(trip.net_pnl, decimals=money, signed=True),
        change=formats.metric(None if change is None else 100 * change, unit="percent", signed=True),
        css=tone(trip.net_pnl),
        lasted=formats.duration(trip.duration_hours),
        raw={
            "quantity": abs(trip.quantity) / SCALE,
            "entry": trip.entry_price / SCALE,
            "exit": trip.exit_price / SCALE,
            "fees": trip.fees / SCALE,
            "net": trip.net_pnl / SCALE,
            "hours": trip.duration_hours,
            "change": change or 0.0,
        },
    )
