"""The catalogue of performance metrics: every name that `summarize` gives, with its unit, group and meaning.

One place, so that an API, a table and the tear sheet call the same number by the same name and print it in
the same unit.
"""

from dataclasses import dataclass
from typing import Literal

Unit = Literal["percent", "fraction", "ratio", "money", "count", "days", "hours"]
Group = Literal["Return", "Risk", "Ratios", "Trades", "Benchmark"]


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric. `percent` is printed as it is (18.45 means 18.45 %), `fraction` runs from 0 to 1."""

    name: str
    label: str
    unit: Unit
    group: Group
    meaning: str


METRICS: tuple[Metric, ...] = (
    Metric("total_return", "Total return", "percent", "Return", "Last equity over first, less one."),
    Metric(
        "cagr",
        "CAGR",
        "percent",
        "Return",
        "Compound annual growth: growth to the power of days per year over returns.",
    ),
    Metric("best_day", "Best day", "percent", "Return", "Largest daily return."),
    Metric("worst_day", "Worst day", "percent", "Return", "Smallest daily return."),
    Metric("positive_days", "Positive days", "fraction", "Return", "Share of days with a return above zero."),
    Metric("exposure", "Exposure", "fraction", "Return", "Share of the time with a position."),
    Metric(
        "max_drawdown",
        "Max drawdown",
        "percent",
        "Risk",
        "Deepest fall below the highest equity so far, on every point.",
    ),
    Metric(
        "max_drawdown_duration_days",
        "Longest drawdown",
        "days",
        "Risk",
        "Longest time from a peak until it was reached again.",
    ),
    Metric("current_drawdown", "Current drawdown", "percent", "Risk", "Last equity against the highest."),
    Metric("volatility", "Volatility", "percent", "Risk", "Standard deviation of daily returns a year, n - 1."),
    Metric(
        "downside_risk",
        "Downside risk",
        "percent",
        "Risk",
        "Root mean square of the losing days a year, over all days.",
    ),
    Metric(
        "value_at_risk_95",
        "Daily VaR 95%",
        "percent",
        "Risk",
        "Historical: the 5th percentile of daily returns.",
    ),
    Metric(
        "conditional_value_at_risk_95",
        "Daily CVaR 95%",
        "percent",
        "Risk",
        "Mean of the days at or below the VaR.",
    ),
    Metric("skew", "Skew", "ratio", "Risk", "Third standardised moment of daily returns."),
    Metric("kurtosis", "Excess kurtosis", "ratio", "Risk", "Fourth standardised moment less three."),
    Metric(
        "sharpe_ratio",
        "Sharpe",
        "ratio",
        "Ratios",
        "Mean over standard deviation of daily returns a year, risk-free rate 0.",
    ),
    Metric("sortino_ratio", "Sortino", "ratio", "Ratios", "Mean daily return a year over downside risk."),
    Metric("calmar_ratio", "Calmar", "ratio", "Ratios", "CAGR over the size of the max drawdown."),
    Metric("omega_ratio", "Omega", "ratio", "Ratios", "Sum of gains over sum of losses of daily returns."),
    Metric("tail_ratio", "Tail ratio", "ratio", "Ratios", "95th over 5th percentile of daily returns, by size."),
    Metric("stability", "Stability", "ratio", "Ratios", "R squared of a line through the cumulative log returns."),
    Metric("total_trades", "Trades", "count", "Trades", "Closed round trips."),
    Metric("winning_trades", "Winning trades", "count", "Trades", "Round trips with a net profit above zero."),
    Metric("losing_trades", "Losing trades", "count", "Trades", "Round trips with a net profit below zero."),
    Metric("win_rate", "Win rate", "fraction", "Trades", "Winning trades over all trades."),
    Metric("profit_factor", "Profit factor", "ratio", "Trades", "Gross profit over the size of the gross loss."),
    Metric("payoff_ratio", "Payoff ratio", "ratio", "Trades", "Average win over the size of the average loss."),
    Metric(
        "sqn",
        "SQN",
        "ratio",
        "Trades",
        "System quality number: root of n times mean over deviation of net profits.",
    ),
    Metric("expectancy", "Expectancy", "money", "Trades", "Mean net profit of a trade."),
    Metric("gross_profit", "Gross profit", "money", "Trades", "Sum of winning trades."),
    Metric("gross_loss", "Gross loss", "money", "Trades", "Sum of losing trades."),
    Metric("net_profit", "Net profit", "money", "Trades", "Sum of all closed trades after fees."),
    Metric("avg_win", "Average win", "money", "Trades", "Mean of the winning trades."),
    Metric("avg_loss", "Average loss", "money", "Trades", "Mean of the losing trades."),
    Metric("best_trade", "Best trade", "money", "Trades", "Largest net profit."),
    Metric("worst_trade", "Worst trade", "money", "Trades", "Smallest net profit."),
    Metric("total_fees", "Fees", "money", "Trades", "Fees of all trades, the open ones included."),
    Metric(
        "avg_trade_duration_hours",
        "Average duration",
        "hours",
        "Trades",
        "Mean time from first entry to last exit.",
    ),
    Metric("beta", "Beta", "ratio", "Benchmark", "Covariance with the benchmark over its variance."),
    Metric("alpha", "Alpha", "percent", "Benchmark", "Mean return a year that beta does not explain, compounded."),
    Metric("correlation", "Correlation", "ratio", "Benchmark", "Pearson's correlation of daily returns."),
    Metric(
        "tracking_error",
        "Tracking error",
        "percent",
        "Benchmark",
        "Standard deviation of the daily difference a year.",
    ),
    Metric(
        "information_ratio",
        "Information ratio",
        "ratio",
        "Benchmark",
        "Mean daily difference a year over tracking error.",
    ),
)
