"""Performance of the account, a strategy, a symbol or a finished run: figures over time, and where profit came from."""

from datetime import datetime

import msgspec

from openbell.client.call import Call, data_of, query_of
from openbell.client.endpoint import AsyncResource, Endpoint, Resource
from openbell.client.models.performance import Breakdown, Metric, Performance, Profit, Rolling, Year

PATH = "/v1/performance"

_performance = data_of(Performance)
_metrics = data_of(tuple[Metric, ...])
_rolling = data_of(Rolling)
_years = data_of(tuple[Year, ...])
_profit = data_of(Profit)
_breakdown = data_of(Breakdown)


class PerformanceOf(msgspec.Struct, frozen=True, kw_only=True):
    """Whose performance is asked for, and which part of it; what is None is not narrowed down."""

    strategy_id: str | None = None
    symbol: str | None = None
    mode: str | None = None
    start: datetime | str | None = None
    end: datetime | str | None = None
    """Excluded."""
    benchmark: str | None = None
    """What to compare with: SPY, BTC, a dataset id or an instrument."""
    run_id: str | None = None
    """A finished backtest in place of the account."""
    scope: str | None = None


EVERYTHING = PerformanceOf()
"""The whole account from its beginning."""


def get_performance(of: PerformanceOf = EVERYTHING, *, resolution: str | None = None) -> Call[Performance]:
    """Give equity, returns and drawdowns over time, one point each 1m, 5m, 15m, 1h or 1d."""
    query = query_of(msgspec.structs.asdict(of) | {"resolution": resolution})
    return Call(method="GET", path=PATH, query=query, read=_performance)


def get_metrics(of: PerformanceOf = EVERYTHING) -> Call[tuple[Metric, ...]]:
    """Give every metric with its formula; the benchmark's where one is named."""
    return Call(method="GET", path=f"{PATH}/metrics", query=query_of(msgspec.structs.asdict(of)), read=_metrics)


def get_rolling(of: PerformanceOf = EVERYTHING, *, window: int | None = None) -> Call[Rolling]:
    """Give figures over the last `window` days, at each day."""
    query = query_of(msgspec.structs.asdict(of) | {"window": window})
    return Call(method="GET", path=f"{PATH}/rolling", query=query, read=_rolling)


def get_monthly(of: PerformanceOf = EVERYTHING) -> Call[tuple[Year, ...]]:
    """Give the return of each month and year, the newest year first."""
    return Call(method="GET", path=f"{PATH}/monthly", query=query_of(msgspec.structs.asdict(of)), read=_years)


def get_profit(of: PerformanceOf = EVERYTHING) -> Call[Profit]:
    """Explain the profit: price, fees, slippage and funding add up to the total."""
    return Call(method="GET", path=f"{PATH}/pnl", query=query_of(msgspec.structs.asdict(of)), read=_profit)


def get_breakdown(of: PerformanceOf = EVERYTHING, *, by: str = "strategy") -> Call[Breakdown]:
    """Split the profit by strategy, symbol, hour or weekday (UTC)."""
    query = query_of(msgspec.structs.asdict(of) | {"by": by})
    return Call(method="GET", path=f"{PATH}/breakdown", query=query, read=_breakdown)


class PerformanceMethods:
    """Everything about how trading went."""

    get = Endpoint(get_performance)
    metrics = Endpoint(get_metrics)
    rolling = Endpoint(get_rolling)
    monthly = Endpoint(get_monthly)
    profit = Endpoint(get_profit)
    breakdown = Endpoint(get_breakdown)


class Performances(PerformanceMethods, Resource):
    """Performance, blocking."""


class AsyncPerformances(PerformanceMethods, AsyncResource):
    """Performance, awaited."""
