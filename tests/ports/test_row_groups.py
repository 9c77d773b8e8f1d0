"""Rows are written many to a call: groups of every size come out whole, amounts of any size exact."""

import pytest

from openbell.adapters.sql.order_rows import change, placed
from openbell.domain.audit import AuditEntry
from openbell.domain.events import (
    OrderAccepted,
    OrderDoubted,
    OrderFilled,
    OrderModified,
    OrderPlaced,
    OrderSubmitted,
)
from openbell.domain.fill import Fill, Liquidity
from openbell.domain.order import OrderStatus
from openbell.domain.values import SCALE
from openbell.ports import AuditFilter, OrderFilter

HUGE = 10**12 * SCALE
"""More steps than 64 bits hold."""


def entry(action: str) -> AuditEntry:
    """An audit entry of somebody."""
    names = ("role", "credential", "contract", "client_ip", "request_id", "subject", "outcome", "detail")
    return AuditEntry(ts_ns=1, actor_id="u", action=action, **dict.fromkeys(names, ""))


@pytest.mark.parametrize("many", [1, 2, 63, 64, 65, 100, 131])
async def test_a_group_of_any_size_is_written_whole(database, script, durable, many):
    records = [script.place() for _ in range(many)]
    assert await durable(database.journal, *records) is None
    assert list(database.journal.read(after_seq=0)) == records
    page = await database.history.orders(OrderFilter(account_id="acc", limit=200))
    assert [order.order_id for order in reversed(page.rows)] == [recorded.event.order_id for recorded in records]


async def test_amounts_past_64_bits_are_kept_exactly_among_others(database, script, durable):
    records = [script.place(quantity=quantity) for quantity in (1, HUGE, -HUGE, 2)]
    assert await durable(database.journal, *records) is None
    kept = [await database.history.order(recorded.event.order_id) for recorded in records]
    assert [order.quantity for order in kept] == [1, HUGE, -HUGE, 2]


async def test_orders_new_and_changed_in_one_commit_end_as_they_should(database, script, durable):
    old, new = script.place(), None
    await durable(database.journal, old)
    events = [OrderSubmitted(order_id="o1"), OrderAccepted(order_id="o1")]
    records = [script.record(event) for event in events]
    new = script.place()
    change = OrderModified(order_id="o1", quantity=HUGE, limit_price=5, stop_price=None)
    records += [new, script.record(OrderSubmitted(order_id=new.event.order_id)), script.record(change)]
    assert await durable(database.journal, *records) is None
    first, second = [await database.history.order(one.event.order_id) for one in (old, new)]
    assert (first.status, first.quantity, first.limit_price, first.revision) == (OrderStatus.ACCEPTED, HUGE, 5, 2)
    assert (second.status, second.quantity, second.symbol) == (OrderStatus.SUBMITTED, 10 * SCALE, "AAPL")


async def test_an_entry_is_kept_with_its_records_or_not_at_all(database, script):
    told = []
    database.journal.append([script.place()], told.append, entry=entry("kept"))
    stray = OrderSubmitted(order_id="nobodys")
    database.journal.append([script.record(stray)], told.append, entry=entry("lost"))
    database.journal.append([], told.append, entry=entry("lost"))
    await database.audit.append(entry("alone"))
    page = await database.audit.rows(AuditFilter())
    kept = [row.entry.action for row in page.rows]
    assert "alone" in kept and "lost" not in kept
    assert ("kept" in kept) == (told[0] is None)


def fill_of(order: OrderPlaced, number: int, quantity: int) -> OrderFilled:
    """A piece of an order, bought for more than 64 bits hold."""
    fill = Fill(
        fill_id=f"f{number}",
        venue_fill_id=f"v{number}",
        order_id=order.order_id,
        account_id=order.account_id,
        strategy_id=order.strategy_id,
        symbol=order.symbol,
        side=order.side,
        quantity=quantity,
        price=50_000 * SCALE,
        fee=1,
        currency="USD",
        liquidity=Liquidity.TAKER,
        model="ideal",
        ts_ns=number,
        realized_pnl=-HUGE,
    )
    return OrderFilled(
        order_id=order.order_id,
        fill=fill,
        position_id="p",
        position_quantity=quantity,
        position_cost=HUGE,
        is_new_position=False,
        cash_flow=-HUGE,
    )


@pytest.mark.parametrize("commits", [1, 2, 5])
async def test_an_order_reads_as_it_ended_however_its_life_was_cut_into_commits(database, script, durable, commits):
    first, second = script.place(), script.place()
    records = [first, second]
    for one in (first, second):
        told = [OrderSubmitted(order_id=one.event.order_id), OrderAccepted(order_id=one.event.order_id)]
        records += [script.record(event) for event in told]
    records += [
        script.record(fill_of(first.event, 1, 4 * SCALE)),
        script.record(OrderDoubted(order_id="o1", reason="?")),
    ]
    records += [script.record(fill_of(first.event, 2, 6 * SCALE)), script.record(fill_of(second.event, 3, 9 * SCALE))]
    size = -(-len(records) // commits)
    for begin in range(0, len(records), size):
        assert await durable(database.journal, *records[begin : begin + size]) is None
    kept = [await database.history.order(one.event.order_id) for one in (first, second)]
    for order, placing in zip(kept, (first, second), strict=True):
        expected = placed(placing.event, placing.ts_ns)
        for one in records:
            if one.event.order_id == order.order_id and one is not placing:
                change(expected, one.event, one.ts_ns)
        assert order == expected
    page = await database.history.fills(OrderFilter(account_id="acc"))
    assert [fill.realized_pnl for fill in page.rows] == [-HUGE] * 3
    assert [one.status for one in kept] == [OrderStatus.FILLED, OrderStatus.PARTIALLY_FILLED]
