"""R6 and R7: the terminal's words on the socket at /ws, over a real connection."""

import asyncio
import json

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from openbell.domain.market import Timeframe
from platform_floor import served

pytestmark = pytest.mark.usefixtures("both_ways")

BUY = {
    "strategy_id": "manual",
    "instrument": "AAPL",
    "order_type": "BUY",
    "quantity": 10,
    "order_kind": "MARKET",
    "execution_mode": "PAPER",
}


@pytest.fixture
async def url(terminal, client):
    token = client.headers["authorization"].removeprefix("Bearer ")
    async with served(terminal) as address:
        yield f"{address}?token={token}"


@pytest.fixture
async def socket(url):
    async with connect(url) as socket:
        assert (await hear(socket, "connected"))["timestamp"].endswith("Z")
        yield socket


async def hear(socket, kind):
    """Give the next message of a kind."""
    while True:
        message = json.loads(await asyncio.wait_for(socket.recv(), 30))
        if message["type"] == kind:
            return message


async def say(socket, kind, channel, instruments, **parameters):
    body = {"type": kind, "channel": channel, "instruments": instruments}
    await socket.send(json.dumps(body | ({"parameters": parameters} if parameters else {})))


async def subscribe(socket, channel, instruments, **parameters):
    await say(socket, "subscribe", channel, instruments, **parameters)
    return await hear(socket, "subscribed")


@pytest.mark.parametrize("channel", ["ticks", "trades"])
async def test_r6_ticks_of_many_instruments(terminal, socket, channel):
    said = await subscribe(socket, channel, ["AAPL", "BTC-USD"])
    assert said["instruments"] == ["AAPL", "BTC/USD"]
    heard = {}
    for symbol, price in (("AAPL", "150.25"), ("BTC/USD", "40000.5")):
        terminal.trade(symbol, price, "2")
        data = (await hear(socket, "tick"))["data"]
        assert data.keys() >= {"instrument", "price", "quantity", "timestamp", "trade_id"}
        heard[data["instrument"]] = data["price"]
    assert heard == {"AAPL": 150.25, "BTC/USD": 40000.5}


async def test_r6_candles_say_whether_they_are_final(terminal, socket):
    await subscribe(socket, "candles", ["AAPL"], timeframe="1s")
    terminal.trade("AAPL", "150.25", "2")
    first = (await hear(socket, "candle"))["data"]
    assert (first["timeframe"], first["close"], first["is_final"]) == ("1s", 150.25, False)
    assert first.keys() >= {"instrument", "open", "high", "low", "close", "volume", "timestamp"}
    while not (latest := (await hear(socket, "candle"))["data"])["is_final"]:
        pass
    assert latest["timestamp"] == first["timestamp"]


@pytest.mark.parametrize("timeframe", Timeframe)
async def test_r6_every_timeframe_can_be_subscribed_to(socket, timeframe):
    assert (await subscribe(socket, "candles", ["AAPL"], timeframe=timeframe))["channel"] == "candles"


async def test_r6_an_order_book_is_whole_and_as_deep_as_asked(terminal, socket):
    await subscribe(socket, "orderbook", ["AAPL"], depth=1)
    terminal.book("AAPL", [("149.98", "5"), ("149.97", "7")], [("150.01", "2"), ("150.02", "4")])
    while not (data := (await hear(socket, "orderbook"))["data"])["bids"]:
        pass
    assert data["bids"] == [{"price": 149.98, "quantity": 5}] and data["asks"] == [{"price": 150.01, "quantity": 2}]
    assert data["instrument"] == "AAPL" and data["timestamp"].endswith("Z")


async def test_r6_after_unsubscribing_nothing_more_comes(terminal, socket):
    await subscribe(socket, "ticks", ["AAPL", "BTC/USD"])
    await say(socket, "unsubscribe", "ticks", ["AAPL"])
    await hear(socket, "unsubscribed")
    terminal.trade("AAPL", "150")
    terminal.trade("BTC/USD", "40000")
    assert (await hear(socket, "tick"))["data"]["instrument"] == "BTC/USD"


async def test_r6_own_orders_positions_and_trades_come_by_themselves(client, socket):
    placed = (await client.post("/api/orders", json=BUY)).json()
    trade = (await hear(socket, "trade"))["data"]
    assert trade.items() >= {"order_id": placed["order_id"], "side": "BUY", "quantity": 10, "price": 150.01}.items()
    assert trade.keys() >= {"trade_id", "strategy_id", "instrument", "timestamp", "execution_mode"}


