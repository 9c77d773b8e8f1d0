"""From a committed event to the messages its owner hears, written once for all their connections.

Every event of an account becomes at least one message of its private stream, so that the numbers in it have no holes.
The messages of one event share its number; `part` of `parts` tells when all of it has arrived.
"""

from typing import Any

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
from openbell.streaming.ring import PrivateEvent
from openbell.streaming.topics import Channel
from openbell.streaming.wire import message

Said = list[tuple[str, dict[str, Any]]]
"""Messages by type, before they are numbered."""


class PrivateWriter:
    """Writes the messages of committed events. The accounts it reads have folded the event already."""

    def __init__(self, *, accounts: Accounts, prices: Prices) -> None:
        self._accounts = accounts
        self._prices = prices

    def write(self, recorded: Recorded) -> PrivateEvent:
        """Write what an event says to each channel."""
        event = recorded.event
        messages = {
            Channel.PRIVATE: _numbered(Channel.PRIVATE, self._private(recorded), seq=recorded.account_seq),
            Channel.TRADING: _numbered(Channel.TRADING, self._trading(recorded), seq=recorded.account_seq),
        }
        account = self._accounts.account(recorded.account_id)
        if isinstance(event, OrderFilled):
            order = self._accounts.order(event.order_id)
            messages[Channel.TRADE_NOTIFICATIONS] = self._one(
                Channel.TRADE_NOTIFICATIONS, recorded, say.trade_notification_data(event.fill, account)
            )
            messages[Channel.ORDER_FILLS] = self._one(
                Channel.ORDER_FILLS, recorded, say.order_fill_data(event.fill, order)
            )
        if account is not None and isinstance(event, OrderFilled | CashMoved | EquityMarked | PositionMoved):
            data = say.portfolio_data(account, self._accounts, self._prices, now_ns=recorded.ts_ns)
            messages[Channel.PORTFOLIO_UPDATES] = self._one(Channel.PORTFOLIO_UPDATES, recorded, data)
        return PrivateEvent(recorded.account_seq, messages)

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

    def _one(self, channel: Channel, recorded: Recorded, data: dict[str, Any]) -> tuple[bytes]:
        kind = {
            Channel.TRADE_NOTIFICATIONS: "trade_notification",
            Channel.ORDER_FILLS: "order_fill",
            Channel.PORTFOLIO_UPDATES: "portfolio_update",
        }[channel]
        return (message(kind, data, beside={"channel": channel, "seq": recorded.account_seq}),)

    def _private(self, recorded: Recorded) -> Said:
        event = recorded.event
        if isinstance(event, OrderEvent | OrderPlaced):
            order = self._accounts.order(event.order_id)
            said = [] if order is None else [("order_update", say.order_data(order))]
            if isinstance(event, OrderFilled):
                account = self._accounts.account(recorded.account_id)
                position = self._after_fill(event)
                said += [
                    ("trade", say.trade_data(event.fill, account)),
                    ("position_update", say.position_data(position, self._prices, now_ns=recorded.ts_ns)),
                ]
            if said:
                return said
        return _of_others(recorded)

    def _trading(self, recorded: Recorded) -> Said:
        event = recorded.event
        if isinstance(event, OrderEvent | OrderPlaced):
            order = self._accounts.order(event.order_id)
            said = [] if order is None else [("order_update", desk.order_data(order))]
            if isinstance(event, OrderFilled):
                position = self._after_fill(event)
                said += [
                    ("trade_execution", desk.execution_data(event.fill)),
                    ("position_update", desk.position_data(position, self._prices, now_ns=recorded.ts_ns)),
                ]
            if said:
                return said
        return _of_others(recorded)

    def _after_fill(self, event: OrderFilled) -> Position:
        """Give the position after a fill; one that is flat now is no longer on the books."""
        fill = event.fill
        held = self._accounts.positions(fill.account_id, fill.strategy_id)
        now = next((one for one in held if one.symbol == fill.symbol), None)
        return now or Position(
            position_id=event.position_id,
            account_id=fill.account_id,
            strategy_id=fill.strategy_id,
            symbol=fill.symbol,
            quantity=event.position_quantity,
            cost=event.position_cost,
            realized_pnl=fill.realized_pnl,
        )


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
