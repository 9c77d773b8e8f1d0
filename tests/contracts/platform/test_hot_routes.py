"""Hot routes answer as the ordinary routes do, to the byte, and stand in the published schema."""

import json

import httpx2
import pytest

from openbell.api.app import HOT_ROUTES, create_app, describe_only
from openbell.api.settings import ApiSettings
from openbell.domain.access import Role
from platform_floor import open_floor

ORDER = {"symbol": "AAPL", "side": "BUY", "quantity": "1", "order_type": "LIMIT", "limit_price": "100.00"}
JSON = {"content-type": "application/json"}
NOW_NS = 1_900_000_000_000_000_000
MINTED = ("as_of", "order_id", "client_order_id", "created_at", "updated_at", "submitted_at")
"""What differs between two answers that say the same."""

READS = [
    ("GET", "/v1/positions", {}),
    ("GET", "/v1/portfolio", {}),
    ("GET", "/v1/positions?page=2&per_page=5", {}),
    ("GET", "/v1/positions?scope=all", {}),
    ("GET", "/v1/positions?per_page=0", {}),
    ("GET", "/v1/portfolio?nonsense=1", {}),
    ("HEAD", "/v1/positions", {}),
    ("GET", "/v1/positions", {"authorization": ""}),
    ("GET", "/v1/portfolio", {"authorization": "Bearer wrong", "accept": "application/problem+json"}),
]
BODIES = [
    json.dumps(ORDER),
    json.dumps(ORDER | {"quantity": 2, "limit_price": 99.5, "side": "SELL", "symbol": "BTC-USD"}),
    json.dumps(ORDER | {"client_order_id": "mine", "time_in_force": "GTC", "post_only": True}),
    json.dumps(ORDER | {"symbol": "NOWHERE"}),
    json.dumps(ORDER | {"quantity": "0.333"}),
    json.dumps(ORDER | {"quantity": "1000000"}),
    json.dumps(ORDER | {"mode": "LIVE"}),
    json.dumps(ORDER | {"strategy_id": "none"}),
    json.dumps(ORDER | {"side": "HOLD", "surprise": 1}),
    json.dumps({**ORDER, "quantity": None}),
    json.dumps([ORDER]),
    '{"symbol": "AAPL", "symbol": "MSFT"}',
    '{"symbol": NaN}',
    "{",
    "",
    "[" * 40 + "]" * 40,
]


@pytest.fixture
async def floor(tmp_path):
    async with open_floor(tmp_path / "data") as floor:
        floor.price("AAPL", "104.99", "105.01")
        floor.price("BTC/USD", "43000.10", "43000.30")
        yield floor


@pytest.fixture
async def both(floor, monkeypatch):
    """Two clients of one user over one system: with the hot routes, and without."""
    hot = create_app(floor.system.services, settings())
    with monkeypatch.context() as without:
        without.setattr("openbell.api.app.HOT_ROUTES", {})
        ordinary = create_app(floor.system.services, settings())
        headers = {"authorization": f"Bearer {await floor.token('ada', Role.TRADER)}", "x-request-id": "same"}
        clients = [client_of(app, headers) for app in (hot, ordinary)]
    async with clients[0], clients[1]:
        yield clients


def settings():
    return ApiSettings(version="test", now_ns=lambda: NOW_NS)


def client_of(app, headers):
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://test", headers=headers)


def seen(answer):
    """Give what a caller can see, without the names and instants that every order has for itself."""
    text = answer.text
    data = answer.json().get("data") if text else None
    for name in MINTED if isinstance(data, dict) else ():
        text = text.replace(json.dumps(data[name]), '"-"') if data.get(name) else text
    if "order_id" in text and isinstance(answer.json().get("error"), dict):
        minted = [one["message"] for one in answer.json()["error"]["details"] if one["field"] == "order_id"]
        text = text.replace(minted[0], "-") if minted else text
    # An instant may be written with fewer digits than the other: the length is only to be right.
    headers = answer.headers.copy()
    assert answer.request.method == "HEAD" or int(headers.pop("content-length")) == len(answer.content)
    return answer.status_code, sorted(headers.multi_items()), text


@pytest.mark.parametrize(("method", "path", "headers"), READS)
async def test_a_read_is_answered_alike(both, method, path, headers):
    first, second = [await one.request(method, path, headers=headers) for one in both]
    assert seen(first) == seen(second)


@pytest.mark.parametrize("body", BODIES)
async def test_an_order_is_answered_alike(both, body):
    hot, ordinary = both
    answers = []
    for client, name in ((hot, "a"), (ordinary, "b")):
        # The second order is another one, but for the name of equal length that it is given.
        sent = body.replace('"mine"', f'"mine-{name}"')
        answers.append(await client.post("/v1/orders", content=sent, headers=JSON))
    assert seen(answers[0]) == seen(answers[1])


async def test_an_order_that_was_placed_before_is_replayed_alike(floor, both):
    named = json.dumps(ORDER | {"client_order_id": "again"})
    await both[0].post("/v1/orders", content=named, headers=JSON)
    await floor.system.engine.drained()
    first, second = [await one.post("/v1/orders", content=named, headers=JSON) for one in both]
    assert first.status_code == 200
    assert first.headers["idempotent-replayed"] == "true"
    assert seen(first) == seen(second)


@pytest.mark.parametrize("headers", [{}, {"content-type": "text/plain"}, JSON | {"idempotency-key": "key"}])
async def test_an_unusual_request_goes_to_the_ordinary_route(both, headers):
    first, second = [await one.post("/v1/orders", content=json.dumps(ORDER), headers=headers) for one in both]
    assert seen(first)[0::2] == seen(second)[0::2]


async def test_a_viewer_may_not_trade_on_a_hot_route(floor, both):
    viewer = {"authorization": f"Bearer {await floor.token('eve', Role.VIEWER)}"}
    first, second = [await one.post("/v1/orders", json=ORDER, headers=viewer) for one in both]
    assert first.status_code == 403
    assert seen(first) == seen(second)


async def test_a_hot_route_answers_without_the_router(both, monkeypatch):
    async def router(*_):
        raise AssertionError("the router was asked")

    monkeypatch.setattr("starlette.routing.Router.__call__", router)
    assert (await both[0].get("/v1/positions")).status_code == 200
    assert (await both[0].post("/v1/orders", json=ORDER)).status_code == 201
    assert (await both[1].get("/v1/positions")).status_code == 500


def test_hot_routes_stand_in_the_schema():
    published = describe_only().openapi()
    assert HOT_ROUTES
    for (method, path), route in HOT_ROUTES.items():
        assert str(route.status) in published["paths"][path][method.lower()]["responses"]
