"""What a venue says of an order that has not been handed to it yet, or that it has forgotten."""

import asyncio

import pytest

from openbell.domain import commands as c
from openbell.domain.fill import Liquidity
from openbell.domain.order import Instruction, OrderStatus, OrderType, Side
from openbell.domain.values import parse
from openbell.domain.venue import Admitted, VenueFilled
from openbell.ports import Unavailable
from openbell.runtime.reconciliation import UNKNOWN_SECONDS
from simulation.trading_world import SYMBOL, trading_world


def buy(world, **fields) -> c.PlaceOrder:
    given = {"side": Side.BUY, "quantity": parse(1), "order_type": OrderType.LIMIT, "limit_price": parse(30_000)}
    instruction = Instruction(symbol=SYMBOL, **given | fields)
    return c.PlaceOrder(ts_ns=world.clock.now_ns(), account_id="acc", strategy_id="manual", instruction=instruction)


@pytest.mark.asyncio
async def test_an_order_that_waits_behind_a_slow_request_is_not_taken_for_unknown_to_the_venue(tmp_path):
    async with trading_world(tmp_path, seed=1) as world:
        may_go, send = asyncio.Event(), world.venue.send

        async def slowly(request) -> None:
            await may_go.wait()
            await send(request)

        world.venue.send = slowly
        for _ in range(2):
            world.acknowledged.append((await world.engine.submit(buy(world))).subject_id)
        world.clock.step(UNKNOWN_SECONDS + 1)
        await world.reconciler.ask_about_all()
        may_go.set()
        await world.engine.drained()
        await world.settle()
        world.check()


@pytest.mark.asyncio
async def test_an_order_that_waits_for_its_commit_is_not_taken_for_unknown_to_the_venue(tmp_path):
    async with trading_world(tmp_path, seed=1) as world:
        told = []
        world.engine.begin(buy(world), told.append)
        world.clock.step(UNKNOWN_SECONDS + 1)
        # The venue answers within this turn of the loop: nothing is committed in between.
        await world.reconciler.ask_about_all()
        assert not told
        await world.engine.drained()
        world.acknowledged.append(told[0].subject_id)
        world.check()


@pytest.mark.asyncio
async def test_settling_says_nothing_of_an_exit_that_waits_for_its_entry(tmp_path):
    async with trading_world(tmp_path, seed=1) as world:
        entry = (await world.engine.submit(buy(world))).subject_id
        exit_ = buy(world, side=Side.SELL, limit_price=parse(50_000), parent_order_id=entry)
        held = (await world.engine.submit(exit_)).subject_id
        await world.engine.drained()
        world.clock.step(UNKNOWN_SECONDS + 1)
        alerts = world.core.state.alert_count
        await world.reconciler.settle()
        assert world.core.state.orders[held].status is OrderStatus.NEW
        assert world.core.state.alert_count == alerts
        assert [r.order_id for r in world.venue.received if isinstance(r, Admitted)] == [entry]


@pytest.mark.asyncio
async def test_an_order_filled_in_part_that_the_venue_has_forgotten_comes_to_an_end(tmp_path):
    async with trading_world(tmp_path, seed=1) as world:
        order_id = (await world.engine.submit(buy(world, quantity=parse(3)))).subject_id
        await world.engine.drained()
        order = world.core.state.orders[order_id]
        part = VenueFilled(
            order_id=order_id,
            venue_fill_id="one",
            ts_ns=world.clock.now_ns(),
            quantity=parse(1),
            price=parse(30_000),
            fee=0,
            liquidity=Liquidity.MAKER,
            model="remote",
        )
        world.engine.take(part)
        assert order.status is OrderStatus.PARTIALLY_FILLED
        del world.venue.story[order_id]
        world.clock.step(UNKNOWN_SECONDS + 1)
        await world.reconciler.ask_about_all()
        seq = world.core.state.seq
        await world.reconciler.ask_about_all()
        assert (order.status, world.core.state.seq) == (OrderStatus.CANCELED, seq)


@pytest.mark.asyncio
async def test_a_venue_that_fails_in_a_way_nobody_thought_of_is_asked_and_goes_on(tmp_path):
    async with trading_world(tmp_path, seed=1) as world:
        send, failures = world.venue.send, [ZeroDivisionError("a fault of the adapter")]

        async def failing(request) -> None:
            await send(request)
            if failures:
                raise failures.pop()

        world.venue.send = failing
        order_id = (await world.engine.submit(buy(world))).subject_id
        await world.engine.drained()
        await world.engine.submit(c.CancelOrder(ts_ns=world.clock.now_ns(), account_id="acc", order_id=order_id))
        await world.engine.drained()
        world.clock.step(UNKNOWN_SECONDS + 1)
        await world.settle()
        world.check()
        assert not world.core.state.orders[order_id].is_open


@pytest.mark.asyncio
async def test_trading_stops_when_more_waits_for_the_disk_than_may_wait(tmp_path, monkeypatch):
    async with trading_world(tmp_path, seed=1) as world:
        await world.engine.drained()
        monkeypatch.setattr(world.engine._journal._writer, "_backlog_max", 0)
        with pytest.raises(Unavailable, match="wait for their commit"):
            await world.engine.submit(buy(world))
        assert "wait for their commit" in world.engine.halted
        await world.engine.quiet()
        with pytest.raises(Unavailable, match="halted"):
            await world.engine.submit(buy(world))
        world.quote()
        assert not [one for one in world.venue.received if isinstance(one, Admitted)]
