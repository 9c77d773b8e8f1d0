"""Promise 13: over a network that fails in every way, nobody misses an event, hears it twice or keeps a wrong book."""

import asyncio
import json
import os
from collections import Counter

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus, WebSocketException

from contracts.test_book_deltas import Told
from fault_proxy import FAULTS, FaultProxy, fault_proxy
from openbell.domain.commands import PlaceOrder
from openbell.domain.market import BookSnapshot
from openbell.domain.order import Instruction, Side
from openbell.domain.values import parse
from openbell.streaming.ring import RING_MAX
from platform_floor import open_floor, served
from waiting import WAIT_S

CLIENTS = int(os.environ.get("OPENBELL_TEST_SOCKETS", "10"))
MESSAGES = int(os.environ.get("OPENBELL_TEST_SOCKET_MESSAGES", "2000"))
SILENCE_SECONDS = 1.0
"""A connection without a sign of life for so long is given up: books come all the time here.

Each one given up without a word makes the client more patient: a busy machine may need longer to say one.
"""
SUBSCRIBE = {
    "type": "subscribe",
    "channel": "orderbook",
    "instruments": ["AAPL"],
    "parameters": {"delta": True, "depth": 5},
}


class Follower:
    """A client that follows an account and a book by what the documents say, over connections that fail."""

    def __init__(self, token: str, *, first_seq: int) -> None:
        self._token = token
        self.port = 0
        self.seq, self.part = first_seq, 0
        self.heard: list[tuple[int, int]] = []
        self.told: Told | None = None
        self.messages = 0
        self._patience_s = SILENCE_SECONDS
        self.is_over = False

    async def run(self) -> None:
        while not self.is_over:
            try:
                url = f"ws://127.0.0.1:{self.port}/ws?token={self._token}&from_seq={self.seq}"
                async with connect(url, open_timeout=10, close_timeout=0.1) as socket:
                    self.told = None
                    await socket.send(json.dumps(SUBSCRIBE))
                    while True:
                        text = await asyncio.wait_for(socket.recv(), self._patience_s)
                        self.take(json.loads(text, parse_float=str, parse_int=str))
            except InvalidStatus:
                raise  # the network fails here, and nobody is turned away
            except (OSError, WebSocketException, EOFError):
                self._patience_s = min(1.5 * self._patience_s, WAIT_S)
                await asyncio.sleep(0.01)

    def take(self, said: dict) -> None:
        kind = said["type"]
        self.messages += 1
        self._patience_s = SILENCE_SECONDS
        assert kind != "resync", "everything that was missed is still there"
        if kind == "orderbook":
            self.told = Told(said)
        elif kind == "orderbook_delta" and self.told is not None:
            self.told.follow(said)
            assert self.told.checksum() == int(said["data"]["checksum"])
        elif said.get("channel") == "private" and "parts" in said and kind != "snapshot":
            self.note(int(said["seq"]), int(said["part"]), int(said["parts"]))

    def note(self, seq: int, part: int, parts: int) -> None:
        if (seq, part) <= (self.seq, self.part) or seq <= self.seq:
            return  # the parts of an event that broke off come again as a whole
        if seq == self.seq + 1 and part <= self.part:
            return
        assert (seq, part) == (self.seq + 1, self.part + 1), f"{seq}/{part} came after {self.seq}/{self.part}"
        self.heard.append((seq, part))
        self.part = part
        if part == parts:
            self.seq, self.part = seq, 0


async def trade(floor, account_id: str, end: int, followers: list[Follower]) -> None:
    """Let orders fill and a book change up to an event. Every event is heard; of books the latest, if time is short.

    Who is further behind than what is kept would rightly be told to begin anew: the last one is waited for before.
    """
    engine, views, number = floor.system.engine, floor.system.views, 0
    buy = {"symbol": "BTC/USD", "quantity": parse("0.001")}
    while (count := views.account(account_id).event_count) < end:
        number += 1
        book(floor, number)
        if count - min(one.seq for one in followers) > RING_MAX // 2:
            await asyncio.sleep(0.2)
            continue
        side = Side.BUY if number % 2 else Side.SELL
        await engine.submit(
            PlaceOrder(
                ts_ns=engine.now_ns(),
                account_id=account_id,
                strategy_id="manual",
                instruction=Instruction(side=side, **buy),
            )
        )
        await asyncio.sleep(0.01)
    await engine.drained()
    book(floor, number + 1, size="9")


def book(floor, number: int, *, size: str = "") -> None:
    sizes = [size or str(1 + (number + level) % 7) for level in range(5)]
    bids = tuple((parse(f"{99.5 - level / 100:.2f}"), parse(sizes[level])) for level in range(5))
    asks = tuple((parse(f"{100.5 + level / 100:.2f}"), parse(str(1 + (number * level) % 5))) for level in range(5))
    floor.system.engine.observe(BookSnapshot("AAPL", floor.system.engine.now_ns(), number, bids, asks))


async def followed(follower: Follower, port: int, *, seed: int, last: asyncio.Future[int]) -> FaultProxy:
    """Follow through a proxy of one's own until the last event is there, and hold what was heard against what was."""
    first = follower.seq
    async with fault_proxy(port, seed=seed) as (proxy, own_port):
        follower.port = own_port
        running = asyncio.create_task(follower.run())
        try:
            end = await last
            proxy.is_calm = True
            while follower.seq < end or follower.told is None or set(follower.told.sides["bids"].values()) != {"9"}:
                assert not running.done(), running.result()
                await asyncio.sleep(0.02)
        finally:
            # A connection that breaks just then takes the cancellation for its own.
            follower.is_over = True
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
    assert len(follower.heard) == len(set(follower.heard)), f"seed {seed}: a message was told twice"
    assert [seq for seq, part in follower.heard if part == 1 and seq <= end] == list(range(first + 1, end + 1)), (
        f"seed {seed}: a gap"
    )
    assert follower.messages >= MESSAGES
    return proxy


@pytest.mark.timeout(max(900, CLIENTS * MESSAGES // 100))  # on a machine that others work on
async def test_nobody_misses_an_event_or_hears_it_twice_over_a_network_that_fails(tmp_path):
    # All are one user, and what half-open connections hold is given back only when they have been idle for long.
    async with open_floor(tmp_path, socket_connections_max=10 * CLIENTS) as floor:
        await check_all(floor)


async def check_all(floor) -> None:
    floor.price("BTC/USD", "40000.00", "40000.05")
    token = await floor.token("ada")
    account_id = list(floor.system.core.state.accounts)[-1]
    first = floor.system.views.account(account_id).event_count
    last = asyncio.get_running_loop().create_future()
    async with served(floor) as address:
        port = int(address.rsplit(":", 1)[1].split("/")[0])
        # Events are kept from the first connection of an account on.
        async with connect(f"{address}?token={token}"), asyncio.TaskGroup() as group:
            followers = [Follower(token, first_seq=first) for _ in range(CLIENTS)]
            tasks = [group.create_task(followed(one, port, seed=seed, last=last)) for seed, one in enumerate(followers)]
            await trade(floor, account_id, first + MESSAGES, followers)
            last.set_result(floor.system.views.account(account_id).event_count)
        happened = sum((task.result().happened for task in tasks), Counter())
    assert happened.keys() == set(FAULTS), "every fault has happened"
