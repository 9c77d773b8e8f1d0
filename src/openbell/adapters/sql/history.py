"""The read tables that follow the journal (ports.History)."""

from functools import partial
from typing import Any

import msgspec
from sqlalchemy import Column, ColumnElement, Connection, RowMapping, Select, Table, bindparam, func, select

from openbell.adapters.sql.counts import Counts
from openbell.adapters.sql.order_rows import order_of
from openbell.adapters.sql.paging import Listing
from openbell.adapters.sql.runner import Runner
from openbell.adapters.sql.schema import alerts, cash_flows, equity_marks, fills, orders
from openbell.domain.alert import Alert
from openbell.domain.fill import Fill
from openbell.domain.order import Order
from openbell.domain.values import Nanos
from openbell.ports import AlertFilter, CashFlow, EquityPoint, OrderFilter, Page


class SqlHistory:
    """Orders, fills, alerts and equity as the committed events have left them."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner
        self._orders_counted, self._fills_counted = Counts(orders.c.placed_seq), Counts(fills.c.fill_seq)

    async def orders(self, wanted: OrderFilter) -> Page:
        """List orders. `from_ns` and `to_ns` bound the time of placing."""
        where = _common(orders, orders.c.created_ns, wanted)
        if wanted.client_order_id is not None:
            where.append(orders.c.client_order_id == wanted.client_order_id)
        if wanted.statuses is not None:
            where.append(orders.c.status.in_(sorted(wanted.statuses)))
        counts = self._orders_counted if wanted.statuses is None else None
        return await self._runner.read(partial(_page, _ORDERS, where=where, wanted=wanted, counts=counts))

    async def order(self, order_id: str) -> Order | None:
        """Give one order, however old."""
        return await self._runner.read(partial(_order, _BY_ID, {"wanted": order_id}))

    async def order_by_client_id(self, account_id: str, client_order_id: str) -> Order | None:
        """Give the order an account once sent under this id; the latest, should it have used the id again."""
        wanted = {"wanted": client_order_id, "account": account_id}
        return await self._runner.read(partial(_order, _BY_CLIENT_ID, wanted))

    async def fills(self, wanted: OrderFilter) -> Page:
        """List fills. Times bound the execution; `client_order_id` and `statuses` are those of the fill's order."""
        where = _common(fills, fills.c.ts_ns, wanted)
        of_orders: list[ColumnElement[bool]] = []
        if wanted.client_order_id is not None:
            of_orders.append(orders.c.client_order_id == wanted.client_order_id)
        if wanted.statuses is not None:
            of_orders.append(orders.c.status.in_(sorted(wanted.statuses)))
        if of_orders:
            where.append(select(1).where(orders.c.order_id == fills.c.order_id, *of_orders).exists())
        counts = self._fills_counted if wanted.statuses is None else None
        return await self._runner.read(partial(_page, _FILLS, where=where, wanted=wanted, counts=counts))

    async def alerts(self, wanted: AlertFilter) -> Page:
        """List alerts. Those of an account include those for everybody."""
        where = _within(alerts.c.created_ns, wanted.from_ns, wanted.to_ns)
        if wanted.account_id is not None:
            where.append(alerts.c.account_id.in_((wanted.account_id, "")))
        if wanted.severity is not None:
            where.append(alerts.c.severity == wanted.severity)
        if wanted.severities is not None:
            where.append(alerts.c.severity.in_(sorted(wanted.severities)))
        if wanted.is_acknowledged is not None:
            seen = alerts.c.acknowledged_ns
            where.append(seen.is_not(None) if wanted.is_acknowledged else seen.is_(None))
        return await self._runner.read(partial(_page, _ALERTS, where=where, wanted=wanted))

    async def alert(self, alert_id: str) -> Alert | None:
        """Give one alert."""
        statement = select(alerts).where(alerts.c.alert_id == alert_id)

        def work(connection: Connection) -> Alert | None:
            row = connection.execute(statement).mappings().first()
            return _alert(row) if row else None

        return await self._runner.read(work)

    async def equity(
        self,
        account_id: str,
        *,
        strategy_id: str | None,
        from_ns: Nanos | None,
        to_ns: Nanos | None,
        every_ns: Nanos | None = None,
    ) -> list[EquityPoint]:
        """Give recorded equity marks of [from, to) in order of time; None is the whole account."""
        marks = equity_marks.c
        ledger = [marks.account_id == account_id, marks.strategy_id == (strategy_id or "")]
        if every_ns is None:
            where = [*ledger, *_within(marks.ts_ns, from_ns, to_ns)]
            statement = select(marks.ts_ns, marks.equity).where(*where).order_by(marks.ts_ns, marks.seq)
        else:
            statement = _last_of_each(ledger, from_ns, to_ns, every_ns)
        return await self._runner.read(
            lambda connection: [EquityPoint(ts_ns, equity) for ts_ns, equity in connection.execute(statement)]
        )

    async def cash_flows(self, account_id: str, *, strategy_id: str | None) -> list[CashFlow]:
        """Give what was paid in and out of an account, or of one of its ledgers, in order of time."""
        flows = cash_flows.c
        where = [flows.account_id == account_id]
        if strategy_id is not None:
            where.append(flows.strategy_id == strategy_id)
        wanted = (flows.ts_ns, flows.strategy_id, flows.kind, flows.amount)
        statement = select(*wanted).where(*where).order_by(flows.seq)
        return await self._runner.read(lambda connection: [CashFlow(*row) for row in connection.execute(statement)])

    async def ping(self) -> None:
        """Prove that the database answers. Raises Unavailable."""
        await self._runner.read(lambda connection: connection.execute(select(1)).scalar_one())


