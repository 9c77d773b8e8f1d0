"""What is wrong is refused as documented, by every contract alike, and nobody else notices."""

import json

import pytest
import pytest_asyncio
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from openbell.domain.access import Role, Scope
from openbell.services.keys import NewKey
from openbell.services.principals import principal_of
from platform_floor import open_floor, served

pytestmark = [pytest.mark.line("P13", "R8", "C9", "C36", "T6", "D2"), pytest.mark.asyncio(loop_scope="module")]

P_ORDER = {"symbol": "AAPL", "side": "BUY", "quantity": "1", "order_type": "LIMIT", "limit_price": "100"}
R_ORDER = {
    "strategy_id": "manual",
    "instrument": "AAPL",
    "order_type": "BUY",
    "quantity": 1,
    "order_kind": "LIMIT",
    "price": 100,
    "execution_mode": "PAPER",
}
D_ORDER = {"symbol": "AAPL", "side": "buy", "type": "limit", "quantity": 1, "price": 100}
STRATEGY = {"kind": "sma_cross", "symbols": ["AAPL"], "config": {"fast": 5, "slow": 20}, "status": "inactive"}
CONTROL = "/api/v1/control/parameters"
STALE = {"if-match": '"9"'}

# who asks, method, path, body, status, code, the field that is named; {bob} and {own} are orders, of bob and of ada.
TABLE = [
    ("nobody", "GET", "/v1/orders", None, 401, "UNAUTHORIZED", None),
    ("nobody", "GET", "/v1/stream", None, 401, "UNAUTHORIZED", None),
    ("nobody", "GET", "/api/orders", None, 401, "UNAUTHORIZED", None),
    ("nobody", "GET", "/api/v1/orders", None, 401, "UNAUTHORIZED", None),
    ("nobody", "GET", CONTROL, None, 401, "UNAUTHORIZED", None),
    ("nobody", "POST", "/api/v1/control/emergency-stop", {}, 401, "UNAUTHORIZED", None),
    ("eve", "POST", "/v1/orders", P_ORDER, 403, "FORBIDDEN", None),
    ("eve", "POST", "/api/orders", R_ORDER, 403, "FORBIDDEN", None),
    ("eve", "POST", "/api/v1/orders", D_ORDER, 403, "FORBIDDEN", None),
    ("eve", "PATCH", CONTROL, {"spread_bps": 5}, 403, "FORBIDDEN", None),
    ("key without control", "PATCH", CONTROL, {"spread_bps": 5}, 403, "FORBIDDEN", None),
    ("ada", "GET", "/v1/users", None, 403, "FORBIDDEN", None),
    ("ada", "GET", "/v1/orders/{bob}", None, 404, "NOT_FOUND", None),
    ("ada", "DELETE", "/v1/orders/{bob}", None, 404, "NOT_FOUND", None),
    ("ada", "PUT", "/v1/orders/{bob}", {"quantity": "2"}, 404, "NOT_FOUND", None),
    ("ada", "GET", "/api/orders/{bob}", None, 404, "NOT_FOUND", None),
    ("ada", "DELETE", "/api/orders/{bob}", None, 404, "NOT_FOUND", None),
    ("ada", "PUT", "/api/orders/{bob}", {"quantity": 2}, 404, "NOT_FOUND", None),
    ("ada", "GET", "/api/v1/orders/{bob}", None, 404, "NOT_FOUND", None),
    ("ada", "DELETE", "/api/v1/orders/{bob}", None, 404, "NOT_FOUND", None),
    ("ada", "PUT", "/api/v1/orders/{bob}", {"quantity": 2}, 404, "NOT_FOUND", None),
    ("ada", "GET", "/v1/strategies/bobs", None, 404, "NOT_FOUND", None),
    ("ada", "PATCH", "/v1/strategies/bobs", {"name": "mine"}, 404, "NOT_FOUND", None),
    ("ada", "GET", "/api/strategies/bobs", None, 404, "NOT_FOUND", None),
    ("ada", "PUT", "/api/strategies/bobs/config", {"config": {"name": "mine"}}, 404, "NOT_FOUND", None),
    ("ada", "POST", "/api/positions/pos-1/close", {}, 404, "NOT_FOUND", None),
    ("key of ada", "PATCH", f"{CONTROL}?strategy_id=bobs", {"fast": 6}, 404, "NOT_FOUND", None),
    ("ada", "POST", "/v1/orders", P_ORDER | {"colour": "red"}, 400, "VALIDATION_ERROR", "colour"),
    ("ada", "POST", "/api/orders", R_ORDER | {"colour": "red"}, 400, "VALIDATION_ERROR", "colour"),
    ("ada", "POST", "/api/v1/orders", D_ORDER | {"colour": "red"}, 400, "VALIDATION_ERROR", "colour"),
    ("ada", "PUT", "/v1/orders/{own}", {"qty": "2"}, 400, "VALIDATION_ERROR", "qty"),
    ("ada", "PUT", "/api/orders/{own}", {"qty": 2}, 400, "VALIDATION_ERROR", "qty"),
    ("ada", "PUT", "/api/v1/orders/{own}", {"qty": 2}, 400, "VALIDATION_ERROR", "qty"),
    ("ada", "PATCH", "/v1/strategies/s1", {"config": {"fsat": 5}}, 400, "VALIDATION_ERROR", "fsat"),
    ("ada", "PUT", "/api/strategies/s1/config", {"config": {"colour": 1}}, 400, "VALIDATION_ERROR", "config.colour"),
    ("key of ada", "PATCH", f"{CONTROL}?strategy_id=s1", {"fsat": 5}, 422, "VALIDATION_ERROR", "fsat"),
    ("ada", "PUT", "/v1/orders/{own}", {"quantity": "2"}, 409, "STALE_REVISION", None),
    ("ada", "PUT", "/api/orders/{own}", {"quantity": 2}, 409, "STALE_REVISION", None),
    ("ada", "PUT", "/api/v1/orders/{own}", {"quantity": 2}, 409, "STALE_REVISION", None),
    ("ada", "PATCH", "/v1/strategies/s1", {"name": "x"}, 409, "STALE_REVISION", None),
    ("ada", "PUT", "/api/strategies/s1/config", {"config": {"name": "x"}}, 409, "STALE_REVISION", None),
    ("key of ada", "PATCH", f"{CONTROL}?strategy_id=s1", {"latency_alert_ms": 400}, 412, "STALE_REVISION", None),
]
BODIES = [b"{", b"", b"\xff\xfe{}", b"[]", b"nul", b'{"a": NaN}', b'{"a": 1, "a": 2}', b'"\\ud800"', b"[" * 200]
POSTED = ["/v1/orders", "/api/orders", "/api/v1/orders", "/v1/auth/login", "/api/auth/login", "/api/v1/auth/login"]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def floor(tmp_path_factory):
    async with open_floor(tmp_path_factory.mktemp("bad")) as floor:
        floor.price("AAPL", "104.99", "105.01")
        yield floor


