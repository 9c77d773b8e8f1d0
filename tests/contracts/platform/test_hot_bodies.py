"""Whatever body an order comes with, every contract's hot route says what its ordinary route says."""

import json
import random
import re

import httpx2
import msgspec
import pytest

from openbell.api.app import create_app
from openbell.api.at_once import Incoming
from openbell.api.settings import ApiSettings
from openbell.domain.access import Role
from openbell.domain.commands import SetLimits
from openbell.domain.risk import RiskLimits
from openbell.domain.values import SCALE
from platform_floor import open_floor

SEED = 20_261_123
BODIES = 60
NOW_NS = 1_900_000_000_000_000_000
LIMITS = RiskLimits(orders_per_second_max=None, open_orders_max=None, order_notional_max=1_000 * SCALE)
JSON = {"content-type": "application/json"}
MINTED = re.compile(
    r'"(order_id|client_order_id|created_at|updated_at|submitted_at|filled_at|timestamp)":"[^"]*"'
    r'|"message":"(ord-[^"]*)"|"id":"[^"]*"'
)
"""What differs between two answers that say the same: names and instants of their own."""

PLATFORM = {
    "symbol": ["AAPL", "BTC-USD", "btc/usd", "NOWHERE", "", 5, None, "A" * 33],
    "side": ["BUY", "SELL", "buy", "HOLD", None],
    "quantity": ["1", 1, 1.0, "0.333", "0", "-1", "1e2", "99999", 1e30, True, None, "\u0661", [], "1" * 33],
    "order_type": ["MARKET", "LIMIT", "STOP", "STOP_LIMIT", "limit", None],
    "limit_price": ["100.00", 100, "100.001", "0", None, "", {}],
    "stop_price": ["110", 110.5, None, "-1"],
    "time_in_force": ["DAY", "GTC", "IOC", "FOK", "gtc", None],
    "client_order_id": ["", "a b", "x" * 65, None],
    "strategy_id": ["manual", "none", "s" * 65, 1],
    "post_only": [True, False, "true", 1, None],
    "reduce_only": [True, False, 0],
    "mode": ["PAPER", "live", "MOON", None],
    "surprise": [1],
    "qty": [1],
}
DESK = {**PLATFORM, "type": ["market", "limit", "stop", "LIMIT"], "price": ["100", 100, "0", None]}
TERMINAL = {
    **PLATFORM,
    "instrument": PLATFORM["symbol"],
    "order_type": ["BUY", "SELL", "LIMIT", "buy"],
    "order_kind": ["MARKET", "LIMIT", "STOP_LOSS", "STOP_LIMIT", "STOP"],
    "price": [100, "100", None, 0],
    "execution_mode": ["PAPER", "LIVE", "paper"],
}
LIMIT = {"side": "BUY", "quantity": "1"}
ROUTES = {
    "/v1/orders": (PLATFORM, LIMIT | {"symbol": "AAPL", "order_type": "LIMIT", "limit_price": "100.00"}),
    "/v1/orders/preview": (PLATFORM, LIMIT | {"symbol": "AAPL", "order_type": "LIMIT", "limit_price": "100.00"}),
    "/api/v1/orders": (DESK, {"symbol": "AAPL", "side": "buy", "type": "limit", "quantity": 1, "price": 100}),
    "/api/orders": (
        TERMINAL,
        {"strategy_id": "manual", "instrument": "AAPL", "order_type": "BUY", "quantity": 1}
        | {"order_kind": "LIMIT", "price": 100, "execution_mode": "PAPER"},
    ),
}
ODD = [
    *(b"", b"{", b"[]", b"null", b"1", b'"x"', b"\xff", b"\xef\xbb\xbf{}", b'{"a":NaN}', b'{"a":1e400}', b"[" * 40),
    *(b'{"quantity":"1","quantity":"1"}', b'{"symbol":"\\ud800"}', b'{"symbol":"\\u0000"}', b"{}x", b' {"a" : 1 } '),
]


@pytest.fixture
async def floor(tmp_path):
    async with open_floor(tmp_path / "data") as floor:
        floor.price("AAPL", "104.99", "105.01")
        floor.price("BTC/USD", "43000.10", "43000.30")
        yield floor


@pytest.fixture
async def ways(floor, monkeypatch):
    """Two applications of one system, with hot routes and without, and what a client of either sends along."""
    services, settings = floor.system.services, ApiSettings(version="test", now_ns=lambda: NOW_NS)
    hot = create_app(services, settings)
    with monkeypatch.context() as without:
        without.setattr("openbell.api.app.HOT_ROUTES", {})
        ordinary = create_app(services, msgspec.structs.replace(settings, registry=type(settings.registry)()))
        headers = {"authorization": f"Bearer {await floor.token('ada', Role.TRADER)}", "x-request-id": "same"}
        for account in floor.system.views.accounts():
            now = floor.system.engine.now_ns()
            await floor.system.engine.submit(SetLimits(ts_ns=now, account_id=account.account_id, limits=LIMITS))
        clients = [
            httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://test", headers=headers)
            for app in (hot, ordinary)
        ]
    async with clients[0], clients[1]:
        yield hot, clients


def bodies(path, chance):
    """Give bodies around one that is right: members changed, added and left out."""
    values, right = ROUTES[path]
    yield right
    for _ in range(BODIES):
        body = dict(right)
        for name in chance.sample(sorted(values), chance.randint(0, 3)):
            body[name] = chance.choice(values[name])
        for name in chance.sample(sorted(body), chance.choice([0, 0, 0, 1])):
            del body[name]
        yield dict(chance.sample(sorted(body.items(), key=str), len(body)))


def seen(answer):
    """Give what a caller can see, without what each order has for itself."""
    headers = {name: value for name, value in answer.headers.items() if name != "content-length"}
    return answer.status_code, headers, MINTED.sub("-", answer.text)


@pytest.mark.parametrize("path", ROUTES)
async def test_a_body_is_answered_alike(ways, path):
    _, (hot, ordinary) = ways
    chance = random.Random(f"{SEED}{path}")  # noqa: S311 - chance that is the same every time
    statuses = set()
    for sent in [*(json.dumps(body).encode() for body in bodies(path, chance)), *ODD]:
        first, second = [await one.post(path, content=sent, headers=JSON) for one in (hot, ordinary)]
        assert seen(first) == seen(second), sent
        statuses.add(first.status_code)
    assert {400} < statuses


async def test_a_preview_at_once_is_what_the_ordinary_route_says(ways):
    app, (_, ordinary) = ways
    path, answered = "/v1/orders/preview", 0
    chance = random.Random(SEED)  # noqa: S311 - chance that is the same every time
    headers = [(name.encode(), value.encode()) for name, value in (ordinary.headers | JSON).items()]
    for body in bodies(path, chance):
        sent = json.dumps(body).encode()
        expected = await ordinary.post(path, content=sent, headers=JSON)
        # The ordinary way has just looked the caller up, so that nothing has to wait.
        ready = app.state.at_once.answer(Incoming("POST", path, b"", headers, "127.0.0.1", "http", sent))
        if ready is not None:
            assert expected.status_code == 200, sent
            answered += 1
            assert ready.body == expected.content
            names = [tuple(line.split(": ", 1)) for line in ready.lines.decode().splitlines()]
            assert sorted(names) == sorted(expected.headers.multi_items())
    assert answered > BODIES / 5
