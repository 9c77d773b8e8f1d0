"""Orders and fills as rows of plain numbers and text.

SQLite's driver takes a member of an enumeration, a boolean or None only after it has looked for an adapter of its type,
which makes a row of such values cost three times what the same row costs in numbers and text.
"""

from collections.abc import Callable
from typing import Any

from sqlalchemy import BindParameter, Column, Dialect, bindparam, insert, literal_column

from openbell.adapters.sql.schema import orders
from openbell.adapters.sql.statements import Row, compiled
from openbell.domain.fill import Fill
from openbell.domain.order import Order

Exact = Callable[[int], int | str]
"""How the database takes an amount that may be past 64 bits: what was paid for one bitcoin is, in its steps."""

PROGRESS_FIELDS = ("status", "updated_ns", "filled_ns", "filled_quantity", "filled_value", "fees")
"""What changes of an order that is accepted and filled, and nothing else."""

_FRESH = {
    **dict.fromkeys(("parent_order_id", "oco_group", "filled_ns"), "NULL"),
    **dict.fromkeys(("filled_quantity", "filled_value", "fees", "in_doubt", "is_triggered"), "0"),
    "revision": "1",
    "reason": "''",
    "resume_status": "'SUBMITTED'",
}
"""What is the same for every order that has just been let out: it stands in the statement instead of in each row."""


def fresh_text(dialect: Dialect) -> str:
    """Give the insert of an order that has just been let out, for the values of `fresh_row`."""
    values = {column.name: _value(column) for column in orders.columns}
    return compiled(insert(orders).values(values), dialect)


def _value(column: Column[Any]) -> BindParameter[Any] | Any:
    same = _FRESH.get(column.name)
    return bindparam(column.name, type_=column.type) if same is None else literal_column(same)


def fresh_row(seq: int, order: Order) -> Row:
    """Give what differs between orders that have just been let out, in the order of the table."""
    return (
        seq,
        order.order_id,
        order.client_order_id,
        order.account_id,
        order.strategy_id,
        order.symbol,
        order.side._value_,
        order.quantity,
        order.order_type._value_,
        order.limit_price,
        order.stop_price,
        order.time_in_force._value_,
        1 if order.post_only else 0,
        1 if order.reduce_only else 0,
        order.status._value_,
        order.created_ns,
        order.updated_ns,
        order.submitted_ns,
    )


def whole_row(seq: int, order: Order, exact: Exact) -> Row:
    """Give all of an order, in the order of the table."""
    return (
        *fresh_row(seq, order)[:-1],
        order.parent_order_id,
        order.oco_group,
        order.submitted_ns,
        order.filled_ns,
        order.filled_quantity,
        exact(order.filled_value),
        order.fees,
        order.revision,
        order.reason,
        1 if order.in_doubt else 0,
        order.resume_status._value_,
        1 if order.is_triggered else 0,
    )


def progress_row(seq: int, order: Order, exact: Exact) -> Row:
    """Give how far an order is: `PROGRESS_FIELDS`, then its place."""
    return (
        order.status._value_,
        order.updated_ns,
        order.filled_ns,
        order.filled_quantity,
        exact(order.filled_value),
        order.fees,
        seq,
    )


def fill_row(seq: int, fill: Fill) -> Row:
    """Give all of a fill, in the order of the table."""
    return (
        seq,
        fill.fill_id,
        fill.venue_fill_id,
        fill.order_id,
        fill.account_id,
        fill.strategy_id,
        fill.symbol,
        fill.side._value_,
        fill.quantity,
        fill.price,
        fill.fee,
        fill.currency,
        fill.liquidity._value_,
        fill.model,
        fill.ts_ns,
        fill.realized_pnl,
        fill.mark,
    )
