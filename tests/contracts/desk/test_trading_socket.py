"""D4: trading over /ws/trading: who signs in, orders one way, what becomes of them the other."""

import asyncio
import json
from contextlib import asynccontextmanager

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from openbell.api.desk import trading_talk
from openbell.domain.access import Role
from platform_floor import open_floor, served
from waiting import until

pytestmark = pytest.mark.usefixtures("both_ways")

PATH = "/ws/trading"
LIMIT = {"symbol": "BTC/USD", "side": "buy", "type": "limit", "quantity": 1.0, "price": 42000.00}
MARKET = {"symbol": "BTC/USD", "side": "buy", "type": "market", "quantity": 0.5}


async def hear(socket, kind):
    """Give the next message of a kind, numbers as they were written."""
    while True:
        message = json.loads(await asyncio.wait_for(socket.recv(), 30), parse_float=str)
        if message["type"] == kind:
            return message


async def say(socket, **message):
    await socket.send(json.dumps(message))


async def closes(socket):
    with pytest.raises(ConnectionClosed) as closed:
        await hear(socket, "nothing")
    return closed.value.rcvd.code


def bearer(client):
    return client.headers["authorization"].removeprefix("Bearer ")


@asynccontextmanager
async def trading(address, client, **options):
    """A socket on which a client has authenticated."""
    async with connect(address + PATH) as socket:
        await say(socket, type="auth", token=bearer(client), **options)
        await hear(socket, "authenticated")
        yield socket


async def test_d4_a_signature_opens_the_socket_in_both_spellings(ada, address, new_key):
    key = await new_key(ada)
    for kind in ("authenticate", "auth"):
        async with connect(address + PATH) as socket:
            await say(socket, type=kind, id=1, **key.login(method="GET", path=PATH, nonce=f"{kind}-1"))
            said = await hear(socket, "authenticated")
            assert (said["id"], said["success"], said["data"]["user"]["username"]) == (1, True, "ada")
            assert (await hear(socket, "snapshot"))["data"] == {"orders": [], "positions": []}


async def test_d4_a_signature_is_good_once_and_for_its_own_path(ada, address, new_key):
    key = await new_key(ada)
    login = key.login(method="GET", path=PATH)
    for body, code in ((login, None), (login, "NONCE_REUSED"), (key.login(), "INVALID_CREDENTIALS")):
        async with connect(address + PATH) as socket:
            await say(socket, type="authenticate", **body)
            if code is None:
                await hear(socket, "authenticated")
            else:
                assert (await hear(socket, "error"))["error"]["code"] == code
                assert await closes(socket) == 4401


async def test_d4_an_order_is_acknowledged_and_its_life_is_told_in_order(ada, address):
    async with trading(address, ada) as socket:
        await say(socket, type="order", id="a", order=MARKET)
        seen = []
        while not seen or seen[-1]["type"] != "position_update":
            seen.append(json.loads(await asyncio.wait_for(socket.recv(), 30), parse_float=str))
        [ack] = [one for one in seen if one["type"] == "order_ack"]
        assert (ack["id"], ack["action"], ack["replayed"]) == ("a", "order", False)
        [execution] = [one for one in seen if one["type"] == "trade_execution"]
        assert execution["data"]["order_id"] == ack["data"]["order_id"]
        assert (execution["data"]["side"], execution["data"]["quantity"]) == ("buy", "0.5")
        numbered = [one for one in seen if "seq" in one and one["type"] != "snapshot"]
        seqs = list(dict.fromkeys(one["seq"] for one in numbered))
        assert seqs == list(range(seqs[0], seqs[0] + len(seqs)))
        last = [one["data"] for one in seen if one["type"] == "order_update"][-1]
        assert (last["status"], last["average_price"]) == ("filled", "43000.3")
        assert (seen[-1]["data"]["side"], seen[-1]["data"]["quantity"]) == ("long", "0.5")


@pytest.mark.parametrize(
    "message",
    [
        {"order": LIMIT},
        {"data": LIMIT},
        {name: value for name, value in LIMIT.items() if name != "type"} | {"order_type": "limit"},
    ],
)
async def test_d4_an_order_may_be_inside_or_beside_its_message(ada, address, message):
    async with trading(address, ada) as socket:
        await say(socket, type="order", **message)
        assert (await hear(socket, "order_ack"))["data"]["price"] == 42000


