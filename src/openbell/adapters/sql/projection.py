"""From events to rows: the journal itself and the read tables that follow it, written in one transaction."""

from collections.abc import Callable, Iterable
from typing import Any

import msgspec
from sqlalchemy import Dialect, bindparam, select

from openbell.adapters.codec import encode_event
from openbell.adapters.sql.order_rows import CHANGES, CHANGING_FIELDS, FIXED_FIELDS, change, order_of, placed
from openbell.adapters.sql.schema import alerts, cash_flows, equity_marks, exact, fills, journal, orders
from openbell.adapters.sql.statements import Raw, compiled, insert_text, update_text
from openbell.domain.events import (
    AlertAcknowledged,
    AlertRaised,
    CashMoved,
    EquityMarked,
    OrderFilled,
    OrderPlaced,
    PositionMoved,
    Recorded,
)
from openbell.domain.order import Order

ORDERS_CACHED_MAX = 100_000
"""Open orders held in memory between commits; beyond, they are read again when something happens to them."""

_ORDER_COLUMNS = tuple(orders.c.keys())

Row = tuple[Any, ...]


class Group:
    """Rows that follow from the records of one commit. An order touched many times is written once, as it ends up."""

    def __init__(self, open_orders: dict[str, Order], stored: Callable[[str], Order]) -> None:
        self._open = open_orders
        self._stored = stored
        self.journal: list[Row] = []
        self.placed: dict[str, int] = {}
        self.touched: dict[str, Order] = {}
        self.fills: list[Row] = []
        self.alerts: list[Row] = []
        self.acknowledged: list[Row] = []
        self.equity: list[Row] = []
        self.flows: list[Row] = []

    def place(self, order: Order, seq: int) -> None:
        """Take in a new order."""
        self.placed[order.order_id] = seq
        self._open[order.order_id] = self.touched[order.order_id] = order

    def order(self, order_id: str) -> Order:
        """Give an order that is about to change."""
        order = self._open.get(order_id)
        if order is None:
            order = self._open[order_id] = self._stored(order_id)
        self.touched[order_id] = order
        return order


class _Texts:
    """The statements, as one database spells them."""

    def __init__(self, dialect: Dialect) -> None:
        self.journal = insert_text(journal, dialect)
        self.order = insert_text(orders, dialect)
        self.fill = insert_text(fills, dialect)
        self.alert = insert_text(alerts, dialect)
        self.equity = insert_text(equity_marks, dialect)
        self.flow = insert_text(cash_flows, dialect)
        self.order_change = update_text(orders, dialect, key="order_id", changed=CHANGING_FIELDS)
        seen = ("acknowledged_ns", "acknowledged_by")
        self.alert_change = update_text(alerts, dialect, key="alert_id", changed=seen)
        self.stored_order = compiled(select(orders).where(orders.c.order_id == bindparam("wanted")), dialect)


class Projection:
    """Writes groups of records. Open orders stay in memory, so that what happens to them needs no reading."""

    def __init__(self, raw: Raw) -> None:
        self._raw = raw
        self._texts = _Texts(raw.dialect)
        self._open: dict[str, Order] = {}

    def write(self, records: Iterable[Recorded]) -> None:
        """Write records and what follows from them within the transaction under way.

        After an error nothing of the group may be committed, and the projection is no longer to be used.
        """
        group = Group(self._open, self._stored)
        for recorded in records:
            _journaled(group, recorded)
            follow = _FOLLOWERS.get(type(recorded.event))
            if follow is not None:
                follow(group, recorded.event, recorded)
        self._write_rows(group)
        for order in group.touched.values():
            if not order.is_open or len(self._open) > ORDERS_CACHED_MAX:
                del self._open[order.order_id]

    def _write_rows(self, group: Group) -> None:
        touched, placed_seq = group.touched, group.placed
        new = [(seq, *_values(touched[order_id])) for order_id, seq in placed_seq.items()]
        old = [
            (*_values(order)[len(FIXED_FIELDS) :], order_id)
            for order_id, order in touched.items()
            if order_id not in placed_seq
        ]
        texts = self._texts
        for statement, rows in (
            (texts.journal, group.journal),
            (texts.order, new),
            (texts.order_change, old),
            (texts.fill, group.fills),
            (texts.alert, group.alerts),
            (texts.alert_change, group.acknowledged),
            (texts.equity, group.equity),
            (texts.flow, group.flows),
        ):
            if rows:
                self._raw.run_many(statement, rows)

    def _stored(self, order_id: str) -> Order:
        row = self._raw.first(self._texts.stored_order, (order_id,))
        if row is None:
            raise LookupError(f"an event tells of order {order_id}, which was never placed")
        return order_of(dict(zip(_ORDER_COLUMNS, row, strict=True)))


def _values(struct: msgspec.Struct) -> Row:
    """Give all fields in order, amounts as every database takes them."""
    return tuple([exact(value) if type(value) is int else value for value in msgspec.structs.astuple(struct)])


def _journaled(group: Group, recorded: Recorded) -> None:
    event = recorded.event
    numbered = (recorded.seq, recorded.ts_ns, recorded.account_id, recorded.account_seq)
    group.journal.append((*numbered, type(event).__name__, encode_event(event)))


def _order_placed(group: Group, event: OrderPlaced, recorded: Recorded) -> None:
    group.place(placed(event, recorded.ts_ns), recorded.seq)


def _order_changed(group: Group, event: Any, recorded: Recorded) -> None:
    change(group.order(event.order_id), event, recorded.ts_ns)


def _order_filled(group: Group, event: OrderFilled, recorded: Recorded) -> None:
    _order_changed(group, event, recorded)
    group.fills.append((recorded.seq, *_values(event.fill)))


def _alert_raised(group: Group, event: AlertRaised, recorded: Recorded) -> None:
    context = msgspec.json.encode(event.context).decode()
    described = (event.alert_id, event.account_id, event.severity, event.code, event.message, context)
    group.alerts.append((recorded.seq, *described, recorded.ts_ns, None, ""))


def _alert_acknowledged(group: Group, event: AlertAcknowledged, recorded: Recorded) -> None:
    group.acknowledged.append((recorded.ts_ns, event.actor, event.alert_id))


def _equity_marked(group: Group, event: EquityMarked, recorded: Recorded) -> None:
    for strategy_id, equity in (("", event.equity), *event.ledgers.items()):
        group.equity.append((event.account_id, strategy_id, recorded.ts_ns, recorded.seq, exact(equity)))


def _cash_moved(group: Group, event: CashMoved, recorded: Recorded) -> None:
    _flow(group, recorded, event.strategy_id, kind=event.kind, amount=event.base_amount)


def _position_moved(group: Group, event: PositionMoved, recorded: Recorded) -> None:
    _flow(group, recorded, event.from_strategy_id, kind="POSITION", amount=-event.base_worth)
    _flow(group, recorded, event.to_strategy_id, kind="POSITION", amount=event.base_worth)


def _flow(group: Group, recorded: Recorded, strategy_id: str, *, kind: str, amount: int) -> None:
    group.flows.append((recorded.account_id, strategy_id, recorded.seq, recorded.ts_ns, kind, exact(amount)))


_FOLLOWERS: dict[type, Callable[[Group, Any, Recorded], None]] = {
    OrderPlaced: _order_placed,
    **dict.fromkeys(CHANGES, _order_changed),
    OrderFilled: _order_filled,
    AlertRaised: _alert_raised,
    AlertAcknowledged: _alert_acknowledged,
    EquityMarked: _equity_marked,
    CashMoved: _cash_moved,
    PositionMoved: _position_moved,
}
