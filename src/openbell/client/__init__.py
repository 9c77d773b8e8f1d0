"""A client for an Openbell server: `Client` blocks, `AsyncClient` is awaited, both speak /v1 and the socket /ws."""

from openbell.client.aio import AsyncClient
from openbell.client.backoff import Backoff
from openbell.client.blocking import Client
from openbell.client.call import Page, PageMeta
from openbell.client.core import Retries
from openbell.client.errors import (
    Conflict,
    Detail,
    Forbidden,
    NotFound,
    OpenbellError,
    OutcomeUnknown,
    RateLimited,
    Refused,
    Unauthorized,
    Unavailable,
)
from openbell.client.line import State
from openbell.client.live import AsyncStream
from openbell.client.live_blocking import Stream
from openbell.client.models.access import ApiKey, Instrument, User
from openbell.client.models.datasets import CorporateAction, Dataset, ValidationReport
from openbell.client.models.live import (
    Book,
    Candle,
    Gap,
    Message,
    OrderFill,
    OrderUpdate,
    PortfolioUpdate,
    PositionUpdate,
    Resync,
    Snapshot,
    StreamProblem,
    Tick,
    Trade,
    TradeNotification,
)
from openbell.client.models.orders import NewOrder, Order, OrderStatus, OrderType, Preview, Side
from openbell.client.models.performance import Breakdown, Drawdown, Metric, Performance, Profit, Rolling, Year
from openbell.client.models.portfolio import Alert, HistoryPoint, Metrics, Portfolio, Position
from openbell.client.models.strategies import NewRun, NewStrategy, Run, Strategy, StrategyKind
from openbell.client.performance import PerformanceOf
from openbell.client.runs import RunFailed, RunTimeout

__all__ = [
    "Alert",
    "ApiKey",
    "AsyncClient",
    "AsyncStream",
    "Backoff",
    "Book",
    "Breakdown",
    "Candle",
    "Client",
    "Conflict",
    "CorporateAction",
    "Dataset",
    "Detail",
    "Drawdown",
    "Forbidden",
    "Gap",
    "HistoryPoint",
    "Instrument",
    "Message",
    "Metric",
    "Metrics",
    "NewOrder",
    "NewRun",
    "NewStrategy",
    "NotFound",
    "OpenbellError",
    "Order",
    "OrderFill",
    "OrderStatus",
    "OrderType",
    "OrderUpdate",
    "OutcomeUnknown",
    "Page",
    "PageMeta",
    "Performance",
    "PerformanceOf",
    "Portfolio",
    "PortfolioUpdate",
    "Position",
    "PositionUpdate",
    "Preview",
    "Profit",
    "RateLimited",
    "Refused",
    "Resync",
    "Retries",
    "Rolling",
    "Run",
    "RunFailed",
    "RunTimeout",
    "Side",
    "Snapshot",
    "State",
    "Strategy",
    "StrategyKind",
    "Stream",
    "StreamProblem",
    "Tick",
    "Trade",
    "TradeNotification",
    "Unauthorized",
    "Unavailable",
    "User",
    "ValidationReport",
    "Year",
]