async def test_d4_an_order_is_changed_and_cancelled(ada, address):
    async with trading(address, ada) as socket:
        await say(socket, type="order", order=LIMIT)
        order_id = (await hear(socket, "order_ack"))["data"]["order_id"]
        await say(socket, type="modify_order", id=2, order_id=order_id, price=41000.5)
        changed = await hear(socket, "order_ack")
        assert (changed["id"], changed["data"]["price"], changed["data"]["revision"]) == (2, "41000.5", 2)
        await say(socket, type="cancel_order", id=3, order_id=order_id)
        ended = await hear(socket, "order_ack")
        assert (ended["id"], ended["action"], ended["data"]["status"]) == (3, "cancel_order", "closed")


async def test_d4_an_order_by_http_is_told_on_the_socket(ada, address):
    async with trading(address, ada) as socket:
        order = (await ada.post("/api/v1/orders", json=LIMIT)).json()
        update = await hear(socket, "order_update")
        assert update["data"]["order_id"] == order["order_id"] and update["data"]["status"] == "open"


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ({"type": "order", "order": LIMIT | {"instrument": "BTC/USD"}}, "VALIDATION_ERROR"),
        ({"type": "order", "order": LIMIT | {"quantity": "NaN"}}, "VALIDATION_ERROR"),
        ({"type": "order", "order": LIMIT | {"symbol": "NOPE"}}, "UNKNOWN_SYMBOL"),
        ({"type": "order", "order": LIMIT | {"quantity": 3}}, "INSUFFICIENT_FUNDS"),
        ({"type": "cancel_order", "order_id": "nobodys"}, "NOT_FOUND"),
        ({"type": "cancel_order"}, "VALIDATION_ERROR"),
        ({"type": "cancel_order", "order_id": "x", "all": True}, "VALIDATION_ERROR"),
        ({"type": "modify_order", "order_id": "x"}, "VALIDATION_ERROR"),
        ({"type": "subscribe", "channel": "quotes", "symbol": "BTC/USD"}, "VALIDATION_ERROR"),
        ({"type": "auth", "token": "again"}, "ALREADY_AUTHENTICATED"),
        ({"type": 1}, "VALIDATION_ERROR"),
    ],
)
async def test_d4_what_is_wrong_is_said_and_the_socket_stays(ada, address, message, code):
    async with trading(address, ada) as socket:
        await say(socket, id=9, **message)
        assert (await hear(socket, "error"))["error"]["code"] == code
        await say(socket, type="ping", id=10)
        assert (await hear(socket, "pong"))["id"] == 10


@pytest.mark.parametrize("text", ["{", "[]", "1e400000", '{"type":"ping","type":"ping"}', '"\\ud800"', "NaN", ""])
async def test_d4_a_frame_that_is_no_message_harms_nobody(ada, address, text):
    async with trading(address, ada) as socket:
        await socket.send(text)
        assert (await hear(socket, "error"))["error"]["code"] == "VALIDATION_ERROR"


async def test_d4_nobody_trades_before_signing_in(address):
    async with connect(address + PATH) as socket:
        await say(socket, type="order", order=LIMIT)
        assert (await hear(socket, "error"))["error"]["code"] == "UNAUTHORIZED"
        await say(socket, type="auth", token="nonsense")
        assert (await hear(socket, "error"))["error"]["code"] == "INVALID_CREDENTIALS"
        assert await closes(socket) == 4401


async def test_d4_whoever_does_not_sign_in_is_sent_away(address, monkeypatch):
    monkeypatch.setattr(trading_talk, "AUTHENTICATE_WITHIN_NS", 200_000_000)
    async with connect(address + PATH) as socket:
        assert await closes(socket) == 4401


async def test_d4_a_viewer_sees_and_does_not_trade(floor, address):
    async with await floor.client("vera", Role.VIEWER) as vera, trading(address, vera) as socket:
        await say(socket, type="order", order=LIMIT)
        assert (await hear(socket, "error"))["error"]["code"] == "FORBIDDEN"


async def test_d4_others_hear_nothing_of_it(floor, ada, address):
    async with await floor.client("bob") as bob, trading(address, bob) as socket:
        placed = (await ada.post("/api/v1/orders", json=LIMIT)).json()
        await say(socket, type="cancel_order", order_id=placed["order_id"])
        assert (await hear(socket, "error"))["error"]["code"] == "NOT_FOUND"
        await say(socket, type="ping")
        assert json.loads(await asyncio.wait_for(socket.recv(), 30))["type"] == "pong"


