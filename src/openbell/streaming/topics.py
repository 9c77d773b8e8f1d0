"""Topics: what can be listened to, and how a subscription names it."""

from enum import StrEnum
from typing import NamedTuple

DEPTH_DEFAULT = 10
DEPTH_MAX = 100


class Channel(StrEnum):
    """The channels of the socket. `private` is the own account's stream, on from the start."""

    TICKS = "ticks"
    TRADES = "trades"
    CANDLES = "candles"
    ORDERBOOK = "orderbook"
    PRIVATE = "private"
    PORTFOLIO_UPDATES = "portfolio_updates"
    TRADE_NOTIFICATIONS = "trade_notifications"
    ORDER_FILLS = "order_fills"
    RUNS = "runs"

    @property
    def is_market(self) -> bool:
        """Tell whether a subscription names instruments; the others are about the own account."""
        return self in (Channel.TICKS, Channel.TRADES, Channel.CANDLES, Channel.ORDERBOOK)


class Topic(NamedTuple):
    """One stream: a channel, an instrument for market channels, and its time frame or depth."""

    channel: Channel
    symbol: str = ""
    parameter: str = ""

    @property
    def name(self) -> str:
        """Name for people and heartbeats, such as candles:BTC/USD:1m."""
        return ":".join(part for part in self if part)
