"""D3, D7, D10: the market over /ws/market-data, for everybody."""

import asyncio
import json
from contextlib import asynccontextmanager

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from platform_floor import open_floor, served
from waiting import until

pytestmark = pytest.mark.usefixtures("both_ways")

PATH = "/ws/market-data"


async def hear(socket, kind):
    """Give the next message of a kind, numbers as they were written."""
    while True:
        message = json.loads(await asyncio.wait_for(socket.recv(), 30), parse_float=str)
        if message["type"] == kind:
            return message


async def say(socket, **message):
    await socket.send(json.dumps(message))


@asynccontextmanager
async def subscribed(address, channel, **further):
    async with connect(address + PATH) as socket:
        await say(socket, type="subscribe", channel=channel, symbol="BTC/USD", id="s", **further)
        assert (await hear(socket, "subscribed"))["id"] == "s"
        yield socket


async def test_d3_quotes_come_at_once_and_with_every_change(floor, address):
    async with subscribed(address, "quotes") as socket:
        first = await hear(socket, "quote")
        assert (first["channel"], first["symbol"], first["data"]["bid"]) == ("quotes", "BTC/USD", "43000.1")
        floor.price("BTC/USD", "43001.25", "43001.75")
        quote = await hear(socket, "quote")
        assert (quote["data"]["bid"], quote["data"]["ask"], quote["data"]["bid_quantity"]) == (
            "43001.25",
            "43001.75",
            1000,
        )
        assert quote["seq"] > quote["prev_seq"] == first["seq"]


async def test_d3_a_quote_tells_the_change_of_the_day(floor, address):
    floor.trade("BTC/USD", "40000")
    floor.trade("BTC/USD", "43000", "2")
    async with subscribed(address, "quotes") as socket:
        data = (await hear(socket, "quote"))["data"]
    assert (data["price"], data["change"], data["change_percent"], data["volume"]) == (43000, 3000, "7.5", 3)


async def test_d3_trades_and_books_come_in_the_guides_words(floor, address):
    async with subscribed(address, "trades") as socket:
        floor.trade("BTC/USD", "43000.15", "0.5")
        trade = (await hear(socket, "trade"))["data"]
        assert (trade["price"], trade["quantity"], trade["side"]) == ("43000.15", "0.5", "buy")
    async with subscribed(address, "orderbook", parameters={"depth": 1}) as socket:
        book = (await hear(socket, "orderbook"))["data"]
        assert book["bids"] == [{"price": "43000.1", "quantity": 1000}] and len(book["asks"]) == 1


async def test_d3_what_was_unsubscribed_is_silent(floor, address):
    async with subscribed(address, "trades") as socket:
        await say(socket, type="unsubscribe", channel="trades", symbol="BTC/USD", id=2)
        assert (await hear(socket, "unsubscribed"))["symbols"] == ["BTC/USD"]
        floor.trade("BTC/USD", "43000.15")
        await say(socket, type="ping", id=3)
        said = json.loads(await asyncio.wait_for(socket.recv(), 30))
        assert (said["type"], said["id"]) == ("pong", 3)


async def test_d7_only_what_is_subscribed_is_sent(floor, address):
    async with connect(address + PATH) as socket:
        await say(socket, type="subscribe", channel="trades", symbols=["BTC-USD", "AAPL"])
        assert (await hear(socket, "subscribed"))["symbols"] == ["BTC/USD", "AAPL"]
        floor.trade("ETH/USD", "3000")
        floor.trade("AAPL", "105.00")
        assert (await hear(socket, "trade"))["symbol"] == "AAPL"


async def test_d7_updates_come_in_batches_on_request(floor, address):
    async with subscribed(address, "trades", parameters={"batch_ms": 100}) as socket:
        for price in ("43000.15", "43000.20", "43000.25"):
            floor.trade("BTC/USD", price)
        batch = await hear(socket, "batch")
        prices = [one["data"]["price"] for one in batch["messages"]]
        assert prices == ["43000.15", "43000.2", "43000.25"]
        await say(socket, type="subscribe", channel="trades", symbol="BTC/USD", parameters={"batch_ms": 0})
        await hear(socket, "subscribed")
        floor.trade("BTC/USD", "43000.30")
        assert (await hear(socket, "trade"))["type"] == "trade"


