"""Promise 22: with a kill switch no order leaves any more, and a thousand cancels are let out in the step that sets it.

How long that takes is measured by benchmarks/stopping.py: here it counts what is done, and when.
"""

import asyncio

from openbell.domain import venue as v
from openbell.domain.commands import PlaceOrder, SetKillSwitch, SetLimits
from openbell.domain.order import Instruction, OrderStatus, OrderType, Side
from openbell.domain.risk import KillScope, RiskLimits
from openbell.domain.values import parse
from platform_floor import open_floor

ORDERS = 1_000
UNLIMITED = RiskLimits(orders_per_second_max=None, open_orders_max=None, price_age_max_ns=None)


class Desk:
    """An account that trades, and everything that its venue is sent."""

    def __init__(self, floor, monkeypatch):
        self.engine, self.views, self.journal = floor.system.engine, floor.system.views, floor.system.engine._journal
        self.account_id = list(floor.system.core.state.accounts)[-1]
        self.sent, self.commits = [], []
        send, append = self.engine._venue.send, self.journal.append

        async def noted(request):
            self.sent.append(request)
            await send(request)

        def counted(records, *given, **named):
            self.commits.append(len(records))
            append(records, *given, **named)

        monkeypatch.setattr(self.engine._venue, "send", noted)
        monkeypatch.setattr(self.journal, "append", counted)

    def order(self):
        limit = {"order_type": OrderType.LIMIT, "limit_price": parse("1")}
        buy = Instruction(symbol="AAPL", side=Side.BUY, quantity=parse("1"), **limit)
        now = self.engine.now_ns()
        return self.engine.submit(
            PlaceOrder(ts_ns=now, account_id=self.account_id, strategy_id="manual", instruction=buy)
        )

    def stop(self):
        common = {"scope": KillScope.ACCOUNT, "target": self.account_id, "reason": "test", "actor": "me"}
        return self.engine.submit(SetKillSwitch(ts_ns=self.engine.now_ns(), is_active=True, **common))

    def kinds(self):
        return [type(request) for request in self.sent]


async def opened(floor, monkeypatch):
    floor.price("AAPL", "100.00", "100.05")
    await floor.token("ada")
    desk = Desk(floor, monkeypatch)
    now = desk.engine.now_ns()
    await desk.engine.submit(SetLimits(ts_ns=now, account_id=desk.account_id, limits=UNLIMITED))
    return desk


async def test_a_kill_switch_lets_out_every_cancel_in_its_own_step_and_no_order_after_it(tmp_path, monkeypatch):
    async with open_floor(tmp_path) as floor:
        desk = await opened(floor, monkeypatch)
        placed = await asyncio.gather(*(desk.order() for _ in range(ORDERS)))
        assert not any(outcome.refusal for outcome in placed)
        await desk.engine.drained()
        desk.sent.clear(), desk.commits.clear()
        stopped, *denied = await asyncio.gather(desk.stop(), *(desk.order() for _ in range(5)))
        await desk.engine.quiet()
        assert stopped.refusal is None and {one.refusal.code for one in denied} == {"KILL_SWITCH"}
        assert desk.kinds() == [v.CancelRequest] * ORDERS
        assert desk.commits[0] > ORDERS, "the switch and what it asks of each order are one commit"
        await desk.engine.drained()
        assert not desk.views.open_orders(desk.account_id)


async def test_an_order_on_its_way_when_the_switch_is_set_goes_out_before_its_cancel(tmp_path, monkeypatch):
    async with open_floor(tmp_path) as floor:
        desk = await opened(floor, monkeypatch)
        placed, stopped, denied = await asyncio.gather(desk.order(), desk.stop(), desk.order())
        await desk.engine.drained()
        assert placed.refusal is stopped.refusal is None and denied.refusal.code == "KILL_SWITCH"
        assert desk.kinds() == [v.Admitted, v.CancelRequest]
        await desk.engine.drained()
        assert desk.views.order(placed.subject_id).status is OrderStatus.CANCELED
