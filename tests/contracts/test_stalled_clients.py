"""Promise 14: five clients of fifty that stop reading slow nobody down, are told and closed, and can resume.

That nobody waits for them is shown by order: each tick is heard by all others before the next one is made. With
OPENBELL_TEST_TIMES=1, as at night, times are compared too.
"""

import asyncio
import json
import os
import socket
import statistics
import time

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from openbell.domain.commands import PlaceOrder, SetKillSwitch, SetLimits
from openbell.domain.market import BookSnapshot
from openbell.domain.order import Instruction, OrderType, Side
from openbell.domain.risk import KillScope, RiskLimits
from openbell.domain.values import parse
from openbell.streaming.outbox import TOO_SLOW
from platform_floor import open_floor, served
from waiting import WAIT_S

READERS, STALLED, TICKS = 45, 5, 150
HEARD_TICKS = 30
IS_TIMED = os.environ.get("OPENBELL_TEST_TIMES") == "1"
SLOWER_MAX = 2.0
FLOOR_SECONDS = 0.02
"""Below this a ratio says nothing: it is noise of the machine."""
SMALL = 4_096
ORDERS = 300
"""Each is told in at least four private messages, and a thousand may wait."""
BOOKS = {"type": "subscribe", "channel": "orderbook", "instruments": ["MSFT"], "parameters": {"depth": 100}}
BOOKS_SENT = 700
CANCELS = 1_100
UNLIMITED = RiskLimits(orders_per_second_max=None, open_orders_max=None, price_age_max_ns=None)


async def subscribe(connection) -> None:
    await connection.send(json.dumps({"type": "subscribe", "channel": "ticks", "instruments": ["AAPL"]}))
    while json.loads(await connection.recv())["type"] != "subscribed":
        pass


async def delays_of(connection, sent: list[float]) -> list[float]:
    """How long each tick took to arrive."""
    seen: list[float] = []
    async for text in connection:
        if text.startswith('{"type":"tick"'):
            seen.append(time.perf_counter() - sent[int(json.loads(text)["data"]["price"]) - 100])
            if len(seen) == TICKS:
                break
    return seen


async def p99(floor, connections) -> float:
    sent: list[float] = []
    reading = [asyncio.create_task(delays_of(one, sent)) for one in connections]
    for number in range(TICKS):
        sent.append(time.perf_counter())
        floor.trade("AAPL", str(100 + number))
        await asyncio.sleep(0.005)
    delays = [delay for one in await asyncio.wait_for(asyncio.gather(*reading), 60) for delay in one]
    return statistics.quantiles(delays, n=100)[98]


async def heard(connection, price: int) -> None:
    """Read on until a tick with this price."""
    async for text in connection:
        if text.startswith('{"type":"tick"') and int(json.loads(text)["data"]["price"]) == price:
            return
    raise AssertionError("the connection has ended")


async def tell_all(floor, connections, *, first: int) -> None:
    """Print trades, each when all have heard of the one before."""
    for price in range(first, first + HEARD_TICKS):
        floor.trade("AAPL", str(price))
        await asyncio.wait_for(asyncio.gather(*(heard(one, price) for one in connections)), WAIT_S)


async def compare_times(floor, readers, alone: float) -> None:
    """Let nobody be much slower than without the others."""
    beside = await p99(floor, readers)
    assert beside <= SLOWER_MAX * max(alone, FLOOR_SECONDS), f"{alone:.4f} s alone, {beside:.4f} s beside stalled"


def narrow(port: int) -> socket.socket:
    """A connection whose receiver takes next to nothing before it has been read."""
    one = socket.socket()
    one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL)
    one.connect(("127.0.0.1", port))
    return one


async def trade(floor, account_id: str) -> None:
    """Say more to the account than may wait for anybody: the quote moves so that orders fill at once."""
    engine = floor.system.engine
    for number in range(ORDERS):
        side = Side.BUY if number % 2 == 0 else Side.SELL
        instruction = Instruction(symbol="BTC/USD", side=side, quantity=parse("0.001"))
        await engine.submit(
            PlaceOrder(ts_ns=engine.now_ns(), account_id=account_id, strategy_id="manual", instruction=instruction)
        )
        await asyncio.sleep(0.011)
    await engine.drained()


