"""What a burn-in asks of its server: sockets that follow all kinds of streams, and requests of all kinds."""

import asyncio
from contextlib import suppress
from itertools import cycle, islice
from typing import Any, NamedTuple

from openbell.cli.soak_server import Refused, SoakServer

FILL_ORDERS = 12_000
"""More than the ended orders, and the events of an account, that a server keeps at hand."""
FILL_ORDERS_LONG = 30_000
"""So many that the database's own cache is full as well, which a short burn-in does not come near."""
LONG_S = 1_800.0
FILL_WORKERS = 6
FAR_BELOW = {
    "symbol": "BTC/USD",
    "side": "BUY",
    "quantity": "0.001",
    "order_type": "LIMIT",
    "limit_price": "1000",
    "time_in_force": "IOC",
}
"""An order that the market is far away from, so that it ends unfilled at once."""


class Follower(NamedTuple):
    """One socket: where it connects, and what it says first."""

    name: str
    path: str
    says: dict[str, Any] | None = None


_FIRST = (
    Follower("telemetry 1", "/api/v1/ws/stream"),
    Follower("telemetry 2", "/api/v1/ws/stream"),
    Follower("private and market", "/ws", {"type": "subscribe", "channel": "ticks", "symbol": "BTC/USD"}),
)
_FURTHER = (
    Follower("ticks", "/ws", {"type": "subscribe", "channel": "ticks", "symbol": "ETH/USD"}),
    Follower("order book", "/ws", {"type": "subscribe", "channel": "orderbook", "symbol": "BTC/USD"}),
    Follower("quotes", "/ws/market-data", {"type": "subscribe", "channel": "quotes", "symbol": "BTC/USD"}),
    Follower("depth", "/ws/market-data", {"type": "subscribe", "channel": "orderbook", "symbol": "ETH/USD"}),
)


def followers(count: int) -> list[Follower]:
    """Give so many sockets: telemetry and the account's own events first, then market data of every kind in turn."""
    further = (one._replace(name=f"{one.name} {number}") for number, one in enumerate(cycle(_FURTHER), start=1))
    return [*_FIRST[:count], *islice(further, max(0, count - len(_FIRST)))]


class Requests:
    """The requests of a burn-in, one after the other: reads, an order and its cancel, a change of the parameters."""

    _READS = (
        *("/v1/portfolio", "/v1/positions", "/v1/orders", "/v1/orders?status=CANCELED", "/v1/strategies"),
        *("/v1/health", "/v1/metrics/summary", "/api/positions", "/api/risk/limits"),
        *("/api/v1/portfolio", "/api/v1/instruments"),
    )

    def __init__(self) -> None:
        self._reads = cycle(self._READS)
        self._number = 0
        self._resting: str | None = None

    def next(self) -> tuple[str, str, dict[str, Any] | None]:
        """Give the next request: method, path and body."""
        self._number += 1
        if self._number % 100 == 0:
            return "PATCH", "/api/v1/control/parameters", {"spread_bps": 2 + self._number // 100 % 5}
        if self._resting is not None:
            resting, self._resting = self._resting, None
            return "DELETE", f"/v1/orders/{resting}", None
        if self._number % 10 == 0:
            return "POST", "/v1/orders", FAR_BELOW | {"time_in_force": "GTC"}
        return "GET", next(self._reads), None

    def heard(self, answer: Any) -> None:
        """Learn what came back: an order that rests now is canceled next."""
        data = answer.get("data") if isinstance(answer, dict) else None
        if isinstance(data, dict) and data.get("status") in ("ACCEPTED", "NEW", "SUBMITTED"):
            self._resting = data["order_id"]


async def fill(server: SoakServer, *, seconds: float) -> None:
    """Place orders that end at once until the server keeps as many orders and events as it ever will."""
    await server.ask("PUT", "/api/risk/limits", {"max_orders_per_second": None})
    left = iter(range(FILL_ORDERS if seconds < LONG_S else FILL_ORDERS_LONG))

    async def place() -> None:
        for _ in left:
            with suppress(Refused):
                await server.ask("POST", "/v1/orders", FAR_BELOW)

    await asyncio.gather(*(place() for _ in range(FILL_WORKERS)))