async def client_with_key(floor, user, *scopes):
    client = await floor.client(f"nobody{len(scopes)}", Role.VIEWER)
    del client.headers["authorization"]
    key = await floor.system.services.keys.create(
        principal_of(user, scopes=frozenset(Scope)), NewKey(name="k", scopes=frozenset(scopes))
    )
    client.headers["x-api-key"] = key.secret
    return client


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def callers(floor):
    """Everybody who asks, and the orders and strategies of ada and of bob."""
    ada, bob, eve = await floor.client("ada"), await floor.client("bob"), await floor.client("eve", Role.VIEWER)
    user = next(one for one in await floor.system.services.users.list() if one.username == "ada")
    found = {"ada": ada, "eve": eve, "nobody": await floor.client("gone")}
    found["nobody"].headers["authorization"] = "Bearer nonsense"
    found["key of ada"] = await client_with_key(floor, user, Scope.READ, Scope.CONTROL)
    found["key without control"] = await client_with_key(floor, user, Scope.READ)
    names = {}
    for who, name in ((ada, "own"), (bob, "bob")):
        names[name] = (await who.post("/v1/orders", json=P_ORDER)).json()["data"]["order_id"]
    for who, name in ((ada, "s1"), (bob, "bobs")):
        assert (await who.post("/v1/strategies", json=STRATEGY | {"strategy_id": name})).status_code == 201
    return found, names


def check_shape(answer):
    body = answer.json()
    assert body["error"].keys() >= {"code", "message", "details", "timestamp"} and body["request_id"]
    assert body["error"]["timestamp"].endswith("Z") and body["error"]["message"]
    return body["error"]


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row[5]} {row[0]} {row[1]} {row[2]}")
async def test_a_wrong_request_gets_the_documented_error(callers, row):
    who, method, path, body, status, code, field = row
    clients, names = callers
    headers = STALE if code == "STALE_REVISION" else {}
    answer = await clients[who].request(method, path.format(**names), json=body, headers=headers)
    error = check_shape(answer)
    assert (answer.status_code, error["code"]) == (status, code), answer.text
    assert field is None or field in [one["field"] for one in error["details"]], answer.text
    own = (await clients["ada"].get(f"/v1/orders/{names['own']}")).json()["data"]
    assert (own["revision"], own["quantity"], own["status"]) == (1, "1.00", "SUBMITTED")


@pytest.mark.parametrize("path", POSTED)
@pytest.mark.parametrize("body", BODIES)
async def test_a_malformed_body_is_refused_the_same_way_everywhere(callers, path, body):
    client = callers[0]["ada"]
    answer = await client.post(path, content=body, headers={"content-type": "application/json"})
    assert (answer.status_code, check_shape(answer)["code"]) == (400, "VALIDATION_ERROR"), answer.text
    assert (await client.get("/health")).status_code == 200


