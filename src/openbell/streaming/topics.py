"""Topics: what can be listened to, and how a subscription names it."""

from enum import StrEnum
from typing import NamedTuple

DEPTH_DEFAULT = 10
DEPTH_MAX = 100
DELTA = ":delta"
"""Ends the parameter of a book that is told by its changes."""


class Channel(StrEnum):
    """The channels of all sockets.

    `private` is the own account's stream at /ws, on from the start; `trading` is the same account at /ws/trading. The
    integration guide words its market data differently, under channels of its own.
    """

    TICKS = "ticks"
    TRADES = "trades"
    CANDLES = "candles"
    ORDERBOOK = "orderbook"
    PRIVATE = "private"
    PORTFOLIO_UPDATES = "portfolio_updates"
    TRADE_NOTIFICATIONS = "trade_notifications"
    ORDER_FILLS = "order_fills"
    DESK_QUOTES = "desk.quotes"
    DESK_TRADES = "desk.trades"
    DESK_ORDERBOOK = "desk.orderbook"
    TRADING = "trading"
    RUNS = "runs"

    @property
    def is_market(self) -> bool:
        """Tell whether a subscription names instruments; the others are about the own account."""
        return self in _MARKET

    @property
    def word(self) -> str:
        """The channel's name on its own socket."""
        return self.value.removeprefix("desk.")


_MARKET = frozenset(
    {
        Channel.TICKS,
        Channel.TRADES,
        Channel.CANDLES,
        Channel.ORDERBOOK,
        Channel.DESK_QUOTES,
        Channel.DESK_TRADES,
        Channel.DESK_ORDERBOOK,
    }
)
TERMINAL_CHANNELS = {
    channel.word: channel for channel in Channel if not channel.startswith("desk.") and channel is not Channel.TRADING
}
"""What can be listened to at /ws, by name."""
DESK_CHANNELS = {channel.word: channel for channel in Channel if channel.startswith("desk.")}
"""What can be listened to at /ws/market-data, by name."""


class Topic(NamedTuple):
    """One stream: a channel, an instrument for market channels, and its time frame or depth."""

    channel: Channel
    symbol: str = ""
    parameter: str = ""

    @property
    def depth(self) -> int:
        """Levels a side, of a channel with order books."""
        return int(self.parameter.removesuffix(DELTA))

    @property
    def is_delta(self) -> bool:
        """Tell whether a book is told by its changes."""
        return self.parameter.endswith(DELTA)

    @property
    def name(self) -> str:
        """Name for people and heartbeats, such as candles:BTC/USD:1m."""
        return ":".join(part for part in (self.channel.word, self.symbol, self.parameter) if part)
