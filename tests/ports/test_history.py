"""ports.History: the read tables are what the events say, and lists stay put while they grow."""

import pytest

from openbell.adapters.sql.database import open_database
from openbell.domain.alert import Severity
from openbell.domain.events import (
    AlertAcknowledged,
    CashMoved,
    EquityMarked,
    OrderCanceled,
    OrderFilled,
    OrderSubmitted,
    PositionMoved,
)
from openbell.domain.fill import Fill, Liquidity
from openbell.domain.order import OrderStatus, Side
from openbell.domain.values import SCALE
from openbell.ports import AlertFilter, CashFlow, EquityPoint, InvalidCursor, OrderFilter

HUGE = 10**30
"""An amount of 22 digits before the point: more than 64 bits hold."""


def filled(script, order_id: str, *, quantity: int, price: int, symbol: str = "AAPL", ts_ns: int | None = None):
    number = len(script.records)
    fill = Fill(
        fill_id=f"f{number}",
        venue_fill_id=f"v{number}",
        order_id=order_id,
        account_id="acc",
        strategy_id="manual",
        symbol=symbol,
        side=Side.BUY,
        quantity=quantity,
        price=price,
        fee=7,
        currency="USD",
        liquidity=Liquidity.TAKER,
        model="ideal",
        ts_ns=ts_ns or (number + 1) * 1_000,
        realized_pnl=-3,
    )
    event = OrderFilled(
        order_id=order_id,
        fill=fill,
        position_id="p",
        position_quantity=quantity,
        position_cost=0,
        is_new_position=True,
        cash_flow=0,
    )
    script.record(event)
    return fill


async def ids(history, **wanted) -> list[str]:
    return [order.order_id for order in (await history.orders(OrderFilter(**wanted))).rows]


async def test_orders_are_listed_newest_first_with_the_size_of_the_list(database, script, durable):
    await durable(database.journal, *(script.place() for _ in range(5)))
    page = await database.history.orders(OrderFilter(offset=1, limit=2))
    assert [order.order_id for order in page.rows] == ["o4", "o3"]
    assert page.total == 5


async def test_a_list_knows_its_size_again_after_it_has_grown(database, script, durable):
    async def sizes():
        filters = [{}, {"account_id": "b"}, {"symbol": "MSFT"}, {"statuses": frozenset({OrderStatus.CANCELED})}]
        return [(await database.history.orders(OrderFilter(limit=1, **one))).total for one in filters]

    assert await sizes() == [0, 0, 0, 0]
    await durable(database.journal, script.place(), script.place(account_id="b"))
    assert await sizes() == [2, 1, 0, 0]
    more = [script.place(), script.record(OrderCanceled(order_id="o1", reason="asked")), script.place(symbol="MSFT")]
    await durable(database.journal, *more)
    assert await sizes() == [4, 1, 1, 1]
    assert await sizes() == [4, 1, 1, 1]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"account_id": "b"}, ["o3"]),
        ({"strategy_id": "sma"}, ["o2"]),
        ({"symbol": "MSFT"}, ["o4"]),
        ({"order_id": "o1"}, ["o1"]),
        ({"client_order_id": "c2"}, ["o2"]),
        ({"statuses": frozenset({OrderStatus.CANCELED})}, ["o4"]),
        ({"statuses": frozenset()}, []),
        ({"from_ns": 200, "to_ns": 400}, ["o3", "o2"]),
        ({"account_id": "acc", "symbol": "AAPL", "to_ns": 200}, ["o1"]),
    ],
)
async def test_each_filter_restricts(database, script, durable, wanted, found):
    script.place(ts_ns=100)
    script.place(ts_ns=200, strategy_id="sma")
    script.place(ts_ns=300, account_id="b")
    script.place(ts_ns=400, symbol="MSFT")
    script.record(OrderCanceled(order_id="o4", reason="asked"))
    await durable(database.journal, *script.records)
    assert await ids(database.history, **wanted) == found


