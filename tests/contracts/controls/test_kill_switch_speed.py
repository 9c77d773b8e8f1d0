"""Promise 22: a kill switch blocks within 100 ms, and a thousand cancels are on their way within a second."""

import time

import pytest

from openbell.domain import venue as v
from openbell.domain.commands import PlaceOrder, SetKillSwitch, SetLimits
from openbell.domain.order import Instruction, OrderType, Side
from openbell.domain.risk import KillScope, RiskLimits
from openbell.domain.values import parse
from platform_floor import open_floor

ORDERS = 1_000
BLOCKED_SECONDS_MAX = 0.1
SENT_SECONDS_MAX = 1.0
TRIES = 3
"""Seconds are those this process worked, so that a busy machine does not decide; one try has to be fast enough."""


async def measured(floor, account_id: str) -> tuple[float, float]:
    """Place a thousand orders, stop, and give the seconds until nothing passed and until every cancel was sent."""
    engine, canceled, venue = floor.system.engine, [], floor.system.engine._venue
    limit = {"order_type": OrderType.LIMIT, "limit_price": parse("1")}
    buy = Instruction(symbol="AAPL", side=Side.BUY, quantity=parse("1"), **limit)

    def order() -> PlaceOrder:
        return PlaceOrder(ts_ns=engine.now_ns(), account_id=account_id, strategy_id="manual", instruction=buy)

    def switch(*, is_active: bool) -> SetKillSwitch:
        common = {"scope": KillScope.ACCOUNT, "target": account_id, "reason": "test", "actor": "me"}
        return SetKillSwitch(ts_ns=engine.now_ns(), is_active=is_active, **common)

    for _ in range(ORDERS):
        assert (await engine.submit(order())).refusal is None
    await engine.drained()
    send = type(venue).send

    async def counted(request) -> None:
        canceled.append(request)
        await send(venue, request)

    venue.send = counted
    began = time.process_time()
    assert (await engine.submit(switch(is_active=True))).refusal is None
    assert (await engine.submit(order())).refusal.code == "KILL_SWITCH"
    blocked = time.process_time() - began
    await engine.quiet()
    sent = time.process_time() - began
    assert sum(isinstance(one, v.CancelRequest) for one in canceled) == len(canceled) == ORDERS
    del venue.send
    await engine.drained()
    await engine.submit(switch(is_active=False))
    return blocked, sent


@pytest.mark.timeout(240)
async def test_a_kill_switch_blocks_at_once_and_sends_a_thousand_cancels_within_a_second(tmp_path):
    async with open_floor(tmp_path) as floor:
        floor.price("AAPL", "100.00", "100.05")
        await floor.token("ada")
        account_id = list(floor.system.core.state.accounts)[-1]
        limits = RiskLimits(orders_per_second_max=None, open_orders_max=None, price_age_max_ns=None)
        await floor.system.engine.submit(
            SetLimits(ts_ns=floor.system.engine.now_ns(), account_id=account_id, limits=limits)
        )
        seen = []
        while not (seen and seen[-1][0] <= BLOCKED_SECONDS_MAX and seen[-1][1] <= SENT_SECONDS_MAX):
            assert len(seen) < TRIES, f"blocked and sent after {seen} s"
            seen.append(await measured(floor, account_id))
