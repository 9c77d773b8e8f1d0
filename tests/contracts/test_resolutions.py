"""C5, C7, C10 and C26: what the contracts share is one thing, whichever of them is asked."""

import itertools

import httpx2
import pytest

from contracts.desk.conftest import Key
from openbell.domain.access import Role
from platform_floor import PASSWORD, open_floor

PRICES = {"AAPL": ("104.99", "105.01"), "BTC/USD": ("43000.10", "43000.30"), "NIFTY": ("24999.95", "25000.05")}
CLASSES = [("AAPL", "DAY"), ("SPY", "DAY"), ("BTC/USD", "GTC"), ("ETH/USD", "GTC"), ("NIFTY", "GTC")]
ODD = [
    *("", " ", "BTC//USD", "BTC..USD", "../AAPL", "/AAPL", ".AAPL", "-AAPL", "AAPL;DROP", "AAPL USD", "ＡＡＰＬ"),
    *("AÅPL", "A" * 33, "BTC%2F%2FUSD", "BTC%00USD", "%2e%2e", "AAPL\n", "\tAAPL", "N\u0131FTY", "NOSUCH"),
]
GUESSES = 10


@pytest.fixture
async def floor(tmp_path):
    async with open_floor(tmp_path) as floor:
        for symbol, (bid, ask) in (PRICES | {"SPY": ("590", "590.02"), "ETH/USD": ("3300", "3300.02")}).items():
            floor.price(symbol, bid, ask)
        yield floor


@pytest.fixture
async def limited(tmp_path):
    """The same with its rate limits in force."""
    async with open_floor(tmp_path, rate_limits="on") as floor:
        floor.price("AAPL", "104.99", "105.01")
        yield floor


def orders_of(symbol, price="100", quantity="1"):
    """Give the same limit order in the words of each contract."""
    number = float(price)
    return {
        "/v1/orders": {
            "symbol": symbol,
            "side": "BUY",
            "quantity": quantity,
            "order_type": "LIMIT",
            "limit_price": price,
        },
        "/api/orders": {
            "strategy_id": "manual",
            "instrument": symbol,
            "order_type": "BUY",
            "quantity": float(quantity),
            "order_kind": "LIMIT",
            "price": number,
            "execution_mode": "PAPER",
        },
        "/api/v1/orders": {
            "symbol": symbol,
            "side": "buy",
            "type": "limit",
            "quantity": float(quantity),
            "price": number,
        },
    }


@pytest.mark.parametrize("symbol", ODD)
@pytest.mark.line("C5")
async def test_an_odd_spelling_of_a_symbol_is_refused_by_every_contract(floor, symbol):
    client = await floor.client()
    for path, body in orders_of(symbol).items():
        answer = await client.post(path, json=body)
        assert answer.status_code == 400, (path, answer.text)
        assert answer.json()["error"]["details"][0]["field"] in {"symbol", "instrument"}
    assert (await client.get("/v1/orders")).json()["meta"]["total_count"] == 0


@pytest.mark.parametrize("symbol", ["BTC/USD", "BTC-USD", "btc/usd", "BTC%2FUSD", "BTCUSD"])
@pytest.mark.line("C5")
async def test_an_alias_is_taken_and_the_canonical_symbol_told_by_every_contract(floor, symbol):
    client = await floor.client()
    for path, body in orders_of(symbol, quantity="0.01").items():
        answer = await client.post(path, json=body)
        assert answer.status_code == 201, (path, answer.text)
    listed = (await client.get("/v1/orders")).json()["data"]
    assert [one["symbol"] for one in listed] == ["BTC/USD"] * 3


@pytest.mark.parametrize(("symbol", "expected"), CLASSES)
@pytest.mark.line("C7")
async def test_an_order_that_names_no_time_in_force_gets_that_of_its_asset_class(floor, symbol, expected):
    client = await floor.client()
    for path, body in orders_of(symbol).items():
        answer = await client.post(path, json=body)
        assert answer.status_code == 201, (path, answer.text)
        order = answer.json().get("data", answer.json())
        assert order.get("order", order)["time_in_force"] == expected, path


async def guess(floor, ip, way, key):
    """Try once to sign in as ada, wrongly, by one of the ways there are; give the status."""
    transport = httpx2.ASGITransport(floor.app, client=(ip, 1))
    bodies = {
        "/v1/auth/login": {"email": "ada@example.com", "password": "wrong"},
        "/api/auth/login": {"username": "ada", "password": "wrong"},
        "/api/v1/auth/login": key.login() | {"signature": "0" * 64},
    }
    async with httpx2.AsyncClient(transport=transport, base_url="http://test") as client:
        return (await client.post(way, json=bodies[way])).status_code


@pytest.fixture
async def key(limited):
    client = await limited.client("ada")
    made = await client.post("/v1/keys", json={"name": "signs", "kind": "signing", "scopes": ["read"]})
    return Key(made.json()["data"])


@pytest.mark.line("C10")
async def test_guesses_are_counted_over_all_ways_to_sign_in(limited, key):
    ways = itertools.cycle(("/v1/auth/login", "/api/auth/login", "/api/v1/auth/login"))
    tried = [await guess(limited, "203.0.113.1", next(ways), key) for _ in range(GUESSES)]
    assert tried == [401] * GUESSES
    for _ in range(3):
        assert await guess(limited, "203.0.113.1", next(ways), key) == 429


@pytest.mark.line("C10")
async def test_nobody_can_lock_out_somebody_else(limited, key):
    for way in ("/v1/auth/login", "/api/auth/login", "/api/v1/auth/login"):
        for _ in range(GUESSES + 1):
            await guess(limited, "203.0.113.1", way, key)
    transport = httpx2.ASGITransport(limited.app, client=("198.51.100.7", 1))
    async with httpx2.AsyncClient(transport=transport, base_url="http://test") as owner:
        signed_in = [
            await owner.post("/v1/auth/login", json={"email": "ada@example.com", "password": PASSWORD}),
            await owner.post("/api/auth/login", json={"username": "ada", "password": PASSWORD}),
            await owner.post("/api/v1/auth/login", json=key.login()),
        ]
    assert [one.status_code for one in signed_in] == [200] * 3


@pytest.mark.line("C26")
async def test_one_ceiling_counts_the_orders_of_all_contracts(floor):
    admin = await floor.client("root", Role.ADMIN)
    assert (await admin.put("/api/risk/limits", json={"max_orders_per_second": 4})).status_code == 200
    answers = []
    for path, body in list(orders_of("AAPL").items()) * 3:
        answers.append(await admin.post(path, json=body))
    assert [one.status_code for one in answers] == [201] * 4 + [429] * 5
    assert {one.json()["error"]["code"] for one in answers[4:]} == {"ORDER_RATE"}
    assert all(int(one.headers["retry-after"]) >= 1 for one in answers[4:])