@pytest.mark.timeout(240)
async def test_stalled_clients_slow_nobody_and_are_told_closed_and_resumed(tmp_path):
    async with open_floor(tmp_path, socket_connections_max=100) as floor, served(floor) as address:
        floor.price("BTC/USD", "40000.00", "40000.05")
        readers_url = f"{address}?token={await floor.token('reader')}"
        stalled_token = await floor.token("stalled")
        account_id = list(floor.system.core.state.accounts)[-1]
        first = floor.system.views.account(account_id).event_count
        readers = [await connect(readers_url) for _ in range(READERS)]
        for one in readers:
            await subscribe(one)
        alone = await p99(floor, readers) if IS_TIMED else 0.0
        port = int(address.rsplit(":", 1)[1].split("/")[0])
        url = f"{address}?token={stalled_token}&from_seq={first}"
        stalled = [await connect(url, sock=narrow(port), max_queue=1, close_timeout=1) for _ in range(STALLED)]
        for one in stalled:
            await one.send(json.dumps(BOOKS))
        await fill_buffers(floor)
        await trade(floor, account_id)
        await tell_all(floor, readers, first=1_000)
        if IS_TIMED:
            await compare_times(floor, readers, alone)
        for one in stalled:
            with pytest.raises(ConnectionClosed) as closed:
                await read_to_the_end(one)
            assert closed.value.rcvd is None or closed.value.rcvd.code == TOO_SLOW
        async with connect(url) as again:
            seqs = await resumed(again, floor.system.views.account(account_id).event_count)
        assert sorted(seqs) == list(range(first + 1, max(seqs) + 1))
        await asyncio.gather(*(one.close() for one in readers))


@pytest.mark.timeout(240)
async def test_a_client_that_reads_hears_of_a_thousand_cancels_at_once(tmp_path):
    async with open_floor(tmp_path) as floor, served(floor) as address:
        engine = floor.system.engine
        floor.price("AAPL", "100.00", "100.05")
        url = f"{address}?token={await floor.token('ada')}"
        account_id = list(floor.system.core.state.accounts)[-1]
        await engine.submit(SetLimits(ts_ns=engine.now_ns(), account_id=account_id, limits=UNLIMITED))
        far = {"order_type": OrderType.LIMIT, "limit_price": parse("1")}
        order = Instruction(symbol="AAPL", side=Side.BUY, quantity=parse("1"), **far)
        async with connect(url, max_queue=None) as reader:
            for _ in range(CANCELS):
                now = engine.now_ns()
                asked = PlaceOrder(ts_ns=now, account_id=account_id, strategy_id="manual", instruction=order)
                await engine.submit(asked)
            await engine.drained()
            await resumed(reader, floor.system.views.account(account_id).event_count)
            common = {"scope": KillScope.ACCOUNT, "target": account_id, "reason": "test", "actor": "me"}
            await engine.submit(SetKillSwitch(ts_ns=engine.now_ns(), is_active=True, **common))
            await engine.drained()
            assert not floor.system.views.open_orders(account_id)
            await resumed(reader, floor.system.views.account(account_id).event_count)


async def fill_buffers(floor) -> None:
    """Send so much that neither machine takes any more for a client that does not read."""
    engine, levels = floor.system.engine, range(1, 101)
    for number in range(BOOKS_SENT):
        bids = tuple((parse(f"{100 - level / 100:.2f}"), parse(str(number + level))) for level in levels)
        asks = tuple((parse(f"{100 + level / 100:.2f}"), parse(str(number + level))) for level in levels)
        engine.observe(BookSnapshot("MSFT", engine.now_ns(), number + 1, bids, asks))
        await asyncio.sleep(0.002)


async def read_to_the_end(connection) -> None:
    """Read until it is closed."""
    while True:
        await asyncio.wait_for(connection.recv(), 30)


async def resumed(connection, end: int) -> set[int]:
    """Read what was missed."""
    seqs: set[int] = set()
    while end not in seqs:
        said = json.loads(await asyncio.wait_for(connection.recv(), 30))
        if "parts" in said:
            seqs.add(said["seq"])
    return seqs