@pytest.mark.parametrize(
    "message",
    [
        '{"type": "subscribe", "channel": "ticks", "symbol": "BTC/USD"}',
        '{"type": "subscribe", "channel": "private"}',
        '{"type": "subscribe", "channel": "desk.quotes", "symbol": "BTC/USD"}',
        '{"type": "subscribe", "channel": "quotes", "symbol": "NOPE"}',
        '{"type": "subscribe", "channel": "quotes"}',
        '{"type": "subscribe", "channel": "quotes", "symbol": "AAPL", "parameters": {"batch_ms": 101}}',
        '{"type": "subscribe", "channel": "quotes", "symbol": "AAPL", "parameters": {"batch_ms": true}}',
        '{"type": "order", "symbol": "BTC/USD"}',
        '{"type": 7}',
        "[]",
        "{",
        '"\\ud800"',
    ],
)
async def test_d3_what_is_not_understood_harms_nobody(address, message):
    async with connect(address + PATH) as socket:
        await socket.send(message)
        assert (await hear(socket, "error"))["error"]["code"] == "INVALID_SUBSCRIPTION"
        await say(socket, type="ping")
        await hear(socket, "pong")


async def test_d3_the_terminals_words_stay_at_ws(floor, address):
    token = await floor.token("ada")
    async with connect(f"{address}/ws?token={token}") as socket:
        await say(socket, type="subscribe", channel="quotes", symbol="BTC/USD")
        assert (await hear(socket, "error"))["error"]["code"] == "INVALID_SUBSCRIPTION"


async def test_d3_too_large_a_message_ends_the_connection(address):
    async with connect(address + PATH) as socket:
        await socket.send(" " * (64 * 1024 + 1))
        with pytest.raises(ConnectionClosed) as closed:
            await hear(socket, "nothing")
    assert closed.value.rcvd.code == 1009


async def test_d3_too_many_messages_are_dropped_and_then_end_the_connection(address):
    async with connect(address + PATH) as socket:
        for _ in range(200):
            await say(socket, type="ping")
        assert (await hear(socket, "error"))["error"]["code"] == "RATE_LIMITED"
        with pytest.raises(ConnectionClosed) as closed:
            await hear(socket, "nothing")
    assert closed.value.rcvd.code == 4429


async def test_d3_a_foreign_page_and_wrong_credentials_are_refused_at_the_door(address):
    for query, further, status in (
        ("", {"origin": "https://evil.example"}, 403),
        ("?token=nonsense", {}, 401),
        ("", {"additional_headers": {"X-API-KEY": "nonsense"}}, 401),
    ):
        with pytest.raises(InvalidStatus) as refused:
            await connect(address + PATH + query, **further)
        assert refused.value.response.status_code == status
    async with connect(address + PATH, origin=address.replace("ws:", "http:")) as socket:
        await hear(socket, "connected")


async def test_d3_connections_are_counted_by_address(floor, address):
    sockets = [await connect(address + PATH) for _ in range(20)]
    with pytest.raises(InvalidStatus) as refused:
        await connect(address + PATH)
    assert refused.value.response.status_code == 429 and int(refused.value.response.headers["retry-after"]) > 0
    token = await floor.token("ada")
    async with connect(f"{address}{PATH}?token={token}") as socket:
        await hear(socket, "connected")
    await asyncio.gather(*(socket.close() for socket in sockets))
    await until(lambda: not floor.system.hub.listeners)
    async with connect(address + PATH) as socket:
        await hear(socket, "connected")


async def test_d3_new_connections_have_a_pace(tmp_path):
    async with open_floor(tmp_path, rate_limits="on") as floor, served(floor) as sockets:
        address = sockets.removesuffix("/ws") + PATH
        for _ in range(60):
            async with connect(address):
                pass
        with pytest.raises(InvalidStatus) as refused:
            await connect(address)
    assert refused.value.response.status_code == 429


async def test_d3_a_restart_is_announced(floor, address):
    async with connect(address + PATH) as socket:
        await hear(socket, "connected")
        floor.system.hub.close(now_ns=floor.system.engine.now_ns())
        assert (await hear(socket, "error"))["error"]["code"] == "CONNECTION_LOST"
        with pytest.raises(ConnectionClosed) as closed:
            await hear(socket, "nothing")
    assert closed.value.rcvd.code == 1012
