"""From a committed event to the messages its owner hears, written once for all their connections.

Every event of an account becomes at least one message of its private stream, so that the numbers in it have no holes.
The messages of one event share its number; `part` of `parts` tells when all of it has arrived.
"""

from collections.abc import Mapping
from copy import copy
from typing import Any

import msgspec

from openbell.domain.account import Account
from openbell.domain.events import (
    AlertRaised,
    CashMoved,
    EquityMarked,
    Event,
    KillSwitchActivated,
    KillSwitchReleased,
    OrderEvent,
    OrderFilled,
    OrderPlaced,
    PositionMoved,
    Recorded,
    StrategyStateChanged,
)
from openbell.domain.instants import instant_text
from openbell.domain.order import Order
from openbell.domain.position import Position
from openbell.domain.strategy import RunState
from openbell.streaming import account_messages as say
from openbell.streaming import desk_messages as desk
from openbell.streaming.desk import Accounts, Prices
from openbell.streaming.desk_text import numbered, order_text
from openbell.streaming.moment import Marked, Messages, Moment, Shown, Write
from openbell.streaming.ring import PrivateEvent
from openbell.streaming.topics import Channel
from openbell.streaming.wire import message

Said = list[tuple[str, bytes]]
"""What messages say by type, before they are numbered."""
_VALUED = (OrderFilled, CashMoved, EquityMarked, PositionMoved)
"""Events after which an account is worth something else."""
_OF_ORDERS = (OrderEvent, OrderPlaced)
_encode = msgspec.json.encode


class PrivateWriter:
    """Writes the messages of committed events. The accounts it reads have folded the event already."""

    def __init__(self, *, accounts: Accounts, prices: Prices) -> None:
        self._accounts = accounts
        self._prices = prices
        self._latest: Shown | None = None

    def write(self, recorded: Recorded, *, is_valued: bool = True) -> PrivateEvent:
        """Take down what an event says to each channel. It is written when somebody listens, there or later.

        What the account is worth has to be worked out now or never; that nobody will ask for it is for the caller to
        know.
        """
        moment = self._moment(recorded, is_valued=is_valued)
        writers = _FILL_WRITERS if type(recorded.event) is OrderFilled else _WRITERS
        if moment.worth is not None:
            writers = _WORTH_WRITERS[writers is _FILL_WRITERS]
        return PrivateEvent(recorded.account_seq, Messages(moment, writers))

    def portfolio(self, account: Account, *, now_ns: int) -> bytes:
        """Write what an account is worth between events; such a message has no number."""
        data = say.portfolio_data(account, self._accounts, self._prices, now_ns=now_ns)
        return message("portfolio_update", data, beside={"channel": Channel.PORTFOLIO_UPDATES})

    def position(self, channel: Channel, position: Position, *, now_ns: int) -> bytes:
        """Write how a position stands between events; such a message has no number."""
        shape = desk.position_data if channel is Channel.TRADING else say.position_data
        data = shape(position, self._prices, now_ns=now_ns)
        return message("position_update", data, beside={"channel": channel})

    def snapshot(self, channel: Channel, account: Account, *, seq: int, now_ns: int) -> bytes:
        """Write how everything of an account stands after event `seq`."""
        account_id = account.account_id
        positions = self._accounts.positions(account_id)
        if channel is Channel.TRADING:
            orders = self._accounts.open_orders(account_id)
            held = [desk.position_data(one, self._prices, now_ns=now_ns) for one in positions]
            beside = {"channel": channel, "seq": seq, "timestamp": instant_text(now_ns)}
            return message("snapshot", {"orders": [*map(desk.order_data, orders)], "positions": held}, beside=beside)
        data = {
            "orders": [say.order_data(order) for order in self._accounts.open_orders(account_id)],
            "positions": [say.position_data(one, self._prices, now_ns=now_ns) for one in positions],
            "portfolio": say.portfolio_data(account, self._accounts, self._prices, now_ns=now_ns),
        }
        beside = {"channel": Channel.PRIVATE, "seq": seq, "timestamp": instant_text(now_ns)}
        return message("snapshot", data, beside=beside)

    def _moment(self, recorded: Recorded, *, is_valued: bool) -> Moment:
        event, account = recorded.event, self._accounts.account(recorded.account_id)
        worth = None
        if is_valued and account is not None and isinstance(event, _VALUED):
            worth = say.portfolio_data(account, self._accounts, self._prices, now_ns=recorded.ts_ns)
        if not isinstance(event, _OF_ORDERS):
            return Moment(recorded, None, account, worth=worth)
        shown = self._shown(event.order_id)
        if type(event) is not OrderFilled:
            return Moment(recorded, shown, account)
        symbol = event.fill.symbol
        marked = Marked(self._prices.instrument(symbol), self._prices.mark(symbol))
        return Moment(recorded, shown, account, self._after_fill(event), marked, worth)

    def _shown(self, order_id: str) -> Shown | None:
        order = self._accounts.order(order_id)
        if order is None:
            return None
        if self._latest is None or self._latest.order != order:
            self._latest = Shown(order.copied())
        return self._latest

    def _after_fill(self, event: OrderFilled) -> Position:
        """Give the position after a fill; one that is flat now is no longer on the books."""
        fill = event.fill
        held = self._accounts.positions(fill.account_id, fill.strategy_id)
        now = next((one for one in held if one.symbol == fill.symbol), None)
        if now is not None:
            return copy(now)
        return Position(
            position_id=event.position_id,
            account_id=fill.account_id,
            strategy_id=fill.strategy_id,
            symbol=fill.symbol,
            quantity=event.position_quantity,
            cost=event.position_cost,
            realized_pnl=fill.realized_pnl,
        )