FRAMES = [
    *("", "{", "[]", "null", "7", '"x"', '{"type": 5}', '{"type": "nope"}', '{"type": null}', b"\xff\xfe", b"{}"),
    *("[" * 900, '{"type": "subscribe", "channel": "nope", "instruments": ["AAPL"]}'),
    *('{"type": "subscribe", "channel": "orderbook", "instruments": ["NOPE"]}', '{"type": "subscribe", "channel": 1}'),
    *('{"type": "ping", "id": [1]}', '{"type": "subscribe", "instruments": {"a": 1}}', '{"type": "x", "n": 1e400000}'),
]
CODES = {
    "/ws": {"INVALID_SUBSCRIPTION"},
    "/ws/market-data": {"INVALID_SUBSCRIPTION"},
    "/ws/trading": {"VALIDATION_ERROR"},
    "/api/v1/ws/stream": {"READ_ONLY"},
}


async def hear(socket, kind):
    while (said := json.loads(await socket.recv()))["type"] != kind:
        pass
    return said


@pytest.mark.parametrize("path", CODES)
async def test_a_malformed_frame_is_answered_and_the_socket_goes_on(floor, callers, path):
    """In pieces, since the telemetry stream ends with the tenth; a second client hears all the while."""
    token = callers[0]["ada"].headers["authorization"].removeprefix("Bearer ")
    async with served(floor) as address:
        base = address.removesuffix("/ws")
        async with connect(f"{base}/ws?token={token}") as other:
            await other.send('{"type": "subscribe", "channel": "ticks", "instruments": ["AAPL"]}')
            await hear(other, "subscribed")
            for start in range(0, len(FRAMES), 6):
                async with connect(f"{base}{path}?token={token}") as socket:
                    for frame in FRAMES[start : start + 6]:
                        await socket.send(frame)
                        error = (await hear(socket, "error"))["error"]
                        assert error["code"] in CODES[path] and error["timestamp"].endswith("Z"), (frame, error)
                    await socket.send('{"type": "ping", "id": 3}')
                    assert (await hear(socket, "pong"))["id"] == 3
                floor.trade("AAPL", "105.00")
                assert (await hear(other, "tick"))["data"]["price"] == 105


# Who asks, the message, and the code of the error on /ws/trading.
SAID = [
    ("ada", {"type": "cancel_order", "order_id": "{bob}"}, "NOT_FOUND"),
    ("ada", {"type": "modify_order", "order_id": "{bob}", "quantity": 2}, "NOT_FOUND"),
    ("ada", {"type": "modify_order", "order_id": "{own}", "quantity": 2, "expected_revision": 9}, "STALE_REVISION"),
    ("ada", {"type": "order", "order": D_ORDER | {"colour": "red"}}, "VALIDATION_ERROR"),
    ("ada", {"type": "order", "order": D_ORDER | {"limit_price": 1}}, "VALIDATION_ERROR"),
    ("eve", {"type": "order", "order": D_ORDER}, "FORBIDDEN"),
    ("eve", {"type": "cancel_order", "order_id": "{own}"}, "FORBIDDEN"),
]


@pytest.mark.parametrize(("who", "said", "code"), SAID)
async def test_a_wrong_message_gets_the_same_code_as_the_request_would(floor, callers, who, said, code):
    clients, names = callers
    headers = {"authorization": clients[who].headers["authorization"]}
    said = {name: value.format(**names) if name == "order_id" else value for name, value in said.items()}
    async with served(floor) as address, connect(f"{address}/trading", additional_headers=headers) as socket:
        await socket.send(json.dumps(said | {"id": "1"}))
        error = await hear(socket, "error")
        assert (error["id"], error["error"]["code"]) == ("1", code)
        await socket.send('{"type": "ping", "id": 3}')
        assert (await hear(socket, "pong"))["id"] == 3


@pytest.mark.parametrize("path", ["/ws", "/ws/market-data", "/ws/trading"])
async def test_bad_credentials_are_refused_before_the_upgrade_on_every_socket(floor, path):
    async with served(floor) as address:
        with pytest.raises(InvalidStatus) as refused:
            await connect(f"{address.removesuffix('/ws')}{path}?token=nonsense")
    assert refused.value.response.status_code == 401
    assert json.loads(refused.value.response.body)["error"]["code"] == "UNAUTHORIZED"


@pytest.mark.parametrize("path", CODES)
async def test_a_message_too_large_ends_that_socket_alone(floor, callers, path):
    token = callers[0]["ada"].headers["authorization"].removeprefix("Bearer ")
    async with served(floor) as address:
        async with connect(f"{address.removesuffix('/ws')}{path}?token={token}") as socket:
            await socket.send("x" * 70_000)
            with pytest.raises(ConnectionClosed):
                await hear(socket, "nothing")
        assert socket.close_code == 1009
        assert (await callers[0]["ada"].get("/health")).status_code == 200