async def test_r6_an_order_update_has_the_documents_shape(client, socket):
    placed = (await client.post("/api/orders", json={**BUY, "order_kind": "LIMIT", "price": 140})).json()
    update = (await hear(socket, "order_update"))["data"]
    assert update["order_id"] == placed["order_id"]
    assert update.keys() >= {"order_id", "strategy_id", "status", "filled_quantity", "timestamp"}


async def test_r6_a_position_update_has_the_documents_shape(client, socket):
    await client.post("/api/orders", json=BUY)
    update = (await hear(socket, "position_update"))["data"]
    assert update.items() >= {"strategy_id": "manual", "instrument": "AAPL", "current_price": 150}.items()
    assert update.keys() >= {"position_id", "unrealized_pnl", "timestamp"}


async def test_r6_what_belongs_to_others_is_not_heard(terminal, client, socket):
    async with terminal.as_user("bob") as bob:
        await bob.post("/api/orders", json=BUY)
    mine = (await client.post("/api/orders", json={**BUY, "order_kind": "LIMIT", "price": 140})).json()
    assert (await hear(socket, "order_update"))["data"]["order_id"] == mine["order_id"]


@pytest.mark.parametrize(
    ("channel", "instruments", "parameters"),
    [
        ("ticks", ["AAPL", "NOPE"], {}),
        ("ticks", [], {}),
        ("weather", ["AAPL"], {}),
        ("candles", ["AAPL"], {"timeframe": "2m"}),
        ("orderbook", ["AAPL"], {"depth": 101}),
        ("orderbook", ["AAPL"], {"colour": "red"}),
    ],
)
async def test_r6_a_wrong_subscription_is_refused_whole(terminal, socket, channel, instruments, parameters):
    await say(socket, "subscribe", channel, instruments, **parameters)
    error = (await hear(socket, "error"))["error"]
    assert error["code"] == "INVALID_SUBSCRIPTION" and error.keys() >= {"message", "timestamp"}


async def test_r6_too_many_messages_are_told_so(socket):
    for _ in range(60):
        await socket.send('{"type":"ping"}')
    assert (await hear(socket, "error"))["error"]["code"] == "RATE_LIMITED"


async def test_r6_without_a_good_token_there_is_no_socket(url):
    for query in ("", "?token=nonsense"):
        with pytest.raises(InvalidStatus) as refused:
            await connect(url.partition("?")[0] + query)
        assert refused.value.response.status_code == 401
        assert json.loads(refused.value.response.body)["error"]["code"] == "UNAUTHORIZED"


async def test_r6_a_challenge_of_the_second_factor_opens_no_socket(terminal, url):
    user = await terminal.system.services.access._store.user_by_login("ada")
    challenge = terminal.system.services.access._tokens.sign_challenge(user)
    with pytest.raises(InvalidStatus):
        await connect(f"{url.partition('?')[0]}?token={challenge}")


async def test_r6_a_restart_is_announced(terminal, socket):
    terminal.system.hub.close(now_ns=terminal.now)
    assert (await hear(socket, "error"))["error"]["code"] == "CONNECTION_LOST"


async def test_r7_a_user_has_three_connections(url):
    async with connect(url), connect(url), connect(url):
        with pytest.raises(InvalidStatus) as refused:
            await connect(url)
        assert refused.value.response.status_code == 429
    async with connect(url) as socket:
        await hear(socket, "connected")


async def test_r7_a_user_opens_five_connections_a_minute_and_resuming_is_none(url, client):
    for _ in range(5):
        async with connect(url) as socket:
            await hear(socket, "connected")
    with pytest.raises(InvalidStatus) as refused:
        await connect(url)
    answer = refused.value.response
    assert answer.status_code == 429 and int(answer.headers["retry-after"]) > 0
    async with connect(f"{url}&from_seq=1") as socket:
        await hear(socket, "connected")


async def test_r7_a_connection_has_fifty_subscriptions(socket):
    frames = [one.value for one in Timeframe]
    names = ["AAPL", "BTC/USD", "ETH/USD", "MSFT", "SPY", "NIFTY", "BANKNIFTY"]
    for frame in frames:
        await subscribe(socket, "candles", names, timeframe=frame)  # 7 × 7 = 49
    await subscribe(socket, "ticks", ["AAPL"])
    await say(socket, "subscribe", "ticks", ["MSFT"])
    assert "50" in (await hear(socket, "error"))["error"]["message"]


async def test_r7_the_greeting_tells_heartbeat_and_idle_time(url):
    async with connect(url) as socket:
        data = (await hear(socket, "connected"))["data"]
    assert (data["heartbeat_interval_ms"], data["idle_timeout_ms"]) == (30_000, 300_000)
    assert data["limits"]["subscriptions"] == 50