def _private(moment: Moment) -> tuple[bytes, ...]:
    return _numbered(Channel.PRIVATE, _said_private(moment), seq=moment.recorded.account_seq)


def _trading(moment: Moment) -> tuple[bytes, ...]:
    return _numbered(Channel.TRADING, _said_trading(moment), seq=moment.recorded.account_seq)


def _notification(moment: Moment) -> tuple[bytes, ...]:
    event = moment.recorded.event
    assert isinstance(event, OrderFilled)  # noqa: S101 - this is a writer of fills
    return _one(Channel.TRADE_NOTIFICATIONS, moment.recorded, say.trade_notification_data(event.fill, moment.account))


def _order_fill(moment: Moment) -> tuple[bytes, ...]:
    event = moment.recorded.event
    assert isinstance(event, OrderFilled)  # noqa: S101 - this is a writer of fills
    order = None if moment.shown is None else moment.shown.order
    return _one(Channel.ORDER_FILLS, moment.recorded, say.order_fill_data(event.fill, order))


def _worth(moment: Moment) -> tuple[bytes, ...]:
    return _one(Channel.PORTFOLIO_UPDATES, moment.recorded, moment.worth or {})


_WRITERS: Mapping[Channel, Write] = {Channel.PRIVATE: _private, Channel.TRADING: _trading}
_FILL_WRITERS: Mapping[Channel, Write] = {
    **_WRITERS,
    Channel.TRADE_NOTIFICATIONS: _notification,
    Channel.ORDER_FILLS: _order_fill,
}
_WORTH_WRITERS: tuple[Mapping[Channel, Write], ...] = tuple(
    {**writers, Channel.PORTFOLIO_UPDATES: _worth} for writers in (_WRITERS, _FILL_WRITERS)
)


def _one(channel: Channel, recorded: Recorded, data: dict[str, Any]) -> tuple[bytes]:
    kind = {
        Channel.TRADE_NOTIFICATIONS: "trade_notification",
        Channel.ORDER_FILLS: "order_fill",
        Channel.PORTFOLIO_UPDATES: "portfolio_update",
    }[channel]
    return (message(kind, data, beside={"channel": channel, "seq": recorded.account_seq}),)


def _said_private(moment: Moment) -> Said:
    event, shown = moment.recorded.event, moment.shown
    said: Said = [] if shown is None else [("order_update", shown.data(_terminal_order))]
    if moment.position is not None and moment.marked is not None and isinstance(event, OrderFilled):
        position = say.position_data(moment.position, moment.marked, now_ns=moment.recorded.ts_ns)
        trade = say.trade_data(event.fill, moment.account)
        said += [("trade", _encode(trade)), ("position_update", _encode(position))]
    return said or _of_others(moment.recorded)


def _said_trading(moment: Moment) -> Said:
    event, shown = moment.recorded.event, moment.shown
    said: Said = [] if shown is None else [("order_update", shown.data(order_text))]
    if moment.position is not None and moment.marked is not None and isinstance(event, OrderFilled):
        position = desk.position_data(moment.position, moment.marked, now_ns=moment.recorded.ts_ns)
        execution = desk.execution_data(event.fill)
        said += [("trade_execution", _encode(execution)), ("position_update", _encode(position))]
    return said or _of_others(moment.recorded)


def _terminal_order(order: Order) -> bytes:
    return _encode(say.order_data(order))


def _of_others(recorded: Recorded) -> Said:
    """Say what no document has a shape for."""
    event = recorded.event
    if isinstance(event, StrategyStateChanged):
        status = "active" if event.state is RunState.RUNNING else "inactive"
        return [("strategy_update", _about(recorded, {"status": status, "run_state": event.state}))]
    if isinstance(event, AlertRaised):
        return [("alert", _about(recorded, {"severity": event.severity, "context": event.context}))]
    if isinstance(event, KillSwitchActivated | KillSwitchReleased):
        is_active = isinstance(event, KillSwitchActivated)
        return [("kill_switch", _about(recorded, {"kill_switch_active": is_active}))]
    return [("account_event", _about(recorded, {}))]


_NAMED = ("strategy_id", "alert_id", "code", "message", "symbol", "reason", "currency", "kind")


def _about(recorded: Recorded, further: dict[str, Any]) -> bytes:
    """Name an event and what it is about, without amounts: those are in the messages made for them."""
    event: Event = recorded.event
    names = {name: value for name in _NAMED if isinstance(value := getattr(event, name, None), str)}
    return _encode({"event": type(event).__name__, **names, **further, "timestamp": instant_text(recorded.ts_ns)})


def _numbered(channel: Channel, said: Said, *, seq: int) -> tuple[bytes, ...]:
    parts = len(said)
    return tuple(
        [
            numbered(kind, channel, data, seq=seq, part=part, parts=parts)
            for part, (kind, data) in enumerate(said, start=1)
        ]
    )
