"""From events to rows: the journal itself and the read tables that follow it, written in one transaction."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec
from msgspec.structs import astuple
from sqlalchemy import Dialect, bindparam, select

from openbell.adapters.codec import encode_event
from openbell.adapters.sql.order_rows import CHANGES, CHANGING_FIELDS, PENDING, change, order_of, placed
from openbell.adapters.sql.row_values import (
    PROGRESS_FIELDS,
    fill_row,
    fresh_row,
    fresh_text,
    progress_row,
    whole_row,
)
from openbell.adapters.sql.schema import alerts, cash_flows, equity_marks, fills, journal, orders
from openbell.adapters.sql.statements import Raw, Row, compiled, insert_text, update_text
from openbell.adapters.sql.upsert import replace_text
from openbell.domain.events import (
    AlertAcknowledged,
    AlertRaised,
    CashMoved,
    EquityMarked,
    OrderAccepted,
    OrderFilled,
    OrderPlaced,
    OrderSubmitted,
    PositionMoved,
    Recorded,
)
from openbell.domain.order import TERMINAL, Order

ORDERS_CACHED_MAX = 100_000
"""Open orders held in memory between commits; beyond, they are read again when something happens to them."""

_ORDER_COLUMNS = tuple(orders.c.keys())

_STORED, _FRESH, _PROGRESS, _WHOLE = range(4)
"""How an order differs from its row: not at all, there is none yet, it went on trading, or in any other way."""


class Placed(msgspec.Struct, gc=False):
    """An order as it stands, its place in the table, and how it differs from what is there."""

    seq: int
    order: Order
    differs: int = _STORED


class Group:
    """Rows that follow from the records of one commit. An order touched many times is written once, as it ends up."""

    def __init__(self, open_orders: dict[str, Placed], stored: Callable[[str], Placed]) -> None:
        self._open = open_orders
        self._stored = stored
        self.touched: dict[str, Placed] = {}
        self.fills: list[Row] = []
        self.alerts: list[Row] = []
        self.acknowledged: list[Row] = []
        self.equity: list[Row] = []
        self.flows: list[Row] = []

    def place(self, order: Order, seq: int) -> None:
        """Take in a new order."""
        is_plain = order.parent_order_id is None and order.oco_group is None
        taken = Placed(seq, order, _FRESH if is_plain else _WHOLE)
        self._open[order.order_id] = self.touched[order.order_id] = taken

    def submit(self, event: OrderSubmitted, recorded: Recorded) -> None:
        """Let an order out."""
        found = self._found(event.order_id)
        if found.differs != _FRESH:
            found.differs = _WHOLE
        change(found.order, event, recorded.ts_ns)

    def proceed(self, event: OrderAccepted | OrderFilled, recorded: Recorded) -> None:
        """Have an order accepted or filled."""
        found = self._found(event.order_id)
        order, differs = found.order, found.differs
        if order.in_doubt or order.status in PENDING or differs not in (_STORED, _PROGRESS):
            found.differs = _WHOLE
        else:
            found.differs = _PROGRESS
        change(order, event, recorded.ts_ns)

    def alter(self, event: Any, recorded: Recorded) -> None:
        """Have anything else happen to an order."""
        found = self._found(event.order_id)
        found.differs = _WHOLE
        change(found.order, event, recorded.ts_ns)

    def _found(self, order_id: str) -> Placed:
        found = self._open.get(order_id)
        if found is None:
            found = self._open[order_id] = self._stored(order_id)
        self.touched[order_id] = found
        return found


class _Texts:
    """The statements, as one database spells them."""

    def __init__(self, dialect: Dialect) -> None:
        self.journal = insert_text(journal, dialect)
        self.fresh = fresh_text(dialect)
        # One text for orders that are new and for those that have changed: fewer calls, and found by their address.
        self.whole = replace_text(orders, dialect, changed=CHANGING_FIELDS)
        self.fill = insert_text(fills, dialect)
        self.alert = insert_text(alerts, dialect)
        self.equity = insert_text(equity_marks, dialect)
        self.flow = insert_text(cash_flows, dialect)
        seen = ("acknowledged_ns", "acknowledged_by")
        self.alert_change = update_text(alerts, dialect, key="alert_id", changed=seen)
        self.stored_order = compiled(select(orders).where(orders.c.order_id == bindparam("wanted")), dialect)


class Projection:
    """Writes groups of records. Open orders stay in memory, so that what happens to them needs no reading."""

    def __init__(self, raw: Raw) -> None:
        self._raw = raw
        self._texts = _Texts(raw.dialect)
        self._open: dict[str, Placed] = {}

    def write(self, records: Sequence[Recorded]) -> None:
        """Write records and what follows from them within the transaction under way.

        After an error nothing of the group may be committed, and the projection is no longer to be used.
        """
        group = Group(self._open, self._stored)
        for recorded in records:
            follow = _FOLLOWERS.get(type(recorded.event))
            if follow is not None:
                follow(group, recorded.event, recorded)
        self._write_orders(group.touched.values())
        self._write_rows(group, [_journaled(recorded) for recorded in records])
        is_full = len(self._open) > ORDERS_CACHED_MAX
        for order_id, placed_order in group.touched.items():
            if is_full or placed_order.order.status in TERMINAL:
                del self._open[order_id]

    def _write_orders(self, touched: Iterable[Placed]) -> None:
        raw, texts, exact = self._raw, self._texts, self._raw.exact
        fresh: list[Row] = []
        progress: list[Row] = []
        whole: list[Row] = []
        for one in touched:
            differs, one.differs = one.differs, _STORED
            if differs == _FRESH:
                fresh.append(fresh_row(one.seq, one.order))
            elif differs == _PROGRESS:
                progress.append(progress_row(one.seq, one.order, exact))
            else:
                whole.append(whole_row(one.seq, one.order, exact))
        if fresh:
            raw.insert_many(texts.fresh, fresh)
        if progress:
            raw.update_many(orders, PROGRESS_FIELDS, progress)
        if whole:
            raw.insert_many(texts.whole, whole)

    def _write_rows(self, group: Group, journaled: Sequence[Row]) -> None:
        texts, raw = self._texts, self._raw
        for statement, rows in (
            (texts.journal, journaled),
            (texts.fill, group.fills),
            (texts.alert, group.alerts),
            (texts.equity, group.equity),
            (texts.flow, group.flows),
        ):
            if rows:
                raw.insert_many(statement, rows)
        if group.acknowledged:
            raw.run_many(texts.alert_change, group.acknowledged)

    def _stored(self, order_id: str) -> Placed:
        row = self._raw.first(self._texts.stored_order, (order_id,))
        if row is None:
            raise LookupError(f"an event tells of order {order_id}, which was never placed")
        values = dict(zip(_ORDER_COLUMNS, row, strict=True))
        return Placed(values["placed_seq"], order_of(values))


def _journaled(recorded: Recorded) -> Row:
    seq, ts_ns, account_id, account_seq, event = astuple(recorded)
    # A bytearray is taken as it is; for bytes the driver looks for an adapter first.
    return seq, ts_ns, account_id, account_seq, type(event).__name__, bytearray(encode_event(event))


def _order_placed(group: Group, event: OrderPlaced, recorded: Recorded) -> None:
    group.place(placed(event, recorded.ts_ns), recorded.seq)


def _order_filled(group: Group, event: OrderFilled, recorded: Recorded) -> None:
    group.proceed(event, recorded)
    group.fills.append(fill_row(recorded.seq, event.fill))


def _alert_raised(group: Group, event: AlertRaised, recorded: Recorded) -> None:
    context = msgspec.json.encode(event.context).decode()
    described = (event.alert_id, event.account_id, event.severity, event.code, event.message, context)
    group.alerts.append((recorded.seq, *described, recorded.ts_ns, None, ""))


def _alert_acknowledged(group: Group, event: AlertAcknowledged, recorded: Recorded) -> None:
    group.acknowledged.append((recorded.ts_ns, event.actor, event.alert_id))


def _equity_marked(group: Group, event: EquityMarked, recorded: Recorded) -> None:
    for strategy_id, equity in (("", event.equity), *event.ledgers.items()):
        group.equity.append((event.account_id, strategy_id, recorded.ts_ns, recorded.seq, equity))


def _cash_moved(group: Group, event: CashMoved, recorded: Recorded) -> None:
    _flow(group, recorded, event.strategy_id, kind=event.kind, amount=event.base_amount)


def _position_moved(group: Group, event: PositionMoved, recorded: Recorded) -> None:
    _flow(group, recorded, event.from_strategy_id, kind="POSITION", amount=-event.base_worth)
    _flow(group, recorded, event.to_strategy_id, kind="POSITION", amount=event.base_worth)


def _flow(group: Group, recorded: Recorded, strategy_id: str, *, kind: str, amount: int) -> None:
    group.flows.append((recorded.account_id, strategy_id, recorded.seq, recorded.ts_ns, kind, amount))


_FOLLOWERS: dict[type, Callable[[Group, Any, Recorded], None]] = {
    **dict.fromkeys(CHANGES, Group.alter),
    OrderPlaced: _order_placed,
    OrderSubmitted: Group.submit,
    OrderAccepted: Group.proceed,
    OrderFilled: _order_filled,
    AlertRaised: _alert_raised,
    AlertAcknowledged: _alert_acknowledged,
    EquityMarked: _equity_marked,
    CashMoved: _cash_moved,
    PositionMoved: _position_moved,
}
