"""From a committed event to the messages its owner hears, written once for all their connections.

Every event of an account becomes at least one message of its private stream, so that the numbers in it have no holes.
The messages of one event share its number; `part` of `parts` tells when all of it has arrived.
"""

from collections.abc import Callable
from copy import copy
from functools import partial
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
from openbell.domain.position import Position
from openbell.domain.strategy import RunState
from openbell.streaming import account_messages as say
from openbell.streaming import desk_messages as desk
from openbell.streaming.desk import Accounts, Prices
from openbell.streaming.moment import Marked, Messages, Moment, Shown
from openbell.streaming.ring import PrivateEvent
from openbell.streaming.topics import Channel
from openbell.streaming.wire import message

Said = list[tuple[str, dict[str, Any] | msgspec.Raw]]
"""Messages by type, before they are numbered."""
_VALUED = OrderFilled | CashMoved | EquityMarked | PositionMoved
"""Events after which an account is worth something else."""


class PrivateWriter:
    """Writes the messages of committed events. The accounts it reads have folded the event already."""

    def __init__(self, *, accounts: Accounts, prices: Prices) -> None:
        self._accounts = accounts
        self._prices = prices
        self._latest: Shown | None = None

    def write(self, recorded: Recorded) -> PrivateEvent:
        """Take down what an event says to each channel. It is written when somebody listens, there or later."""
        event, moment = recorded.event, self._moment(recorded)
        writers: dict[Channel, Callable[[], tuple[bytes, ...]]] = {
            Channel.PRIVATE: partial(_private, moment),
            Channel.TRADING: partial(_trading, moment),
        }
        if isinstance(event, OrderFilled):
            writers[Channel.TRADE_NOTIFICATIONS] = partial(_notification, moment, event)
            writers[Channel.ORDER_FILLS] = partial(_order_fill, moment, event)
        if isinstance(event, _VALUED) and moment.account is not None:
            data = say.portfolio_data(moment.account, self._accounts, self._prices, now_ns=recorded.ts_ns)
            writers[Channel.PORTFOLIO_UPDATES] = partial(_one, Channel.PORTFOLIO_UPDATES, recorded, data)
        return PrivateEvent(recorded.account_seq, Messages(writers))

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

    def _moment(self, recorded: Recorded) -> Moment:
        event, account = recorded.event, self._accounts.account(recorded.account_id)
        if not isinstance(event, OrderEvent | OrderPlaced):
            return Moment(recorded, None, account)
        shown = self._shown(event.order_id)
        if not isinstance(event, OrderFilled):
            return Moment(recorded, shown, account)
        symbol = event.fill.symbol
        marked = Marked(self._prices.instrument(symbol), self._prices.mark(symbol))
        return Moment(recorded, shown, account, self._after_fill(event), marked)

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


def _notification(moment: Moment, event: OrderFilled) -> tuple[bytes, ...]:
    data = say.trade_notification_data(event.fill, moment.account)
    return _one(Channel.TRADE_NOTIFICATIONS, moment.recorded, data)


def _order_fill(moment: Moment, event: OrderFilled) -> tuple[bytes, ...]:
    order = None if moment.shown is None else moment.shown.order
    return _one(Channel.ORDER_FILLS, moment.recorded, say.order_fill_data(event.fill, order))


def _one(channel: Channel, recorded: Recorded, data: dict[str, Any]) -> tuple[bytes]:
    kind = {
        Channel.TRADE_NOTIFICATIONS: "trade_notification",
        Channel.ORDER_FILLS: "order_fill",
        Channel.PORTFOLIO_UPDATES: "portfolio_update",
    }[channel]
    return (message(kind, data, beside={"channel": channel, "seq": recorded.account_seq}),)


def _said_private(moment: Moment) -> Said:
    event, shown = moment.recorded.event, moment.shown
    said: Said = [] if shown is None else [("order_update", shown.data(say.order_data))]
    if isinstance(event, OrderFilled) and moment.position is not None:
        position = say.position_data(moment.position, moment.marked, now_ns=moment.recorded.ts_ns)
        said += [("trade", say.trade_data(event.fill, moment.account)), ("position_update", position)]
    return said or _of_others(moment.recorded)


def _said_trading(moment: Moment) -> Said:
    event, shown = moment.recorded.event, moment.shown
    said: Said = [] if shown is None else [("order_update", shown.data(desk.order_data))]
    if isinstance(event, OrderFilled) and moment.position is not None:
        position = desk.position_data(moment.position, moment.marked, now_ns=moment.recorded.ts_ns)
        said += [("trade_execution", desk.execution_data(event.fill)), ("position_update", position)]
    return said or _of_others(moment.recorded)


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


def _about(recorded: Recorded, further: dict[str, Any]) -> dict[str, Any]:
    """Name an event and what it is about, without amounts: those are in the messages made for them."""
    event: Event = recorded.event
    names = {name: value for name in _NAMED if isinstance(value := getattr(event, name, None), str)}
    return {"event": type(event).__name__, **names, **further, "timestamp": instant_text(recorded.ts_ns)}


def _numbered(channel: Channel, said: Said, *, seq: int) -> tuple[bytes, ...]:
    return tuple(
        message(
            kind,
            data,
            beside={"channel": channel, "seq": seq, "part": part, "parts": len(said)},
        )
        for part, (kind, data) in enumerate(said, start=1)
    )
