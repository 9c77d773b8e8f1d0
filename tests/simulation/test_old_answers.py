"""Answers of a venue that are older than what has happened since, and what went missing before an order's end."""

import pytest

from openbell.domain import commands as c
from openbell.domain.order import Instruction, OrderStatus, OrderType, Side
from openbell.domain.values import parse
from openbell.domain.venue import CancelRequest, VenueCanceled, VenueFilled
from openbell.ports import Unavailable
from openbell.runtime.reconciliation import UNKNOWN_SECONDS
from simulation.trading_world import SYMBOL, trading_world

DAYS = 86_400 * 10**9


async def rest(world, *, limit=30_000) -> str:
    """Place an order that rests at the venue, and give its id."""
    instruction = Instruction(
        symbol=SYMBOL, side=Side.BUY, quantity=parse(3), order_type=OrderType.LIMIT, limit_price=parse(limit)
    )
    command = c.PlaceOrder(ts_ns=world.clock.now_ns(), account_id="acc", strategy_id="manual", instruction=instruction)
    order_id = (await world.engine.submit(command)).subject_id
    await world.engine.drained()
    return order_id


def asked_slowly(world, seconds, meanwhile=None):
    """Let the venue look at once and answer late."""
    reconcile = world.venue.reconcile

    async def slowly(orders):
        reports = await reconcile(orders)
        world.clock.step(seconds)
        if meanwhile is not None:
            await meanwhile()
        return reports

    world.venue.reconcile = slowly


def lost(world, monkeypatch):
    """Let no request reach the venue."""

    async def send(_request):
        raise Unavailable("connection reset")

    monkeypatch.setattr(world.venue, "send", send)


async def test_a_venue_that_looked_before_an_order_could_have_come_is_not_believed(tmp_path, monkeypatch):
    async with trading_world(tmp_path, seed=1) as world:
        lost(world, monkeypatch)
        order = world.core.state.orders[await rest(world)]
        asked_slowly(world, UNKNOWN_SECONDS + 1)
        await world.reconciler.ask_about_doubts()
        assert (order.status, order.in_doubt) == (OrderStatus.SUBMITTED, True)
        await world.reconciler.ask_about_doubts()
        assert order.status is OrderStatus.REJECTED


async def test_how_an_order_stood_before_its_change_was_answered_is_no_news(tmp_path):
    async with trading_world(tmp_path, seed=1) as world:
        order = world.core.state.orders[await rest(world)]

        async def grow():
            command = c.ModifyOrder(
                ts_ns=world.clock.now_ns(), account_id="acc", order_id=order.order_id, quantity=parse(5)
            )
            await world.engine.submit(command)
            await world.engine.drained()
            assert order.quantity == parse(5)

        asked_slowly(world, 1, grow)
        await world.reconciler.ask_about_all()
        assert (order.status, order.quantity) == (OrderStatus.ACCEPTED, parse(5))


@pytest.mark.parametrize("is_restarted", [False, True])
async def test_a_fill_whose_report_was_lost_is_booked_though_its_order_has_ended(tmp_path, is_restarted):
    async with trading_world(tmp_path, seed=1) as world:
        venue, order_id = world.venue, await rest(world)
        filled = VenueFilled(
            order_id=order_id,
            venue_fill_id="lost",
            ts_ns=world.clock.now_ns(),
            quantity=parse(1),
            price=parse(30_000),
            fee=0,
            liquidity="MAKER",
            model="remote",
        )
        ended = VenueCanceled(order_id=order_id, ts_ns=world.clock.now_ns())
        venue.story[order_id] = [*venue.story[order_id], filled, ended]
        world.engine.take(ended)
        assert world.core.state.orders[order_id].status is OrderStatus.CANCELED
        await world.engine.drained()
        if not is_restarted:
            await world.reconciler.ask_about_all()
            assert world.core.state.orders[order_id].filled_quantity == parse(1)
        clock = world.clock
    async with trading_world(tmp_path, seed=1, venue=venue, now_ns=clock.now) as world:
        assert world.core.state.orders[order_id].filled_quantity == parse(1)
        assert world.core.state.accounts["acc"].exposures[SYMBOL].quantity == parse(1)


async def test_an_order_that_is_over_here_and_works_there_is_taken_back(tmp_path):
    async with trading_world(tmp_path, seed=1) as world:
        order_id = await rest(world)
        world.engine.take(VenueCanceled(order_id=order_id, ts_ns=world.clock.now_ns()))
        await world.reconciler.ask_about_all()
        await world.engine.drained()
        assert [r.order_id for r in world.venue.received if isinstance(r, CancelRequest)] == [order_id]
        assert isinstance(world.venue.story[order_id][-1], VenueCanceled)


async def test_an_order_in_doubt_by_a_clock_that_was_days_ahead_is_settled_once_that_is_put_right(
    tmp_path, monkeypatch
):
    async with trading_world(tmp_path, seed=1) as world:
        right_ns, venue = world.clock.now, world.venue
        world.clock.now += 3 * DAYS
        world.quote()
        lost(world, monkeypatch)
        order_id = await rest(world)
        assert world.core.state.orders[order_id].in_doubt
    async with trading_world(tmp_path, seed=1, venue=venue, now_ns=right_ns) as world:
        world.clock.step(UNKNOWN_SECONDS + 1)
        await world.reconciler.ask_about_all()
        assert world.core.state.orders[order_id].status is OrderStatus.REJECTED
