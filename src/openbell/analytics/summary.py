"""The standard set of performance metrics of one run, from its equity series and its round trips.

Names and units are those of `metrics.METRICS`: total_return, cagr, max_drawdown and the like are PERCENT
(drawdowns negative), win_rate and other shares are FRACTIONS. What cannot be said (no trades, no variance, no
days) is None, never NaN or infinity.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from openbell.analytics import benchmark as against
from openbell.analytics import distribution, drawdown, ratios, returns, trade_statistics
from openbell.analytics.months import monthly_returns
from openbell.analytics.returns import NS_PER_DAY, Floats, Series
from openbell.analytics.round_trips import SCALE, OpenTrip, RoundTrip
from openbell.analytics.time_weighted import Flows, money_weighted_return

Metrics = Mapping[str, float | int | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Invested:
    """What an investor paid in and took out, the opening capital first, and what is there at the end."""

    flows: Flows
    final: tuple[int, float]


def summarize(
    equity: Series,
    *,
    round_trips: Sequence[RoundTrip] = (),
    open_trips: Sequence[OpenTrip] = (),
    benchmark: Series | None = None,
    days_per_year: int | None = None,
    invested: Invested | None = None,
) -> dict[str, float | int | None]:
    """Return every metric of the catalogue by name; the benchmark's only where one is given.

    `equity` is what a unit was worth (`time_weighted.unit_values`), or the account itself where no money came or went;
    `invested` then says what did, for the money-weighted return. Ratios come from daily returns (the last value of each
    UTC day) and are annualised with `days_per_year`, which is 252 or 365 by whether the series has weekends unless it
    is given. Drawdowns look at every point of the series.
    """
    # Absurd values may overflow on the way; they come out as None, and need no warning.
    with np.errstate(all="ignore"):
        times, values = returns.columns(equity)
        per_year = returns.days_per_year(times) if days_per_year is None else days_per_year
        daily = returns.daily_returns(equity)
        summary: dict[str, float | int | None] = {
            **_growth(values, daily, per_year),
            **_daily(daily, per_year),
            **_monthly(equity),
            **_drawdowns(times, values),
            **_trades(round_trips, open_trips),
            "money_weighted_return": _investors_rate(equity, invested),
            "exposure": _exposure(times, round_trips, open_trips),
        }
        summary |= _composed(summary)
        if benchmark is not None:
            summary |= _benchmark(equity, benchmark, per_year, summary["cagr"])
    return summary


def _percent(fraction: float | None) -> float | None:
    return None if fraction is None else returns.finite_or_none(100.0 * fraction)


def _annual_growth(values: Floats, daily: Floats, per_year: int) -> float | None:
    total = returns.total_return(values)
    if total is None:
        return None
    return returns.cagr(1.0 + total, periods=daily.size, periods_per_year=per_year)


def _growth(values: Floats, daily: Floats, per_year: int) -> Metrics:
    return {
        "total_return": _percent(returns.total_return(values)),
        "cagr": _percent(_annual_growth(values, daily, per_year)),
    }


def _investors_rate(equity: Series, invested: Invested | None) -> float | None:
    if invested is not None:
        return _percent(money_weighted_return(invested.flows, final=invested.final))
    if not len(equity) or equity[0][1] <= 0:
        return None
    return _percent(money_weighted_return([equity[0]], final=equity[-1]))


def _monthly(equity: Series) -> Metrics:
    months = list(monthly_returns(equity).values())
    return {
        "best_month": _percent(max(months, default=None)),
        "worst_month": _percent(min(months, default=None)),
        "positive_months": sum(month > 0 for month in months) / len(months) if months else None,
    }


def _composed(made: Metrics) -> Metrics:
    """Return the figures that are made of others, which all are percents here."""
    fall, omega, tail = made["max_drawdown"], made["omega_ratio"], made["tail_ratio"]
    return {
        "calmar_ratio": ratios.calmar(made["cagr"], max_drawdown=fall),
        "recovery_factor": ratios.calmar(made["total_return"], max_drawdown=fall),
        "ulcer_performance_index": _over(made["cagr"], made["ulcer_index"]),
        "common_sense_ratio": None if omega is None or tail is None else returns.finite_or_none(omega * tail),
    }


def _over(part: float | None, whole: float | None) -> float | None:
    return None if part is None or not whole else returns.finite_or_none(part / whole)


def _daily(daily: Floats, per_year: int) -> Metrics:
    seen = returns.observed(daily)
    return {
        "best_day": _percent(float(seen.max())) if seen.size else None,
        "worst_day": _percent(float(seen.min())) if seen.size else None,
        "average_day": _percent(_mean(seen)),
        "average_up_day": _percent(_mean(seen[seen > 0])),
        "average_down_day": _percent(_mean(seen[seen < 0])),
        "average_annual_return": None if not seen.size else _percent(float(np.mean(seen)) * per_year),
        "positive_days": _mean(seen > 0),
        "volatility": _percent(ratios.volatility(seen, periods_per_year=per_year)),
        "downside_risk": _percent(ratios.downside_risk(seen, periods_per_year=per_year)),
        "value_at_risk_95": _percent(distribution.value_at_risk(seen)),
        "conditional_value_at_risk_95": _percent(distribution.conditional_value_at_risk(seen)),
        "value_at_risk_99": _percent(distribution.value_at_risk(seen, confidence=0.99)),
        "conditional_value_at_risk_99": _percent(distribution.conditional_value_at_risk(seen, confidence=0.99)),
        "parametric_value_at_risk_95": _percent(distribution.parametric_value_at_risk(seen)),
        "skew": distribution.skew(seen),
        "kurtosis": distribution.kurtosis(seen),
        "sharpe_ratio": ratios.sharpe(seen, periods_per_year=per_year),
        "sortino_ratio": ratios.sortino(seen, periods_per_year=per_year),
        "probabilistic_sharpe_ratio": ratios.probabilistic_sharpe(seen),
        "omega_ratio": ratios.omega(seen, periods_per_year=per_year),
        "gain_to_pain_ratio": ratios.gain_to_pain(seen),
        "tail_ratio": distribution.tail_ratio(seen),
        "stability": distribution.stability(seen),
    }


def _mean(values: NDArray[Any]) -> float | None:
    return float(np.mean(values)) if values.size else None


def _drawdowns(times: returns.Timestamps, values: Floats) -> Metrics:
    depths, falls = drawdown.drawdown_series(values), drawdown.drawdowns(values)
    lengths = [int(times[fall.end] - times[fall.peak]) / NS_PER_DAY for fall in falls]
    return {
        "max_drawdown": _percent(drawdown.max_drawdown(values)),
        "max_drawdown_duration_days": max(lengths, default=0.0) if depths.size else None,
        "current_drawdown": _percent(float(depths[-1])) if depths.size else None,
        "average_drawdown": _percent(drawdown.average_drawdown(values)),
        "average_drawdown_days": trade_statistics.expectancy(lengths),
        "drawdown_count": len(falls),
        "time_under_water": drawdown.time_under_water(values),
        "ulcer_index": _percent(drawdown.ulcer_index(values)),
        "pain_index": _percent(drawdown.pain_index(values)),
    }


def _trades(closed: Sequence[RoundTrip], still_open: Sequence[OpenTrip]) -> Metrics:
    profits = [trip.net_pnl / SCALE for trip in closed]
    hours = [trip.duration_hours for trip in closed]
    changes = [change for trip in closed if (change := trip.return_fraction) is not None]
    return {
        "total_trades": len(closed),
        "winning_trades": sum(trip.net_pnl > 0 for trip in closed),
        "losing_trades": sum(trip.net_pnl < 0 for trip in closed),
        "win_rate": trade_statistics.win_rate(profits),
        "profit_factor": trade_statistics.profit_factor(profits),
        "payoff_ratio": trade_statistics.payoff_ratio(profits),
        "kelly_criterion": trade_statistics.kelly(profits),
        "max_consecutive_wins": trade_statistics.longest_streak(profits, sign=1),
        "max_consecutive_losses": trade_statistics.longest_streak(profits, sign=-1),
        "avg_trade_return": _percent(trade_statistics.expectancy(changes)),
        "sqn": trade_statistics.sqn(profits),
        "expectancy": trade_statistics.expectancy(profits),
        "gross_profit": trade_statistics.gross_profit(profits),
        "gross_loss": trade_statistics.gross_loss(profits),
        "net_profit": sum(trip.net_pnl for trip in closed) / SCALE,
        "avg_win": trade_statistics.average_win(profits),
        "avg_loss": trade_statistics.average_loss(profits),
        "best_trade": max(profits, default=None),
        "worst_trade": min(profits, default=None),
        "total_fees": (sum(trip.fees for trip in closed) + sum(trip.fees for trip in still_open)) / SCALE,
        "avg_trade_duration_hours": trade_statistics.expectancy(hours),
    }


def _exposure(times: returns.Timestamps, closed: Sequence[RoundTrip], still_open: Sequence[OpenTrip]) -> float | None:
    """Return the share of the time with at least one position; overlapping trips count once."""
    if times.size == 0 or times[-1] == times[0]:
        return None
    first, last = int(times[0]), int(times[-1])
    held = [(trip.entry_ts_ns, trip.exit_ts_ns) for trip in closed]
    held += [(trip.entry_ts_ns, last) for trip in still_open]
    covered, reached = 0, first
    for start, stop in sorted(held):
        begin, end = max(start, reached), min(stop, last)
        if end > begin:
            covered += end - begin
            reached = end
    return covered / (last - first)


def _benchmark(equity: Series, benchmark: Series, per_year: int, growth: float | None) -> Metrics:
    paths = against.aligned_daily(equity, benchmark=benchmark)
    ours, theirs = (returns.simple_returns(path) for path in paths)
    own, other = (_percent(returns.total_return(path)) for path in paths)
    slope = against.beta(ours, benchmark=theirs)
    correlation = against.correlation(ours, benchmark=theirs)
    up, down = (against.capture(ours, benchmark=theirs, sign=sign, periods_per_year=per_year) for sign in (1, -1))
    return {
        "benchmark_return": other,
        "excess_return": None if own is None or other is None else own - other,
        "benchmark_max_drawdown": _percent(drawdown.max_drawdown(paths[1])),
        "beta": slope,
        "alpha": _percent(against.alpha(ours, benchmark=theirs, periods_per_year=per_year)),
        "correlation": correlation,
        "r_squared": None if correlation is None else correlation**2,
        "tracking_error": _percent(against.tracking_error(ours, benchmark=theirs, periods_per_year=per_year)),
        "information_ratio": against.information_ratio(ours, benchmark=theirs, periods_per_year=per_year),
        "treynor_ratio": None if growth is None else _over(growth / 100.0, slope),
        "up_capture": up,
        "down_capture": down,
        "capture_ratio": _over(up, down),
        "batting_average": against.batting_average(ours, benchmark=theirs),
    }