async def test_d4_what_was_missed_is_told_again_from_a_number(ada, address):
    async with connect(address + PATH) as socket:
        await say(socket, type="auth", token=bearer(ada))
        seen = (await hear(socket, "authenticated"))["data"]["seq"]
    placed = (await ada.post("/api/v1/orders", json=LIMIT)).json()
    await ada.delete(f"/api/v1/orders/{placed['order_id']}")
    async with connect(address + PATH) as socket:
        await say(socket, type="auth", token=bearer(ada), from_seq=seen)
        last = (await hear(socket, "authenticated"))["data"]["seq"]
        seqs = [(await hear(socket, "order_update"))["seq"] for _ in range(last - seen)]
    assert seqs == list(range(seen + 1, last + 1))


async def test_d4_orders_of_a_socket_end_with_it_when_that_was_asked(ada, address):
    kept = (await ada.post("/api/v1/orders", json=LIMIT | {"quantity": 0.1})).json()["order_id"]
    async with trading(address, ada, cancel_on_disconnect=True) as socket:
        await say(socket, type="order", order=LIMIT)
        placed = (await hear(socket, "order_ack"))["data"]["order_id"]
        socket.transport.abort()

    async def is_closed():
        return (await ada.get(f"/api/v1/orders/{placed}")).json()["status"] == "closed"

    await until(is_closed)
    assert (await ada.get(f"/api/v1/orders/{kept}")).json()["status"] == "open"


async def test_d4_orders_of_a_socket_stay_without_asking(ada, address):
    async with trading(address, ada) as socket:
        await say(socket, type="order", order=LIMIT)
        placed = (await hear(socket, "order_ack"))["data"]["order_id"]
    await asyncio.sleep(0.2)
    assert (await ada.get(f"/api/v1/orders/{placed}")).json()["status"] == "open"


async def test_d4_a_revoked_key_closes_its_sockets(ada, address, new_key):
    key = await new_key(ada)
    async with connect(address + PATH) as socket:
        await say(socket, type="authenticate", **key.login(method="GET", path=PATH))
        await hear(socket, "authenticated")
        await ada.delete(f"/v1/keys/{key.key_id}")
        assert await closes(socket) == 4401


async def test_d4_credentials_may_come_at_the_handshake(ada, address):
    ticket = (await ada.post("/api/v1/auth/ws-ticket")).json()["ticket"]
    async with connect(f"{address}{PATH}?ticket={ticket}&cancel_on_disconnect=true") as socket:
        assert (await hear(socket, "authenticated"))["data"]["cancel_on_disconnect"] is True
    with pytest.raises(InvalidStatus) as refused:
        await connect(f"{address}{PATH}?ticket={ticket}")
    assert refused.value.response.status_code == 401


async def test_d4_a_user_has_three_trading_sockets(ada, address):
    three = (trading(address, ada), trading(address, ada), trading(address, ada))
    async with three[0], three[1], three[2], connect(address + PATH) as fourth:
        await say(fourth, type="auth", token=bearer(ada))
        assert await closes(fourth) == 4429


async def test_d4_cancels_have_a_road_of_their_own(ada, address):
    async with trading(address, ada) as socket:
        await say(socket, type="order", order=LIMIT)
        order_id = (await hear(socket, "order_ack"))["data"]["order_id"]
        for number in range(80):
            await say(socket, type="ping", id=number)
        await say(socket, type="cancel_order", id="stop", order_id=order_id)
        error = await hear(socket, "error")
        assert error["error"]["code"] == "RATE_LIMITED"
        assert error["id"] in range(80), "what was dropped is named"
        assert (await hear(socket, "order_ack"))["id"] == "stop"


async def test_d4_orders_count_alike_by_socket_and_by_http(tmp_path):
    async with open_floor(tmp_path, rate_limits="on") as floor, served(floor) as address:
        floor.price("BTC/USD", "43000.10", "43000.30")
        async with await floor.client("ada") as ada:
            for _ in range(100):
                await ada.post("/api/v1/orders", json=LIMIT | {"quantity": 0})
            async with trading(address.removesuffix("/ws"), ada) as socket:
                for _ in range(30):  # more than come back while the hundred are sent
                    await say(socket, type="order", order=LIMIT | {"quantity": 0.0001})
                refused = (await hear(socket, "error"))["error"]
                assert refused["code"] == "RATE_LIMIT_EXCEEDED" and refused["retry_after"] > 0


async def test_d4_the_same_client_order_id_by_socket_and_http_is_one_order(ada, address):
    body = LIMIT | {"client_order_id": "both-ways"}
    order_id = (await ada.post("/api/v1/orders", json=body)).json()["order_id"]
    async with trading(address, ada) as socket:
        await say(socket, type="order", order=body)
        ack = await hear(socket, "order_ack")
    assert (ack["replayed"], ack["data"]["order_id"]) == (True, order_id)
