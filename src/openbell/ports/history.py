"""What happened, for lists and figures: may be slow, never on the way of an order."""

from collections.abc import Sequence
from typing import Any, Protocol

import msgspec

from openbell.domain.alert import Alert, Severity
from openbell.domain.market import Bar, Timeframe
from openbell.domain.order import Order, OrderStatus, Side
from openbell.domain.values import Money, Nanos


class Page(msgspec.Struct, frozen=True):
    """A slice of a list: its rows, the size of the whole list, and the cursor of the next slice ('' at the end)."""

    rows: list[Any]
    total: int
    next_cursor: str = ""


class OrderFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which orders or fills to list, newest first; None does not restrict. Times are [from, to)."""

    account_id: str | None = None
    accounts: frozenset[str] | None = None
    """Only orders of one of these, where not a single account is meant."""
    strategy_id: str | None = None
    symbol: str | None = None
    side: Side | None = None
    order_id: str | None = None
    client_order_id: str | None = None
    statuses: frozenset[OrderStatus] | None = None
    from_ns: Nanos | None = None
    to_ns: Nanos | None = None
    offset: int = 0
    limit: int = 20
    cursor: str = ""


class AlertFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which alerts to list, newest first."""

    account_id: str | None = None
    severity: Severity | None = None
    severities: frozenset[Severity] | None = None
    is_acknowledged: bool | None = None
    from_ns: Nanos | None = None
    to_ns: Nanos | None = None
    offset: int = 0
    limit: int = 20
    cursor: str = ""


class EquityPoint(msgspec.Struct, frozen=True):
    """Equity of an account or of one ledger at an instant, base currency."""

    ts_ns: Nanos
    equity: Money


class CashFlow(msgspec.Struct, frozen=True):
    """Money that came into a ledger (or left it, below zero) without being earned there, base currency.

    `kind` is DEPOSIT, WITHDRAWAL, ALLOCATION between two ledgers, or POSITION: a holding that passed to another.
    """

    ts_ns: Nanos
    strategy_id: str
    kind: str
    amount: Money


class History(Protocol):
    """The read tables that follow the journal."""

    async def orders(self, wanted: OrderFilter) -> Page:
        """List orders."""
        ...

    async def order(self, order_id: str) -> Order | None:
        """Give one order, however old."""
        ...

    async def order_by_client_id(self, account_id: str, client_order_id: str) -> Order | None:
        """Give the order an account once sent under this id."""
        ...

    async def fills(self, wanted: OrderFilter) -> Page:
        """List fills."""
        ...

    async def alerts(self, wanted: AlertFilter) -> Page:
        """List alerts."""
        ...

    async def alert(self, alert_id: str) -> Alert | None:
        """Give one alert."""
        ...

    async def equity(
        self,
        account_id: str,
        *,
        strategy_id: str | None,
        from_ns: Nanos | None,
        to_ns: Nanos | None,
        every_ns: Nanos | None = None,
    ) -> list[EquityPoint]:
        """Give recorded equity marks in order of time; None is the whole account.

        With `every_ns` only the last mark of each such interval, as a long history has a mark a minute.
        """
        ...

    async def cash_flows(self, account_id: str, *, strategy_id: str | None) -> list[CashFlow]:
        """Give what was paid in and out of an account, or of one of its ledgers, in order of time.

        What passes between ledgers sums to zero over the account.
        """
        ...

    async def ping(self) -> None:
        """Prove that the database answers. Raises Unavailable."""
        ...


class CandleStore(Protocol):
    """Latest candles, kept so that charts and strategy warm-ups survive a restart."""

    async def add(self, bars: Sequence[Bar]) -> None:
        """Keep final bars; one that is there already is left as it is."""
        ...

    async def latest(self, symbol: str, timeframe: Timeframe, *, limit: int, to_ns: Nanos | None = None) -> list[Bar]:
        """Give the newest bars that open before an instant, oldest first."""
        ...