async def test_a_cursor_walk_over_10_000_orders_sees_each_once_while_orders_are_added(database, script, durable):
    await durable(database.journal, *(script.place() for _ in range(10_000)))
    seen, cursor = [], ""
    while True:
        page = await database.history.orders(OrderFilter(account_id="acc", limit=1_000, cursor=cursor))
        seen += [order.order_id for order in page.rows]
        await durable(database.journal, script.place(), script.place())
        if not (cursor := page.next_cursor):
            break
    assert seen == [f"o{number}" for number in range(10_000, 0, -1)]


@pytest.mark.parametrize("cursor", ["x", "!!!", "bnVsbA", "e30", "WzFd" * 100, "é", "WyJhIiwxXQ"])
async def test_a_made_up_cursor_is_refused(database, cursor):
    with pytest.raises(InvalidCursor):
        await database.history.orders(OrderFilter(cursor=cursor))


async def test_amounts_beyond_64_bits_come_back_exactly(reopen, script, durable):
    script.place(quantity=HUGE, limit_price=HUGE + 1)
    fill = filled(script, "o1", quantity=HUGE - 1, price=HUGE)
    database = reopen()
    assert await durable(database.journal, *script.records) is None
    database = reopen()
    order = await database.history.order("o1")
    assert (order.quantity, order.limit_price, order.filled_value) == (HUGE, HUGE + 1, (HUGE - 1) * HUGE)
    assert (await database.history.fills(OrderFilter())).rows == [fill]
    assert list(database.journal.read(after_seq=0)) == script.records


async def test_an_order_changes_on_after_a_restart(reopen, script, durable):
    await durable(reopen().journal, script.place(), script.record(OrderSubmitted(order_id="o1")))
    filled(script, "o1", quantity=10 * SCALE, price=3)
    database = reopen()
    await durable(database.journal, script.records[-1])
    order = await database.history.order("o1")
    assert (order.status, order.filled_quantity, order.fees) == (OrderStatus.FILLED, 10 * SCALE, 7)


async def test_fills_are_found_by_what_their_order_was(database, script, durable):
    script.place()
    script.place(symbol="MSFT")
    first = filled(script, "o1", quantity=1, price=2)
    second = filled(script, "o2", quantity=3, price=4, symbol="MSFT")
    await durable(database.journal, *script.records)
    for wanted, found in (
        (OrderFilter(), [second, first]),
        (OrderFilter(order_id="o1"), [first]),
        (OrderFilter(client_order_id="c2"), [second]),
        (OrderFilter(account_id="acc", symbol="MSFT"), [second]),
        (OrderFilter(to_ns=second.ts_ns), [first]),
        (OrderFilter(statuses=frozenset({OrderStatus.FILLED})), []),
    ):
        assert (await database.history.fills(wanted)).rows == found


async def test_an_order_is_found_by_its_client_id_in_its_account_only(database, script, durable):
    await durable(database.journal, script.place(client_order_id="mine"))
    assert (await database.history.order_by_client_id("acc", "mine")).order_id == "o1"
    assert await database.history.order_by_client_id("b", "mine") is None
    assert await database.history.order("nobody") is None


async def test_alerts_are_acknowledged_and_filtered(database, script, durable):
    script.alert(severity=Severity.ERROR)
    script.alert(account_id="b")
    script.alert(account_id="")
    script.record(AlertAcknowledged(alert_id="a1", account_id="acc", actor="ann"), ts_ns=77)
    await durable(database.journal, *script.records)
    alert = await database.history.alert("a1")
    assert (alert.acknowledged_ns, alert.acknowledged_by, alert.severity) == (77, "ann", Severity.ERROR)
    for wanted, found in (
        (AlertFilter(), ["a3", "a2", "a1"]),
        (AlertFilter(account_id="acc"), ["a3", "a1"]),
        (AlertFilter(severity=Severity.ERROR), ["a1"]),
        (AlertFilter(is_acknowledged=False), ["a3", "a2"]),
        (AlertFilter(is_acknowledged=True), ["a1"]),
    ):
        assert [alert.alert_id for alert in (await database.history.alerts(wanted)).rows] == found


