"""The standard set of performance metrics of one run, from its equity series and its round trips.

Names and units are those of `metrics.METRICS`: total_return, cagr, max_drawdown and the like are PERCENT
(drawdowns negative), win_rate and other shares are FRACTIONS. What cannot be said (no trades, no variance, no
days) is None, never NaN or infinity.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from openbell.analytics import benchmark as against
from openbell.analytics import distribution, drawdown, ratios, returns, trade_statistics
from openbell.analytics.returns import NS_PER_DAY, Floats, Series
from openbell.analytics.round_trips import SCALE, OpenTrip, RoundTrip

Metrics = Mapping[str, float | int | None]


def summarize(
    equity: Series,
    *,
    round_trips: Sequence[RoundTrip] = (),
    open_trips: Sequence[OpenTrip] = (),
    benchmark: Series | None = None,
    days_per_year: int | None = None,
) -> dict[str, float | int | None]:
    """Return every metric of the catalogue by name; the benchmark's only where one is given.

    Ratios come from daily returns (the last equity of each UTC day) and are annualised with `days_per_year`,
    which is 252 or 365 by whether the series has weekends unless it is given. Drawdowns look at every point
    of the series.
    """
    # Absurd values may overflow on the way; they come out as None, and need no warning.
    with np.errstate(all="ignore"):
        return _summarize(equity, round_trips, open_trips, benchmark, days_per_year)


def _summarize(
    equity: Series,
    closed: Sequence[RoundTrip],
    still_open: Sequence[OpenTrip],
    benchmark: Series | None,
    days_per_year: int | None,
) -> dict[str, float | int | None]:
    times, values = returns.columns(equity)
    per_year = returns.days_per_year(times) if days_per_year is None else days_per_year
    daily = returns.daily_returns(equity)
    summary: dict[str, float | int | None] = {
        **_growth(values, daily, per_year),
        **_daily(daily, per_year),
        **_drawdowns(times, values),
        **_trades(closed, still_open),
        "exposure": _exposure(times, closed, still_open),
    }
    fall = drawdown.max_drawdown(values)
    summary["calmar_ratio"] = ratios.calmar(_annual_growth(values, daily, per_year), max_drawdown=fall)
    if benchmark is not None:
        summary |= _benchmark(equity, benchmark, per_year)
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


def _daily(daily: Floats, per_year: int) -> Metrics:
    seen = returns.observed(daily)
    return {
        "best_day": _percent(float(seen.max())) if seen.size else None,
        "worst_day": _percent(float(seen.min())) if seen.size else None,
        "positive_days": float(np.mean(seen > 0)) if seen.size else None,
        "volatility": _percent(ratios.volatility(seen, periods_per_year=per_year)),
        "downside_risk": _percent(ratios.downside_risk(seen, periods_per_year=per_year)),
        "value_at_risk_95": _percent(distribution.value_at_risk(seen)),
        "conditional_value_at_risk_95": _percent(distribution.conditional_value_at_risk(seen)),
        "skew": distribution.skew(seen),
        "kurtosis": distribution.kurtosis(seen),
        "sharpe_ratio": ratios.sharpe(seen, periods_per_year=per_year),
        "sortino_ratio": ratios.sortino(seen, periods_per_year=per_year),
        "omega_ratio": ratios.omega(seen, periods_per_year=per_year),
        "tail_ratio": distribution.tail_ratio(seen),
        "stability": distribution.stability(seen),
    }


def _drawdowns(times: returns.Timestamps, values: Floats) -> Metrics:
    depths = drawdown.drawdown_series(values)
    lengths = [int(times[fall.end] - times[fall.peak]) / NS_PER_DAY for fall in drawdown.drawdowns(values)]
    return {
        "max_drawdown": _percent(drawdown.max_drawdown(values)),
        "max_drawdown_duration_days": max(lengths, default=0.0) if depths.size else None,
        "current_drawdown": _percent(float(depths[-1])) if depths.size else None,
    }


def _trades(closed: Sequence[RoundTrip], still_open: Sequence[OpenTrip]) -> Metrics:
    profits = [trip.net_pnl / SCALE for trip in closed]
    hours = [trip.duration_hours for trip in closed]
    return {
        "total_trades": len(closed),
        "winning_trades": sum(trip.net_pnl > 0 for trip in closed),
        "losing_trades": sum(trip.net_pnl < 0 for trip in closed),
        "win_rate": trade_statistics.win_rate(profits),
        "profit_factor": trade_statistics.profit_factor(profits),
        "payoff_ratio": trade_statistics.payoff_ratio(profits),
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


def _benchmark(equity: Series, benchmark: Series, per_year: int) -> Metrics:
    ours, theirs = against.aligned_daily_returns(equity, benchmark=benchmark)
    return {
        "beta": against.beta(ours, benchmark=theirs),
        "alpha": _percent(against.alpha(ours, benchmark=theirs, periods_per_year=per_year)),
        "correlation": against.correlation(ours, benchmark=theirs),
        "tracking_error": _percent(against.tracking_error(ours, benchmark=theirs, periods_per_year=per_year)),
        "information_ratio": against.information_ratio(ours, benchmark=theirs, periods_per_year=per_year),
    }
