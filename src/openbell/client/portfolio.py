"""Positions, the portfolio and its history, and the overview of how it did."""

from datetime import datetime

from openbell.client.call import Call, Page, data_of, page_of, place, query_of
from openbell.client.endpoint import AsyncResource, Endpoint, Listing, Resource
from openbell.client.models.portfolio import HistoryPoint, Metrics, Portfolio, Position

_positions = page_of(Position)
_position = data_of(Position)
_portfolio = data_of(Portfolio)
_history = page_of(HistoryPoint)
_metrics = data_of(Metrics)


def list_positions(
    *, strategy_id: str | None = None, symbol: str | None = None, scope: str | None = None, per_page: int = 100
) -> Call[Page[Position]]:
    """List what is held now, oldest first."""
    query = query_of({"strategy_id": strategy_id, "symbol": symbol, "scope": scope, "per_page": per_page})
    return Call(method="GET", path="/v1/positions", query=query, read=_positions)


def get_position(position_id: str) -> Call[Position]:
    """Give one position with the fills that built it and its risk."""
    return Call(method="GET", path=place("v1", "positions", position_id), read=_position)


def get_portfolio() -> Call[Portfolio]:
    """Value the account at current marks."""
    return Call(method="GET", path="/v1/portfolio", read=_portfolio)


def list_history(
    *,
    strategy_id: str | None = None,
    symbol: str | None = None,
    from_date: datetime | str | None = None,
    to_date: datetime | str | None = None,
    resolution: str = "1d",
    per_page: int = 100,
) -> Call[Page[HistoryPoint]]:
    """Give what the account was worth, oldest first: the last value of each 1m, 5m, 15m, 1h or 1d."""
    query = query_of(
        {
            "strategy_id": strategy_id,
            "symbol": symbol,
            "from_date": from_date,
            "to_date": to_date,
            "resolution": resolution,
            "per_page": per_page,
        }
    )
    return Call(method="GET", path="/v1/portfolio/history", query=query, read=_history)


def get_metrics(*, period: str | None = None, mode: str | None = None) -> Call[Metrics]:
    """Sum up how the account did in a period; 1m is one month here."""
    query = query_of({"period": period, "mode": mode})
    return Call(method="GET", path="/v1/metrics/summary", query=query, read=_metrics)


class PositionMethods:
    """Everything about positions."""

    get = Endpoint(get_position)
    list = Endpoint(list_positions)
    iter = Listing(list_positions)


class PortfolioMethods:
    """Everything about the account as a whole."""

    summary = Endpoint(get_portfolio)
    metrics = Endpoint(get_metrics)
    history_page = Endpoint(list_history)
    history = Listing(list_history)


class Positions(PositionMethods, Resource):
    """Positions, blocking."""


class AsyncPositions(PositionMethods, AsyncResource):
    """Positions, awaited."""


class Portfolios(PortfolioMethods, Resource):
    """The portfolio, blocking."""


class AsyncPortfolios(PortfolioMethods, AsyncResource):
    """The portfolio, awaited."""