async def test_equity_is_kept_for_the_account_and_each_ledger(database, script, durable):
    for number in (1, 2, 3):
        ledgers = {"manual": number, "sma": HUGE}
        script.record(EquityMarked(account_id="acc", equity=number * 10, cash=0, day="", ledgers=ledgers), ts_ns=number)
    await durable(database.journal, *script.records)
    history = database.history
    whole = await history.equity("acc", strategy_id=None, from_ns=2, to_ns=None)
    assert whole == [EquityPoint(2, 20), EquityPoint(3, 30)]
    assert await history.equity("acc", strategy_id="sma", from_ns=None, to_ns=2) == [EquityPoint(1, HUGE)]


async def test_equity_is_thinned_to_the_last_mark_of_each_interval(database, script, durable):
    for ts_ns in (1, 4, 9, 10, 11, 25):
        script.record(EquityMarked(account_id="acc", equity=ts_ns, cash=0, day="", ledgers={}), ts_ns=ts_ns)
    script.record(EquityMarked(account_id="other", equity=7, cash=0, day="", ledgers={}), account_id="other", ts_ns=12)
    await durable(database.journal, *script.records)
    thin = await database.history.equity("acc", strategy_id=None, from_ns=2, to_ns=None, every_ns=10)
    assert [one.equity for one in thin] == [9, 11, 25]


@pytest.mark.parametrize("every_ns", [1, 7, 60, 1_000])
@pytest.mark.parametrize("span", [(None, None), (40, 301), (301, None), (5_000, None)])
async def test_thinned_equity_is_the_last_of_all_marks_of_each_interval(database, script, durable, every_ns, span):
    times = sorted(number * number * 31 % 600 for number in range(150))  # several at once, and holes
    for equity, ts_ns in enumerate(times):
        script.record(EquityMarked(account_id="acc", equity=equity, cash=0, day="", ledgers={}), ts_ns=ts_ns)
    await durable(database.journal, *script.records)
    given = {"strategy_id": None, "from_ns": span[0], "to_ns": span[1]}
    every = await database.history.equity("acc", **given)
    last = {one.ts_ns // every_ns: one for one in every}
    assert await database.history.equity("acc", **given, every_ns=every_ns) == list(last.values())


async def test_what_was_paid_in_is_kept_by_ledger(database, script, durable):
    def moved(strategy_id, kind, amount):
        event = CashMoved(
            account_id="acc", strategy_id=strategy_id, currency="INR", amount=1, kind=kind, base_amount=amount
        )
        script.record(event)

    moved("manual", "DEPOSIT", HUGE)
    moved("manual", "ALLOCATION", -50)
    moved("sma", "ALLOCATION", 50)
    script.record(
        PositionMoved(
            account_id="acc", symbol="AAPL", from_strategy_id="sma", to_strategy_id="manual", position_id="p",
            quantity=1, cost=2, realized_pnl=0, cash_flow=0, currency="USD", base_worth=30,
        )
    )  # fmt: skip
    await durable(database.journal, *script.records)
    history = database.history
    own = await history.cash_flows("acc", strategy_id="sma")
    assert own == [CashFlow(3_000, "sma", "ALLOCATION", 50), CashFlow(4_000, "sma", "POSITION", -30)]
    assert sum(one.amount for one in await history.cash_flows("acc", strategy_id=None)) == HUGE
    assert await history.cash_flows("other", strategy_id=None) == []


async def test_a_ping_answers(database):
    await database.history.ping()


async def test_how_events_fall_into_commits_does_not_show_in_the_rows(tmp_path, script, durable):
    for number in (1, 2):
        script.place()
        script.record(OrderSubmitted(order_id=f"o{number}"))
        filled(script, f"o{number}", quantity=3 * SCALE, price=150 * SCALE)
    script.record(OrderCanceled(order_id="o1", reason="asked"))
    filled(script, "o1", quantity=7 * SCALE, price=151 * SCALE)
    together, apart = open_database(tmp_path / "together"), open_database(tmp_path / "apart")
    await durable(together.journal, *script.records)
    for recorded in script.records:
        await durable(apart.journal, recorded)
    whole = await together.history.orders(OrderFilter())
    assert whole == await apart.history.orders(OrderFilter())
    assert [order.status for order in whole.rows] == [OrderStatus.PARTIALLY_FILLED, OrderStatus.FILLED]
    together.close()
    apart.close()
