"""The live stream against a started server: ticks, own orders, and nothing missed when the server goes and comes."""

import asyncio
import signal
import threading
from decimal import Decimal

import pytest

from client.conftest import wait_for_prices
from openbell.client import (
    AsyncClient,
    Candle,
    Client,
    Gap,
    Message,
    NewOrder,
    OrderFill,
    OrderUpdate,
    Resync,
    Side,
    State,
    StreamProblem,
    Tick,
    Trade,
    Unauthorized,
    Unavailable,
)
from started_server import EMAIL, PASSWORD

BUY = {"symbol": "BTC/USD", "side": Side.BUY, "quantity": Decimal("0.001")}


def until(stream, wanted, seconds=15):
    """Give all messages up to the first that is wanted."""
    seen = []
    while not (seen and wanted(seen[-1])):
        message = stream.next(timeout_s=seconds)
        assert isinstance(message, Message), f"nothing more after {[one.type for one in seen]}"
        seen.append(message)
    return seen


def fill_of(order):
    return lambda message: isinstance(message.data, Trade) and message.data.order_id == order.order_id


def test_ticks_candles_and_own_fills_arrive_typed(client):
    with client.stream() as stream:
        stream.subscribe("ticks", "BTC/USD")
        stream.subscribe("candles", "BTC/USD", timeframe="1m")
        stream.subscribe("order_fills")
        tick = until(stream, lambda message: isinstance(message.data, Tick))[-1].data
        assert tick.symbol == "BTC/USD" and isinstance(tick.price, Decimal) and tick.timestamp.tzinfo
        until(stream, lambda message: isinstance(message.data, Candle))
        order = client.orders.place(NewOrder(**BUY))
        seen = until(stream, lambda message: isinstance(message.data, OrderFill))
        assert seen[-1].data.order_id == order.order_id
        assert any(isinstance(one.data, OrderUpdate) for one in seen) and any(map(fill_of(order), seen))


def test_a_subscription_that_is_refused_is_told(client):
    with client.stream() as stream:
        stream.subscribe("ticks", "NO/SUCH")
        problem = until(stream, lambda message: isinstance(message.data, StreamProblem))[-1].data
        assert problem.code == "INVALID_SUBSCRIPTION"


def test_a_stream_goes_on_after_an_event_seen_another_day(client):
    with client.stream() as stream:
        stream.ready()
        before = stream.last_seq
        until(stream, fill_of(client.orders.place(NewOrder(**BUY))))
    with client.stream(from_seq=before) as stream:
        assert until(stream, lambda message: isinstance(message.data, Trade))[0].seq == before + 1


def test_a_stranger_s_stream_ends_with_the_reason(running):
    with Client(running.url, api_key="wrong") as stranger, stranger.stream() as stream, pytest.raises(Unauthorized):
        stream.next(timeout_s=10)


def test_a_stream_that_cannot_open_says_so_in_time():
    with Client("http://127.0.0.1:9", api_key="x") as nowhere, nowhere.stream() as stream:
        with pytest.raises(Unavailable):
            stream.ready(timeout_s=0.3)
        assert stream.state in (State.CONNECTING, State.WAITING)


async def test_a_closed_stream_ends_its_reader(running, api_key):
    async with AsyncClient(running.url, api_key=api_key) as one, one.stream() as stream:
        await stream.ready()
        reader = asyncio.create_task(stream.next(timeout_s=30))
        await asyncio.sleep(0)
        await stream.close()
        assert await reader is None and [message async for message in stream] == []


class Account:
    """Listens on a thread of its own to all that happens to an account."""

    def __init__(self, stream):
        self.stream = stream
        self.heard = []
        self.changed = threading.Condition()
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self):
        for message in self.stream:
            with self.changed:
                self.heard.append(message)
                self.changed.notify_all()

    def wait(self, wanted):
        with self.changed:
            assert self.changed.wait_for(lambda: any(map(wanted, self.heard)), timeout=40), self.heard[-3:]


def assert_no_gap(heard, first):
    """Every number is the one before or the next, unless the server said that history is gone."""
    numbered = [m.seq for m in heard if m.channel == "private" and m.seq and m.type != "snapshot"]
    # What was on its way when the listening began may come first.
    last = min(first, numbered[0])
    for message in heard:
        if isinstance(message.data, Resync):
            last = message.seq
        elif message.channel == "private" and message.seq and message.type != "snapshot":
            assert message.seq in (last, last + 1), f"{message.seq} after {last}"
            last = message.seq
    assert not [message for message in heard if isinstance(message.data, Gap)]


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_a_restart_of_the_server_leaves_no_gap(own_server, how):
    states = []
    with Client(own_server.url, email=EMAIL, password=PASSWORD) as client:
        wait_for_prices(client)
        with client.stream(on_state=states.append) as stream:
            stream.ready()
            first, account = stream.last_seq, Account(stream)
            stream.subscribe("order_fills")
            account.wait(fill_of(client.orders.place(NewOrder(**BUY))))
            own_server.stop(how)
            own_server.start()
            wait_for_prices(client)
            stream.ready()
            last = client.orders.place(NewOrder(**BUY))
            account.wait(fill_of(last))
            account.wait(lambda message: isinstance(message.data, OrderFill) and message.data.order_id == last.order_id)
    assert states.count(State.OPEN) >= 2 and State.WAITING in states and states[-1] is State.CLOSED
    assert_no_gap(account.heard, first)