def _last_of_each(
    ledger: list[ColumnElement[bool]], from_ns: Nanos | None, to_ns: Nanos | None, every_ns: Nanos
) -> Select[Any, Any]:
    """Select the last mark of each interval, oldest first.

    From the latest on, each is looked up in the primary key as the last one before the interval of the one after it:
    a year of minutes costs as many look-ups as there are intervals, and not a walk over all of them.
    """
    marks = equity_marks.c
    first = select(func.max(marks.ts_ns).label("ts_ns")).where(*ledger, *_within(marks.ts_ns, from_ns, to_ns))
    latest = first.cte("last_marks", recursive=True)
    # One upper bound only: with two SQLite walks from the other one.
    earlier = (*ledger, *_within(marks.ts_ns, from_ns, None), marks.ts_ns < latest.c.ts_ns - latest.c.ts_ns % every_ns)
    before = select(func.max(marks.ts_ns)).where(*earlier).scalar_subquery()
    found = latest.union_all(select(before).where(latest.c.ts_ns.is_not(None)))
    equity = select(marks.equity).where(*ledger, marks.ts_ns == found.c.ts_ns).order_by(marks.seq.desc()).limit(1)
    known = found.c.ts_ns.is_not(None)
    return select(found.c.ts_ns, equity.scalar_subquery()).where(known).order_by(found.c.ts_ns)


def _common(table: Table, time: Column[int], wanted: OrderFilter) -> list[ColumnElement[bool]]:
    """Give the conditions that orders and fills share."""
    where = _within(time, wanted.from_ns, wanted.to_ns)
    for name in ("account_id", "strategy_id", "symbol", "side", "order_id"):
        value = getattr(wanted, name)
        if value is not None:
            where.append(table.c[name] == value)
    if wanted.accounts is not None:
        where.append(table.c.account_id.in_(sorted(wanted.accounts)))
    return where


def _within(time: Column[int], from_ns: Nanos | None, to_ns: Nanos | None) -> list[ColumnElement[bool]]:
    bounds = []
    if from_ns is not None:
        bounds.append(time >= from_ns)
    if to_ns is not None:
        bounds.append(time < to_ns)
    return bounds


def _page(
    listing: Listing,
    connection: Connection,
    *,
    where: list[ColumnElement[bool]],
    wanted: OrderFilter | AlertFilter,
    counts: Counts | None = None,
) -> Page:
    # What is wanted without a place in the list tells one filter from another.
    name = msgspec.structs.replace(wanted, offset=0, limit=0, cursor="")
    count = None if counts is None else partial(counts.total, connection, where=where, name=name)
    return listing.page(
        connection, where=where, offset=wanted.offset, limit=wanted.limit, cursor=wanted.cursor, count=count
    )


def _order(statement: Select[Any], wanted: dict[str, str], connection: Connection) -> Order | None:
    row = connection.execute(statement, wanted).mappings().first()
    return None if row is None else order_of(row)


def _fill(row: RowMapping) -> Fill:
    return msgspec.convert({name: row[name] for name in Fill.__struct_fields__}, Fill)


def _alert(row: RowMapping) -> Alert:
    values = {name: row[name] for name in Alert.__struct_fields__}
    return msgspec.convert({**values, "context": msgspec.json.decode(row["context"])}, Alert)


# Put together once: building a statement takes longer than running it, and every order with an id of its sender's is
# looked up before it is placed.
_BY_ID = select(orders).where(orders.c.order_id == bindparam("wanted"))
_BY_CLIENT_ID = (
    select(orders)
    .where(orders.c.client_order_id == bindparam("wanted"), orders.c.account_id == bindparam("account"))
    .order_by(orders.c.placed_seq.desc())
    .limit(1)
)
_ORDERS = Listing(table=orders, keys=(orders.c.placed_seq,), build=order_of)
_FILLS = Listing(table=fills, keys=(fills.c.fill_seq,), build=_fill)
_ALERTS = Listing(table=alerts, keys=(alerts.c.raised_seq,), build=_alert)
