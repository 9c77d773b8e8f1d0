"""What every list asks of the database is answered through an index, in SQLite and in PostgreSQL."""

import pytest
from sqlalchemy import event

from openbell.domain.alert import Severity
from openbell.domain.order import OrderStatus, Side
from openbell.domain.run import RunStatus
from openbell.ports import AlertFilter, AuditFilter, OrderFilter

NARROW = {"strategy_id": "manual", "symbol": "AAPL", "side": Side.BUY, "from_ns": 1, "to_ns": 9}
LISTS = {
    "orders": lambda d: d.history.orders(OrderFilter(account_id="acc")),
    "orders, every filter": lambda d: d.history.orders(
        OrderFilter(account_id="acc", statuses=frozenset({OrderStatus.FILLED}), **NARROW)
    ),
    "orders of everybody": lambda d: d.history.orders(OrderFilter(limit=5)),
    "an order": lambda d: d.history.order("o1"),
    "an order by its client id": lambda d: d.history.order_by_client_id("acc", "c1"),
    "fills": lambda d: d.history.fills(OrderFilter(account_id="acc", **NARROW)),
    "fills of an order": lambda d: d.history.fills(OrderFilter(order_id="o1")),
    "alerts": lambda d: d.history.alerts(AlertFilter(account_id="acc", severity=Severity.ERROR, is_acknowledged=False)),
    "an alert": lambda d: d.history.alert("a1"),
    "equity": lambda d: d.history.equity("acc", strategy_id=None, from_ns=1, to_ns=9),
    "equity, thinned": lambda d: d.history.equity("acc", strategy_id=None, from_ns=1, to_ns=9, every_ns=3),
    "runs": lambda d: d.runs.runs(owner_id="u", strategy_id="s", status=RunStatus.COMPLETED, offset=0, limit=5),
    "audit by actor": lambda d: d.audit.rows(AuditFilter(actor_id="u")),
    "audit by action": lambda d: d.audit.rows(AuditFilter(action="order.place")),
    "a user": lambda d: d.access.user_by_login("ada"),
    "keys of a user": lambda d: d.access.keys("u"),
    "a session": lambda d: d.access.session("s"),
}
WHOLE = {"orders of everybody"}
"""Their total counts the whole table, which no index makes shorter; their page is read along the primary key."""

OWN_ROWS = {"SCAN last_marks"}
"""What a question goes through of its own making."""


@pytest.fixture
def asked(database):
    """Every question that is put to the database, as it arrives there."""
    heard = []

    def note(_connection, _cursor, statement, parameters, *_):
        if statement.startswith(("SELECT", "WITH")):
            heard.append((statement, parameters))

    engine = database.ask(lambda connection: connection.engine)
    event.listen(engine, "before_cursor_execute", note)
    yield heard
    event.remove(engine, "before_cursor_execute", note)


def plan(connection, statement: str, parameters, *, without: tuple[str, ...] = ("seqscan",)) -> list[str]:
    """Give the steps by which a database answers; a small table is no excuse to read all of it."""
    if connection.dialect.name == "sqlite":
        return [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)]
    for way in without:
        connection.exec_driver_sql(f"SET LOCAL enable_{way} = off")
    return list(connection.exec_driver_sql(f"EXPLAIN {statement}", parameters).scalars())


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.line("P18")
async def test_every_list_is_read_through_an_index(database, script, durable, asked, name):
    await durable(database.journal, *(script.place() for _ in range(3)))
    asked.clear()
    await LISTS[name](database)
    questions = [one for one in asked if "count(*)" not in one[0] or name not in WHOLE]
    assert questions, "nothing was asked"
    for statement, parameters in questions:
        steps = database.ask(lambda connection, s=statement, p=parameters: plan(connection, s, p))
        assert not [step for step in steps if "Seq Scan" in step], steps
        walked = [step for step in steps if step.startswith("SCAN") and step not in OWN_ROWS]
        assert name in WHOLE or not walked, steps


@pytest.mark.parametrize("name", ["orders", "orders, every filter", "orders of everybody", "fills", "runs"])
@pytest.mark.line("P18")
async def test_a_page_needs_no_sorting(database, asked, name):
    await LISTS[name](database)
    without = ("seqscan", "bitmapscan", "sort")
    for statement, parameters in asked:
        steps = database.ask(lambda connection, s=statement, p=parameters: plan(connection, s, p, without=without))
        assert not [step for step in steps if "Sort" in step or "TEMP B-TREE" in step], (statement, steps)
