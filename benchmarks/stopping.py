"""A kill switch over a thousand working orders: until no order passes, it is durable, and every cancel was sent."""

import asyncio
import time
from pathlib import Path
from typing import Any

import uvloop
from figures import Figure, Size, figure, main, quantile
from orders import PRICE, SYMBOL, open_system, show_price
from server import scratch

from openbell.bootstrap.system import System
from openbell.domain.account import MANUAL
from openbell.domain.commands import PlaceOrder, SetKillSwitch
from openbell.domain.order import Instruction, OrderType, Side
from openbell.domain.risk import KillScope
from openbell.domain.values import SCALE
from openbell.domain.venue import CancelRequest

ORDERS = 1_000
BLOCKED_MS_TARGET = 100
SENT_MS_TARGET = 1_000


def order(system: System) -> PlaceOrder:
    """Give an order that rests far below the market."""
    far = {"order_type": OrderType.LIMIT, "limit_price": PRICE // 2}
    buy = Instruction(symbol=SYMBOL, side=Side.BUY, quantity=SCALE // 1_000, **far)
    return PlaceOrder(ts_ns=system.engine.now_ns(), account_id="acc", strategy_id=MANUAL, instruction=buy)


def switch(system: System, *, is_active: bool) -> SetKillSwitch:
    """Give the command that sets or releases the switch."""
    common: dict[str, Any] = {"scope": KillScope.ACCOUNT, "target": "acc", "reason": "benchmark", "actor": "me"}
    return SetKillSwitch(ts_ns=system.engine.now_ns(), is_active=is_active, **common)


async def stopped(system: System, *, orders: int) -> tuple[float, ...]:
    """Stop over so many orders: milliseconds until blocked, until denied, until sent, and of the processor."""
    show_price(system)
    outcomes = await asyncio.gather(*(system.engine.submit(order(system)) for _ in range(orders)))
    assert all(outcome.refusal is None for outcome in outcomes)
    await system.engine.drained()
    venue, canceled = system.engine._venue, 0  # noqa: SLF001 - where requests leave
    send = venue.send

    async def counted(request: Any) -> None:
        nonlocal canceled
        canceled += isinstance(request, CancelRequest)
        await send(request)

    venue.send = counted  # type: ignore[method-assign]
    began, cpu = time.perf_counter(), time.process_time()
    stopping = asyncio.ensure_future(system.engine.submit(switch(system, is_active=True)))
    await asyncio.sleep(0)  # it is decided; whatever is decided from here on is denied
    blocked = time.perf_counter() - began
    refusal = (await system.engine.submit(order(system))).refusal
    denied = time.perf_counter() - began
    await system.engine.quiet()
    sent, cpu = time.perf_counter() - began, time.process_time() - cpu
    assert (await stopping).refusal is None
    assert refusal is not None
    assert refusal.code == "KILL_SWITCH"
    assert canceled == orders
    del venue.send
    await system.engine.drained()
    await system.engine.submit(switch(system, is_active=False))
    return tuple(seconds * 1_000 for seconds in (blocked, denied, sent, cpu))


async def repeated(folder: Path, *, orders: int, repeats: int) -> list[tuple[float, ...]]:
    """Do it again and again on one system."""
    system = await open_system(folder / f"stopping-{orders}")
    try:
        return [await stopped(system, orders=orders) for _ in range(repeats)]
    finally:
        await system.engine.stop()
        await asyncio.to_thread(system.database.close)


def measure(size: Size) -> list[Figure]:
    """Measure everything here."""
    orders, repeats = size.pick(20, ORDERS, ORDERS), size.pick(1, 5, 20)
    with scratch() as folder:
        blocked, denied, sent, cpu = zip(*uvloop.run(repeated(folder, orders=orders, repeats=repeats)), strict=True)
    each = [milliseconds * 1_000 / orders for milliseconds in cpu]
    of = f"{orders:,} orders"
    return [
        figure(f"{of}: no order passes after", blocked, unit="ms", target=BLOCKED_MS_TARGET),
        figure(f"{of}: no order passes, 95 % within", [quantile(blocked, 0.95)], unit="ms", target=BLOCKED_MS_TARGET),
        figure(f"{of}: the switch is durable and the next order was denied after", denied, unit="ms"),
        figure(f"{of}: every cancel is sent after", sent, unit="ms", target=SENT_MS_TARGET),
        figure(f"{of}: all sent, 95 % within", [quantile(sent, 0.95)], unit="ms", target=SENT_MS_TARGET),
        figure("processor time", each, unit="µs/order"),
    ]


if __name__ == "__main__":
    main(measure, about=__doc__ or "")
